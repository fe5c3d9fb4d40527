//! `wasi:io`: streams, what can be waited for, and errors.

pub(in crate::runtime::wasi) mod error;

pub(in crate::runtime::wasi) mod poll;

pub(in crate::runtime::wasi) mod stream;

pub(in crate::runtime::wasi) mod input;

pub(in crate::runtime::wasi) mod output;

use crate::runtime::component::Linker;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::WasiView;
use crate::runtime::wasi::interface::Interface;

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    error::define(linker)?;
    poll::define(linker)?;
    let mut streams = Interface::new(linker, "io/streams")?;
    input::define(&mut streams)?;
    output::define(&mut streams)
}
