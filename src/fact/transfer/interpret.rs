//! Interpretation of transfers: values move between arrays of bytes as the transfer says, without wasm.
//!
//! It is a second opinion on the written code: both follow the same data, and nothing else is shared.

use crate::adapt::ResourceId;
use crate::fact::abi::{MAX_LIST_BYTES, discriminant_size, flags_size};
use crate::fact::transfer::build::Transfers;
use crate::fact::transfer::data::{
    At, List, Number, Part, Scalar, TransferId, TransferKind, Variant,
};
use crate::fact::transfer::end::{End, Owner, Scene, check_aligned, trap_if};
use crate::fact::transfer::string::move_string;
use crate::fact::transfer::world::{HandleCall, ReallocCall, World};
use crate::fact::trap::TrapCode;

/// Where a value comes from: flat values, as zero-extended bits, or an address.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact) enum Source<'a> {
    /// Flat values, of which it takes the first.
    Flat(&'a [u64]),
    /// Memory.
    Memory(u64),
}

/// Where a value goes.
#[derive(Debug)]
pub(in crate::fact) enum Target<'a> {
    /// Flat values, of which it sets the first.
    Flat(&'a mut [u64]),
    /// Memory.
    Memory(u64),
}

impl<'a> Source<'a> {
    fn part(self, at: At) -> Source<'a> {
        match (self, at) {
            (Source::Flat(slots), At::Slot(first)) => Source::Flat(&slots[first..]),
            (Source::Memory(address), At::Offset(by)) => Source::Memory(address + u64::from(by)),
            (place, at) => unreachable!("{place:?} has no part {at:?}"),
        }
    }

    fn payload(self, offset: u32) -> Source<'a> {
        match self {
            Source::Flat(_) => self.part(At::Slot(1)),
            Source::Memory(_) => self.part(At::Offset(offset)),
        }
    }
}

impl Target<'_> {
    fn part(&mut self, at: At) -> Target<'_> {
        match (self, at) {
            (Target::Flat(slots), At::Slot(first)) => Target::Flat(&mut slots[first..]),
            (Target::Memory(address), At::Offset(by)) => Target::Memory(*address + u64::from(by)),
            (place, at) => unreachable!("{place:?} has no part {at:?}"),
        }
    }

    fn payload(&mut self, offset: u32) -> Target<'_> {
        match self {
            Target::Flat(_) => self.part(At::Slot(1)),
            Target::Memory(_) => self.part(At::Offset(offset)),
        }
    }
}

/// The interpreter of transfers in one direction.
pub(in crate::fact) struct Mover<'a, 'w, W> {
    /// The transfers.
    pub(in crate::fact) transfers: &'a Transfers,
    /// Where values come from.
    pub(in crate::fact) src: &'a End,
    /// Where values go.
    pub(in crate::fact) dst: &'a End,
    /// Whether handles that are lent are counted.
    pub(in crate::fact) counts_lends: bool,
    /// What it happens in.
    pub(in crate::fact) scene: &'a mut Scene<'w, W>,
}

impl<W: World> Mover<'_, '_, W> {
    /// Moves several parts.
    pub(in crate::fact) fn parts(
        &mut self,
        parts: &[Part],
        from: Source<'_>,
        to: &mut Target<'_>,
    ) -> Result<(), W::Fault> {
        for part in parts {
            self.value(part.transfer, from.part(part.src), &mut to.part(part.dst))?;
        }
        Ok(())
    }

    /// Moves a value.
    fn value(
        &mut self,
        id: TransferId,
        from: Source<'_>,
        to: &mut Target<'_>,
    ) -> Result<(), W::Fault> {
        let transfers = self.transfers;
        match &transfers.get(id).kind {
            TransferKind::Scalar(scalar) => self.scalar(*scalar, from, to),
            TransferKind::Bytes(run) => {
                self.copy(from, to, u64::from(run.size));
                Ok(())
            }
            TransferKind::Sequence(parts) => self.parts(parts, from, to),
            TransferKind::Repeat {
                count,
                element,
                src_stride,
                dst_stride,
            } => {
                let (Source::Memory(from), Target::Memory(to)) = (from, to) else {
                    unreachable!("elements that move in a loop are in memory");
                };
                let strides = (*src_stride, *dst_stride);
                self.elements(*element, u64::from(*count), strides, (from, *to))
            }
            TransferKind::Variant(variant) => self.variant(variant, from, to),
            TransferKind::List(list) => self.list(list, from, to),
            TransferKind::String => {
                let pair = self.pair(from);
                let pair = move_string(self.scene, (self.src, self.dst), pair)?;
                self.put_pair(to, pair);
                Ok(())
            }
        }
    }

