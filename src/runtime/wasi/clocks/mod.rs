//! `wasi:clocks`: what time it is, and how much of it passes.

pub(in crate::runtime::wasi) mod wall_clock;

pub(in crate::runtime::wasi) mod monotonic_clock;

use crate::runtime::component::Linker;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::WasiView;

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    wall_clock::define(linker)?;
    monotonic_clock::define(linker)
}
