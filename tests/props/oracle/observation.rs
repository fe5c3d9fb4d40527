//! What can be seen of a call.

use interfuse::adapt::ResourceId;
use interfuse::fact::TrapCode;

use crate::oracle::flat::Flat;
use crate::oracle::guest::ReallocCall;

/// A side of an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Caller,
    Callee,
}

impl Side {
    /// Returns its position among the sides.
    pub(crate) fn index(self) -> usize {
        match self {
            Side::Caller => 0,
            Side::Callee => 1,
        }
    }

    /// Returns the other side.
    pub(crate) fn other(self) -> Side {
        match self {
            Side::Caller => Side::Callee,
            Side::Callee => Side::Caller,
        }
    }
}

/// Why a call did not return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The adapter trapped.
    Trap(TrapCode),
    /// A function trapped that the adapter called.
    Guest,
}

/// A call of a guest's function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) call: GuestCall,
    /// Whether each side may leave while the function runs, the caller first.
    pub(crate) may_leave: [bool; 2],
}

/// Which function of a guest is called, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GuestCall {
    Realloc {
        side: Side,
        call: ReallocCall,
        /// What it answered, unless it trapped.
        answer: Option<u64>,
    },
    Callee(Vec<Flat>),
    PostReturn(Vec<Flat>),
    /// The callee has a handle dropped.
    Drop {
        side: Side,
        rep: u32,
        owned: bool,
    },
}

/// A handle in a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LiveHandle {
    pub(crate) handle: u32,
    pub(crate) ty: ResourceId,
    pub(crate) rep: u32,
    pub(crate) owned: bool,
    pub(crate) lent: bool,
}

/// What can be found out about a handle table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableContents {
    /// The handles in ascending order.
    pub(crate) live: Vec<LiveHandle>,
    /// The handles that are made next.
    pub(crate) next: Vec<u32>,
}

/// What was seen of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Observation {
    /// What the adapter returned.
    pub(crate) outcome: Result<Vec<Flat>, Fault>,
    /// The guests' functions that it called, in order.
    pub(crate) events: Vec<Event>,
    /// Contents of the memories afterwards, the caller's first; empty if there is none.
    pub(crate) memories: [Vec<u8>; 2],
    /// Whether each side may leave afterwards.
    pub(crate) may_leave: [bool; 2],
    /// The handles afterwards, the caller's first; none if no handle is passed.
    pub(crate) tables: [TableContents; 2],
}
