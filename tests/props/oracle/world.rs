//! The state of both sides while the oracle runs a call.

use interfuse::adapt::{IndexType, StringEncoding};
use interfuse::fact::{Guard, TrapCode};

use crate::oracle::guest::{Allocator, Bytes, PAGE_BYTES, ReallocCall, scribble};
use crate::oracle::observation::{Event, Fault, GuestCall, Side};
use crate::oracle::table::Table;
use crate::oracle::trap::trap_if;

/// A memory, and which of its bytes are nobody's business.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    pub(crate) bytes: Vec<u8>,
    /// Bytes that may have any value: where a string was while it was transcoded.
    pub(crate) loose: Vec<bool>,
}

impl Memory {
    pub(crate) fn new(bytes: Vec<u8>) -> Memory {
        let loose = vec![false; bytes.len()];
        Memory { bytes, loose }
    }

    /// Traps unless a pointer is aligned and `len` bytes from there on are in the memory.
    pub(crate) fn check(
        &self,
        (ptr, len): (u64, u128),
        align: u64,
        unaligned: TrapCode,
        out_of_bounds: TrapCode,
    ) -> Result<(), Fault> {
        trap_if(ptr % align != 0, unaligned)?;
        let size = u128::try_from(self.bytes.len()).unwrap();
        trap_if(u128::from(ptr) + len > size, out_of_bounds)
    }

    /// Spec: `load_int`, unsigned.
    pub(crate) fn load_int(&self, ptr: u64, len: u64) -> u64 {
        let bytes = self.slice(ptr, len).iter().rev();
        bytes.fold(0, |int, byte| int << 8 | u64::from(*byte))
    }

    pub(crate) fn slice(&self, ptr: u64, len: u64) -> &[u8] {
        &self.bytes[usize::try_from(ptr).unwrap()..][..usize::try_from(len).unwrap()]
    }

    /// Spec: `store_int`.
    pub(crate) fn store_int(&mut self, int: u64, ptr: u64, len: u64) {
        let bytes = int.to_le_bytes();
        self.write(ptr, &bytes[..usize::try_from(len).unwrap()]);
    }

    pub(crate) fn write(&mut self, ptr: u64, bytes: &[u8]) {
        let at = usize::try_from(ptr).unwrap();
        self.bytes[at..][..bytes.len()].copy_from_slice(bytes);
        self.loose[at..][..bytes.len()].fill(false);
    }

    /// Lets a range have any value until something is written there.
    pub(crate) fn loosen(&mut self, ptr: u64, len: u64) {
        let at = usize::try_from(ptr).unwrap();
        self.loose[at..][..usize::try_from(len).unwrap()].fill(true);
    }
}

impl Bytes for Memory {
    fn bytes(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    fn grow(&mut self, pages: u64) {
        let len = self.bytes.len() + usize::try_from(pages * PAGE_BYTES).unwrap();
        self.bytes.resize(len, 0);
        self.loose.resize(len, false);
    }
}

/// The state of one side.
#[derive(Clone, Debug)]
pub(crate) struct SideState {
    pub(crate) width: IndexType,
    pub(crate) encoding: StringEncoding,
    pub(crate) memory: Memory,
    pub(crate) realloc: Option<(Allocator, Guard)>,
    /// Whether the instance may leave, if there is a flag for it.
    pub(crate) may_leave: Option<bool>,
    pub(crate) table: Table,
}

impl SideState {
    /// Clears the flag before a function of the instance is called.
    pub(crate) fn forbid_leaving(&mut self, guard: Guard) {
        match guard {
            Guard::Clear => self.may_leave = self.may_leave.map(|_| false),
            Guard::Keep => {}
        }
    }

    /// Sets the flag again.
    pub(crate) fn allow_leaving(&mut self) {
        self.may_leave = self.may_leave.map(|_| true);
    }
}

/// The state of both sides.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) sides: [SideState; 2],
    pub(crate) within: bool,
    pub(crate) events: Vec<Event>,
}

impl World {
    pub(crate) fn side(&self, side: Side) -> &SideState {
        &self.sides[side.index()]
    }

    pub(crate) fn side_mut(&mut self, side: Side) -> &mut SideState {
        &mut self.sides[side.index()]
    }

    /// Spec: `reallocate`.
    pub(crate) fn reallocate(&mut self, side: Side, call: ReallocCall) -> Result<u64, Fault> {
        let realloc = self.side(side).realloc.as_ref();
        let (_, guard) = realloc.expect("a function that needs `realloc` has it");
        let guard = *guard;
        self.side_mut(side).forbid_leaving(guard);
        let may_leave = self.may_leave();
        let state = self.side_mut(side);
        let (allocator, _) = state.realloc.as_mut().expect("there is a `realloc`");
        let answer = allocator.realloc(&mut state.memory, call);
        if self.within {
            scribble(&mut self.side_mut(side.other()).memory);
        }
        self.events.push(Event {
            call: GuestCall::Realloc { side, call, answer },
            may_leave,
        });
        let answer = answer.ok_or(Fault::Guest)?;
        self.side_mut(side).allow_leaving();
        Ok(answer)
    }

    /// Returns whether each side may leave, the caller first.
    pub(crate) fn may_leave(&self) -> [bool; 2] {
        self.sides
            .each_ref()
            .map(|side| side.may_leave.unwrap_or(true))
    }
}
