//! What programs find on both engines: the same streams, the same folder.

use std::path::Path;

use anyhow::Result;
use interfuse::{component as ours, runtime, wasi as our_wasi};
use wasmtime::component as theirs;
use wasmtime_wasi::p2::add_to_linker_sync;

/// The data of a store of ours.
pub struct OurHost {
    ctx: our_wasi::WasiCtx,
    table: ours::ResourceTable,
}

/// The data of a store of Wasmtime's.
pub struct TheirHost {
    ctx: wasmtime_wasi::WasiCtx,
    table: theirs::ResourceTable,
}

impl our_wasi::WasiView for OurHost {
    fn ctx(&mut self) -> our_wasi::WasiCtxView<'_> {
        our_wasi::WasiCtxView {
            ctx: &mut self.ctx,
            table: &mut self.table,
        }
    }
}

impl wasmtime_wasi::WasiView for TheirHost {
    fn ctx(&mut self) -> wasmtime_wasi::WasiCtxView<'_> {
        wasmtime_wasi::WasiCtxView {
            ctx: &mut self.ctx,
            table: &mut self.table,
        }
    }
}

/// Makes a store with the standard streams of this process, and perhaps a folder, and an instance in it.
///
/// # Errors
///
/// Fails if the component imports anything but WASI, or the folder cannot be opened.
pub fn our_instance(
    engine: &runtime::Engine,
    component: &ours::Component,
    folder: Option<&Path>,
) -> Result<(runtime::Store<OurHost>, ours::Instance)> {
    let mut linker = ours::Linker::new(engine);
    our_wasi::add_to_linker(&mut linker)?;
    let mut builder = our_wasi::WasiCtx::builder();
    builder.inherit_stdio().arg("program");
    if let Some(folder) = folder {
        let (dirs, files) = (our_wasi::DirPerms::all(), our_wasi::FilePerms::all());
        builder.preopened_dir(folder, "/", dirs, files)?;
    }
    let host = OurHost {
        ctx: builder.build(),
        table: ours::ResourceTable::new(),
    };
    let mut store = runtime::Store::new(engine, host)?;
    let instance = linker.instantiate(&mut store, component)?;
    Ok((store, instance))
}

/// Makes a store with the standard streams of this process, and perhaps a folder, and an instance in it. As in the command
/// of Wasmtime, files may be read and written on the thread of the guest.
///
/// # Errors
///
/// Fails if the component imports anything but WASI, or the folder cannot be opened.
pub fn their_instance(
    engine: &wasmtime::Engine,
    component: &theirs::Component,
    folder: Option<&Path>,
) -> Result<(wasmtime::Store<TheirHost>, theirs::Instance)> {
    let mut linker = theirs::Linker::new(engine);
    add_to_linker_sync(&mut linker)?;
    let mut builder = wasmtime_wasi::WasiCtx::builder();
    builder.inherit_stdio().arg("program");
    builder.allow_blocking_current_thread(true);
    if let Some(folder) = folder {
        builder.preopened_dir(folder, "/", wasmtime_wasi::FsPerms::ReadWrite)?;
    }
    let host = TheirHost {
        ctx: builder.build(),
        table: theirs::ResourceTable::new(),
    };
    let mut store = wasmtime::Store::new(engine, host);
    let instance = linker.instantiate(&mut store, component)?;
    Ok((store, instance))
}
