//! `wasi:cli/stdin`, `stdout` and `stderr`.

use crate::runtime::component::{Linker, Resource};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};
use crate::runtime::wasi::io::stream::{DynInput, DynOutput};

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    Interface::new(linker, "cli/stdin")?.func("get-stdin", get_stdin)?;
    Interface::new(linker, "cli/stdout")?.func("get-stdout", get_stdout)?;
    Interface::new(linker, "cli/stderr")?.func("get-stderr", get_stderr)
}

fn get_stdin(view: WasiCtxView<'_>, (): ()) -> Outcome<Resource<DynInput>> {
    Ok(view.table.push(view.ctx.stdin.stream())?)
}

fn get_stdout(view: WasiCtxView<'_>, (): ()) -> Outcome<Resource<DynOutput>> {
    Ok(view.table.push(DynOutput::new(view.ctx.stdout.stream()))?)
}

fn get_stderr(view: WasiCtxView<'_>, (): ()) -> Outcome<Resource<DynOutput>> {
    Ok(view.table.push(DynOutput::new(view.ctx.stderr.stream()))?)
}
