//! `wasi:io/streams`, the part that writes.

use crate::runtime::component::Resource;
use crate::runtime::error::{BoxError, Error};
use crate::runtime::wasi::ctx::{WasiCtx, WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};
use crate::runtime::wasi::io::poll::subscribe;
use crate::runtime::wasi::io::stream::{Answer, DynInput, DynOutput, answer};
use crate::runtime::wasi::stream::{InputStream, StreamError};

/// How many bytes a function writes at most that waits for them to be written (WASI: `blocking-write-and-flush`).
const BLOCKING_WRITE_MAX: usize = 4096;

/// What zeros are written from.
static ZEROS: [u8; BLOCKING_WRITE_MAX] = [0; BLOCKING_WRITE_MAX];

/// Defines the resource and its functions.
pub(in crate::runtime::wasi) fn define<T: WasiView>(
    interface: &mut Interface<'_, T>,
) -> Result<(), Error> {
    interface.ending_resource("output-stream", pass_on)?;
    interface.func("[method]output-stream.check-write", check_write)?;
    interface.func("[method]output-stream.write", write)?;
    interface.func(
        "[method]output-stream.blocking-write-and-flush",
        blocking_write_and_flush,
    )?;
    interface.func("[method]output-stream.flush", flush)?;
    interface.func("[method]output-stream.blocking-flush", blocking_flush)?;
    interface.func("[method]output-stream.subscribe", subscribe::<DynOutput>)?;
    interface.func("[method]output-stream.write-zeroes", write_zeroes)?;
    interface.func(
        "[method]output-stream.blocking-write-zeroes-and-flush",
        blocking_write_zeroes_and_flush,
    )?;
    interface.func("[method]output-stream.splice", splice)?;
    interface.func("[method]output-stream.blocking-splice", blocking_splice)
}

fn check_write(view: WasiCtxView<'_>, (stream,): (Resource<DynOutput>,)) -> Answer<u64> {
    let result = view.table.get_mut(&stream)?.check_write();
    answer(view.table, result.map(to_u64))
}

fn write(view: WasiCtxView<'_>, (stream, bytes): (Resource<DynOutput>, Vec<u8>)) -> Answer<()> {
    let result = view.table.get_mut(&stream)?.write(&bytes);
    answer(view.table, result)
}

fn flush(view: WasiCtxView<'_>, (stream,): (Resource<DynOutput>,)) -> Answer<()> {
    let result = view.table.get_mut(&stream)?.stream.flush();
    answer(view.table, result)
}

fn blocking_flush(view: WasiCtxView<'_>, (stream,): (Resource<DynOutput>,)) -> Answer<()> {
    let target = view.table.get_mut(&stream)?;
    let result = flush_all(view.ctx, target);
    answer(view.table, result)
}

fn blocking_write_and_flush(
    view: WasiCtxView<'_>,
    (stream, bytes): (Resource<DynOutput>, Vec<u8>),
) -> Answer<()> {
    if bytes.len() > BLOCKING_WRITE_MAX {
        return Err(too_many(to_u64(bytes.len())));
    }
    let target = view.table.get_mut(&stream)?;
    let result = write_all(view.ctx, target, &bytes);
    answer(view.table, result)
}

fn blocking_write_zeroes_and_flush(
    view: WasiCtxView<'_>,
    (stream, len): (Resource<DynOutput>, u64),
) -> Answer<()> {
    let zeros = usize::try_from(len).ok().and_then(|len| ZEROS.get(..len));
    let zeros = zeros.ok_or_else(|| too_many(len))?;
    let target = view.table.get_mut(&stream)?;
    let result = write_all(view.ctx, target, zeros);
    answer(view.table, result)
}

fn too_many(len: u64) -> BoxError {
    format!("{len} bytes to write and flush at once, at most {BLOCKING_WRITE_MAX} are possible")
        .into()
}

fn write_zeroes(view: WasiCtxView<'_>, (stream, len): (Resource<DynOutput>, u64)) -> Answer<()> {
    let target = view.table.get_mut(&stream)?;
    let permit = target.permit;
    let mut rest = usize::try_from(len).expect("a usize has 64 bits");
    if rest > permit {
        let message = format!("write of {rest} bytes to a stream that permitted {permit}");
        return Err(message.into());
    }
    let mut result = Ok(());
    while rest > 0 && result.is_ok() {
        let chunk = &ZEROS[..rest.min(ZEROS.len())];
        result = target.write(chunk);
        rest -= chunk.len();
    }
    answer(view.table, result)
}

/// Writes all bytes and waits until the stream has passed them on.
fn write_all(ctx: &WasiCtx, target: &mut DynOutput, mut bytes: &[u8]) -> Result<(), StreamError> {
    while !bytes.is_empty() {
        let room = wait_for_room(ctx, target)?;
        let (chunk, rest) = bytes.split_at(room.min(bytes.len()));
        target.write(chunk)?;
        bytes = rest;
    }
    flush_all(ctx, target)
}

/// Waits until a stream has passed on what it keeps, before it is dropped: then nothing would interrupt that.
fn pass_on(ctx: &WasiCtx, target: &mut DynOutput) -> Outcome<()> {
    if !target.stream.is_flushing() {
        return Ok(());
    }
    match flush_all(ctx, target) {
        Err(StreamError::Trap(error)) => Err(error),
        // There is nobody to tell what fails.
        _ => Ok(()),
    }
}

fn flush_all(ctx: &WasiCtx, target: &mut DynOutput) -> Result<(), StreamError> {
    loop {
        target.stream.flush()?;
        if !target.stream.is_flushing() {
            return Ok(());
        }
        let wait = target.stream.wait();
        ctx.wait(&[wait])
            .map_err(|it| StreamError::Trap(it.into()))?;
    }
}

/// Returns how much can be written, as soon as that is something.
fn wait_for_room(ctx: &WasiCtx, target: &mut DynOutput) -> Result<usize, StreamError> {
    loop {
        match target.check_write()? {
            0 => {
                let wait = target.stream.wait();
                ctx.wait(&[wait])
                    .map_err(|it| StreamError::Trap(it.into()))?;
            }
            room => return Ok(room),
        }
    }
}

fn splice(
    view: WasiCtxView<'_>,
    (target, source, len): (Resource<DynOutput>, Resource<DynInput>, u64),
) -> Answer<u64> {
    let len = usize::try_from(len).expect("a usize has 64 bits");
    let result = view.table.get_mut(&target)?.check_write();
    let result = match result {
        Ok(room) => view.table.get_mut(&source)?.read(room.min(len)),
        Err(error) => Err(error),
    };
    let result = match result {
        Ok(bytes) => {
            let written = view.table.get_mut(&target)?.write(&bytes);
            written.map(|()| to_u64(bytes.len()))
        }
        Err(error) => Err(error),
    };
    answer(view.table, result)
}

fn blocking_splice(
    view: WasiCtxView<'_>,
    params: (Resource<DynOutput>, Resource<DynInput>, u64),
) -> Answer<u64> {
    let (target, source, len) = &params;
    if *len > 0 {
        let room = wait_for_room(view.ctx, view.table.get_mut(target)?);
        if let Err(error) = room {
            return answer(view.table, Err(error));
        }
        let source: &mut dyn InputStream = &mut **view.table.get_mut(source)?;
        view.ctx.wait(&[source.wait()])?;
    }
    splice(view, params)
}

fn to_u64(len: usize) -> u64 {
    u64::try_from(len).expect("a usize has 64 bits")
}
