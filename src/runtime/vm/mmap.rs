//! Pieces of address space.
//!
//! Invariants: (1) a `Mapping` owns the pages from `start` on, `len_bytes` of them, from its creation to its drop; nobody
//! else maps or unmaps there. (2) `start` and `len_bytes` are multiples of the page size, and `len_bytes` is not 0.
//! (3) A mapping never hands out references, only its address: who makes references answers for them. (4) Pages of a
//! `FileView` are never made writable.

use std::io;
use std::ops::Range;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::{self, NonNull};
use std::slice;

/// Size of a page of x86-64.
pub(in crate::runtime) const PAGE_BYTES: usize = 4096;

/// What may be done with pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) enum Protection {
    /// Nothing: any access faults.
    None,
    /// Reading.
    Read,
    /// Reading and writing.
    ReadWrite,
    /// Reading and executing.
    ReadExecute,
}

impl Protection {
    fn flags(self) -> libc::c_int {
        match self {
            Protection::None => libc::PROT_NONE,
            Protection::Read => libc::PROT_READ,
            Protection::ReadWrite => libc::PROT_READ | libc::PROT_WRITE,
            Protection::ReadExecute => libc::PROT_READ | libc::PROT_EXEC,
        }
    }
}

/// A piece of address space.
#[derive(Debug)]
pub(in crate::runtime) struct Mapping {
    start: NonNull<u8>,
    len_bytes: usize,
}

// SAFETY: a mapping is an address and a length; pages belong to the process and not to a thread (invariant 1).
unsafe impl Send for Mapping {}

