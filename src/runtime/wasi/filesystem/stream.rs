//! Streams from and to places in a file.

use std::io::IoSlice;
use std::sync::Arc;

use cap_std::fs::File;
use rustix::buffer::spare_capacity;
use rustix::io::{ReadWriteFlags, pread, pwrite, pwritev2};

use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::file::{CHUNK_BYTES, again};
use crate::runtime::wasi::stream::{InputStream, OutputStream, StreamError};

/// Reads a file from a place on.
pub(in crate::runtime::wasi) struct FileReader {
    file: Arc<File>,
    offset: u64,
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
}

impl FileReader {
    /// Begins at a place.
    pub(in crate::runtime::wasi) fn new(file: Arc<File>, offset: u64) -> FileReader {
        FileReader { file, offset }
    }
}

impl InputStream for FileReader {
    fn read(&mut self, len: usize) -> Result<Vec<u8>, StreamError> {
        let mut bytes = Vec::with_capacity(len.min(CHUNK_BYTES));
        if len == 0 {
            return Ok(bytes);
        }
        match again(|| pread(&*self.file, spare_capacity(&mut bytes), self.offset))? {
            0 => Err(StreamError::Closed),
            count => {
                self.offset += to_u64(count);
                Ok(bytes)
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
        FileWriter { file, place }
    }
}

impl OutputStream for FileWriter {
    fn check_write(&mut self) -> Result<usize, StreamError> {
        Ok(CHUNK_BYTES)
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), StreamError> {
        while !bytes.is_empty() {
            let count = match &mut self.place {
                Place::At(offset) => {
                    let count = again(|| pwrite(&*self.file, bytes, *offset))?;
                    *offset = offset.saturating_add(to_u64(count));
                    count
                }
                Place::End => {
                    let slices = [IoSlice::new(bytes)];
                    again(|| pwritev2(&*self.file, &slices, 0, ReadWriteFlags::APPEND))?
                }
            };
            bytes = &bytes[count..];
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        Ok(())
    }

    fn wait(&mut self) -> Wait {
        Wait::Nothing
    }
}

fn to_u64(len: usize) -> u64 {
    u64::try_from(len).expect("a usize has 64 bits")
}
