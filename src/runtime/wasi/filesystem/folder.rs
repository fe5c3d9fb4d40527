//! `wasi:filesystem/types`, the functions of descriptors that take paths.
//!
//! Every path goes through `cap-std`, which follows it within the folder and nowhere else.

use std::path::Path;

use cap_fs_ext::DirExt;
use cap_std::fs::Metadata;

use crate::runtime::component::Resource;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::filesystem::code::ErrorCode;
use crate::runtime::wasi::filesystem::descriptor::{Descriptor, Done};
use crate::runtime::wasi::filesystem::open::open;
use crate::runtime::wasi::filesystem::path::{
    ends_in_dots, ends_in_parent, ends_in_slash, names_folder, parent, without_slashes,
};
use crate::runtime::wasi::filesystem::time::{of_path, on_followed};
use crate::runtime::wasi::filesystem::types::{
    DescriptorFlags, DescriptorStat, MetadataHash, NewTimestamp, OpenFlags, PathFlags,
};
use crate::runtime::wasi::folder::Folder;
use crate::runtime::wasi::interface::Interface;

/// A descriptor.
type Handle = Resource<Descriptor>;

/// Defines the functions.
pub(in crate::runtime::wasi) fn define<T: WasiView>(
    interface: &mut Interface<'_, T>,
) -> Result<(), Error> {
    interface.fallible("[method]descriptor.create-directory-at", create_directory)?;
    interface.fallible("[method]descriptor.stat-at", stat)?;
    interface.fallible("[method]descriptor.set-times-at", set_times)?;
    interface.fallible("[method]descriptor.link-at", link)?;
    interface.fallible("[method]descriptor.open-at", open_at)?;
    interface.fallible("[method]descriptor.readlink-at", readlink)?;
    interface.fallible("[method]descriptor.remove-directory-at", remove_directory)?;
    interface.fallible("[method]descriptor.rename-at", rename)?;
    interface.fallible("[method]descriptor.symlink-at", symlink)?;
    interface.fallible("[method]descriptor.unlink-file-at", unlink_file)?;
    interface.fallible("[method]descriptor.metadata-hash-at", metadata_hash)
}

fn create_directory(view: WasiCtxView<'_>, (folder, path): (Handle, String)) -> Done<()> {
    let folder = Folder::of(view.table, &folder)?.mutable()?;
    Ok(folder.dir.create_dir(path)?)
}

fn metadata(
    view: &WasiCtxView<'_>,
    folder: &Handle,
    flags: PathFlags,
    path: &str,
) -> Done<Metadata> {
    let folder = Folder::of(view.table, folder)?.readable()?;
    match flags.contains(PathFlags::SYMLINK_FOLLOW) {
        true => Ok(folder.dir.metadata(path)?),
        false => link_metadata(&folder, path),
    }
}

/// Returns what the system knows of what a path leads to, which is not followed if it can be a link.
fn link_metadata(folder: &Folder, path: &str) -> Done<Metadata> {
    match names_folder(path) {
        true => Ok(folder.dir.metadata(path)?),
        false => Ok(folder.dir.symlink_metadata(path)?),
    }
}

fn stat(
    view: WasiCtxView<'_>,
    (folder, flags, path): (Handle, PathFlags, String),
) -> Done<DescriptorStat> {
    let metadata = metadata(&view, &folder, flags, &path)?;
    Ok(DescriptorStat::from(&metadata))
}

fn metadata_hash(
    view: WasiCtxView<'_>,
    (folder, flags, path): (Handle, PathFlags, String),
) -> Done<MetadataHash> {
    let metadata = metadata(&view, &folder, flags, &path)?;
    Ok(MetadataHash::from(&metadata))
}

fn set_times(
    view: WasiCtxView<'_>,
    (folder, flags, path, accessed, modified): (
        Handle,
        PathFlags,
        String,
        NewTimestamp,
        NewTimestamp,
    ),
) -> Done<()> {
    let dir = Folder::of(view.table, &folder)?.mutable()?.dir;
    if flags.contains(PathFlags::SYMLINK_FOLLOW) {
        return on_followed(&dir, &path, accessed, modified);
    }
    let (accessed, modified) = (of_path(accessed)?, of_path(modified)?);
    Ok(dir.set_symlink_times(path, accessed, modified)?)
}

fn link(
    view: WasiCtxView<'_>,
    (from, flags, from_path, to, to_path): (Handle, PathFlags, String, Handle, String),
) -> Done<()> {
    let from = Folder::of(view.table, &from)?.mutable()?;
    let to = Folder::of(view.table, &to)?.mutable()?;
    // A second name would be a way around what the guest may do with the first.
    check_allows_no_more(&from, &to)?;
    // The sandbox makes links to symbolic links, not to what these lead to.
    if flags.contains(PathFlags::SYMLINK_FOLLOW) {
        return Err(ErrorCode::Invalid.into());
    }
    // What is not there has no other name, wherever that would be.
    link_metadata(&from, &from_path)?;
    check_is_new(&to, &to_path)?;
    Ok(from.dir.hard_link(from_path, &to.dir, to_path)?)
}

