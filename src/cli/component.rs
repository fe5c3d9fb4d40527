//! Components for the runtime: compiled, loaded, and kept in files.

use std::fs;
use std::path::Path;

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
    // Somebody may have the file mapped that was there before: it is replaced, not changed.
    let unfinished = args.output.with_extension("unfinished");
    fs::write(&unfinished, bytes)
        .and_then(|()| fs::rename(&unfinished, &args.output))
        .with_context(|| format!("failed to write {}", args.output.display()))
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
