//! A program that runs in this process and nothing else, on one engine: from what was compiled before, like a command.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use interfuse::runtime;

use crate::runtime::load::{our_component, their_component};
use crate::wasi::host::{our_instance, their_instance};

/// The interface of programs.
const RUN: &str = "wasi:cli/run@0.2.0";

/// Runs a program, or calls a function of a component with the number 1 and prints the number that it returns.
///
/// # Errors
///
/// Fails if there is no such engine, or if the program does.
pub fn run(engine: &str, path: &Path, func: Option<&str>) -> Result<()> {
    match engine {
        "interfuse" => run_ours(path, func),
        "wasmtime" => run_theirs(path, func),
        _ => bail!("there is no engine `{engine}`"),
    }
}

fn run_ours(path: &Path, func: Option<&str>) -> Result<()> {
    let engine = runtime::Engine::new(&runtime::Config::new())?;
    let component = our_component(&engine, path)?;
    let (mut store, instance) = our_instance(&engine, &component, None)?;
    if let Some(name) = func {
        let func = instance.get_typed_func::<(u32,), (u64,)>(&mut store, name)?;
        let (result,) = func.call(&mut store, (1,))?;
        println!("{result}");
        return Ok(());
    }
    let run = instance.get_typed_func::<(), (Result<(), ()>,)>(&mut store, (RUN, "run"))?;
    let (result,) = run.call(&mut store, ())?;
    ensure!(result.is_ok(), "the program failed");
    Ok(())
}

fn run_theirs(path: &Path, func: Option<&str>) -> Result<()> {
    let engine = wasmtime::Engine::default();
    let component = their_component(&engine, path)?;
    let (mut store, instance) = their_instance(&engine, &component, None)?;
    if let Some(name) = func {
        let func = instance.get_typed_func::<(u32,), (u64,)>(&mut store, name)?;
        let (result,) = func.call(&mut store, (1,))?;
        println!("{result}");
        return Ok(());
    }
    let interface = instance.get_export_index(&mut store, None, RUN);
    let run = instance.get_export_index(&mut store, interface.as_ref(), "run");
    let run = run.context("it is no program")?;
    let run = instance.get_typed_func::<(), (Result<(), ()>,)>(&mut store, &run)?;
    let (result,) = run.call(&mut store, ())?;
    ensure!(result.is_ok(), "the program failed");
    Ok(())
}
