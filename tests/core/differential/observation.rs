//! What is seen of a module while it runs.

use interfuse::runtime::TrapKind;

use crate::differential::value::Value;

/// Why a call did not return.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    Trap(TrapKind),
    /// A function of the host failed.
    Host,
    /// Something that is not compared: the stack or the memory of one engine is used up.
    Resources,
}

/// A call of a function of the host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostCall {
    /// The position of the import.
    pub(crate) import: usize,
    pub(crate) params: Vec<Value>,
}

/// What is seen of an instance while its functions are called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observation {
    /// Why there is no instance, if there is none.
    pub(crate) start: Option<Stop>,
    pub(crate) calls: Vec<Result<Vec<Value>, Stop>>,
    pub(crate) host: Vec<HostCall>,
    /// Contents at the end, in the order of the exports.
    pub(crate) memories: Vec<Vec<u8>>,
    pub(crate) globals: Vec<Value>,
    pub(crate) tables: Vec<Vec<Value>>,
}

impl Stop {
    /// Returns a trap of the kinds that both engines tell apart.
    pub(crate) fn trap(kind: TrapKind) -> Stop {
        match kind {
            TrapKind::StackExhausted => Stop::Resources,
            TrapKind::UndefinedElement => Stop::Trap(TrapKind::TableOutOfBounds),
            other => Stop::Trap(other),
        }
    }
}

impl Observation {
    /// Returns whether an engine gave up, so that there is nothing to compare.
    pub(crate) fn gave_up(&self) -> bool {
        self.start == Some(Stop::Resources) || self.calls.contains(&Err(Stop::Resources))
    }

    /// Returns in which way two engines differ, if they do.
    pub(crate) fn difference(&self, other: &Observation) -> Option<String> {
        if self.start != other.start {
            return Some(format!("start: {:?}, not {:?}", self.start, other.start));
        }
        for (at, pair) in self.calls.iter().zip(&other.calls).enumerate() {
            if pair.0 != pair.1 {
                return Some(format!("call {at}: {:x?}, not {:x?}", pair.0, pair.1));
            }
        }
        if self.host != other.host {
            return Some(format!("host: {:x?}, not {:x?}", self.host, other.host));
        }
        if self.globals != other.globals {
            let (ours, theirs) = (&self.globals, &other.globals);
            return Some(format!("globals: {ours:x?}, not {theirs:x?}"));
        }
        if self.tables != other.tables {
            let (ours, theirs) = (&self.tables, &other.tables);
            return Some(format!("tables: {ours:x?}, not {theirs:x?}"));
        }
        let mut memories = self.memories.iter().zip(&other.memories).enumerate();
        let (at, (ours, theirs)) = memories.find(|(_, (ours, theirs))| ours != theirs)?;
        let byte = ours.iter().zip(theirs).position(|(a, b)| a != b);
        let lens = (ours.len(), theirs.len());
        Some(format!("memory {at}: at byte {byte:x?} of {lens:?}"))
    }
}