// SAFETY: `&Mapping` allows changing the protection of pages, which the kernel makes atomic, and nothing else.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Reserves `len_bytes`, rounded up to pages and at least one, that nobody may access yet. They will be zero.
    pub(in crate::runtime) fn reserve(len_bytes: usize) -> io::Result<Mapping> {
        let too_large = || io::Error::from(io::ErrorKind::OutOfMemory);
        let len_bytes = len_bytes
            .max(1)
            .checked_next_multiple_of(PAGE_BYTES)
            .ok_or_else(too_large)?;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: without `MAP_FIXED` the kernel picks free pages, so that nothing that exists is touched.
        let start =
            unsafe { libc::mmap(ptr::null_mut(), len_bytes, libc::PROT_NONE, flags, -1, 0) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start =
            NonNull::new(start.cast()).expect("the first page of a process is never mapped");
        Ok(Mapping { start, len_bytes })
    }

    /// Maps machine code, to read and execute.
    pub(in crate::runtime) fn of_code(code: &[u8]) -> io::Result<Mapping> {
        let mapping = Mapping::reserve(code.len())?;
        let whole = 0..mapping.len_bytes;
        mapping.protect(whole.clone(), Protection::ReadWrite)?;
        // SAFETY: the mapping is at least as long as `code` and writable; it is new, so that nothing else points there.
        unsafe { ptr::copy_nonoverlapping(code.as_ptr(), mapping.start.as_ptr(), code.len()) };
        mapping.protect(whole, Protection::ReadExecute)?;
        Ok(mapping)
    }

    /// Maps a part of a file, without reading it. `offset` is a multiple of the page size.
    pub(in crate::runtime) fn of_file(
        file: BorrowedFd<'_>,
        offset: u64,
        len_bytes: usize,
        protection: Protection,
    ) -> io::Result<Mapping> {
        let too_large = || io::Error::from(io::ErrorKind::OutOfMemory);
        let len_bytes = len_bytes
            .max(1)
            .checked_next_multiple_of(PAGE_BYTES)
            .ok_or_else(too_large)?;
        let offset = libc::off_t::try_from(offset).map_err(|_| too_large())?;
        let rights = protection.flags();
        let (null, fd) = (ptr::null_mut(), file.as_raw_fd());
        // SAFETY: without `MAP_FIXED` the kernel picks free pages, so that nothing that exists is touched.
        let start = unsafe { libc::mmap(null, len_bytes, rights, libc::MAP_PRIVATE, fd, offset) };
        if start == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let start =
            NonNull::new(start.cast()).expect("the first page of a process is never mapped");
        Ok(Mapping { start, len_bytes })
    }

    /// Returns the address of the first byte.
    #[inline]
    pub(in crate::runtime) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Returns the length.
    pub(in crate::runtime) fn len_bytes(&self) -> usize {
        self.len_bytes
    }

    /// Sets what may be done with some pages. Those that become writable for the first time are zero.
    ///
    /// # Panics
    ///
    /// Panics if `range` does not consist of pages of the mapping.
    pub(in crate::runtime) fn protect(
        &self,
        range: Range<usize>,
        protection: Protection,
    ) -> io::Result<()> {
        let len = self.check(&range);
        if len == 0 {
            return Ok(());
        }
        // SAFETY: `check` made sure that `range.start` is within the mapping.
        let start = unsafe { self.start.add(range.start) };
        // SAFETY: the pages belong to this mapping (invariant 1), so no Rust object but those that the owner of the mapping
        // answers for (invariant 3) lies in them.
        let status = unsafe { libc::mprotect(start.as_ptr().cast(), len, protection.flags()) };
        if status != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Replaces some pages by those of a file from an offset on, to read and write; what is written does not reach the
    /// file. `offset` is a multiple of the page size.
    ///
    /// # Panics
    ///
    /// Panics if `range` does not consist of pages of the mapping.
    pub(in crate::runtime) fn map_file(
        &mut self,
        range: Range<usize>,
        file: BorrowedFd<'_>,
        offset: u64,
    ) -> io::Result<()> {
        let len = self.check(&range);
        if len == 0 {
            return Ok(());
        }
        let too_large = |_| io::Error::from(io::ErrorKind::OutOfMemory);
        let offset = libc::off_t::try_from(offset).map_err(too_large)?;
        // SAFETY: `check` made sure that `range.start` is within the mapping.
        let start = unsafe { self.start.add(range.start) };
        let rights = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_FIXED | libc::MAP_NORESERVE;
        // SAFETY: the pages that are replaced belong to this mapping (invariant 1), which `&mut self` says nobody else uses
        // at the moment.
        let mapped = unsafe {
            libc::mmap(
                start.as_ptr().cast(),
                len,
                rights,
                flags,
                file.as_raw_fd(),
                offset,
            )
        };
        if mapped == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Replaces some pages by zeros, to read and write.
    ///
    /// # Panics
    ///
    /// Panics if `range` does not consist of pages of the mapping.
    pub(in crate::runtime) fn map_zeros(&mut self, range: Range<usize>) -> io::Result<()> {
        let len = self.check(&range);
        if len == 0 {
            return Ok(());
        }
        // SAFETY: `check` made sure that `range.start` is within the mapping.
        let start = unsafe { self.start.add(range.start) }.as_ptr().cast();
        let rights = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED | libc::MAP_NORESERVE;
        // SAFETY: the pages that are replaced belong to this mapping (invariant 1), which `&mut self` says nobody else uses
        // at the moment.
        let mapped = unsafe { libc::mmap(start, len, rights, flags, -1, 0) };
        if mapped == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Forgets what was written to some pages: they hold zeros again, or what is in the file that was mapped there.
    ///
    /// # Panics
    ///
    /// Panics if `range` does not consist of pages of the mapping.
    pub(in crate::runtime) fn reset(&mut self, range: Range<usize>) -> io::Result<()> {
        let len = self.check(&range);
        if len == 0 {
            return Ok(());
        }
        // SAFETY: `check` made sure that `range.start` is within the mapping.
        let start = unsafe { self.start.add(range.start) }.as_ptr().cast();
        // SAFETY: the pages belong to this mapping (invariant 1), which `&mut self` says nobody else uses at the moment.
        if unsafe { libc::madvise(start, len, libc::MADV_DONTNEED) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(())
    }

    /// Returns the length of a range after making sure that it consists of pages of the mapping.
    fn check(&self, range: &Range<usize>) -> usize {
        assert!(range.start <= range.end, "{range:?}");
        assert!(
            range.end <= self.len_bytes,
            "{range:?} of {}",
            self.len_bytes
        );
        assert!(range.start.is_multiple_of(PAGE_BYTES), "{range:?}");
        assert!(range.end.is_multiple_of(PAGE_BYTES), "{range:?}");
        range.end - range.start
    }
}

/// A file that is mapped to be read. It neither changes nor gets shorter as long as this exists.
#[derive(Debug)]
pub(in crate::runtime) struct FileView {
    mapping: Mapping,
    len_bytes: usize,
}

impl FileView {
    /// Maps the first `len_bytes` of a file, which has so many, without reading them.
    pub(in crate::runtime::vm) fn new(
        file: BorrowedFd<'_>,
        len_bytes: usize,
    ) -> io::Result<FileView> {
        let mapping = Mapping::of_file(file, 0, len_bytes, Protection::Read)?;
        Ok(FileView { mapping, len_bytes })
    }
}

impl AsRef<[u8]> for FileView {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: so many bytes are mapped and readable as long as `self` exists, and nobody changes them: the file is one
        // without a name, or whoever loaded it promised that.
        unsafe { slice::from_raw_parts(self.mapping.start.as_ptr(), self.len_bytes) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the pages belong to this mapping (invariant 1), and whoever made references to them gave them up before
        // dropping it (invariant 3).
        let status = unsafe { libc::munmap(self.start.as_ptr().cast(), self.len_bytes) };
        debug_assert_eq!(status, 0, "unmapping what was mapped succeeds");
    }
}
