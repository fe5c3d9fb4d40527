//! Components for the runtime: compiled, loaded, and kept in files.

use std::path::Path;
use std::{fs, io};

use anyhow::{Context, Result};
use interfuse::component::Component;
use interfuse::runtime::{Config, Engine};

use crate::cli::args::CompileArgs;
use crate::cli::{input, progress};

/// Compiles a component to a file.
///
/// # Errors
///
/// Fails if it cannot be compiled, or the file cannot be written.
pub(crate) fn compile(args: &CompileArgs) -> Result<()> {
    let engine = Engine::new(Config::new().interruptible(args.interruptible))?;
    let component = compiled(&engine, &args.file)?;
    let bytes = component.serialize()?;
    replace(&args.output, &bytes)
        .with_context(|| format!("failed to write {}", args.output.display()))
}

/// Writes a file. Somebody may have the one mapped that was there before: that is replaced, not changed. A pipe or a device
/// is written to.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if path.exists() && !path.is_file() {
        return fs::write(path, bytes);
    }
    let unfinished = path.with_extension("unfinished");
    fs::write(&unfinished, bytes)?;
    fs::rename(&unfinished, path)
}

/// Returns a component that is compiled now.
///
/// # Errors
///
/// Fails if it cannot be read or compiled.
pub(crate) fn compiled(engine: &Engine, path: &Path) -> Result<Component> {
    let bytes = input::read_one(path)?;
    let what = format!("compiling {}", path.display());
    let result = progress::show(&what, || Component::new(engine, &bytes));
    result.with_context(|| format!("failed to compile {}", path.display()))
}
