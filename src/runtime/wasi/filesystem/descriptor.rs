//! The resource `descriptor`: an open file, or a folder that is the root of paths.

use std::io;
use std::sync::Arc;

use cap_fs_ext::OpenOptionsSyncExt;
use cap_std::fs::{File, Metadata, OpenOptions};

use crate::runtime::component::{Resource, ResourceTable};
use crate::runtime::wasi::filesystem::code::ErrorCode;
use crate::runtime::wasi::folder::{DirPerms, FilePerms, Folder};
use crate::runtime::wasi::interface::Raised;

/// The resource `descriptor`. Copies mean the same file.
#[derive(Clone)]
pub(in crate::runtime::wasi) enum Descriptor {
    /// A file.
    File(OpenFile),
    /// A folder.
    Folder(Folder),
}

/// A file that is open.
#[derive(Clone)]
pub(in crate::runtime::wasi) struct OpenFile {
    pub(in crate::runtime::wasi) file: Arc<File>,
    /// What the guest may do with it: what it opened it for and is let.
    pub(in crate::runtime::wasi) perms: FilePerms,
    /// What the guest is let do with files of the folder.
    pub(in crate::runtime::wasi) folder_perms: FilePerms,
}

/// What a function of the interface returns.
pub(in crate::runtime::wasi) type Done<T> = Result<T, Raised<ErrorCode>>;

impl Descriptor {
    /// Returns the descriptor of a handle.
    pub(in crate::runtime::wasi) fn of(
        table: &ResourceTable,
        handle: &Resource<Descriptor>,
    ) -> Done<Descriptor> {
        Ok(table.get(handle)?.clone())
    }

    /// Returns what the system knows about it.
    pub(in crate::runtime::wasi) fn metadata(&self) -> io::Result<Metadata> {
        match self {
            Descriptor::File(it) => it.file.metadata(),
            Descriptor::Folder(it) => it.dir.dir_metadata(),
        }
    }
}

impl OpenFile {
    /// Returns the file of a handle.
    pub(in crate::runtime::wasi) fn of(
        table: &ResourceTable,
        handle: &Resource<Descriptor>,
    ) -> Done<OpenFile> {
        match table.get(handle)? {
            Descriptor::File(it) => Ok(it.clone()),
            Descriptor::Folder(_) => Err(ErrorCode::IsDirectory.into()),
        }
    }

    /// Makes sure that the guest may read it.
    pub(in crate::runtime::wasi) fn readable(self) -> Done<OpenFile> {
        match self.perms.contains(FilePerms::READ) {
            true => Ok(self),
            false => Err(ErrorCode::BadDescriptor.into()),
        }
    }

    /// Returns the file of a handle, which the guest may write. A folder is none that is open to write.
    pub(in crate::runtime::wasi) fn to_write(
        table: &ResourceTable,
        handle: &Resource<Descriptor>,
    ) -> Done<OpenFile> {
        match table.get(handle)? {
            Descriptor::File(it) if it.perms.contains(FilePerms::WRITE) => Ok(it.clone()),
            Descriptor::File(_) | Descriptor::Folder(_) => Err(ErrorCode::BadDescriptor.into()),
        }
    }
}

impl Folder {
    /// Returns the folder of a handle.
    pub(in crate::runtime::wasi) fn of(
        table: &ResourceTable,
        handle: &Resource<Descriptor>,
    ) -> Done<Folder> {
        match table.get(handle)? {
            Descriptor::Folder(it) => Ok(it.clone()),
            Descriptor::File(_) => Err(ErrorCode::NotDirectory.into()),
        }
    }

    /// Makes sure that the guest may look at what is in it.
    pub(in crate::runtime::wasi) fn readable(self) -> Done<Folder> {
        match self.dir_perms.contains(DirPerms::READ) {
            true => Ok(self),
            false => Err(ErrorCode::NotPermitted.into()),
        }
    }

    /// Makes sure that the guest may change what is in it.
    pub(in crate::runtime::wasi) fn mutable(self) -> Done<Folder> {
        match self.dir_perms.contains(DirPerms::MUTATE) {
            true => Ok(self),
            false => Err(ErrorCode::ReadOnly.into()),
        }
    }

    /// Opens the folder as a file, of which the system knows more than of a folder.
    pub(in crate::runtime::wasi) fn file(&self) -> io::Result<File> {
        self.dir
            .open_with(".", OpenOptions::new().read(true).nonblock(true))
    }
}