    fn copy(&mut self, from: Source<'_>, to: &Target<'_>, len: u64) {
        let (Source::Memory(from), Target::Memory(to)) = (from, to) else {
            unreachable!("bytes are in memory");
        };
        let bytes = self.src.read(self.scene, from, len);
        self.dst.write(self.scene, *to, &bytes);
    }

    fn scalar(
        &mut self,
        scalar: Scalar,
        from: Source<'_>,
        to: &mut Target<'_>,
    ) -> Result<(), W::Fault> {
        let size = size(scalar);
        let bits = match from {
            Source::Flat(slots) => own_bits(scalar, slots[0]),
            Source::Memory(address) => self.src.load(self.scene, address, size),
        };
        let bits = self.checked(scalar, bits)?;
        match to {
            Target::Flat(slots) => slots[0] = bits,
            Target::Memory(address) => self.dst.store(self.scene, *address, size, bits),
        }
        Ok(())
    }

    /// Checks or changes the bits of a scalar.
    fn checked(&mut self, scalar: Scalar, bits: u64) -> Result<u64, W::Fault> {
        let number = (bits & u64::from(u32::MAX)) as u32;
        Ok(match scalar {
            Scalar::Number(number) => extended(number, bits),
            Scalar::Bool => u64::from(bits != 0),
            Scalar::Char => {
                trap_if(char::from_u32(number).is_none(), TrapCode::InvalidChar)?;
                bits
            }
            Scalar::Flags(count) => bits & ((1 << count) - 1),
            Scalar::Enum(count) => {
                trap_if(number >= count, TrapCode::InvalidDiscriminant)?;
                bits
            }
            Scalar::Own(resource) => u64::from(self.own(resource, number)?),
            Scalar::Borrow(resource) => u64::from(self.borrow(resource, number)?),
        })
    }

    /// Moves a handle that owns; what was lifted before is a representation.
    fn own(&mut self, resource: ResourceId, handle: u32) -> Result<u32, W::Fault> {
        let mut rep = handle;
        if let Owner::Side(side) = self.src.owner {
            let take = HandleCall::TakeOwn { resource, handle };
            rep = self.scene.world.handles(side, take)?;
        }
        let Owner::Side(side) = self.dst.owner else {
            return Ok(rep);
        };
        let put = HandleCall::PutOwn { resource, rep };
        self.scene.world.handles(side, put)
    }

    /// Moves a handle that borrows; what was lifted before is a representation.
    fn borrow(&mut self, resource: ResourceId, handle: u32) -> Result<u32, W::Fault> {
        let mut rep = handle;
        if let Owner::Side(side) = self.src.owner {
            let lend = if self.counts_lends {
                HandleCall::Lend { resource, handle }
            } else {
                HandleCall::ResourceRep { resource, handle }
            };
            rep = self.scene.world.handles(side, lend)?;
        }
        match self.dst.owner {
            Owner::Side(side) if !self.dst.implements.contains(&resource) => {
                let put = HandleCall::PutBorrow { resource, rep };
                self.scene.world.handles(side, put)
            }
            _ => Ok(rep),
        }
    }

    fn variant(
        &mut self,
        variant: &Variant,
        from: Source<'_>,
        to: &mut Target<'_>,
    ) -> Result<(), W::Fault> {
        let size = variant.discriminant_size;
        let discriminant = match from {
            Source::Flat(slots) => slots[0] & u64::from(u32::MAX),
            Source::Memory(address) => self.src.load(self.scene, address, size),
        };
        let case = usize::try_from(discriminant).ok();
        let Some(case) = case.and_then(|case| variant.cases.get(case)) else {
            return Err(TrapCode::InvalidDiscriminant.into());
        };
        match to {
            // Flat values that the case does not use are zero, as they were at first.
            Target::Flat(slots) => slots[0] = discriminant,
            Target::Memory(address) => self.dst.store(self.scene, *address, size, discriminant),
        }
        let Some(payload) = case else { return Ok(()) };
        let from = from.payload(variant.src_payload);
        self.value(*payload, from, &mut to.payload(variant.dst_payload))
    }

