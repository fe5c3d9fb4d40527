//! How a row of the handle table lies in memory.

use wasm_encoder::{MemArg, MemArgTarget};

use crate::fact::emit::{Code, Local};
use crate::fact::module::MemoryId;

/// Base-2 logarithm of the size of a row in bytes.
pub(in crate::fact::table) const ROW_SIZE_LOG2: u32 = 4;

/// Base-2 logarithm of the factor of the type in a tag.
const TAG_TYPE_SHIFT: i32 = 2;

/// A part of a row.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact::table) enum Field {
    /// The type, the flags, and whether the row is used at all.
    Tag,
    /// The representation.
    Rep,
    /// The next row in the list of free rows, or in that of lent handles.
    Link,
    /// The scope of a borrowed handle.
    Scope,
}

/// A flag in a tag.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact::table) enum Flag {
    /// The handle owns its resource; else it was borrowed for a call.
    Owned = 1,
    /// The handle is lent.
    Lent = 2,
}

/// Which handles of a type an operation accepts.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact::table) enum Accept {
    /// All.
    All,
    /// Those that are not lent.
    NotLent,
    /// Those that own their resource and are not lent.
    Owned,
}

impl Flag {
    /// Returns the value of the flag in a tag.
    pub(in crate::fact::table) fn mask(self) -> i32 {
        self as i32
    }
}

impl Accept {
    /// Returns the flags that do not matter.
    pub(in crate::fact::table) fn ignored(self) -> i32 {
        match self {
            Accept::All => Flag::Owned.mask() | Flag::Lent.mask(),
            Accept::NotLent => Flag::Owned.mask(),
            Accept::Owned => 0,
        }
    }

    /// Returns the flags of what is accepted, once those that do not matter are set.
    pub(in crate::fact::table) fn flags(self) -> i32 {
        self.ignored() | Flag::Owned.mask()
    }
}

impl Field {
    /// Pops the address of a row and pushes the field.
    pub(in crate::fact::table) fn load(self, code: &mut Code, memory: MemoryId) {
        code.ins().i32_load(self.in_memory(memory));
    }

    /// Pops a value and the address of a row below it, and stores the value in the field.
    pub(in crate::fact::table) fn store(self, code: &mut Code, memory: MemoryId) {
        code.ins().i32_store(self.in_memory(memory));
    }

    fn in_memory(self, memory: MemoryId) -> MemArg {
        let offset = match self {
            Field::Tag => 0,
            Field::Rep => 4,
            Field::Link => 8,
            Field::Scope => 12,
        };
        word_at(memory, offset)
    }
}

/// Pushes the tag of handles of a type that have the flags which are the bits of `flags`.
pub(in crate::fact::table) fn push_tag(code: &mut Code, ty: &Local, flags: i32) {
    code.get(ty);
    // Types count from 1 in a tag: the tag 0 is that of a free row.
    code.ins()
        .i32_const(TAG_TYPE_SHIFT)
        .i32_shl()
        .i32_const((1 << TAG_TYPE_SHIFT) + flags)
        .i32_add();
}

/// Pops a tag and pushes it without its flags.
pub(in crate::fact::table) fn clear_flags(code: &mut Code) {
    code.ins().i32_const(-1 << TAG_TYPE_SHIFT).i32_and();
}

/// Pushes the address of the row of a handle.
pub(in crate::fact::table) fn push_row(code: &mut Code, handle: &Local) {
    code.get(handle);
    code.ins().i32_const(ROW_SIZE_LOG2.cast_signed()).i32_shl();
}

/// Returns the operand of a load or store of a word, at an address plus an offset.
pub(in crate::fact::table) fn word_at(memory: MemoryId, offset: u64) -> MemArg {
    MemArg {
        offset,
        align: 2,
        target: MemArgTarget::Memory(memory.as_u32()),
        ordering: None,
    }
}
