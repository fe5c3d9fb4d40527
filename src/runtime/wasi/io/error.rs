//! `wasi:io/error`: why a stream failed.

use crate::runtime::component::{Linker, Resource};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};

/// The resource `error`.
pub(in crate::runtime::wasi) struct IoError(pub(in crate::runtime::wasi) std::io::Error);

/// Defines the interface.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut interface = Interface::new(linker, "io/error")?;
    interface.resource::<IoError>("error")?;
    interface.func("[method]error.to-debug-string", to_debug_string)
}

fn to_debug_string(view: WasiCtxView<'_>, (error,): (Resource<IoError>,)) -> Outcome<String> {
    Ok(view.table.get(&error)?.0.to_string())
}
