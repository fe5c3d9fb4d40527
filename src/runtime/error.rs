//! Why something of the runtime did not work.

use std::error::Error as StdError;
use std::fmt;
use std::io;

use thiserror::Error;

use crate::runtime::codegen::CodegenError;
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::artifact::ArtifactError;
use crate::runtime::vm::failure::{Cause, Failure, Frame as RawFrame};

/// An error of anybody.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why something of the runtime did not work.
pub struct Error(Box<Inner>);

#[derive(Debug, Error)]
enum Inner {
    #[error(transparent)]
    Compile(#[from] CodegenError),
    #[error("{0}")]
    Link(String),
    #[error("{0}")]
    Call(String),
    #[error(transparent)]
    Artifact(#[from] ArtifactError),
    #[error("{0}")]
    OtherArtifact(String),
    #[error("not enough memory: {0}")]
    Memory(#[from] io::Error),
    #[error("{0}")]
    Failure(Box<Failure>),
}

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A module is not valid, or uses what is not supported.
    Compile,
    /// An import is missing or has another type.
    Link,
    /// A function was called with other types than its own, or there is no such function.
    Call,
    /// Compiled code is damaged, or not for this engine.
    Artifact,
    /// The system or a limit refused memory.
    Memory,
    /// A guest trapped.
    Trap(TrapKind),
    /// A function of the host returned an error.
    Host,
}

/// A function of a guest that was running when it trapped, or called a function of the host that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The name of the function.
    pub function: String,
    /// The name of the instance.
    pub instance: String,
    /// The index of the function in its module.
    pub index: u32,
}

impl Error {
    /// Makes an error about imports.
    pub(in crate::runtime) fn link(message: impl Into<String>) -> Error {
        Error(Box::new(Inner::Link(message.into())))
    }

    /// Makes an error about compiled code.
    pub(in crate::runtime) fn artifact(message: String) -> Error {
        Error(Box::new(Inner::OtherArtifact(message)))
    }

    /// Makes an error about a call.
    pub(in crate::runtime) fn call(message: impl Into<String>) -> Error {
        Error(Box::new(Inner::Call(message.into())))
    }

    /// Makes the error that a function of the host returns.
    pub(in crate::runtime) fn host(error: BoxError) -> Error {
        match error.downcast::<Error>() {
            Ok(own) => *own,
            Err(other) => Error::from(Failure::host(other)),
        }
    }

    /// Returns what a guest is stopped with if a function of the host returns this error.
    pub(in crate::runtime) fn into_failure(self) -> Box<Failure> {
        match *self.0 {
            Inner::Failure(failure) => failure,
            other => Failure::host(Box::new(Error(Box::new(other)))),
        }
    }

    /// Returns what kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Inner::Compile(_) => ErrorKind::Compile,
            Inner::Link(_) => ErrorKind::Link,
            Inner::Call(_) => ErrorKind::Call,
            Inner::Artifact(_) | Inner::OtherArtifact(_) => ErrorKind::Artifact,
            Inner::Memory(_) => ErrorKind::Memory,
            Inner::Failure(failure) => match failure.reason() {
                Cause::Trap(kind) => ErrorKind::Trap(*kind),
                Cause::Host(_) => ErrorKind::Host,
            },
        }
    }

    /// Returns why a guest trapped, if that is what happened.
    pub fn trap(&self) -> Option<TrapKind> {
        match self.kind() {
            ErrorKind::Trap(kind) => Some(kind),
            _ => None,
        }
    }

    /// Returns the error that a function of the host returned, if it is an `E`.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match &*self.0 {
            Inner::Failure(failure) => match failure.reason() {
                Cause::Host(error) => error.downcast_ref(),
                Cause::Trap(_) => None,
            },
            _ => None,
        }
    }

    /// Returns the functions of guests that were running, the innermost first.
    pub fn backtrace(&self) -> Vec<Frame> {
        match &*self.0 {
            Inner::Failure(failure) => failure.frames().iter().map(frame).collect(),
            _ => Vec::new(),
        }
    }
}

fn frame(raw: &RawFrame) -> Frame {
    let (instance, index) = raw.origin();
    Frame {
        function: raw.function().into_owned(),
        instance: instance.to_owned(),
        index,
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} (function {})",
            self.instance, self.function, self.index
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)?;
        for frame in self.backtrace() {
            write!(f, "\n    at {frame}")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match &*self.0 {
            Inner::Failure(failure) => failure.source(),
            other => other.source(),
        }
    }
}

impl From<Box<Failure>> for Error {
    fn from(failure: Box<Failure>) -> Error {
        Error(Box::new(Inner::Failure(failure)))
    }
}

impl From<ArtifactError> for Error {
    fn from(error: ArtifactError) -> Error {
        Error(Box::new(Inner::Artifact(error)))
    }
}

impl From<CodegenError> for Error {
    fn from(error: CodegenError) -> Error {
        Error(Box::new(Inner::Compile(error)))
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        Error(Box::new(Inner::Memory(error)))
    }
}
