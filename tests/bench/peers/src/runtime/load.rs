//! What reading compiled modules from files takes on both engines, until they can be instantiated, and dropping them.
#![expect(
    unsafe_code,
    reason = "both engines want to be told that the file is one that they wrote"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use anyhow::Result;
use interfuse::runtime as ours;

use crate::runtime::compile::large_modules;
use crate::runtime::row::{Row, Unit};
use crate::sample::{Contender, Settings, rounds};

/// Number of functions of the module with much code: as many as make about 5 MB of it.
const FUNCTIONS: usize = 9_000;

/// Bytes of data of the module with much data.
const DATA_BYTES: usize = 11_000_000;

/// Milliseconds that reading may take.
const MOST_MILLIS: f64 = 1.0;

/// A file that is removed in the end.
struct Temporary(PathBuf);

impl Temporary {
    fn write(name: &str, bytes: &[u8]) -> Result<Temporary> {
        let file = Temporary(env::temp_dir().join(format!("interfuse-{}-{name}", process::id())));
        fs::write(&file.0, bytes)?;
        Ok(file)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = fs::remove_file(&self.0);
    }
}

/// Measures the reading of compiled modules.
///
/// # Errors
///
/// Fails if an engine does, or if a file cannot be written.
pub fn measure(settings: Settings) -> Result<Vec<Row>> {
    let data = "x".repeat(DATA_BYTES);
    let data = format!(r#"(module (memory 200) (data (i32.const 1048576) "{data}"))"#);
    let mut rows = vec![
        load("code", &wat::parse_str(code()?)?, settings)?,
        load("data", &wat::parse_str(data)?, settings)?,
    ];
    for (name, wasm) in large_modules()? {
        rows.push(load(&name, &wasm, settings)?);
    }
    Ok(rows)
}

/// Returns a module with many functions that have names and are in a table.
fn code() -> Result<String> {
    let mut text = String::from("(module (memory 1)");
    write!(text, "(table {FUNCTIONS} funcref) (elem (i32.const 0)")?;
    (0..FUNCTIONS).try_for_each(|it| write!(text, " $function_{it}"))?;
    text.push(')');
    for function in 0..FUNCTIONS {
        write!(
            text,
            "(func $function_{function} (param i32) (result i32) local.get 0"
        )?;
        for step in 0..40 {
            let number = function * 40 + step;
            write!(text, " i32.const {number} i32.xor i32.load offset={step}")?;
        }
        text.push(')');
    }
    text.push(')');
    Ok(text)
}

fn load(name: &str, wasm: &[u8], settings: Settings) -> Result<Row> {
    let our_engine = ours::Engine::new(&ours::Config::new())?;
    let bytes = ours::Module::new(&our_engine, wasm)?.serialize();
    let megabytes = bytes.len() as f64 / 1e6;
    let our_file = Temporary::write("ours", &bytes)?;
    let their_engine = wasmtime::Engine::default();
    let bytes = wasmtime::Module::new(&their_engine, wasm)?.serialize()?;
    let their_file = Temporary::write("theirs", &bytes)?;
    let contenders: [Contender<'_, ()>; 2] = [
        &|(), count| {
            (0..count).try_for_each(|_| {
                // SAFETY: the file was written above, and is removed in the end.
                let artifact = unsafe { ours::Artifact::open(&our_file.0) }?;
                ours::Module::from_artifact(&our_engine, &artifact)?;
                Ok(())
            })
        },
        &|(), count| {
            (0..count).try_for_each(|_| {
                // SAFETY: the file was written above, and is removed in the end.
                unsafe { wasmtime::Module::deserialize_file(&their_engine, &their_file.0) }?;
                Ok(())
            })
        },
    ];
    let samples = rounds(settings, &mut (), &contenders)?;
    let name = format!("artifact load {megabytes:.1} MB, {name}");
    let row = Row::new(name, Unit::Millis, &samples[0], &samples[1]);
    Ok(row.at_most(MOST_MILLIS))
}

/// Reads a component that the engine of the crate compiled: a file that it wrote and that is not changed.
///
/// # Errors
///
/// Fails if it is something else.
pub fn our_component(
    engine: &ours::Engine,
    path: &Path,
) -> Result<interfuse::component::Component> {
    // SAFETY: the file was written by this engine, and is not changed.
    let artifact = unsafe { ours::Artifact::open(path) }?;
    let component = interfuse::component::Component::from_artifact(engine, &artifact)?;
    Ok(component)
}

/// Reads a component that Wasmtime compiled: a file that it wrote and that is not changed.
///
/// # Errors
///
/// Fails if it is something else.
pub fn their_component(
    engine: &wasmtime::Engine,
    path: &Path,
) -> Result<wasmtime::component::Component> {
    // SAFETY: the file was written by this engine, and is not changed.
    Ok(unsafe { wasmtime::component::Component::deserialize_file(engine, path) }?)
}
