//! `wasi:cli/terminal-input`, `terminal-output`, and those that say which standard streams are terminals.

use crate::runtime::component::{Linker, Resource};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};

/// The resource `terminal-input`, which says nothing but that there is a terminal.
struct TerminalInput;

/// The resource `terminal-output`, which says nothing but that there is a terminal.
struct TerminalOutput;

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    Interface::new(linker, "cli/terminal-input")?.resource::<TerminalInput>("terminal-input")?;
    Interface::new(linker, "cli/terminal-output")?.resource::<TerminalOutput>("terminal-output")?;
    Interface::new(linker, "cli/terminal-stdin")?.func("get-terminal-stdin", get_stdin)?;
    Interface::new(linker, "cli/terminal-stdout")?.func("get-terminal-stdout", get_stdout)?;
    Interface::new(linker, "cli/terminal-stderr")?.func("get-terminal-stderr", get_stderr)
}

fn get_stdin(view: WasiCtxView<'_>, (): ()) -> Outcome<Option<Resource<TerminalInput>>> {
    let is_terminal = view.ctx.stdin.is_terminal();
    let terminal = is_terminal.then(|| view.table.push(TerminalInput));
    Ok(terminal.transpose()?)
}

fn get_stdout(view: WasiCtxView<'_>, (): ()) -> Outcome<Option<Resource<TerminalOutput>>> {
    let is_terminal = view.ctx.stdout.is_terminal();
    let terminal = is_terminal.then(|| view.table.push(TerminalOutput));
    Ok(terminal.transpose()?)
}

fn get_stderr(view: WasiCtxView<'_>, (): ()) -> Outcome<Option<Resource<TerminalOutput>>> {
    let is_terminal = view.ctx.stderr.is_terminal();
    let terminal = is_terminal.then(|| view.table.push(TerminalOutput));
    Ok(terminal.transpose()?)
}
