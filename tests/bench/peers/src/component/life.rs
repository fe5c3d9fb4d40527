//! Lives of compositions by other people's toolchains: compiled, read from what was compiled, instantiated.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs, process};

use anyhow::{Result, bail, ensure};
use interfuse::component as ours;
use interfuse::runtime;
use serde::{Deserialize, Serialize};
use wasmtime::component as theirs;

use crate::component::contest::{Turn, compare};
use crate::component::input::composition;
use crate::component::row::{Goal, Row};
use crate::runtime::compile::peak_bytes;
use crate::runtime::load::{our_component, their_component};
use crate::runtime::row::Unit;
use crate::sample::{Settings, median};

/// A composition, and how many microseconds its instantiation may take.
const COMPOSITIONS: [(&str, Option<f64>); 4] = [
    ("x-rust-c16", Some(10.0)),
    ("x-rust-sqlite", None),
    ("x-rust-js", Some(10.0)),
    ("x-rust-py-c", Some(100.0)),
];

/// Microseconds that reading what was compiled may take.
const LOAD_MICROS: f64 = 2_000.0;

/// Length in bytes from which on a composition is compiled less often.
const LARGE_BYTES: u64 = 1_000_000;

/// What a process measured.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cost {
    nanos: f64,
    peak_bytes: f64,
}

/// What an engine compiled, in a file that is removed in the end.
pub struct Compiled {
    path: PathBuf,
    costs: Vec<Cost>,
}

impl Drop for Compiled {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = fs::remove_file(&self.path);
    }
}

impl Compiled {
    /// Names the file.
    pub fn new(engine: &str, name: &str) -> Compiled {
        let file = format!("interfuse-{}-{engine}-{name}", process::id());
        Compiled {
            path: env::temp_dir().join(file),
            costs: Vec::new(),
        }
    }

    /// Returns the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Compiles in a process of its own.
    ///
    /// # Errors
    ///
    /// Fails if the process does.
    pub fn again(&mut self, engine: &str, source: &Path) -> Result<()> {
        let mut command = Command::new(env::current_exe()?);
        let command = command.args(["compile-component", engine]);
        let output = command.arg(source).arg(&self.path).output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "{engine} failed: {errors}");
        self.costs.push(serde_json::from_slice(&output.stdout)?);
        Ok(())
    }

    fn median(&self, of: impl Fn(&Cost) -> f64) -> f64 {
        median(&mut self.costs.iter().map(of).collect::<Vec<_>>())
    }
}

/// Compiles a component, writes what was compiled to a file, and says what compilation took.
///
/// # Errors
///
/// Fails if there is no such engine, or if it does.
pub fn compile(engine: &str, source: &Path, out: &Path) -> Result<Cost> {
    let wasm = fs::read(source)?;
    // What reading took does not count. Some systems do not allow this; then it counts for both.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let start = Instant::now();
    let (elapsed, peak_bytes, bytes) = match engine {
        "interfuse" => {
            let engine = runtime::Engine::new(&runtime::Config::new())?;
            let component = ours::Component::new(&engine, &wasm)?;
            (start.elapsed(), peak_bytes()?, component.serialize()?)
        }
        "wasmtime" => {
            let engine = wasmtime::Engine::default();
            let component = theirs::Component::new(&engine, &wasm)?;
            (start.elapsed(), peak_bytes()?, component.serialize()?)
        }
        _ => bail!("there is no engine `{engine}`"),
    };
    fs::write(out, bytes)?;
    Ok(Cost {
        nanos: elapsed.as_secs_f64() * 1e9,
        peak_bytes,
    })
}

