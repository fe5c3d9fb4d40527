//! Transfers as data.

use cranelift_entity::entity_impl;

use crate::adapt::{ResourceId, ShapeId};
use crate::fact::abi::FlatTypes;

/// A transfer in a [`Transfers`](crate::fact::transfer::build::Transfers).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::fact) struct TransferId(u32);
entity_impl!(TransferId, "transfer");

/// How a value is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) enum PlaceKind {
    /// As core values.
    Flat,
    /// In memory.
    Memory,
}

/// How a value is held on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) struct Route {
    /// Where it comes from.
    pub(in crate::fact) src: PlaceKind,
    /// Where it goes.
    pub(in crate::fact) dst: PlaceKind,
}

impl Route {
    /// From core values to core values.
    pub(in crate::fact) const FLAT: Route = Route {
        src: PlaceKind::Flat,
        dst: PlaceKind::Flat,
    };

    /// From memory to memory.
    pub(in crate::fact) const IN_MEMORY: Route = Route {
        src: PlaceKind::Memory,
        dst: PlaceKind::Memory,
    };
}

/// The transfer of a value of some shape by some route.
#[derive(Clone, Debug)]
pub(in crate::fact) struct Transfer {
    /// The shape of the value.
    pub(in crate::fact) shape: ShapeId,
    /// How it is held on both sides.
    pub(in crate::fact) route: Route,
    /// What is done.
    pub(in crate::fact) kind: TransferKind,
    /// The flat types of the value at the source; none if there are too many.
    pub(in crate::fact) src_flat: FlatTypes,
    /// The flat types of the value at the destination; none if there are too many.
    pub(in crate::fact) dst_flat: FlatTypes,
    /// An estimate of the bytes of code it takes where it is written, with what is large in it as calls.
    pub(in crate::fact) cost: u32,
}

/// What is done to move a value.
#[derive(Clone, Debug)]
pub(in crate::fact) enum TransferKind {
    /// One core value moves.
    Scalar(Scalar),
    /// Bytes are copied from memory to memory as they are: every bit pattern is a value, and there is no padding.
    Bytes(Run),
    /// Parts move one after the other.
    Sequence(Box<[Part]>),
    /// The same moves several times, from memory to memory: the elements of a list whose length is part of its type.
    Repeat {
        /// How often.
        count: u32,
        /// What moves.
        element: TransferId,
        /// The distance of elements at the source, in bytes.
        src_stride: u32,
        /// The distance of elements at the destination, in bytes.
        dst_stride: u32,
    },
    /// One of several cases moves.
    Variant(Variant),
    /// A list moves.
    List(List),
    /// A string moves.
    String,
}

impl TransferKind {
    /// Returns a word for people for what moves.
    pub(in crate::fact) fn name(&self) -> &'static str {
        match self {
            TransferKind::Scalar(_) => "scalar",
            TransferKind::Bytes(_) => "bytes",
            TransferKind::Sequence(_) => "record",
            TransferKind::Repeat { .. } => "fixed-length list",
            TransferKind::Variant(_) => "variant",
            TransferKind::List(_) => "list",
            TransferKind::String => "string",
        }
    }

    /// Returns names for people for the flat values of what moves, which is called `whole`.
    pub(in crate::fact) fn flat_names(&self, whole: &str, count: usize) -> Vec<String> {
        let name = |position: usize| match self {
            TransferKind::List(_) | TransferKind::String if position == 0 => format!("{whole}.ptr"),
            TransferKind::List(_) | TransferKind::String => format!("{whole}.len"),
            TransferKind::Variant(_) if position == 0 => format!("{whole}.case"),
            TransferKind::Variant(_) => format!("{whole}.{}", position - 1),
            TransferKind::Scalar(_) | TransferKind::Bytes(_) => whole.to_owned(),
            TransferKind::Sequence(_) | TransferKind::Repeat { .. } => {
                format!("{whole}.{position}")
            }
        };
        (0..count).map(name).collect()
    }
}

/// Size of the largest number in bytes.
pub(in crate::fact) const UNIT_BYTES_MAX: u32 = 8;

/// Size of the smallest number that is copied by itself (ours: there may be many smaller ones, and others in between).
const UNIT_BYTES_MIN: u32 = 4;

