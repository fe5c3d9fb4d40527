//! Streams from and to places in a file.

use std::io::IoSlice;
use std::sync::Arc;

use cap_std::fs::File;
use rustix::buffer::spare_capacity;
use rustix::io::{Errno, ReadWriteFlags, pread, pwrite, pwritev2};

use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::file::{CHUNK_BYTES, again};
use crate::runtime::wasi::stream::{InputStream, OutputStream, StreamError};

/// Reads a file from a place on.
pub(in crate::runtime::wasi) struct FileReader {
    file: Arc<File>,
    offset: u64,
    has_failed: bool,
}

/// Where a stream writes.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime::wasi) enum Place {
    /// From here on.
    At(u64),
    /// Wherever the end is.
    End,
}

/// Writes a file.
pub(in crate::runtime::wasi) struct FileWriter {
    file: Arc<File>,
    place: Place,
    has_failed: bool,
}

impl FileReader {
    /// Begins at a place.
    pub(in crate::runtime::wasi) fn new(file: Arc<File>, offset: u64) -> FileReader {
        FileReader {
            file,
            offset,
            has_failed: false,
        }
    }
}

impl InputStream for FileReader {
    fn read(&mut self, len: usize) -> Result<Vec<u8>, StreamError> {
        if self.has_failed {
            return Err(StreamError::Closed);
        }
        let mut bytes = Vec::with_capacity(len.min(CHUNK_BYTES));
        if len == 0 {
            return Ok(bytes);
        }
        match again(|| pread(&*self.file, spare_capacity(&mut bytes), self.offset)) {
            Ok(0) => Err(StreamError::Closed),
            Ok(count) => {
                self.offset += to_u64(count);
                Ok(bytes)
            }
            Err(error) => {
                self.has_failed = true;
                Err(error.into())
            }
        }
    }

    fn wait(&mut self) -> Wait {
        Wait::Nothing
    }
}

impl FileWriter {
    /// Begins at a place.
    pub(in crate::runtime::wasi) fn new(file: Arc<File>, place: Place) -> FileWriter {
        FileWriter {
            file,
            place,
            has_failed: false,
        }
    }

    /// Makes sure that nothing has failed: after that the stream is closed.
    fn check(&self) -> Result<(), StreamError> {
        match self.has_failed {
            true => Err(StreamError::Closed),
            false => Ok(()),
        }
    }

    /// Writes some bytes, and returns how many.
    fn write_some(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        match &mut self.place {
            Place::At(offset) => {
                let count = again(|| pwrite(&*self.file, bytes, *offset))?;
                *offset = offset.saturating_add(to_u64(count));
                Ok(count)
            }
            Place::End => {
                let slices = [IoSlice::new(bytes)];
                again(|| pwritev2(&*self.file, &slices, 0, ReadWriteFlags::APPEND))
            }
        }
    }
}

impl OutputStream for FileWriter {
    fn check_write(&mut self) -> Result<usize, StreamError> {
        self.check()?;
        Ok(CHUNK_BYTES)
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), StreamError> {
        self.check()?;
        while !bytes.is_empty() {
            let written = self.write_some(bytes);
            self.has_failed = written.is_err();
            bytes = &bytes[written?..];
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        self.check()
    }

    fn wait(&mut self) -> Wait {
        Wait::Nothing
    }
}

fn to_u64(len: usize) -> u64 {
    u64::try_from(len).expect("a usize has 64 bits")
}
