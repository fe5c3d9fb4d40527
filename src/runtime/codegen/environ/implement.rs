//! What the translator asks: each question is answered in the file of its concern.
//!
//! The file is long because the list of questions is, which is one trait.

use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::entity::PrimaryMap;
use cranelift_codegen::ir::{FuncRef, Function, Inst, SigRef, Signature, Value};
use cranelift_frontend::FunctionBuilder;
use cranelift_wasm::{
    FuncEnvironment, FuncIndex, FuncTranslationState, GlobalIndex, GlobalVariable, Heap, HeapData,
    MemoryIndex, TableIndex, TypeIndex, WasmError, WasmHeapType, WasmResult,
};
use wasmparser_217::Operator;

use crate::runtime::codegen::environ::call::Indirect;
use crate::runtime::codegen::environ::reference;
use crate::runtime::codegen::environ::state::Environ;

/// The translator hands over what this is about by value.
type Pos<'f> = FuncCursor<'f>;

/// Refuses an operator that validation does not let in.
fn unsupported<T>(what: &str) -> WasmResult<T> {
    Err(WasmError::Unsupported(what.to_owned()))
}

impl FuncEnvironment for Environ<'_> {
    // References are plain numbers.
    fn param_needs_stack_map(&self, _: &Signature, _: usize) -> bool {
        false
    }

    fn sig_ref_result_needs_stack_map(&self, _: SigRef, _: usize) -> bool {
        false
    }

    fn func_ref_result_needs_stack_map(&self, _: &Function, _: FuncRef, _: usize) -> bool {
        false
    }

    // With fused multiplication and addition the result is the same everywhere; without it there is none that is exact.
    fn relaxed_simd_deterministic(&self) -> bool {
        self.target.has("has_fma")
    }

    fn heaps(&self) -> &PrimaryMap<Heap, HeapData> {
        &self.heaps
    }

    fn make_heap(&mut self, func: &mut Function, index: MemoryIndex) -> WasmResult<Heap> {
        Ok(self.add_heap(func, index))
    }

    fn make_global(
        &mut self,
        func: &mut Function,
        index: GlobalIndex,
    ) -> WasmResult<GlobalVariable> {
        Ok(self.add_global(func, index))
    }

    fn make_indirect_sig(&mut self, func: &mut Function, ty: TypeIndex) -> WasmResult<SigRef> {
        Ok(self.add_signature(func, ty))
    }

    fn make_direct_func(&mut self, func: &mut Function, callee: FuncIndex) -> WasmResult<FuncRef> {
        Ok(self.add_func(func, callee))
    }

    fn before_translate_function(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        _: &FuncTranslationState,
    ) -> WasmResult<()> {
        self.safepoint(builder);
        Ok(())
    }

    fn translate_loop_header(&mut self, builder: &mut FunctionBuilder<'_>) -> WasmResult<()> {
        self.safepoint(builder);
        Ok(())
    }

    fn before_translate_operator(
        &mut self,
        op: &Operator<'_>,
        _: &mut FunctionBuilder<'_>,
        _: &FuncTranslationState,
    ) -> WasmResult<()> {
        self.copies_signs |= matches!(op, Operator::F32Copysign | Operator::F64Copysign);
        Ok(())
    }

    fn after_translate_operator(
        &mut self,
        _: &Operator<'_>,
        builder: &mut FunctionBuilder<'_>,
        _: &FuncTranslationState,
    ) -> WasmResult<()> {
        self.test_status(builder);
        Ok(())
    }

    fn translate_call(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        callee: FuncIndex,
        func: FuncRef,
        args: &[Value],
    ) -> WasmResult<Inst> {
        Ok(self.call(builder, callee, func, args))
    }

    fn translate_return_call(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        callee: FuncIndex,
        func: FuncRef,
        args: &[Value],
    ) -> WasmResult<()> {
        self.return_call(builder, callee, func, args);
        Ok(())
    }

    fn translate_call_indirect(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        table: TableIndex,
        ty: TypeIndex,
        signature: SigRef,
        index: Value,
        args: &[Value],
    ) -> WasmResult<Option<Inst>> {
        let indirect = Indirect { table, index, ty };
        Ok(Some(self.call_indirect(builder, indirect, signature, args)))
    }

    fn translate_return_call_indirect(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        table: TableIndex,
        ty: TypeIndex,
        signature: SigRef,
        index: Value,
        args: &[Value],
    ) -> WasmResult<()> {
        let indirect = Indirect { table, index, ty };
        self.return_call_indirect(builder, indirect, signature, args);
        Ok(())
    }

    fn translate_call_ref(
        &mut self,
        _: &mut FunctionBuilder<'_>,
        _: SigRef,
        _: Value,
        _: &[Value],
    ) -> WasmResult<Inst> {
        unsupported("call_ref")
    }

    fn translate_return_call_ref(
        &mut self,
        _: &mut FunctionBuilder<'_>,
        _: SigRef,
        _: Value,
        _: &[Value],
    ) -> WasmResult<()> {
        unsupported("return_call_ref")
    }

    fn translate_memory_size(
        &mut self,
        mut pos: Pos<'_>,
        memory: MemoryIndex,
        _: Heap,
    ) -> WasmResult<Value> {
        Ok(self.memory_size(&mut pos, memory))
    }

    fn translate_memory_grow(
        &mut self,
        mut pos: Pos<'_>,
        memory: MemoryIndex,
        _: Heap,
        pages: Value,
    ) -> WasmResult<Value> {
        Ok(self.memory_grow(&mut pos, memory, pages))
    }

    fn translate_memory_copy(
        &mut self,
        mut pos: Pos<'_>,
        src_memory: MemoryIndex,
        _: Heap,
        dst_memory: MemoryIndex,
        _: Heap,
        dst: Value,
        src: Value,
        len: Value,
    ) -> WasmResult<()> {
        self.memory_copy(&mut pos, (dst_memory, dst), (src_memory, src), len);
        Ok(())
    }

    fn translate_memory_fill(
        &mut self,
        mut pos: Pos<'_>,
        memory: MemoryIndex,
        _: Heap,
        dst: Value,
        byte: Value,
        len: Value,
    ) -> WasmResult<()> {
        self.memory_fill(&mut pos, (memory, dst), byte, len);
        Ok(())
    }

    fn translate_memory_init(
        &mut self,
        mut pos: Pos<'_>,
        memory: MemoryIndex,
        _: Heap,
        segment: u32,
        dst: Value,
        src: Value,
        len: Value,
    ) -> WasmResult<()> {
        self.memory_init(&mut pos, (memory, dst), (segment, src), len);
        Ok(())
    }

    fn translate_data_drop(&mut self, mut pos: Pos<'_>, segment: u32) -> WasmResult<()> {
        self.data_drop(&mut pos, segment);
        Ok(())
    }

    fn translate_atomic_wait(
        &mut self,
        mut pos: Pos<'_>,
        memory: MemoryIndex,
        _: Heap,
        address: Value,
        expected: Value,
        _: Value,
    ) -> WasmResult<Value> {
        Ok(self.atomic_wait(&mut pos, memory, address, expected))
    }

    fn translate_atomic_notify(
        &mut self,
        mut pos: Pos<'_>,
        memory: MemoryIndex,
        _: Heap,
        address: Value,
        _: Value,
    ) -> WasmResult<Value> {
        Ok(self.atomic_notify(&mut pos, memory, address))
    }

    fn translate_table_size(&mut self, mut pos: Pos<'_>, table: TableIndex) -> WasmResult<Value> {
        Ok(self.table_size(&mut pos, table))
    }

    fn translate_table_grow(
        &mut self,
        mut pos: Pos<'_>,
        table: TableIndex,
        elements: Value,
        reference: Value,
    ) -> WasmResult<Value> {
        Ok(self.table_grow(&mut pos, table, elements, reference))
    }

    fn translate_table_get(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        table: TableIndex,
        index: Value,
    ) -> WasmResult<Value> {
        Ok(self.table_get(&mut builder.cursor(), table, index))
    }

    fn translate_table_set(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        table: TableIndex,
        reference: Value,
        index: Value,
    ) -> WasmResult<()> {
        self.table_set(builder, table, index, reference);
        Ok(())
    }

    fn translate_table_copy(
        &mut self,
        mut pos: Pos<'_>,
        dst_table: TableIndex,
        src_table: TableIndex,
        dst: Value,
        src: Value,
        len: Value,
    ) -> WasmResult<()> {
        self.table_copy(&mut pos, (dst_table, dst), (src_table, src), len);
        Ok(())
    }

    fn translate_table_fill(
        &mut self,
        mut pos: Pos<'_>,
        table: TableIndex,
        dst: Value,
        reference: Value,
        len: Value,
    ) -> WasmResult<()> {
        self.table_fill(&mut pos, (table, dst), reference, len);
        Ok(())
    }

    fn translate_table_init(
        &mut self,
        mut pos: Pos<'_>,
        segment: u32,
        table: TableIndex,
        dst: Value,
        src: Value,
        len: Value,
    ) -> WasmResult<()> {
        self.table_init(&mut pos, (table, dst), (segment, src), len);
        Ok(())
    }

    fn translate_elem_drop(&mut self, mut pos: Pos<'_>, segment: u32) -> WasmResult<()> {
        self.element_drop(&mut pos, segment);
        Ok(())
    }

    fn translate_ref_null(&mut self, mut pos: Pos<'_>, _: WasmHeapType) -> WasmResult<Value> {
        Ok(reference::null(&mut pos))
    }

    fn translate_ref_is_null(&mut self, mut pos: Pos<'_>, reference: Value) -> WasmResult<Value> {
        Ok(reference::is_null(&mut pos, reference))
    }

    fn translate_ref_func(&mut self, mut pos: Pos<'_>, func: FuncIndex) -> WasmResult<Value> {
        Ok(self.func_ref(&mut pos, func))
    }

    fn translate_custom_global_get(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        global: GlobalIndex,
    ) -> WasmResult<Value> {
        Ok(self.constant(&mut builder.cursor(), global))
    }

    fn translate_custom_global_set(
        &mut self,
        _: &mut FunctionBuilder<'_>,
        _: GlobalIndex,
        _: Value,
    ) -> WasmResult<()> {
        unsupported("global.set of a constant")
    }

    fn translate_ref_i31(&mut self, _: Pos<'_>, _: Value) -> WasmResult<Value> {
        unsupported("ref.i31")
    }

    fn translate_i31_get_s(&mut self, _: Pos<'_>, _: Value) -> WasmResult<Value> {
        unsupported("i31.get_s")
    }

    fn translate_i31_get_u(&mut self, _: Pos<'_>, _: Value) -> WasmResult<Value> {
        unsupported("i31.get_u")
    }
}
