//! What every writer needs: the memory on either side, and how to trap.

use wasm_encoder::ValType;

use crate::adapt::{IndexType, MemoryType, StringEncoding};
use crate::fact::emit::{Code, FuncId, Width};
use crate::fact::module::{MemoryId, ModuleBuilder};
use crate::fact::spec::ImportName;
use crate::fact::trap::TrapCode;

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
    pub(in crate::fact) encoding: StringEncoding,
    /// The function that allocates in it and checks the answer: (old pointer, old size, alignment, new size) → pointer,
    /// all of the memory's width. Traps if the answer is not aligned or reaches beyond the end of the memory.
    pub(in crate::fact) realloc: Option<FuncId>,
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

/// The two memories between which values move. None where a side has no memory, and no value needs one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) struct Channel {
    /// Where values come from.
    pub(in crate::fact) src: Option<Endpoint>,
    /// Where values go.
    pub(in crate::fact) dst: Option<Endpoint>,
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
        }
    }

    /// Returns the widths of pointers on both sides; a side without memory has no pointers.
    pub(in crate::fact) fn widths(&self) -> (Width, Width) {
        let width = |endpoint: Option<Endpoint>| endpoint.map_or(Width::W32, |it| it.width);
        (width(self.src), width(self.dst))
    }
}

/// How to trap: the imported function that takes the code.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact) struct Traps {
    trap: FuncId,
}

impl Traps {
    /// Imports the function.
    pub(in crate::fact) fn import(module: &mut ModuleBuilder) -> Traps {
        let import = ImportName::new("interfuse", "trap");
        Traps {
            trap: module.import_func(&import, &[ValType::I32], &[]),
        }
    }

    /// Writes a trap.
    pub(in crate::fact) fn trap(self, code: &mut Code, why: TrapCode) {
        code.ins().i32_const(why.number().cast_signed());
        code.call(self.trap);
        code.ins().unreachable();
    }

    /// Pops a condition and writes a trap for the case that it is not zero.
    pub(in crate::fact) fn trap_if(self, code: &mut Code, why: TrapCode) {
        code.when(|code| self.trap(code, why));
    }
}
