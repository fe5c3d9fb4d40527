//! `wasi:io/streams`, the part that reads.

use crate::runtime::component::Resource;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::Interface;
use crate::runtime::wasi::io::poll::subscribe;
use crate::runtime::wasi::io::stream::{Answer, DynInput, answer};
use crate::runtime::wasi::stream::StreamError;

/// Defines the resource and its functions.
pub(in crate::runtime::wasi) fn define<T: WasiView>(
    interface: &mut Interface<'_, T>,
) -> Result<(), Error> {
    interface.resource::<DynInput>("input-stream")?;
    interface.func("[method]input-stream.read", read)?;
    interface.func("[method]input-stream.blocking-read", blocking_read)?;
    interface.func("[method]input-stream.skip", skip)?;
    interface.func("[method]input-stream.blocking-skip", blocking_skip)?;
    interface.func("[method]input-stream.subscribe", subscribe::<DynInput>)
}

/// Whether a function waits until there is something to read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Patience {
    Returns,
    Waits,
}

fn read(view: WasiCtxView<'_>, params: (Resource<DynInput>, u64)) -> Answer<Vec<u8>> {
    read_with(view, params, Patience::Returns)
}

fn blocking_read(view: WasiCtxView<'_>, params: (Resource<DynInput>, u64)) -> Answer<Vec<u8>> {
    read_with(view, params, Patience::Waits)
}

fn skip(view: WasiCtxView<'_>, params: (Resource<DynInput>, u64)) -> Answer<u64> {
    let read = read_with(view, params, Patience::Returns)?;
    Ok(read.map(|bytes| count(&bytes)))
}

fn blocking_skip(view: WasiCtxView<'_>, params: (Resource<DynInput>, u64)) -> Answer<u64> {
    let read = read_with(view, params, Patience::Waits)?;
    Ok(read.map(|bytes| count(&bytes)))
}

fn count(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).expect("a usize has 64 bits")
}

fn read_with(
    view: WasiCtxView<'_>,
    (stream, len): (Resource<DynInput>, u64),
    patience: Patience,
) -> Answer<Vec<u8>> {
    let len = usize::try_from(len).expect("a usize has 64 bits");
    let source = view.table.get_mut(&stream)?;
    let mut result = source.read(len);
    while patience == Patience::Waits && len > 0 && is_empty(&result) {
        view.ctx.wait(&[(**source).wait()])?;
        result = source.read(len);
    }
    answer(view.table, result)
}

fn is_empty(result: &Result<Vec<u8>, StreamError>) -> bool {
    matches!(result, Ok(bytes) if bytes.is_empty())
}
