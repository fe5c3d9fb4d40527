//! Streams of bytes, as guests read and write them.

use std::io;

use thiserror::Error;

use crate::runtime::error::BoxError;
use crate::runtime::wasi::event::Wait;

/// Why a stream does not go on.
#[derive(Debug, Error)]
pub enum StreamError {
    /// It is over: everything was read, or nobody reads any more.
    #[error("the stream is closed")]
    Closed,
    /// The last operation failed. After that the stream is closed.
    #[error("the last operation failed: {0}")]
    Failed(#[source] io::Error),
    /// The guest does what it must not, or the host cannot go on: the guest traps.
    #[error("{0}")]
    Trap(#[source] BoxError),
}

impl From<io::Error> for StreamError {
    fn from(error: io::Error) -> StreamError {
        match error.kind() {
            io::ErrorKind::BrokenPipe => StreamError::Closed,
            _ => StreamError::Failed(error),
        }
    }
}

impl From<rustix::io::Errno> for StreamError {
    fn from(error: rustix::io::Errno) -> StreamError {
        StreamError::from(io::Error::from(error))
    }
}

/// What a guest reads.
pub trait InputStream: Send {
    /// Returns some bytes, at most `len`: none if there are none at present. Does not wait.
    ///
    /// # Errors
    ///
    /// Fails if there will never be any more, or if reading fails.
    fn read(&mut self, len: usize) -> Result<Vec<u8>, StreamError>;

    /// Returns what to wait for until there are bytes, or it is known that there will never be any.
    fn wait(&mut self) -> Wait;
}

/// What a guest writes.
pub trait OutputStream: Send {
    /// Returns how many bytes can be written now: none while there is no room. Does not wait.
    ///
    /// # Errors
    ///
    /// Fails if nobody will ever read them.
    fn check_write(&mut self) -> Result<usize, StreamError>;

    /// Writes bytes, of which there are not more than [`OutputStream::check_write`] said. Does not wait: what there is no
    /// room for is kept.
    ///
    /// # Errors
    ///
    /// Fails if nobody will ever read them, or if writing fails.
    fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError>;

    /// Passes on what the stream itself has kept so far, as much as it can without waiting. Until that is done there is no
    /// room.
    ///
    /// # Errors
    ///
    /// Fails if nobody will ever read it, or if writing fails.
    fn flush(&mut self) -> Result<(), StreamError>;

    /// Returns whether the stream still keeps bytes that were written, so that it has to be flushed again. Most streams keep nothing: the default.
    fn is_flushing(&mut self) -> bool {
        false
    }

    /// Returns what to wait for until there is room.
    fn wait(&mut self) -> Wait;
}
