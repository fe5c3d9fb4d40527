//! One end of an interpreted transfer: a memory, what is checked before it is used, and its allocator.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::adapt::{ResourceId, StringEncoding};
use crate::fact::emit::Width;
use crate::fact::transfer::world::{CallSide, ReallocCall, World};
use crate::fact::trap::TrapCode;

/// One end of a transfer.
#[derive(Clone, Debug)]
pub(in crate::fact) struct End {
    /// Which side of the adapter it is.
    pub(in crate::fact) side: CallSide,
    /// The width of pointers.
    pub(in crate::fact) width: Width,
    /// How strings lie in the memory.
    pub(in crate::fact) encoding: StringEncoding,
    /// Whether the instance must not leave while it allocates.
    pub(in crate::fact) guards_realloc: bool,
    /// The resource types that the instance implements.
    pub(in crate::fact) implements: Arc<BTreeSet<ResourceId>>,
}

/// Fails with a trap if a condition holds.
pub(in crate::fact) fn trap_if<F: From<TrapCode>>(condition: bool, why: TrapCode) -> Result<(), F> {
    if condition {
        return Err(why.into());
    }
    Ok(())
}

/// Fails with a trap unless a pointer is a multiple of `align`.
pub(in crate::fact) fn check_aligned<F: From<TrapCode>>(
    pointer: u64,
    align: u32,
    why: TrapCode,
) -> Result<(), F> {
    trap_if(!pointer.is_multiple_of(u64::from(align)), why)
}

impl End {
    /// Returns the size of a pointer in bytes.
    pub(in crate::fact) fn pointer_bytes(&self) -> u32 {
        match self.width {
            Width::W32 => 4,
            Width::W64 => 8,
        }
    }

    /// Fails with a trap unless a range ends in the memory, or at its end.
    pub(in crate::fact) fn check_range<W: World>(
        &self,
        world: &mut W,
        pointer: u64,
        len_bytes: u64,
        why: TrapCode,
    ) -> Result<(), W::Fault> {
        let size = world.memory(self.side).len() as u64;
        let end = pointer.checked_add(len_bytes);
        trap_if(end.is_none_or(|end| end > size), why)
    }

    /// Returns bytes of the memory, which were checked to be in it.
    pub(in crate::fact) fn bytes<'w, W: World>(
        &self,
        world: &'w mut W,
        at: u64,
        len_bytes: u64,
    ) -> &'w mut [u8] {
        let range = positions(at, len_bytes);
        &mut world.memory(self.side)[range]
    }

    /// Returns a copy of bytes of the memory.
    pub(in crate::fact) fn read<W: World>(&self, world: &mut W, at: u64, len: u64) -> Vec<u8> {
        self.bytes(world, at, len).to_vec()
    }

    /// Writes bytes to the memory.
    pub(in crate::fact) fn write<W: World>(&self, world: &mut W, at: u64, bytes: &[u8]) {
        self.bytes(world, at, bytes.len() as u64)
            .copy_from_slice(bytes);
    }

    /// Returns an unsigned number of a size in bytes.
    pub(in crate::fact) fn load<W: World>(&self, world: &mut W, at: u64, size: u32) -> u64 {
        let mut wide = [0; 8];
        let bytes = self.bytes(world, at, u64::from(size));
        wide[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(wide)
    }

    /// Writes the lower bytes of a number.
    pub(in crate::fact) fn store<W: World>(&self, world: &mut W, at: u64, size: u32, bits: u64) {
        let wide = bits.to_le_bytes();
        let bytes = self.bytes(world, at, u64::from(size));
        let len = bytes.len();
        bytes.copy_from_slice(&wide[..len]);
    }

    /// Allocates, and checks the answer.
    pub(in crate::fact) fn reallocate<W: World>(
        &self,
        world: &mut W,
        call: ReallocCall,
    ) -> Result<u64, W::Fault> {
        if self.guards_realloc {
            world.set_may_leave(self.side, false);
        }
        let new = world.realloc(self.side, call)?;
        if self.guards_realloc {
            world.set_may_leave(self.side, true);
        }
        let is_aligned = new.is_multiple_of(call.align);
        trap_if(!is_aligned, TrapCode::ReallocUnaligned)?;
        self.check_range(world, new, call.new_size, TrapCode::ReallocOutOfBounds)?;
        Ok(new)
    }
}

fn positions(at: u64, len_bytes: u64) -> Range<usize> {
    let position = |address: u64| usize::try_from(address).expect("the address is in a memory");
    position(at)..position(at + len_bytes)
}
