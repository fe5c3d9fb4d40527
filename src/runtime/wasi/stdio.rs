//! What the standard streams of a guest are.

use std::io::{self, IsTerminal};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::file::{CHUNK_BYTES, FileInputStream, FileOutputStream, share};
use crate::runtime::wasi::memory::{MemoryInputPipe, MemoryOutputPipe};
use crate::runtime::wasi::stream::{InputStream, OutputStream, StreamError};

/// What a guest can read as its standard input: it may ask for a stream several times, and all of them read from the same.
pub trait StdinStream: Send {
    /// Returns a stream.
    fn stream(&self) -> Box<dyn InputStream>;

    /// Returns whether it is a terminal. Most are not: the default.
    fn is_terminal(&self) -> bool {
        false
    }
}

/// What a guest can write to as its standard output or standard error.
pub trait StdoutStream: Send {
    /// Returns a stream.
    fn stream(&self) -> Box<dyn OutputStream>;

    /// Returns whether it is a terminal. Most are not: the default.
    fn is_terminal(&self) -> bool {
        false
    }
}

/// A standard stream of this process, found when it is first asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime) enum Inherited {
    /// The standard input.
    Stdin,
    /// The standard output.
    Stdout,
    /// The standard error.
    Stderr,
}

impl Inherited {
    fn fd(self) -> io::Result<Arc<OwnedFd>> {
        match self {
            Inherited::Stdin => share(&io::stdin()),
            Inherited::Stdout => share(&io::stdout()),
            Inherited::Stderr => share(&io::stderr()),
        }
    }

    fn is_terminal(self) -> bool {
        match self {
            Inherited::Stdin => io::stdin().is_terminal(),
            Inherited::Stdout => io::stdout().is_terminal(),
            Inherited::Stderr => io::stderr().is_terminal(),
        }
    }
}

impl StdinStream for Inherited {
    fn stream(&self) -> Box<dyn InputStream> {
        match self.fd() {
            Ok(fd) => Box::new(FileInputStream::new(fd)),
            // It was closed before this process began.
            Err(_) => Box::new(MemoryInputPipe::default()),
        }
    }

    fn is_terminal(&self) -> bool {
        Inherited::is_terminal(*self)
    }
}

impl StdoutStream for Inherited {
    fn stream(&self) -> Box<dyn OutputStream> {
        match self.fd() {
            Ok(fd) => Box::new(FileOutputStream::new(fd)),
            // It was closed before this process began.
            Err(_) => Box::new(MemoryOutputPipe::new(0)),
        }
    }

    fn is_terminal(&self) -> bool {
        Inherited::is_terminal(*self)
    }
}

/// What takes everything and keeps nothing.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime) struct Sink;

impl OutputStream for Sink {
    fn check_write(&mut self) -> Result<usize, StreamError> {
        Ok(CHUNK_BYTES)
    }

    fn write(&mut self, _: &[u8]) -> Result<(), StreamError> {
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        Ok(())
    }

    fn wait(&mut self) -> Wait {
        Wait::Nothing
    }
}

macro_rules! streams {
    ($($kind:ident, $stream:ident: $ty:ty;)*) => { $(
        impl $kind for $ty {
            fn stream(&self) -> Box<dyn $stream> {
                Box::new(self.clone())
            }
        }
    )* };
}

streams! {
    StdinStream, InputStream: MemoryInputPipe;
    StdinStream, InputStream: FileInputStream;
    StdoutStream, OutputStream: MemoryOutputPipe;
    StdoutStream, OutputStream: FileOutputStream;
    StdoutStream, OutputStream: Sink;
}
