//! What compilation takes on both engines, with all cores: time, and the memory of a process that does nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use interfuse::runtime as ours;
use serde::{Deserialize, Serialize};
use wasmparser::{Parser, Payload};

use crate::runtime::row::{Row, Unit};
use crate::sample::Settings;

/// Components with modules that are large.
const COMPONENTS: [&str; 2] = ["x-rust-py-c.wasm", "x-rust-js.wasm"];

/// The folder of components, seen from that of the crate, unless `INTERFUSE_ZOO` names another.
const ZOO: &str = "../shared/zoo";

/// Length in bytes from which on a module is large.
const LARGE_BYTES: usize = 5_000_000;

/// What a process measured.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Cost {
    /// Length of the module in bytes.
    module_bytes: usize,
    /// How long compilation took.
    nanos: f64,
    /// How much memory the process had at most.
    peak_bytes: f64,
}

/// Measures the compilation of all modules that are there. Prints which are not.
///
/// # Errors
///
/// Fails if an engine does.
pub fn measure(settings: Settings) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for path in components() {
        let name = path.file_name().unwrap_or_default().display();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        // A turn takes seconds.
        for _ in 0..settings.rounds.div_ceil(5) {
            ours.push(child("interfuse", &path)?);
            theirs.push(child("wasmtime", &path)?);
        }
        let megabytes = ours[0].module_bytes as f64 / 1e6;
        let name = format!("{megabytes:.1} MB of {name}");
        let nanos = |all: &[Cost]| all.iter().map(|it| it.nanos).collect::<Vec<_>>();
        let peak = |all: &[Cost]| all.iter().map(|it| it.peak_bytes / 1e6).collect::<Vec<_>>();
        let time = (nanos(&ours), nanos(&theirs));
        let memory = (peak(&ours), peak(&theirs));
        let row = |what: &str, unit, (ours, theirs): &(Vec<f64>, Vec<f64>)| {
            Row::new(format!("{name}, {what}"), unit, ours, theirs).at_most_times(1.0)
        };
        rows.push(row("time", Unit::Millis, &time));
        rows.push(row("peak", Unit::Megabytes, &memory));
    }
    Ok(rows)
}

/// Returns the files of components that are there. Prints which are not.
fn components() -> Vec<PathBuf> {
    let beside = || {
        [env!("CARGO_MANIFEST_DIR"), "../../..", ZOO]
            .iter()
            .collect()
    };
    let zoo = env::var_os("INTERFUSE_ZOO").map_or_else(beside, PathBuf::from);
    let paths = COMPONENTS.iter().map(|name| zoo.join(name));
    let is_there = |path: &PathBuf| {
        let is_there = path.exists();
        if !is_there {
            eprintln!("skipped: there is no {}", path.display());
        }
        is_there
    };
    paths.filter(is_there).collect()
}

/// Returns the smallest large module of each component that is there, and the name of that.
///
/// # Errors
///
/// Fails if a component has none.
pub fn large_modules() -> Result<Vec<(String, Vec<u8>)>> {
    let named = components().into_iter().map(|path| {
        let name = path.file_name().unwrap_or_default();
        Ok((name.to_string_lossy().into_owned(), extract(&path)?))
    });
    named.collect()
}

/// Measures in a process of its own.
fn child(engine: &str, path: &Path) -> Result<Cost> {
    let mut command = Command::new(env::current_exe()?);
    let output = command.arg("compile").arg(engine).arg(path).output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{engine} failed: {errors}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Compiles the smallest large module of a component, and says what that took.
///
/// # Errors
///
/// Fails if there is none, or if the engine does.
pub fn compile(engine: &str, path: &Path) -> Result<Cost> {
    let wasm = extract(path)?;
    // What reading took does not count. Some systems do not allow this; then it counts for both.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let start = Instant::now();
    match engine {
        "interfuse" => {
            let engine = ours::Engine::new(&ours::Config::new())?;
            drop(ours::Module::new(&engine, &wasm)?);
        }
        "wasmtime" => {
            let engine = wasmtime::Engine::default();
            drop(wasmtime::Module::new(&engine, &wasm)?);
        }
        _ => anyhow::bail!("there is no engine `{engine}`"),
    }
    let elapsed = start.elapsed();
    Ok(Cost {
        module_bytes: wasm.len(),
        nanos: elapsed.as_secs_f64() * 1e9,
        peak_bytes: peak_bytes()?,
    })
}

/// Returns the smallest large module of a component.
fn extract(path: &Path) -> Result<Vec<u8>> {
    let bytes = fs::read(path)?;
    let mut modules = Vec::new();
    for payload in Parser::new(0).parse_all(&bytes) {
        if let Payload::ModuleSection {
            unchecked_range: range,
            ..
        } = payload?
        {
            let module = bytes.get(usize::try_from(range.start)?..usize::try_from(range.end)?);
            modules.push(module.context("it ends too early")?);
        }
    }
    let large = modules.into_iter().filter(|it| it.len() >= LARGE_BYTES);
    let smallest = large.min_by_key(|it| it.len());
    Ok(smallest.context("it has no large module")?.to_vec())
}

/// Returns how much memory this process had at most.
///
/// # Errors
///
/// Fails if the system does not say.
pub fn peak_bytes() -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let text = line.context("the system does not say")?;
    let kibibytes: f64 = text.trim().trim_end_matches(" kB").parse()?;
    Ok(kibibytes * 1024.0)
}
