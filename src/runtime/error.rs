//! Why something of the runtime did not work.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::io;

use thiserror::Error;

use crate::adapt::{InlineError, TranslateError, TranslateErrorKind};
use crate::fact::TrapCode;
use crate::runtime::codegen::CodegenError;
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::artifact::ArtifactError;
use crate::runtime::vm::failure::{Cause, Failure, Frame as RawFrame};
use crate::runtime::vm::limiter::CountError;

/// An error of anybody.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Why something of the runtime did not work.
pub struct Error(Box<Inner>);

#[derive(Debug, Error)]
enum Inner {
    #[error(transparent)]
    Translate(#[from] TranslateError),
    #[error(transparent)]
    Inline(#[from] InlineError),
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
    Memory(io::Error),
    #[error(transparent)]
    Count(#[from] CountError),
    #[error("{0}")]
    Limit(String),
    #[error("{0}")]
    Failure(Box<Failure>),
}

/// A rule of the canonical ABI that a guest broke.
#[derive(Debug, Error)]
#[error("{text}")]
struct AbiTrap {
    code: TrapCode,
    text: Cow<'static, str>,
}

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A module or component is not valid, or uses what is not supported.
    Compile,
    /// An import is missing or has another type.
    Link,
    /// A function was called with other types than its own, or there is no such function.
    Call,
    /// Compiled code is damaged, or not for this engine.
    Artifact,
    /// The system or a limit refused memory.
    Memory,
    /// The limiter does not allow so many instances, memories or tables.
    Count,
    /// A guest trapped.
    Trap(TrapKind),
    /// A guest broke a rule of the canonical ABI, which is a trap as well.
    AbiTrap(TrapCode),
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

    /// Makes an error about a limit on what a guest may use.
    pub(in crate::runtime) fn limit(message: impl Into<String>) -> Error {
        Error(Box::new(Inner::Limit(message.into())))
    }

    /// Makes the trap of a guest that broke a rule of the canonical ABI.
    #[cold]
    pub(in crate::runtime) fn abi_trap(code: TrapCode) -> Error {
        Error::abi_trap_saying(code, code.to_string())
    }

    /// Makes the trap of a guest that broke a rule of the canonical ABI, in other words than those of its code.
    #[cold]
    pub(in crate::runtime) fn abi_trap_saying(
        code: TrapCode,
        text: impl Into<Cow<'static, str>>,
    ) -> Error {
        let text = text.into();
        Error::from(Failure::host(Box::new(AbiTrap { code, text })))
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

    /// Returns the name of the import that is a component which was not supplied, if that is what is wrong.
    pub(in crate::runtime) fn missing_component(&self) -> Option<&str> {
        match &*self.0 {
            Inner::Translate(error) => match &error.kind {
                TranslateErrorKind::ComponentNotSupplied(name) => Some(name),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns whether a guest did not return.
    pub(in crate::runtime) fn is_failure(&self) -> bool {
        matches!(&*self.0, Inner::Failure(_))
    }

    /// Returns what kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match &*self.0 {
            Inner::Translate(_) | Inner::Inline(_) | Inner::Compile(_) => ErrorKind::Compile,
            Inner::Link(_) => ErrorKind::Link,
            Inner::Call(_) => ErrorKind::Call,
            Inner::Artifact(_) | Inner::OtherArtifact(_) => ErrorKind::Artifact,
            Inner::Memory(_) | Inner::Limit(_) => ErrorKind::Memory,
            Inner::Count(_) => ErrorKind::Count,
            Inner::Failure(failure) => match failure.reason() {
                Cause::Trap(kind) => ErrorKind::Trap(*kind),
                Cause::Host(error) => match error.downcast_ref::<AbiTrap>() {
                    Some(trap) => ErrorKind::AbiTrap(trap.code),
                    None => ErrorKind::Host,
                },
            },
        }
    }

    /// Returns which rule of the canonical ABI a guest broke, if that is what happened.
    pub fn abi_trap_code(&self) -> Option<TrapCode> {
        match self.kind() {
            ErrorKind::AbiTrap(code) => Some(code),
            _ => None,
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

impl From<TranslateError> for Error {
    fn from(error: TranslateError) -> Error {
        Error(Box::new(Inner::Translate(error)))
    }
}

impl From<InlineError> for Error {
    fn from(error: InlineError) -> Error {
        Error(Box::new(Inner::Inline(error)))
    }
}

impl From<CodegenError> for Error {
    fn from(error: CodegenError) -> Error {
        Error(Box::new(Inner::Compile(error)))
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Error {
        // What makes memories has one type for all its errors.
        let inner = error.downcast().map_or_else(Inner::Memory, Inner::Count);
        Error(Box::new(inner))
    }
}

impl From<CountError> for Error {
    fn from(error: CountError) -> Error {
        Error(Box::new(Inner::Count(error)))
    }
}
