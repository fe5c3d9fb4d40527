//! Both engines, Wasmtime as it comes and as fast as its settings make it, and things that take their turns.

use anyhow::{Context, Result};
use interfuse::component as ours;
use interfuse::runtime;
use wasmtime::component as theirs;

use crate::sample::{Contender, Settings, medians};

/// Something that is done a number of times.
pub type Turn = Box<dyn FnMut(u32) -> Result<()>>;

/// The engines.
pub struct Engines {
    /// The engine of the crate.
    pub ours: runtime::Engine,
    /// Wasmtime as it comes.
    pub default: wasmtime::Engine,
    /// Wasmtime with inlining and without support for concurrency.
    pub tuned: wasmtime::Engine,
}

impl Engines {
    /// Makes the engines.
    ///
    /// # Errors
    ///
    /// Fails if one of them does.
    pub fn new() -> Result<Engines> {
        let mut tuned = wasmtime::Config::new();
        tuned.concurrency_support(false);
        tuned.compiler_inlining(wasmtime::Inlining::Yes);
        Ok(Engines {
            ours: runtime::Engine::new(&runtime::Config::new())?,
            default: wasmtime::Engine::default(),
            tuned: wasmtime::Engine::new(&tuned)?,
        })
    }
}

/// Makes an instance that needs nothing, on the engine of the crate.
///
/// # Errors
///
/// Fails if the engine does.
pub fn our_instance(
    engine: &runtime::Engine,
    wasm: &[u8],
) -> Result<(runtime::Store<()>, ours::Instance)> {
    let component = ours::Component::new(engine, wasm)?;
    let mut store = runtime::Store::new(engine, ())?;
    let instance = ours::Linker::new(engine).instantiate(&mut store, &component)?;
    Ok((store, instance))
}

/// Makes an instance that needs nothing, on Wasmtime.
///
/// # Errors
///
/// Fails if Wasmtime does.
pub fn their_instance(
    engine: &wasmtime::Engine,
    wasm: &[u8],
) -> Result<(wasmtime::Store<()>, theirs::Instance)> {
    let component = theirs::Component::new(engine, wasm)?;
    let mut store = wasmtime::Store::new(engine, ());
    let instance = theirs::Linker::new(engine).instantiate(&mut store, &component)?;
    Ok((store, instance))
}

/// Returns nanoseconds of each: medians over turns that alternate.
///
/// # Errors
///
/// Fails if one of them does.
pub fn compare<const N: usize>(settings: Settings, mut turns: [Turn; N]) -> Result<[f64; N]> {
    let by_position: Vec<_> = (0..N)
        .map(|position| move |turns: &mut [Turn; N], count| turns[position](count))
        .collect();
    let contenders: Vec<Contender<'_, [Turn; N]>> = by_position
        .iter()
        .map(|it| it as Contender<'_, [Turn; N]>)
        .collect();
    let times = medians(settings, &mut turns, &contenders)?;
    times.try_into().ok().context("each has a time")
}
