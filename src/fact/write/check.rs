//! Checks of pointers, before anything behind them is touched.

use wasm_encoder::ValType;

use crate::fact::emit::{Code, Local, Width};
use crate::fact::module::Traps;
use crate::fact::trap::TrapCode;
use crate::fact::write::endpoint::Endpoint;

/// Writes a trap for the case that a pointer is not a multiple of `align`, a power of two.
pub(in crate::fact) fn aligned(
    code: &mut Code,
    traps: Traps,
    endpoint: Endpoint,
    pointer: &Local,
    align: u32,
    why: TrapCode,
) {
    if align == 1 {
        return;
    }
    code.get(pointer);
    if endpoint.width == Width::W64 {
        code.ins().i32_wrap_i64();
    }
    code.ins().i32_const(align.cast_signed() - 1).i32_and();
    traps.trap_if(code, why);
}

/// Writes a trap for the case that a range reaches beyond the end of the memory. `len_bytes` pushes its length as an
/// `i64` below 2^32.
pub(in crate::fact) fn in_bounds(
    code: &mut Code,
    traps: Traps,
    endpoint: Endpoint,
    pointer: &Local,
    len_bytes: impl Fn(&mut Code),
    why: TrapCode,
) {
    match endpoint.width {
        Width::W32 => {
            // Neither number has more than 32 bits: the sum is exact.
            code.get(pointer);
            code.ins().i64_extend_i32_u();
            len_bytes(code);
            code.ins().i64_add();
            endpoint.size_bytes(code);
            code.ins().i64_gt_u();
        }
        Width::W64 => {
            // The sum might wrap. If the pointer is in the memory, the room behind it is exact; if not, that wraps to
            // something large, so both are compared.
            endpoint.size_bytes(code);
            let size = code.local("memory size", ValType::I64);
            code.tee(&size);
            code.get(pointer);
            code.ins().i64_lt_u();
            code.get(&size);
            code.get(pointer);
            code.ins().i64_sub();
            len_bytes(code);
            code.ins().i64_lt_u().i32_or();
        }
    }
    traps.trap_if(code, why);
}
