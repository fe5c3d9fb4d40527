//! `wasi:cli/exit`: the end of a program.

use thiserror::Error;

use crate::runtime::component::Linker;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};

/// What a call of a guest fails with that ended its program: an error only in that nothing after it ran.
///
/// [`Error::downcast_ref`](crate::runtime::Error::downcast_ref) finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("exited with status {0}")]
pub struct I32Exit(pub i32);

/// Defines the interface.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut interface = Interface::new(linker, "cli/exit")?;
    interface.action("exit", exit)?;
    interface.action("exit-with-code", exit_with_code)
}

fn exit(_: WasiCtxView<'_>, (status,): (Result<(), ()>,)) -> Outcome<()> {
    Err(I32Exit(i32::from(status.is_err())).into())
}

fn exit_with_code(_: WasiCtxView<'_>, (code,): (u8,)) -> Outcome<()> {
    Err(I32Exit(i32::from(code)).into())
}
