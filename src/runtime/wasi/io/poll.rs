//! `wasi:io/poll`: waiting for several things at a time.

use std::any::Any;

use crate::runtime::component::{Linker, Resource, ResourceTable};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::interface::{Interface, Outcome};
use crate::runtime::wasi::wait::is_ready;

/// The resource `pollable`.
pub(in crate::runtime::wasi) enum Pollable {
    /// An instant of the monotonic clock.
    Until(u64),
    /// Another resource, which says what to wait for at present.
    Of(u32, fn(&mut dyn Any) -> Wait),
}

/// A resource that a guest can wait for.
pub(in crate::runtime::wasi) trait Subscribe: Send + 'static {
    /// Returns what to wait for at present.
    fn wait(&mut self) -> Wait;
}

/// Returns what waits for a resource. It is a child of the resource.
pub(in crate::runtime::wasi) fn subscribe<S: Subscribe>(
    view: WasiCtxView<'_>,
    (resource,): (Resource<S>,),
) -> Outcome<Resource<Pollable>> {
    let wait = |any: &mut dyn Any| {
        let resource: Option<&mut S> = any.downcast_mut();
        resource.map_or(Wait::Nothing, S::wait)
    };
    let pollable = Pollable::Of(resource.rep(), wait);
    Ok(view.table.push_child(pollable, &resource)?)
}

/// Defines the interface.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut interface = Interface::new(linker, "io/poll")?;
    interface.resource::<Pollable>("pollable")?;
    interface.func("[method]pollable.ready", ready)?;
    interface.action("[method]pollable.block", block)?;
    interface.func("poll", poll)
}

fn ready(view: WasiCtxView<'_>, (pollable,): (Resource<Pollable>,)) -> Outcome<bool> {
    let wait = wait_of(view.table, &pollable)?;
    Ok(is_ready(&wait, &*view.ctx.monotonic_clock)?)
}

fn block(view: WasiCtxView<'_>, (pollable,): (Resource<Pollable>,)) -> Outcome<()> {
    let wait = wait_of(view.table, &pollable)?;
    view.ctx.wait(&[wait])?;
    Ok(())
}

fn poll(view: WasiCtxView<'_>, (pollables,): (Vec<Resource<Pollable>>,)) -> Outcome<Vec<u32>> {
    if pollables.is_empty() {
        return Err("empty list of pollables".into());
    }
    let waits = pollables.iter().map(|it| wait_of(view.table, it));
    let waits = waits.collect::<Outcome<Vec<Wait>>>()?;
    let ready = view.ctx.wait(&waits)?.into_iter();
    let ready = ready.map(|it| u32::try_from(it).expect("a list of a guest has 32 bits"));
    Ok(ready.collect())
}

fn wait_of(table: &mut ResourceTable, pollable: &Resource<Pollable>) -> Outcome<Wait> {
    match *table.get(pollable)? {
        Pollable::Until(instant) => Ok(Wait::Until(instant)),
        Pollable::Of(rep, wait) => Ok(wait(table.get_any_mut(rep)?)),
    }
}