fn open_at(
    view: WasiCtxView<'_>,
    (folder, path_flags, path, open_flags, flags): (
        Handle,
        PathFlags,
        String,
        OpenFlags,
        DescriptorFlags,
    ),
) -> Done<Handle> {
    let folder = Folder::of(view.table, &folder)?.readable()?;
    let opened = open(&folder, path_flags, &path, open_flags, flags)?;
    Ok(view.table.push(opened)?)
}

fn readlink(view: WasiCtxView<'_>, (folder, path): (Handle, String)) -> Done<String> {
    let dir = Folder::of(view.table, &folder)?.readable()?.dir;
    let target = dir.read_link(path)?.into_os_string().into_string();
    target.map_err(|_| ErrorCode::IllegalByteSequence.into())
}

fn remove_directory(view: WasiCtxView<'_>, (folder, path): (Handle, String)) -> Done<()> {
    let dir = Folder::of(view.table, &folder)?.mutable()?.dir;
    let removed = dir.remove_dir(without_slashes(&path));
    match removed.map_err(ErrorCode::from) {
        // That one holds the one that it is the parent of.
        Err(ErrorCode::Invalid) if ends_in_parent(&path) => Err(ErrorCode::NotEmpty.into()),
        result => Ok(result?),
    }
}

fn rename(
    view: WasiCtxView<'_>,
    (from, from_path, to, to_path): (Handle, String, Handle, String),
) -> Done<()> {
    let from = Folder::of(view.table, &from)?.mutable()?;
    let to = Folder::of(view.table, &to)?.mutable()?;
    // In another folder the guest could do more with it than it may here.
    check_allows_no_more(&from, &to)?;
    if ends_in_slash(&to_path) {
        check_is_folder((&from, &from_path), (&to, &to_path))?;
    }
    Ok(from.dir.rename(from_path, &to.dir, to_path)?)
}

fn symlink(view: WasiCtxView<'_>, (folder, target, path): (Handle, String, String)) -> Done<()> {
    let folder = Folder::of(view.table, &folder)?.mutable()?;
    if Path::new(&target).is_absolute() {
        return Err(ErrorCode::NotPermitted.into());
    }
    check_is_new(&folder, &path)?;
    Ok(DirExt::symlink(&*folder.dir, target, path)?)
}

fn unlink_file(view: WasiCtxView<'_>, (folder, path): (Handle, String)) -> Done<()> {
    let folder = Folder::of(view.table, &folder)?.mutable()?;
    if ends_in_slash(&path) {
        // Only folders have such names, and nothing that has one is removed like this.
        let is_folder = link_metadata(&folder, without_slashes(&path))?.is_dir();
        return Err(match is_folder {
            true => ErrorCode::IsDirectory,
            false => ErrorCode::NotDirectory,
        }
        .into());
    }
    Ok(folder.dir.remove_file_or_symlink(path)?)
}

/// Makes sure that a guest may do nothing in one folder that it may not do in another.
fn check_allows_no_more(from: &Folder, to: &Folder) -> Done<()> {
    match from.dir_perms.contains(to.dir_perms) && from.file_perms.contains(to.file_perms) {
        true => Ok(()),
        false => Err(ErrorCode::NotPermitted.into()),
    }
}

/// Makes sure that what is no folder can be made by a path, if that ends like the path of one: then there is something, or
/// there will be nothing.
fn check_is_new(folder: &Folder, path: &str) -> Done<()> {
    if ends_in_dots(path) {
        folder.dir.metadata(path)?;
        return Err(ErrorCode::Exist.into());
    }
    if ends_in_slash(path) && folder.dir.symlink_metadata(without_slashes(path)).is_ok() {
        return Err(ErrorCode::Exist.into());
    }
    Ok(())
}

/// Makes sure that something may be moved to a path that ends in a slash, which the sandbox forgets: only a folder may.
fn check_is_folder(from: (&Folder, &str), to: (&Folder, &str)) -> Done<()> {
    for (folder, path) in [from, to] {
        if let Some(parent) = parent(path) {
            folder.dir.metadata(parent)?;
        }
    }
    let (folder, path) = from;
    if ends_in_dots(path) || ends_in_dots(to.1) {
        return Ok(());
    }
    match folder.dir.symlink_metadata(without_slashes(path))?.is_dir() {
        true => Ok(()),
        false => Err(ErrorCode::NotDirectory.into()),
    }
}
