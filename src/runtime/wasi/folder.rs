//! Folders of the host that a guest may use.

use std::sync::Arc;

use cap_std::fs::Dir;

use crate::runtime::component::typed::declare::flags;

flags! {
    /// What a guest may do with a folder and those in it.
    pub struct DirPerms {
        /// List and open what is in it.
        READ,
        /// Create, rename and remove what is in it.
        MUTATE,
    }
}

flags! {
    /// What a guest may do with the files of a folder and of those in it.
    pub struct FilePerms {
        /// Read them.
        READ,
        /// Write them.
        WRITE,
    }
}

/// A folder. No path leads out of it.
#[derive(Clone)]
pub(in crate::runtime::wasi) struct Folder {
    pub(in crate::runtime::wasi) dir: Arc<Dir>,
    pub(in crate::runtime::wasi) dir_perms: DirPerms,
    pub(in crate::runtime::wasi) file_perms: FilePerms,
}
