//! Pointers that move through a memory, and how much of a string is still to be read.

use wasm_encoder::{BlockType, MemArg, MemArgTarget, ValType};

use crate::fact::emit::{Code, Label, Local, Width};
use crate::fact::module::MemoryId;
use crate::fact::write::endpoint::Endpoint;

/// A memory and the width of its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact::write::string) struct Space {
    pub(in crate::fact::write::string) memory: MemoryId,
    pub(in crate::fact::write::string) width: Width,
}

impl Space {
    /// Returns the memory of an endpoint.
    pub(in crate::fact::write::string) fn of(endpoint: &Endpoint) -> Space {
        Space {
            memory: endpoint.memory,
            width: endpoint.width,
        }
    }
}

/// The size of what a string consists of: bytes, or 16-bit units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact::write::string) enum Unit {
    /// 8 bits.
    Byte,
    /// 16 bits.
    Wide,
}

impl Unit {
    /// Returns the base-2 logarithm of its size in bytes.
    pub(in crate::fact::write::string) fn size_log2(self) -> u32 {
        match self {
            Unit::Byte => 0,
            Unit::Wide => 1,
        }
    }
}

/// A pointer that moves through a memory, from unit to unit.
#[derive(Debug)]
pub(in crate::fact::write::string) struct Cursor {
    pub(in crate::fact::write::string) space: Space,
    pub(in crate::fact::write::string) unit: Unit,
    pub(in crate::fact::write::string) ptr: Local,
}

impl Cursor {
    /// Pushes the pointer; returns how to access what is some bytes after it.
    pub(in crate::fact::write::string) fn at(&self, code: &mut Code, offset_bytes: u64) -> MemArg {
        code.get(&self.ptr);
        MemArg {
            offset: offset_bytes,
            align: 0,
            target: MemArgTarget::Memory(self.space.memory.as_u32()),
            ordering: None,
        }
    }

    /// Moves on by some units.
    pub(in crate::fact::write::string) fn advance(&self, code: &mut Code, units: u32) {
        let width = self.space.width;
        code.get(&self.ptr);
        width.constant(&mut code.ins(), u64::from(units) << self.unit.size_log2());
        width.add(&mut code.ins());
        code.set(&self.ptr);
    }

    /// Moves on by a number of units: an `i32`.
    pub(in crate::fact::write::string) fn advance_by(&self, code: &mut Code, units: &Local) {
        let width = self.space.width;
        code.get(&self.ptr);
        self.push_bytes(code, units);
        width.add(&mut code.ins());
        code.set(&self.ptr);
    }

    /// Pushes the size of a number of units, as wide as the pointer.
    fn push_bytes(&self, code: &mut Code, units: &Local) {
        code.get(units);
        if self.unit == Unit::Wide {
            code.ins().i32_const(1).i32_shl();
        }
        Width::W32.convert_to(&mut code.ins(), self.space.width);
    }
}

/// What is still to be read of a string.
#[derive(Debug)]
pub(in crate::fact::write::string) struct Source {
    pub(in crate::fact::write::string) cursor: Cursor,
    /// Number of units: an `i32`, below 2^28.
    pub(in crate::fact::write::string) left: Local,
    /// Whether SIMD instructions may be used.
    pub(in crate::fact::write::string) simd: bool,
}

impl Source {
    /// Pushes the pointer; returns how to access what is some bytes after it.
    pub(in crate::fact::write::string) fn at(&self, code: &mut Code, offset_bytes: u64) -> MemArg {
        self.cursor.at(code, offset_bytes)
    }

    /// Pushes whether nothing is left.
    pub(in crate::fact::write::string) fn is_empty(&self, code: &mut Code) {
        code.get(&self.left);
        code.ins().i32_eqz();
    }

    /// Pushes whether fewer than `units` are left.
    pub(in crate::fact::write::string) fn is_below(&self, code: &mut Code, units: u32) {
        code.get(&self.left);
        code.ins().i32_const(units.cast_signed()).i32_lt_u();
    }

    /// Goes past some units.
    pub(in crate::fact::write::string) fn take(&self, code: &mut Code, units: u32) {
        self.cursor.advance(code, units);
        code.get(&self.left);
        code.ins().i32_const(units.cast_signed()).i32_sub();
        code.set(&self.left);
    }

    /// Goes past a number of units: an `i32`.
    pub(in crate::fact::write::string) fn take_by(&self, code: &mut Code, units: &Local) {
        self.cursor.advance_by(code, units);
        code.get(&self.left);
        code.get(units);
        code.ins().i32_sub();
        code.set(&self.left);
    }

    /// Goes back by a number of units: an `i32`.
    pub(in crate::fact::write::string) fn give_back(&self, code: &mut Code, units: &Local) {
        let width = self.cursor.space.width;
        code.get(&self.cursor.ptr);
        self.cursor.push_bytes(code, units);
        width.sub(&mut code.ins());
        code.set(&self.cursor.ptr);
        code.get(&self.left);
        code.get(units);
        code.ins().i32_add();
        code.set(&self.left);
    }

    /// Writes a loop whose body takes `units` at once, until fewer are left or the body branches to the label.
    pub(in crate::fact::write::string) fn blocks(
        &self,
        code: &mut Code,
        units: u32,
        body: impl FnOnce(&mut Code, Label),
    ) {
        code.block(BlockType::Empty, |code, exit| {
            self.is_below(code, units);
            code.br_if(exit);
            code.repeat(BlockType::Empty, |code, again| {
                body(code, exit);
                code.get(&self.left);
                code.ins().i32_const(units.cast_signed()).i32_ge_u();
                code.br_if(again);
            });
        });
    }

    /// Pushes the next unit.
    pub(in crate::fact::write::string) fn load(&self, code: &mut Code) {
        let at = self.at(code, 0);
        match self.cursor.unit {
            Unit::Byte => code.ins().i32_load8_u(at),
            Unit::Wide => code.ins().i32_load16_u(at),
        };
    }

    /// Returns a local that holds the next unit.
    pub(in crate::fact::write::string) fn peek(&self, code: &mut Code, role: &str) -> Local {
        self.load(code);
        code.pop(role, ValType::I32)
    }
}
