//! Files that instances map: what is written to a memory makes copies of its pages and does not reach the file.
//!
//! Invariant: the file of a `DataFile` is at least as long as its creator says, and does not change. Nobody else knows files
//! without a name; for others, whoever loads an artifact promises it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use crate::runtime::bulk::bytes::Bytes;
use crate::runtime::data::CONTENTS_ALIGN_BYTES;
use crate::runtime::vm::mmap::{FileView, PAGE_BYTES};

const _: () = assert!(CONTENTS_ALIGN_BYTES.is_multiple_of(PAGE_BYTES));

/// Where the data of a group can be mapped from.
#[derive(Clone)]
pub(in crate::runtime) struct DataFile {
    file: Arc<File>,
    offset: u64,
}

impl DataFile {
    /// Returns the data that begins at an offset, a multiple of the page size, of a file.
    pub(in crate::runtime::vm) fn new(file: &Arc<File>, offset: u64) -> DataFile {
        let file = Arc::clone(file);
        DataFile { file, offset }
    }

    /// Writes data to a file without a name. Returns it, and the data in it.
    pub(in crate::runtime::vm) fn write(data: &[u8]) -> io::Result<(DataFile, Bytes)> {
        let file = Arc::new(nameless(data)?);
        let view = FileView::new(file.as_fd(), data.len())?;
        Ok((DataFile { file, offset: 0 }, Bytes::of(Arc::new(view))))
    }

    /// Returns the file.
    pub(in crate::runtime) fn file(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Returns where in the file the data begin.
    pub(in crate::runtime) fn offset(&self) -> u64 {
        self.offset
    }
}

/// Makes a file without a name that holds some bytes.
pub(in crate::runtime::vm) fn nameless(bytes: &[u8]) -> io::Result<File> {
    // SAFETY: the name is a string that ends with 0.
    let file = unsafe { libc::memfd_create(c"wasm".as_ptr(), libc::MFD_CLOEXEC) };
    if file < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new, so that nobody else owns it.
    let file = File::from(unsafe { OwnedFd::from_raw_fd(file) });
    file.write_all_at(bytes, 0)?;
    Ok(file)
}
