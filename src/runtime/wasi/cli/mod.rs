//! `wasi:cli`: what a command gets from whoever starts it.

pub(in crate::runtime::wasi) mod environment;

pub(in crate::runtime::wasi) mod exit;

pub(in crate::runtime::wasi) mod stdio;

pub(in crate::runtime::wasi) mod terminal;

use crate::runtime::component::Linker;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::WasiView;

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    environment::define(linker)?;
    exit::define(linker)?;
    stdio::define(linker)?;
    terminal::define(linker)
}
