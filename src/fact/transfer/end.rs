//! One end of an interpreted transfer: a memory, what is checked before it is used, and its allocator. The memory is that
//! of a side of the adapter, or the adapter's own, which keeps values between lifting and lowering.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use crate::adapt::{ResourceId, StringEncoding};
use crate::fact::emit::Width;
use crate::fact::transfer::world::{CallSide, ReallocCall, World};
use crate::fact::trap::TrapCode;

/// What an interpreted transfer happens in.
#[derive(Debug)]
pub(in crate::fact) struct Scene<'w, W> {
    /// What the two sides have.
    pub(in crate::fact) world: &'w mut W,
    /// The adapter's own memory, of which all is in use.
    kept: Vec<u8>,
}

impl<'w, W: World> Scene<'w, W> {
    /// Begins with nothing kept.
    pub(in crate::fact) fn new(world: &'w mut W) -> Scene<'w, W> {
        Scene {
            world,
            kept: Vec::new(),
        }
    }

    /// Allocates in the adapter's own memory.
    fn keep(&mut self, call: ReallocCall) -> Result<u64, TrapCode> {
        let start = (self.kept.len() as u64).next_multiple_of(call.align);
        let end = start + call.new_size;
        trap_if(end > u64::from(u32::MAX), TrapCode::TooManyKept)?;
        let len = usize::try_from(end).map_err(|_| TrapCode::TooManyKept)?;
        self.kept.resize(len, 0);
        Ok(start)
    }
}

/// Whose memory and handles an end has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fact) enum Owner {
    /// A side of the adapter.
    Side(CallSide),
    /// The adapter itself: in its memory, strings have the units and tags that they had where they were lifted, and in
    /// place of a handle there is the representation of the resource.
    Adapter,
}

/// One end of a transfer.
#[derive(Clone, Debug)]
pub(in crate::fact) struct End {
    /// Whose it is.
    pub(in crate::fact) owner: Owner,
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
    /// Returns the end that keeps what is lifted from this one.
    pub(in crate::fact) fn keeper(&self) -> End {
        End {
            owner: Owner::Adapter,
            guards_realloc: false,
            ..self.clone()
        }
    }

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
        scene: &mut Scene<'_, W>,
        pointer: u64,
        len_bytes: u64,
        why: TrapCode,
    ) -> Result<(), W::Fault> {
        let size = self.memory(scene).len() as u64;
        let end = pointer.checked_add(len_bytes);
        trap_if(end.is_none_or(|end| end > size), why)
    }

    fn memory<'s, W: World>(&self, scene: &'s mut Scene<'_, W>) -> &'s mut [u8] {
        match self.owner {
            Owner::Side(side) => scene.world.memory(side),
            Owner::Adapter => &mut scene.kept,
        }
    }

    /// Returns bytes of the memory, which were checked to be in it.
    pub(in crate::fact) fn bytes<'s, W: World>(
        &self,
        scene: &'s mut Scene<'_, W>,
        at: u64,
        len_bytes: u64,
    ) -> &'s mut [u8] {
        let range = positions(at, len_bytes);
        &mut self.memory(scene)[range]
    }

    /// Returns a copy of bytes of the memory.
    pub(in crate::fact) fn read<W: World>(
        &self,
        scene: &mut Scene<'_, W>,
        at: u64,
        len: u64,
    ) -> Vec<u8> {
        self.bytes(scene, at, len).to_vec()
    }

    /// Writes bytes to the memory.
    pub(in crate::fact) fn write<W: World>(&self, scene: &mut Scene<'_, W>, at: u64, bytes: &[u8]) {
        self.bytes(scene, at, bytes.len() as u64)
            .copy_from_slice(bytes);
    }

    /// Returns an unsigned number of a size in bytes.
    pub(in crate::fact) fn load<W: World>(
        &self,
        scene: &mut Scene<'_, W>,
        at: u64,
        size: u32,
    ) -> u64 {
        let mut wide = [0; 8];
        let bytes = self.bytes(scene, at, u64::from(size));
        wide[..bytes.len()].copy_from_slice(bytes);
        u64::from_le_bytes(wide)
    }

    /// Writes the lower bytes of a number.
    pub(in crate::fact) fn store<W: World>(
        &self,
        scene: &mut Scene<'_, W>,
        at: u64,
        size: u32,
        bits: u64,
    ) {
        let wide = bits.to_le_bytes();
        let bytes = self.bytes(scene, at, u64::from(size));
        let len = bytes.len();
        bytes.copy_from_slice(&wide[..len]);
    }

    /// Allocates, and checks the answer.
    pub(in crate::fact) fn reallocate<W: World>(
        &self,
        scene: &mut Scene<'_, W>,
        call: ReallocCall,
    ) -> Result<u64, W::Fault> {
        let side = match self.owner {
            Owner::Side(side) => side,
            Owner::Adapter => return scene.keep(call).map_err(W::Fault::from),
        };
        if self.guards_realloc {
            scene.world.set_may_leave(side, false);
        }
        let new = scene.world.realloc(side, call)?;
        if self.guards_realloc {
            scene.world.set_may_leave(side, true);
        }
        let is_aligned = new.is_multiple_of(call.align);
        trap_if(!is_aligned, TrapCode::ReallocUnaligned)?;
        self.check_range(scene, new, call.new_size, TrapCode::ReallocOutOfBounds)?;
        Ok(new)
    }
}

fn positions(at: u64, len_bytes: u64) -> Range<usize> {
    let position = |address: u64| usize::try_from(address).expect("the address is in a memory");
    position(at)..position(at + len_bytes)
}
