//! `wasi:cli/environment`: arguments and variables.

use crate::runtime::component::Linker;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};

/// Defines the interface.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut interface = Interface::new(linker, "cli/environment")?;
    interface.func("get-environment", get_environment)?;
    interface.func("get-arguments", get_arguments)?;
    interface.func("initial-cwd", initial_cwd)
}

fn get_environment(view: WasiCtxView<'_>, (): ()) -> Outcome<Vec<(String, String)>> {
    Ok(view.ctx.env.clone())
}

fn get_arguments(view: WasiCtxView<'_>, (): ()) -> Outcome<Vec<String>> {
    Ok(view.ctx.args.clone())
}

fn initial_cwd(view: WasiCtxView<'_>, (): ()) -> Outcome<Option<String>> {
    Ok(view.ctx.initial_cwd.clone())
}
