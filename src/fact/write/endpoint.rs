//! What every writer needs: the memory on either side, and how to trap.

use cranelift_entity::entity_impl;

use crate::adapt::{IndexType, MemoryType, StringEncoding};
use crate::fact::emit::{Code, FuncId, Width};
use crate::fact::module::MemoryId;

/// A memory as one side of an adapter uses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) struct Endpoint {
    /// The memory.
    pub(in crate::fact) memory: MemoryId,
    /// The width of its addresses.
    pub(in crate::fact) width: Width,
    /// Base-2 logarithm of the size of its pages in bytes.
    pub(in crate::fact) page_size_log2: u8,
    /// How strings lie in it.
    pub(in crate::fact) strings: Strings,
    /// The function that allocates in it and checks the answer: (old pointer, old size, alignment, new size) → pointer,
    /// all of the memory's width. Traps if the answer is not aligned or reaches beyond the end of the memory.
    pub(in crate::fact) realloc: Option<FuncId>,
}

/// How strings lie in a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) enum Strings {
    /// In the encoding that an instance asks for.
    Encoded(StringEncoding),
    /// As in the memory of an instance that has this encoding, from which they were copied unit by unit. Nothing else
    /// tells whether a string of `latin1+utf16` was tagged, and what is allocated for it depends on that.
    KeptFrom(StringEncoding),
}

impl Strings {
    /// Returns how strings are read.
    pub(in crate::fact) fn encoding(self) -> StringEncoding {
        match self {
            Strings::Encoded(encoding) | Strings::KeptFrom(encoding) => encoding,
        }
    }
}

impl Width {
    /// Returns the width of the pointers into a memory.
    pub(in crate::fact) fn of(ty: &MemoryType) -> Width {
        match ty.index_type {
            IndexType::I32 => Width::W32,
            IndexType::I64 => Width::W64,
        }
    }
}

impl Endpoint {
    /// Pushes the size of the memory in bytes, as an `i64`.
    pub(in crate::fact) fn size_bytes(&self, code: &mut Code) {
        code.ins().memory_size(self.memory.as_u32());
        self.width.convert_to(&mut code.ins(), Width::W64);
        code.ins()
            .i64_const(i64::from(self.page_size_log2))
            .i64_shl();
    }
}

/// A handle table that the module imports.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::fact) struct TableId(u32);
entity_impl!(TableId, "table");

/// Where the handles of a side are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) enum Handles {
    /// There are none.
    None,
    /// In a table.
    Table(TableId),
    /// Nowhere: in place of a handle there is the representation of the resource.
    Lifted,
}

impl Handles {
    /// Returns the table.
    ///
    /// # Panics
    ///
    /// Panics if there is none.
    pub(in crate::fact) fn table(self) -> TableId {
        match self {
            Handles::Table(table) => table,
            other => unreachable!("a side with handles has a table, not {other:?}"),
        }
    }
}

/// What lending a handle does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) enum Lends {
    /// The handle is marked until the call ends.
    Counted,
    /// Nothing: nobody could tell.
    Unwatched,
}

/// The two memories and handle tables between which values move. None where a side has none, and no value needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) struct Channel {
    /// Where values come from.
    pub(in crate::fact) src: Option<Endpoint>,
    /// Where values go.
    pub(in crate::fact) dst: Option<Endpoint>,
    /// Where handles come from.
    pub(in crate::fact) src_handles: Handles,
    /// Where handles go.
    pub(in crate::fact) dst_handles: Handles,
    /// What lending a handle of the source does.
    pub(in crate::fact) lends: Lends,
}

impl Channel {
    /// Returns the source.
    pub(in crate::fact) fn src(&self) -> Endpoint {
        self.src
            .expect("a side whose values are in memory has a memory")
    }

    /// Returns the destination.
    pub(in crate::fact) fn dst(&self) -> Endpoint {
        self.dst
            .expect("a side whose values are in memory has a memory")
    }

    /// Returns the channel in the other direction.
    pub(in crate::fact) fn reversed(&self) -> Channel {
        Channel {
            src: self.dst,
            dst: self.src,
            src_handles: self.dst_handles,
            dst_handles: self.src_handles,
            lends: self.lends,
        }
    }

    /// Returns the channel in two steps, with `kept` between them: what is lifted is kept before anything is lowered.
    pub(in crate::fact) fn split(&self, kept: Option<Endpoint>) -> (Channel, Channel) {
        let lifted = match self.src_handles {
            Handles::None => Handles::None,
            Handles::Table(_) | Handles::Lifted => Handles::Lifted,
        };
        let lift = Channel {
            dst: kept,
            dst_handles: lifted,
            ..*self
        };
        let lower = Channel {
            src: kept,
            src_handles: lifted,
            ..*self
        };
        (lift, lower)
    }

    /// Returns the widths of pointers on both sides; a side without memory has no pointers.
    pub(in crate::fact) fn widths(&self) -> (Width, Width) {
        let width = |endpoint: Option<Endpoint>| endpoint.map_or(Width::W32, |it| it.width);
        (width(self.src), width(self.dst))
    }
}
