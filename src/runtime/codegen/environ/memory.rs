//! Memories.

use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{
    Function, GlobalValue, GlobalValueData, InstBuilder, MemFlags, TrapCode, Value, types,
};
use cranelift_wasm::{Heap, HeapData, HeapStyle, MemoryIndex};

use crate::runtime::builtin::Builtin;
use crate::runtime::codegen::environ::builtin::{call, call_for};
use crate::runtime::codegen::environ::state::{
    CONSTANT, Environ, Place, VARIABLE, narrow, offset32, widen,
};
use crate::runtime::codegen::module::PAGE_SIZE_LOG2;
use crate::runtime::codegen::signature::POINTER;
use crate::runtime::image::MemorySite;
use crate::runtime::types::MemoryType;
use crate::runtime::vm::layout::{FIXED_MEMORY_BYTES, FIXED_MEMORY_GUARD_BYTES, memory_def};

/// A run of bytes of a memory: where it begins and how many there are, both with 64 bits.
#[derive(Clone, Copy)]
struct Range {
    start: Value,
    len_bytes: Value,
}

/// Returns whether a memory lies in reserved address space with a guard, so that its base never changes and accesses
/// need no checks.
fn is_fixed(ty: &MemoryType) -> bool {
    !ty.limits.is_64 && ty.page_size_log2 == PAGE_SIZE_LOG2
}

/// Returns how the address of the first byte of a memory is read.
fn base_flags(ty: &MemoryType) -> MemFlags {
    if is_fixed(ty) { CONSTANT } else { VARIABLE }
}

