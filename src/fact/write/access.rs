//! Reading and writing of memory at a place.

use wasm_encoder::{MemArg, MemArgTarget};

use crate::fact::emit::{Code, Width};
use crate::fact::module::MemoryId;
use crate::fact::write::endpoint::Endpoint;

/// The size and kind of an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fact) enum Access {
    /// A byte, as an `i32`.
    U8,
    /// A byte, sign-extended to an `i32`; writes as [`Access::U8`].
    S8,
    /// Two bytes, as an `i32`.
    U16,
    /// Two bytes, sign-extended to an `i32`; writes as [`Access::U16`].
    S16,
    /// Four bytes, as an `i32`.
    I32,
    /// Eight bytes, as an `i64`.
    I64,
    /// Four bytes, as an `f32`.
    F32,
    /// Eight bytes, as an `f64`.
    F64,
    /// Sixteen bytes, as a `v128`.
    V128,
}

impl Access {
    /// Returns the access for an unsigned number of `size` bytes below 8.
    pub(in crate::fact) fn unsigned(size: u32) -> Access {
        match size {
            1 => Access::U8,
            2 => Access::U16,
            4 => Access::I32,
            size => unreachable!("a discriminant or flags of {size} bytes"),
        }
    }

    /// Returns the base-2 logarithm of its size in bytes.
    fn align_log2(self) -> u32 {
        match self {
            Access::U8 | Access::S8 => 0,
            Access::U16 | Access::S16 => 1,
            Access::I32 | Access::F32 => 2,
            Access::I64 | Access::F64 => 3,
            Access::V128 => 4,
        }
    }

    /// Returns the access for a pointer.
    pub(in crate::fact) fn pointer(width: Width) -> Access {
        match width {
            Width::W32 => Access::I32,
            Width::W64 => Access::I64,
        }
    }
}

/// Pops an address and pushes what is at an offset from it, where it is aligned by nature.
pub(in crate::fact) fn load(code: &mut Code, endpoint: Endpoint, access: Access, offset: u32) {
    load_with(
        code,
        access,
        mem_arg(endpoint.memory, offset, access.align_log2()),
    );
}

/// Pops an address and pushes what is at an offset from it, however it is aligned.
pub(in crate::fact) fn load_any(code: &mut Code, endpoint: Endpoint, access: Access, offset: u32) {
    load_with(code, access, mem_arg(endpoint.memory, offset, 0));
}

fn load_with(code: &mut Code, access: Access, arg: MemArg) {
    let ins = &mut code.ins();
    match access {
        Access::U8 => ins.i32_load8_u(arg),
        Access::S8 => ins.i32_load8_s(arg),
        Access::U16 => ins.i32_load16_u(arg),
        Access::S16 => ins.i32_load16_s(arg),
        Access::I32 => ins.i32_load(arg),
        Access::I64 => ins.i64_load(arg),
        Access::F32 => ins.f32_load(arg),
        Access::F64 => ins.f64_load(arg),
        Access::V128 => ins.v128_load(arg),
    };
}

/// Pops a value and an address and writes the value at an offset from it, where it is aligned by nature.
pub(in crate::fact) fn store(code: &mut Code, endpoint: Endpoint, access: Access, offset: u32) {
    store_with(
        code,
        access,
        mem_arg(endpoint.memory, offset, access.align_log2()),
    );
}

/// Pops a value and an address and writes the value at an offset from it, however it is aligned.
pub(in crate::fact) fn store_any(code: &mut Code, endpoint: Endpoint, access: Access, offset: u32) {
    store_with(code, access, mem_arg(endpoint.memory, offset, 0));
}

fn store_with(code: &mut Code, access: Access, arg: MemArg) {
    let ins = &mut code.ins();
    match access {
        Access::U8 | Access::S8 => ins.i32_store8(arg),
        Access::U16 | Access::S16 => ins.i32_store16(arg),
        Access::I32 => ins.i32_store(arg),
        Access::I64 => ins.i64_store(arg),
        Access::F32 => ins.f32_store(arg),
        Access::F64 => ins.f64_store(arg),
        Access::V128 => ins.v128_store(arg),
    };
}

fn mem_arg(memory: MemoryId, offset: u32, align: u32) -> MemArg {
    let target = MemArgTarget::Memory(memory.as_u32());
    MemArg {
        offset: u64::from(offset),
        align,
        target,
        ordering: None,
    }
}
