//! Defining all of WASI in a linker.

use crate::runtime::component::Linker;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::WasiView;
use crate::runtime::wasi::{cli, clocks, filesystem, io, numbers, sockets};

/// Defines the interfaces of WASI 0.2, for components that import any of its versions.
///
/// # Errors
///
/// Fails if one of them is defined already.
pub fn add_to_linker<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    io::define(linker)?;
    cli::define(linker)?;
    clocks::define(linker)?;
    filesystem::define(linker)?;
    sockets::define(linker)?;
    numbers::define(linker)
}
