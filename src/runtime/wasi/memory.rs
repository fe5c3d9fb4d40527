//! Streams whose bytes are in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::stream::{InputStream, OutputStream, StreamError};

/// Bytes to be read. Copies read from the same bytes: what one has read the others do not get.
#[derive(Clone, Debug, Default)]
pub struct MemoryInputPipe {
    rest: Arc<Mutex<Rest>>,
}

#[derive(Debug, Default)]
struct Rest {
    bytes: Vec<u8>,
    position: usize,
}

/// Bytes that were written. Copies mean the same bytes.
///
/// # Examples
///
/// ```
/// use interfuse::wasi::{MemoryOutputPipe, OutputStream};
///
/// let written = MemoryOutputPipe::new(8);
/// let mut stream = written.clone();
/// stream.write(b"hello")?;
/// assert_eq!(stream.check_write()?, 3);
/// assert_eq!(written.contents(), b"hello");
/// # Ok::<(), interfuse::wasi::StreamError>(())
/// ```
#[derive(Clone, Debug)]
pub struct MemoryOutputPipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    capacity: usize,
}

impl MemoryInputPipe {
    /// Makes one of bytes.
    pub fn new(bytes: impl Into<Vec<u8>>) -> MemoryInputPipe {
        let rest = Rest {
            bytes: bytes.into(),
            position: 0,
        };
        MemoryInputPipe {
            rest: Arc::new(Mutex::new(rest)),
        }
    }
}

impl InputStream for MemoryInputPipe {
    fn read(&mut self, len: usize) -> Result<Vec<u8>, StreamError> {
        let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        let Rest { bytes, position } = &mut *rest;
        if *position == bytes.len() {
            return Err(StreamError::Closed);
        }
        let end = position.saturating_add(len).min(bytes.len());
        let read = bytes[*position..end].to_vec();
        *position = end;
        Ok(read)
    }

    fn wait(&mut self) -> Wait {
        Wait::Nothing
    }
}

impl MemoryOutputPipe {
    /// Makes one with room for a number of bytes.
    pub fn new(capacity: usize) -> MemoryOutputPipe {
        MemoryOutputPipe {
            bytes: Arc::default(),
            capacity,
        }
    }

    /// Returns what was written so far.
    pub fn contents(&self) -> Vec<u8> {
        self.bytes().clone()
    }

    fn bytes(&self) -> MutexGuard<'_, Vec<u8>> {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OutputStream for MemoryOutputPipe {
    fn check_write(&mut self) -> Result<usize, StreamError> {
        match self.capacity.saturating_sub(self.bytes().len()) {
            // Nothing is ever taken out.
            0 => Err(StreamError::Closed),
            room => Ok(room),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        let mut written = self.bytes();
        // Somebody who writes to a copy may have taken what there was room for.
        let room = self.capacity.saturating_sub(written.len());
        written.extend_from_slice(&bytes[..bytes.len().min(room)]);
        match bytes.len() > room {
            true => Err(StreamError::Closed),
            false => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        Ok(())
    }

    fn wait(&mut self) -> Wait {
        Wait::Nothing
    }
}
