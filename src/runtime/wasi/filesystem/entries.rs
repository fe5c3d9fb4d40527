//! `wasi:filesystem/types`, the resource `directory-entry-stream`.

use cap_std::fs::ReadDir;

use crate::runtime::component::Resource;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::filesystem::code::ErrorCode;
use crate::runtime::wasi::filesystem::descriptor::{Descriptor, Done};
use crate::runtime::wasi::filesystem::types::{DescriptorType, DirectoryEntry};
use crate::runtime::wasi::folder::Folder;
use crate::runtime::wasi::interface::Interface;

/// Defines the resource and its function.
pub(in crate::runtime::wasi) fn define<T: WasiView>(
    interface: &mut Interface<'_, T>,
) -> Result<(), Error> {
    interface.resource::<ReadDir>("directory-entry-stream")?;
    interface.fallible("[method]descriptor.read-directory", read_directory)?;
    interface.fallible(
        "[method]directory-entry-stream.read-directory-entry",
        read_entry,
    )
}

fn read_directory(
    view: WasiCtxView<'_>,
    (folder,): (Resource<Descriptor>,),
) -> Done<Resource<ReadDir>> {
    let entries = Folder::of(view.table, &folder)?.readable()?.dir.entries()?;
    Ok(view.table.push(entries)?)
}

fn read_entry(
    view: WasiCtxView<'_>,
    (entries,): (Resource<ReadDir>,),
) -> Done<Option<DirectoryEntry>> {
    let Some(entry) = view.table.get_mut(&entries)?.next() else {
        return Ok(None);
    };
    let entry = entry?;
    let name = entry.file_name().into_string();
    Ok(Some(DirectoryEntry {
        kind: DescriptorType::from(entry.file_type()?),
        name: name.map_err(|_| ErrorCode::IllegalByteSequence)?,
    }))
}