/// Largest number of accesses that copy numbers one by one (ours: `memory.copy` is a call of 4 to 8 ns on most engines, and
/// a processor waits for as long where it reads what narrower stores have just written).
const ACCESSES_MAX: u32 = 24;

/// Largest number of accesses that copy numbers together (ours: as above).
const WIDE_ACCESSES_MAX: u32 = 8;

/// Numbers that lie one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fact) struct Run {
    /// How many bytes they are.
    pub(in crate::fact) size: u32,
    /// The size of the smallest of them.
    pub(in crate::fact) unit: u32,
}

impl Run {
    /// Returns a single number of some size.
    pub(in crate::fact) fn one(size: u32) -> Run {
        Run { size, unit: size }
    }

    /// Returns how many bytes each access takes that copies them in place; none if they are so many that they are copied
    /// otherwise.
    pub(in crate::fact) fn step(self) -> Option<u32> {
        let is_few = |step: u32, most: u32| (self.size.div_ceil(step) <= most).then_some(step);
        let one_by_one = (self.unit >= UNIT_BYTES_MIN).then(|| is_few(self.unit, ACCESSES_MAX));
        let one_by_one = one_by_one.flatten();
        one_by_one.or_else(|| is_few(UNIT_BYTES_MAX, WIDE_ACCESSES_MAX))
    }

    /// Returns what both are, one after the other.
    pub(in crate::fact) fn and(self, next: Run) -> Run {
        Run {
            size: self.size + next.size,
            unit: self.unit.min(next.unit),
        }
    }
}

/// A part of a value.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact) struct Part {
    /// Where it is at the source.
    pub(in crate::fact) src: At,
    /// Where it goes at the destination.
    pub(in crate::fact) dst: At,
    /// How it moves.
    pub(in crate::fact) transfer: TransferId,
}

/// Where a part of a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fact) enum At {
    /// From this flat value on.
    Slot(usize),
    /// At this offset in bytes.
    Offset(u32),
}

/// A value that is one core value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) enum Scalar {
    /// A number, of which any bit pattern is one.
    Number(Number),
    /// A bool: becomes 0 or 1.
    Bool,
    /// A char: must be a Unicode scalar value.
    Char,
    /// Flags: bits beyond the members become 0.
    Flags(u32),
    /// A variant without payloads: must be below the number of cases.
    Enum(u32),
    /// A handle that owns.
    Own(ResourceId),
    /// A handle that borrows.
    Borrow(ResourceId),
}

/// A number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) enum Number {
    /// `s8`
    S8,
    /// `u8`
    U8,
    /// `s16`
    S16,
    /// `u16`
    U16,
    /// `s32` or `u32`
    Int32,
    /// `s64` or `u64`
    Int64,
    /// `f32`
    F32,
    /// `f64`
    F64,
}

impl Number {
    /// Returns its size in memory in bytes.
    pub(in crate::fact) fn size(self) -> u32 {
        match self {
            Number::S8 | Number::U8 => 1,
            Number::S16 | Number::U16 => 2,
            Number::Int32 | Number::F32 => 4,
            Number::Int64 | Number::F64 => 8,
        }
    }
}

/// A variant with payloads.
#[derive(Clone, Debug)]
pub(in crate::fact) struct Variant {
    /// The size of the discriminant in memory in bytes.
    pub(in crate::fact) discriminant_size: u32,
    /// The offset of the payload at the source, in bytes.
    pub(in crate::fact) src_payload: u32,
    /// The offset of the payload at the destination, in bytes.
    pub(in crate::fact) dst_payload: u32,
    /// For each case how its payload moves.
    pub(in crate::fact) cases: Box<[Option<TransferId>]>,
}

/// A list.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact) struct List {
    /// How an element moves from memory to memory.
    pub(in crate::fact) element: TransferId,
    /// The size of an element at the source, in bytes.
    pub(in crate::fact) src_size: u32,
    /// The size of an element at the destination, in bytes.
    pub(in crate::fact) dst_size: u32,
    /// The alignment of an element at the source, in bytes.
    pub(in crate::fact) src_align: u32,
    /// The alignment of an element at the destination, in bytes.
    pub(in crate::fact) dst_align: u32,
}
