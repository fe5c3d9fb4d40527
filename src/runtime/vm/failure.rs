//! Why a call did not return, and where.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::runtime::image::CodeRange;
use crate::runtime::index::InstanceId;
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::code::Code;

/// Why a call did not return, and where that was.
pub(in crate::runtime) struct Failure {
    cause: Cause,
    frames: Vec<Frame>,
}

/// Why a call did not return.
#[derive(Debug)]
pub(in crate::runtime) enum Cause {
    /// The guest trapped.
    Trap(TrapKind),
    /// A function of the host returned an error.
    Host(Box<dyn Error + Send + Sync>),
}

/// A place in the code of a guest.
#[derive(Clone)]
pub(in crate::runtime) struct Frame {
    code: Arc<Code>,
    function: CodeRange,
    instance: InstanceId,
    /// The index of the function in its module.
    index: u32,
}

/// What a guest left behind when it was unwound.
pub(in crate::runtime) enum Note {
    /// It trapped.
    Trap(TrapKind),
    /// A function of the host failed.
    Failure(Box<Failure>),
    /// A function of the host panicked.
    Panic(Box<dyn Any + Send>),
}

impl Failure {
    /// Makes a trap.
    pub(in crate::runtime) fn trap(kind: TrapKind) -> Box<Failure> {
        Failure::new(Cause::Trap(kind))
    }

    /// Makes a failure of the host.
    pub(in crate::runtime) fn host(error: Box<dyn Error + Send + Sync>) -> Box<Failure> {
        Failure::new(Cause::Host(error))
    }

    fn new(cause: Cause) -> Box<Failure> {
        Box::new(Failure {
            cause,
            frames: Vec::new(),
        })
    }

    /// Returns why.
    pub(in crate::runtime) fn reason(&self) -> &Cause {
        &self.cause
    }

    /// Returns the frames of guests, the innermost first.
    pub(in crate::runtime) fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Adds frames around those there are.
    pub(in crate::runtime) fn extend(&mut self, outer: impl IntoIterator<Item = Frame>) {
        self.frames.extend(outer);
    }
}

impl Frame {
    /// Makes the frames of an instruction that traps or calls, the innermost first: more than one if functions were put into
    /// others, none if it does not belong to a function of wasm.
    pub(in crate::runtime) fn of_instruction(code: &Arc<Code>, offset: u32) -> Vec<Frame> {
        let functions = code.functions_at(offset).into_iter();
        let frames = functions.filter_map(|function| {
            let (instance, index) = function.origin?;
            code.image().instances.is_valid(instance).then(|| Frame {
                code: Arc::clone(code),
                function,
                instance,
                index,
            })
        });
        frames.collect()
    }

    /// Returns the name of the function.
    pub(in crate::runtime) fn function(&self) -> Cow<'_, str> {
        self.code.image().bulk.name(self.function)
    }

    /// Returns the name of the instance and the index of the function in its module.
    pub(in crate::runtime) fn origin(&self) -> (&str, u32) {
        let instance = &self.code.image().instances[self.instance];
        (&instance.name, self.index)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut it = f.debug_struct("Failure");
        it.field("cause", &self.cause).field("frames", &self.frames);
        it.finish()
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (instance, index) = self.origin();
        write!(f, "{instance}!{} (function {index})", self.function())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Cause::Trap(kind) => kind.fmt(f),
            Cause::Host(error) => error.fmt(f),
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.cause {
            Cause::Trap(_) => None,
            Cause::Host(error) => error.source(),
        }
    }
}
