//! `wasi:clocks/monotonic-clock`: how much time passes, and waiting for it.

use crate::runtime::component::{Linker, Resource};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};
use crate::runtime::wasi::io::poll::Pollable;

/// Defines the interface.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut interface = Interface::new(linker, "clocks/monotonic-clock")?;
    interface.func("now", now)?;
    interface.func("resolution", resolution)?;
    interface.func("subscribe-instant", subscribe_instant)?;
    interface.func("subscribe-duration", subscribe_duration)
}

fn now(view: WasiCtxView<'_>, (): ()) -> Outcome<u64> {
    Ok(view.ctx.monotonic_clock.now())
}

fn resolution(view: WasiCtxView<'_>, (): ()) -> Outcome<u64> {
    Ok(view.ctx.monotonic_clock.resolution())
}

fn subscribe_instant(view: WasiCtxView<'_>, (instant,): (u64,)) -> Outcome<Resource<Pollable>> {
    Ok(view.table.push(Pollable::Until(instant))?)
}

fn subscribe_duration(view: WasiCtxView<'_>, (duration,): (u64,)) -> Outcome<Resource<Pollable>> {
    let instant = view.ctx.monotonic_clock.now().saturating_add(duration);
    Ok(view.table.push(Pollable::Until(instant))?)
}