    fn list(&mut self, list: &List, from: Source<'_>, to: &mut Target<'_>) -> Result<(), W::Fault> {
        let (pointer, len) = self.pair(from);
        let len_max = MAX_LIST_BYTES / list.src_size;
        trap_if(len > u64::from(len_max), TrapCode::ListTooLong)?;
        check_aligned(pointer, list.src_align, TrapCode::UnalignedPointer)?;
        let src_bytes = len * u64::from(list.src_size);
        let why = TrapCode::ListOutOfBounds;
        self.src.check_range(self.scene, pointer, src_bytes, why)?;
        let dst_bytes = len * u64::from(list.dst_size);
        let new = self.allocate(list.dst_align, dst_bytes)?;
        self.put_pair(to, (new, len));
        let strides = (list.src_size, list.dst_size);
        match self.transfers.get(list.element).kind {
            TransferKind::Bytes(run) if (run.size, run.size) == strides => {
                self.copy(Source::Memory(pointer), &Target::Memory(new), src_bytes);
                Ok(())
            }
            _ => self.elements(list.element, len, strides, (pointer, new)),
        }
    }

    fn elements(
        &mut self,
        element: TransferId,
        count: u64,
        (src_stride, dst_stride): (u32, u32),
        (from, to): (u64, u64),
    ) -> Result<(), W::Fault> {
        for index in 0..count {
            let from = Source::Memory(from + index * u64::from(src_stride));
            let mut to = Target::Memory(to + index * u64::from(dst_stride));
            self.value(element, from, &mut to)?;
        }
        Ok(())
    }

    /// Allocates a block at the destination.
    pub(in crate::fact) fn allocate(&mut self, align: u32, size: u64) -> Result<u64, W::Fault> {
        let call = ReallocCall {
            old: 0,
            old_size: 0,
            align: u64::from(align),
            new_size: size,
        };
        self.dst.reallocate(self.scene, call)
    }

    /// Reads a pointer and a length.
    fn pair(&mut self, from: Source<'_>) -> (u64, u64) {
        let size = self.src.pointer_bytes();
        match from {
            Source::Flat(slots) => (low_bytes(slots[0], size), low_bytes(slots[1], size)),
            Source::Memory(address) => {
                let pointer = self.src.load(self.scene, address, size);
                let len = self.src.load(self.scene, address + u64::from(size), size);
                (pointer, len)
            }
        }
    }

    /// Writes a pointer and a length.
    fn put_pair(&mut self, to: &mut Target<'_>, (pointer, len): (u64, u64)) {
        let size = self.dst.pointer_bytes();
        match to {
            Target::Flat(slots) => slots[..2].copy_from_slice(&[pointer, len]),
            Target::Memory(address) => {
                self.dst.store(self.scene, *address, size, pointer);
                let behind = *address + u64::from(size);
                self.dst.store(self.scene, behind, size, len);
            }
        }
    }
}

/// Returns the size of a scalar in memory in bytes.
fn size(scalar: Scalar) -> u32 {
    match scalar {
        Scalar::Number(number) => number.size(),
        Scalar::Bool => 1,
        Scalar::Char | Scalar::Own(_) | Scalar::Borrow(_) => 4,
        Scalar::Flags(count) => flags_size(count),
        Scalar::Enum(count) => discriminant_size(count as usize),
    }
}

/// Returns the bits that a scalar has as a flat value of its own type. A flat value may be held in a wider type.
fn own_bits(scalar: Scalar, bits: u64) -> u64 {
    match scalar {
        Scalar::Number(Number::Int64 | Number::F64) => bits,
        Scalar::Number(_)
        | Scalar::Bool
        | Scalar::Char
        | Scalar::Flags(_)
        | Scalar::Enum(_)
        | Scalar::Own(_)
        | Scalar::Borrow(_) => low_bytes(bits, 4),
    }
}

/// Returns a number as a flat value, without bits that are not its own.
fn extended(number: Number, bits: u64) -> u64 {
    let [first, second, ..] = bits.to_le_bytes();
    match number {
        Number::S8 => u64::from(i32::from(first.cast_signed()).cast_unsigned()),
        Number::U8 => u64::from(first),
        Number::S16 => u64::from(i32::from(i16::from_le_bytes([first, second])).cast_unsigned()),
        Number::U16 => u64::from(u16::from_le_bytes([first, second])),
        Number::Int32 | Number::Int64 | Number::F32 | Number::F64 => bits,
    }
}

/// Returns a number without what is above its lower bytes.
fn low_bytes(bits: u64, size: u32) -> u64 {
    match size {
        8 => bits,
        _ => bits & ((1 << (8 * size)) - 1),
    }
}