/// Measures what can be done with compositions: of what is done, the name contains a text.
///
/// # Errors
///
/// Fails if an engine does.
pub fn measure(
    settings: Settings,
    filter: &str,
    show: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    for (name, most_micros) in COMPOSITIONS {
        let rows = ["compile", "memory", "load", "instantiate"];
        let [compile, memory, load, instantiate] = rows.map(|row| format!("{row}-{name}"));
        let is_wanted = |row: &str| row.contains(filter);
        let is_compiled = is_wanted(&compile) || is_wanted(&memory);
        if !(is_compiled || is_wanted(&load) || is_wanted(&instantiate)) {
            continue;
        }
        let Some(source) = composition(&format!("{name}.wasm")) else {
            continue;
        };
        let is_large = fs::metadata(&source)?.len() >= LARGE_BYTES;
        let times = match (is_compiled, is_large) {
            (false, _) => 1,
            (true, true) => settings.rounds.div_ceil(8),
            (true, false) => settings.rounds,
        };
        let mut ours = Compiled::new("interfuse", name);
        let mut theirs = Compiled::new("wasmtime", name);
        for _ in 0..times {
            ours.again("interfuse", &source)?;
            theirs.again("wasmtime", &source)?;
        }
        let pair = |of: fn(&Cost) -> f64| [ours.median(of), theirs.median(of)];
        let ratio = Some(Goal::TimesWasmtime(1.0));
        if is_compiled {
            show(row(compile, Unit::Millis, pair(|it| it.nanos / 1e6), ratio))?;
            let peaks = pair(|it| it.peak_bytes / 1e6);
            show(row(memory, Unit::Megabytes, peaks, ratio))?;
        }
        if is_wanted(&load) {
            let times = compare(settings, loads(&ours.path, &theirs.path)?)?;
            let most = Some(Goal::Most(LOAD_MICROS));
            show(row(load, Unit::Micros, times.map(|it| it / 1e3), most))?;
        }
        if is_wanted(&instantiate) {
            let times = compare(settings, instantiations(&ours.path, &theirs.path)?)?;
            let most = most_micros.map(Goal::Most);
            show(row(
                instantiate,
                Unit::Micros,
                times.map(|it| it / 1e3),
                most,
            ))?;
        }
    }
    Ok(())
}

fn row(name: String, unit: Unit, [interfuse, wasmtime]: [f64; 2], goal: Option<Goal>) -> Row {
    Row {
        name,
        unit,
        interfuse,
        wasmtime,
        tuned: None,
        limit: None,
        bytes: None,
        goal,
    }
}

/// Returns the reading of what was compiled.
fn loads(ours: &Path, theirs: &Path) -> Result<[Turn; 2]> {
    let (ours, theirs) = (ours.to_owned(), theirs.to_owned());
    let our_engine = runtime::Engine::new(&runtime::Config::new())?;
    let their_engine = wasmtime::Engine::default();
    Ok([
        Box::new(move |count| {
            (0..count).try_for_each(|_| our_component(&our_engine, &ours).map(drop))
        }),
        Box::new(move |count| {
            (0..count).try_for_each(|_| their_component(&their_engine, &theirs).map(drop))
        }),
    ])
}

/// Returns the making and dropping of stores with an instance of what was compiled.
fn instantiations(ours: &Path, theirs: &Path) -> Result<[Turn; 2]> {
    let our_engine = runtime::Engine::new(&runtime::Config::new())?;
    let component = our_component(&our_engine, ours)?;
    let mut linker = ours::Linker::new(&our_engine);
    linker.define_unknown_imports_as_traps(&component)?;
    let our_pre = linker.instantiate_pre(&component)?;
    let their_engine = wasmtime::Engine::default();
    let component = their_component(&their_engine, theirs)?;
    let mut linker = theirs::Linker::new(&their_engine);
    linker.define_unknown_imports_as_traps(&component)?;
    let their_pre = linker.instantiate_pre(&component)?;
    Ok([
        Box::new(move |count| {
            (0..count).try_for_each(|_| {
                let mut store = runtime::Store::new(&our_engine, ())?;
                our_pre.instantiate(&mut store)?;
                Ok(())
            })
        }),
        Box::new(move |count| {
            (0..count).try_for_each(|_| {
                let mut store = wasmtime::Store::new(&their_engine, ());
                their_pre.instantiate(&mut store)?;
                Ok(())
            })
        }),
    ])
}
