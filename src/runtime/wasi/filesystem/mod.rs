//! `wasi:filesystem`: files and folders, of which the guest reaches those that it was given, and what is in them.
//!
//! `cap-std` follows the paths, and lets none lead out of the folder that it begins at. What is left to do here: what a
//! guest may do with a folder, and errors.

pub(in crate::runtime::wasi) mod code;

pub(in crate::runtime::wasi) mod types;

pub(in crate::runtime::wasi) mod descriptor;

pub(in crate::runtime::wasi) mod time;

pub(in crate::runtime::wasi) mod stream;

pub(in crate::runtime::wasi) mod file;

pub(in crate::runtime::wasi) mod open;

pub(in crate::runtime::wasi) mod path;

pub(in crate::runtime::wasi) mod folder;

pub(in crate::runtime::wasi) mod entries;

pub(in crate::runtime::wasi) mod preopens;

use code::ErrorCode;
use descriptor::Descriptor;

use crate::runtime::component::{Linker, Resource};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};
use crate::runtime::wasi::io::error::IoError;

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut types = Interface::new(linker, "filesystem/types")?;
    types.resource::<Descriptor>("descriptor")?;
    file::define(&mut types)?;
    folder::define(&mut types)?;
    entries::define(&mut types)?;
    types.func("filesystem-error-code", error_code)?;
    preopens::define(linker)
}

/// Returns what went wrong with a stream of a file.
fn error_code(view: WasiCtxView<'_>, (error,): (Resource<IoError>,)) -> Outcome<Option<ErrorCode>> {
    Ok(Some(ErrorCode::from(&view.table.get(&error)?.0)))
}
