//! A memory of an adapter module itself: it keeps the values of a call within one instance after they were lifted and
//! before they are lowered.

use wasm_encoder::{BlockType, MemoryType, ValType};

use crate::fact::emit::{Code, FuncId, Local, Width};
use crate::fact::module::{GlobalId, MemoryId, ModuleBuilder, Traps};
use crate::fact::trap::TrapCode;

/// Base-2 logarithm of the size of a page of such a memory in bytes.
pub(in crate::fact) const KEEP_PAGE_SIZE_LOG2: u8 = 16;

/// Defines the memory, the variable that counts the bytes in use, and the function that allocates: like `realloc`, but
/// whoever calls it never passes an old block. It traps if there is no room. The memory grows and never shrinks.
pub(in crate::fact) fn define_keep(
    module: &mut ModuleBuilder,
    traps: Traps,
    width: Width,
) -> (MemoryId, GlobalId, FuncId) {
    let ty = MemoryType {
        minimum: 0,
        maximum: None,
        memory64: width == Width::W64,
        shared: false,
        page_size_log2: None,
    };
    let memory = module.define_memory("kept", ty);
    let used = module.define_variable("kept bytes", 0);
    let ty = width.ty();
    let func = module.declare("keep", &[ty; 4], &[ty]);
    let params = [("old", ty), ("old size", ty), ("align", ty), ("size", ty)];
    let (mut code, params) = Code::new(&params);
    let [_, _, align, size] = &params[..] else {
        unreachable!("it has four parameters")
    };
    // All sizes are below 2^32: in 64 bits the sums are exact.
    let widen = |code: &mut Code| width.convert_to(&mut code.ins(), Width::W64);
    code.ins().global_get(used.as_u32()).i64_extend_i32_u();
    code.get(align);
    widen(&mut code);
    code.ins().i64_add().i64_const(1).i64_sub().i64_const(0);
    code.get(align);
    widen(&mut code);
    code.ins().i64_sub().i64_and();
    let start = code.local("start", ValType::I64);
    code.tee(&start);
    code.get(size);
    widen(&mut code);
    code.ins().i64_add();
    let end = code.local("end", ValType::I64);
    code.tee(&end);
    code.ins().i64_const(u32::MAX.into()).i64_gt_u();
    traps.trap_if(&mut code, TrapCode::TooManyKept);
    grow(&mut code, traps, memory, width, &end);
    code.get(&end);
    code.ins().i32_wrap_i64().global_set(used.as_u32());
    code.get(&start);
    Width::W64.convert_to(&mut code.ins(), width);
    module.define(func, code);
    (memory, used, func)
}

/// Writes the growth of the memory until it has `end` bytes.
fn grow(code: &mut Code, traps: Traps, memory: MemoryId, width: Width, end: &Local) {
    let page_bytes = 1 << KEEP_PAGE_SIZE_LOG2;
    code.block(BlockType::Empty, |code, enough| {
        code.get(end);
        code.ins()
            .i64_const(page_bytes - 1)
            .i64_add()
            .i64_const(KEEP_PAGE_SIZE_LOG2.into())
            .i64_shr_u();
        code.ins().memory_size(memory.as_u32());
        width.convert_to(&mut code.ins(), Width::W64);
        code.ins().i64_sub();
        let pages = code.local("pages", ValType::I64);
        code.tee(&pages);
        code.ins().i64_const(1).i64_lt_s();
        code.br_if(enough);
        code.get(&pages);
        Width::W64.convert_to(&mut code.ins(), width);
        code.ins().memory_grow(memory.as_u32());
        // No memory has 2^32 - 1 pages: that many means that there is no room.
        width.convert_to(&mut code.ins(), Width::W32);
        code.ins().i32_const(-1).i32_ne();
        code.br_if(enough);
        traps.trap(code, TrapCode::TooManyKept);
    });
}
