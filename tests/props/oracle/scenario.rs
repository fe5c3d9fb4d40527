//! Everything that goes into a call.

use std::collections::BTreeSet;

use interfuse::adapt::{FuncTypeId, IndexType, ResourceId, StringEncoding, Types};
use interfuse::fact::{Callback, Guard, Reentrance};

use crate::oracle::flat::Flat;
use crate::oracle::guest::{Allocator, CalleeScript};
use crate::oracle::observation::Side;
use crate::oracle::table::HandleStep;
use crate::oracle::ty::Ty;

/// A call through an adapter: its type, its two sides and what the guests do.
#[derive(Clone)]
pub(crate) struct Scenario {
    pub(crate) types: Types,
    pub(crate) func: FuncTypeId,
    /// Whether both sides are one instance. They have a memory each, as an instance may; to make up for that, a side's
    /// `realloc` overwrites the other side's memory.
    pub(crate) within: bool,
    /// The side whose instance is around that of the other, if they are two.
    pub(crate) around: Option<Side>,
    /// Which calls are refused.
    pub(crate) reentrance: Reentrance,
    /// The caller's side, then the callee's.
    pub(crate) sides: [SideScenario; 2],
    /// What the caller passes.
    pub(crate) args: Vec<Flat>,
    pub(crate) callee: CalleeScript,
    pub(crate) post_return: Option<PostReturnScript>,
    /// Whether code of the caller may run while the callee runs.
    pub(crate) callback: Callback,
    /// The handles that the callee has dropped: by itself, and by the caller if it calls back.
    pub(crate) drops: Vec<(Side, ResourceId, u32)>,
    /// No table ever has as many rows.
    pub(crate) rows_max: u32,
}

/// One side of a call.
#[derive(Clone)]
pub(crate) struct SideScenario {
    pub(crate) encoding: StringEncoding,
    /// The width of its pointers. Without a memory there are none.
    pub(crate) width: IndexType,
    /// What its memory contains, in whole pages.
    pub(crate) memory: Option<Vec<u8>>,
    pub(crate) realloc: Option<(Allocator, Guard)>,
    /// Whether the instance may leave when the call begins, if there is a flag for it.
    pub(crate) may_leave: Option<bool>,
    /// The resource types that it implements.
    pub(crate) implements: BTreeSet<ResourceId>,
    /// What happened to its handle table before the call.
    pub(crate) handles: Vec<HandleStep>,
}

/// What the post-return function does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PostReturnScript {
    pub(crate) guard: Guard,
    pub(crate) traps: bool,
}

impl Scenario {
    pub(crate) fn side(&self, side: Side) -> &SideScenario {
        &self.sides[side.index()]
    }

    /// Returns whether the call traps whatever is passed.
    pub(crate) fn is_refused(&self) -> bool {
        match self.reentrance {
            Reentrance::Allowed => false,
            Reentrance::TrapSame => self.within,
            Reentrance::TrapKin => self.within || self.around.is_some(),
        }
    }

    /// Returns whether handles are passed.
    pub(crate) fn has_handles(&self) -> bool {
        let func = self.types.func(self.func);
        let mut types = func.params.iter().map(|(_, ty)| *ty).chain(func.result);
        types.any(|ty| self.types.has_handles(ty))
    }

    /// Returns the types of the parameters.
    pub(crate) fn params(&self) -> Vec<Ty> {
        let params = self.types.func(self.func).params.iter();
        params.map(|(_, ty)| Ty::of(&self.types, *ty)).collect()
    }

    /// Returns the types of the results: one or none.
    pub(crate) fn results(&self) -> Vec<Ty> {
        let result = self.types.func(self.func).result.iter();
        result.map(|ty| Ty::of(&self.types, *ty)).collect()
    }
}