impl Environ<'_> {
    /// Makes a memory known to the function.
    pub(super) fn add_heap(&mut self, func: &mut Function, index: MemoryIndex) -> Heap {
        let (site, ty) = self.linked.memories[index];
        let def = self.memory_global(func, site);
        let field = |func: &mut Function, field, flags| {
            let (base, offset) = def;
            func.create_global_value(load_global(base, offset + field, flags))
        };
        let base = field(func, memory_def::BASE, base_flags(&ty));
        let bytes = |pages: u64| {
            let bytes = u128::from(pages) << ty.page_size_log2;
            u64::try_from(bytes).unwrap_or(u64::MAX)
        };
        let style = if is_fixed(&ty) {
            HeapStyle::Static {
                bound: FIXED_MEMORY_BYTES,
            }
        } else {
            HeapStyle::Dynamic {
                bound_gv: field(func, memory_def::LEN_BYTES, VARIABLE),
            }
        };
        self.heaps.push(HeapData {
            base,
            min_size: bytes(ty.limits.min),
            max_size: ty.limits.max.map(bytes),
            offset_guard_size: if is_fixed(&ty) {
                FIXED_MEMORY_GUARD_BYTES
            } else {
                0
            },
            style,
            index_type: if ty.limits.is_64 {
                types::I64
            } else {
                types::I32
            },
            memory_type: None,
            page_size_log2: ty.page_size_log2,
        })
    }

    /// Returns what a `MemoryDef` lies behind, and at which offset.
    fn memory_global(&self, func: &mut Function, site: MemorySite) -> (GlobalValue, usize) {
        let context = func.create_global_value(GlobalValueData::VMContext);
        match site {
            MemorySite::Own(instance, id) => (context, self.group.layout.memory(instance, id)),
            MemorySite::External(id) => {
                let offset = self.group.layout.external_memory(id);
                let def = func.create_global_value(load_global(context, offset, CONSTANT));
                (def, 0)
            }
        }
    }

    fn memory(&self, pos: &mut FuncCursor<'_>, index: MemoryIndex) -> (Place, MemoryType) {
        let (site, ty) = self.linked.memories[index];
        let layout = &self.group.layout;
        let place = match site {
            MemorySite::Own(instance, id) => Place::in_context(pos, layout.memory(instance, id)),
            MemorySite::External(id) => Place::behind(pos, layout.external_memory(id)),
        };
        (place, ty)
    }

    fn memory_owner(&self, pos: &mut FuncCursor<'_>, index: MemoryIndex) -> Value {
        let (place, _) = self.memory(pos, index);
        place.load(pos, memory_def::OWNER, CONSTANT)
    }

    pub(super) fn memory_size(&self, pos: &mut FuncCursor<'_>, index: MemoryIndex) -> Value {
        let (place, ty) = self.memory(pos, index);
        let bytes = place.load(pos, memory_def::LEN_BYTES, VARIABLE);
        let pages = pos.ins().ushr_imm(bytes, i64::from(ty.page_size_log2));
        narrow(pos, pages, ty.limits.is_64)
    }

    pub(super) fn memory_grow(
        &self,
        pos: &mut FuncCursor<'_>,
        index: MemoryIndex,
        pages: Value,
    ) -> Value {
        let owner = self.memory_owner(pos, index);
        let pages = widen(pos, pages);
        let before = call_for(pos, Builtin::MemoryGrow, &[owner, pages]);
        narrow(pos, before, self.linked.memories[index].1.limits.is_64)
    }

    /// Traps if bytes are not all in a memory, and returns the address of the first one.
    fn checked_address(&self, pos: &mut FuncCursor<'_>, index: MemoryIndex, range: Range) -> Value {
        let (place, ty) = self.memory(pos, index);
        let end = if ty.limits.is_64 {
            let trap = TrapCode::HeapOutOfBounds;
            pos.ins()
                .uadd_overflow_trap(range.start, range.len_bytes, trap)
        } else {
            // Both have 32 bits.
            pos.ins().iadd(range.start, range.len_bytes)
        };
        let bound = place.load(pos, memory_def::LEN_BYTES, VARIABLE);
        let is_outside = pos.ins().icmp(IntCC::UnsignedGreaterThan, end, bound);
        pos.ins().trapnz(is_outside, TrapCode::HeapOutOfBounds);
        let base = place.load(pos, memory_def::BASE, base_flags(&ty));
        pos.ins().iadd(base, range.start)
    }

    pub(super) fn memory_copy(
        &self,
        pos: &mut FuncCursor<'_>,
        (dst_memory, dst): (MemoryIndex, Value),
        (src_memory, src): (MemoryIndex, Value),
        len_bytes: Value,
    ) {
        let len_bytes = widen(pos, len_bytes);
        let mut address = |memory, start| {
            let start = widen(pos, start);
            self.checked_address(pos, memory, Range { start, len_bytes })
        };
        let (dst, src) = (address(dst_memory, dst), address(src_memory, src));
        call_for(pos, Builtin::MemoryCopy, &[dst, src, len_bytes]);
    }

    pub(super) fn memory_fill(
        &self,
        pos: &mut FuncCursor<'_>,
        (memory, dst): (MemoryIndex, Value),
        byte: Value,
        len_bytes: Value,
    ) {
        let (start, len_bytes) = (widen(pos, dst), widen(pos, len_bytes));
        let dst = self.checked_address(pos, memory, Range { start, len_bytes });
        let byte = pos.ins().band_imm(byte, 0xff);
        let byte = widen(pos, byte);
        call_for(pos, Builtin::MemoryFill, &[dst, byte, len_bytes]);
    }

    pub(super) fn memory_init(
        &mut self,
        pos: &mut FuncCursor<'_>,
        (memory, dst): (MemoryIndex, Value),
        (segment, src): (u32, Value),
        len_bytes: Value,
    ) {
        let [context, instance, segment] = self.segment(pos, segment);
        let owner = self.memory_owner(pos, memory);
        let [dst, src, len] = [dst, src, len_bytes].map(|value| widen(pos, value));
        let args = [context, instance, segment, owner, dst, src, len];
        self.call_for_status(pos, Builtin::MemoryInit, &args);
    }

    pub(super) fn data_drop(&self, pos: &mut FuncCursor<'_>, segment: u32) {
        let args = self.segment(pos, segment);
        call(pos, Builtin::DataDrop, &args);
    }

    pub(super) fn atomic_wait(
        &mut self,
        pos: &mut FuncCursor<'_>,
        memory: MemoryIndex,
        address: Value,
        expected: Value,
    ) -> Value {
        let size = pos.func.dfg.value_type(expected).bytes();
        let address = self.check_atomic(pos, memory, address, i64::from(size));
        let owner = self.memory_owner(pos, memory);
        self.call_for_status(pos, Builtin::AtomicWait, &[owner, address]);
        pos.ins().iconst(types::I32, 0)
    }

    /// Wakes nobody, because nobody can wait.
    pub(super) fn atomic_notify(
        &self,
        pos: &mut FuncCursor<'_>,
        memory: MemoryIndex,
        address: Value,
    ) -> Value {
        self.check_atomic(pos, memory, address, 4);
        pos.ins().iconst(types::I32, 0)
    }

    /// Traps if an address is not a multiple of a size or not in a memory, and returns it with 64 bits.
    fn check_atomic(
        &self,
        pos: &mut FuncCursor<'_>,
        memory: MemoryIndex,
        address: Value,
        size_bytes: i64,
    ) -> Value {
        let start = widen(pos, address);
        let rest = pos.ins().band_imm(start, size_bytes - 1);
        pos.ins().trapnz(rest, TrapCode::HeapMisaligned);
        let len_bytes = pos.ins().iconst(POINTER, size_bytes);
        self.checked_address(pos, memory, Range { start, len_bytes });
        start
    }

    /// Returns what built-in functions take to know a segment of this instance.
    pub(super) fn segment(&self, pos: &mut FuncCursor<'_>, segment: u32) -> [Value; 3] {
        let context = Place::in_context(pos, 0).base;
        let instance = pos.ins().iconst(POINTER, i64::from(self.instance.as_u32()));
        let segment = pos.ins().iconst(POINTER, i64::from(segment));
        [context, instance, segment]
    }
}

/// Returns a global value that is 64 bits at an offset from another.
pub(super) fn load_global(base: GlobalValue, offset: usize, flags: MemFlags) -> GlobalValueData {
    GlobalValueData::Load {
        base,
        offset: offset32(offset),
        global_type: POINTER,
        flags,
    }
}
