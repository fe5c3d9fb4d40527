//! What lifting and lowering need of a guest.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::adapt::{ResourceId, StringEncoding};
use crate::fact::emit::Width;
use crate::runtime::component::resource::{Giver, HostResources, ResourceType};
use crate::runtime::error::Error;

/// How many bytes of the host's memory the values that one call lifts may take, unless it is set (ours: a list in a
/// guest's memory may name the same bytes many times).
pub(in crate::runtime) const LIFT_BYTES_MAX: u64 = 1 << 30;

/// How values lie in a guest's memory, and how much of the host's they may take.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime) struct Options {
    /// How strings are encoded.
    pub(in crate::runtime) encoding: StringEncoding,
    /// The width of pointers.
    pub(in crate::runtime) width: Width,
    /// How many bytes of the host's memory the values that one call lifts may take.
    pub(in crate::runtime) lift_bytes_max: u64,
}

/// A guest, as one function of it sees it: its memory, its allocator, its handles.
pub(in crate::runtime) trait Guest {
    /// Returns the whole memory; nothing if there is none. Calls of `realloc` move it, and never shrink it.
    fn memory(&mut self) -> &mut [u8];

    /// Returns the address of a new allocation, which is checked by the caller, and the whole memory.
    fn realloc(&mut self, align: u32, len_bytes: u64) -> Result<(u64, &mut [u8]), Error>;

    /// Returns which resource type an id is.
    fn resource_type(&self, id: ResourceId) -> ResourceType;

    /// Returns what the host notes of a resource that it gets, if the guest is an instance.
    fn giver(&self, id: ResourceId) -> Option<Giver>;

    /// Returns the handles that the host holds.
    fn resources(&mut self) -> &mut HostResources;

    /// Takes a handle away from the guest, and returns the number of its resource. Spec: `lift_own`.
    fn take_own(&mut self, id: ResourceId, handle: u32) -> Result<u32, Error>;

    /// Borrows a handle of the guest's until the call is over, and returns the number of its resource. Spec:
    /// `lift_borrow`.
    fn lend(&mut self, id: ResourceId, handle: u32) -> Result<u32, Error>;

    /// Gives the guest a handle that owns a resource, and returns its index. Spec: `lower_own`.
    fn put_own(&mut self, id: ResourceId, rep: u32) -> Result<u32, Error>;

    /// Gives the guest a handle that borrows a resource until the call is over, and returns its index; or returns the
    /// resource's number, if the guest implements it. Spec: `lower_borrow`.
    fn put_borrow(&mut self, id: ResourceId, rep: u32) -> Result<u32, Error>;
}

/// Makes a call, either of a guest by the host or of the host by a guest. What was lent for it is back afterwards, and what
/// was borrowed for it is gone, also if it panics.
pub(in crate::runtime) fn in_scope<G: Guest + ?Sized, R>(
    guest: &mut G,
    call: impl FnOnce(&mut G) -> R,
) -> R {
    let scope = guest.resources().enter();
    let result = catch_unwind(AssertUnwindSafe(|| call(guest)));
    guest.resources().leave(scope);
    result.unwrap_or_else(|panic| resume_unwind(panic))
}
