//! Tables.

use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{AliasRegion, InstBuilder, MemFlags, TrapCode, Value, types};
use cranelift_frontend::FunctionBuilder;
use cranelift_wasm::TableIndex;

use crate::runtime::builtin::Builtin;
use crate::runtime::codegen::environ::builtin::{call, call_for};
use crate::runtime::codegen::environ::state::{
    CONSTANT, Environ, Place, VARIABLE, narrow, offset32, widen,
};
use crate::runtime::codegen::signature::POINTER;
use crate::runtime::image::TableSite;
use crate::runtime::types::{RefType, TableType};
use crate::runtime::vm::layout::{func_ref, table_def, table_entry};

/// How fields of an element are read and written after an access that would have trapped.
pub(super) const ELEMENT: MemFlags =
    MemFlags::trusted().with_alias_region(Some(AliasRegion::Table));

/// The fields of a `FuncRef`.
const FIELDS: [usize; 3] = [func_ref::CODE, func_ref::SIGNATURE, func_ref::CONTEXT];

impl Environ<'_> {
    fn table(&self, pos: &mut FuncCursor<'_>, index: TableIndex) -> (Place, TableType) {
        let (site, ty) = self.linked.tables[index];
        let layout = &self.group.layout;
        let place = match site {
            TableSite::Own(instance, id) => Place::in_context(pos, layout.table(instance, id)),
            TableSite::External(id) => Place::behind(pos, layout.external_table(id)),
        };
        (place, ty)
    }

    fn table_owner(&self, pos: &mut FuncCursor<'_>, index: TableIndex) -> Value {
        let (place, _) = self.table(pos, index);
        place.load(pos, table_def::OWNER, CONSTANT)
    }

    /// Returns where an element is. The first access has to have the flags that are returned: it traps with `trap` if
    /// there is no such element, since the address is 0 then, also for an access out of speculation.
    pub(super) fn element(
        &mut self,
        pos: &mut FuncCursor<'_>,
        table: TableIndex,
        index: Value,
        trap: TrapCode,
    ) -> (Value, MemFlags) {
        self.table_guards += 1;
        let (place, ty) = self.table(pos, table);
        let size_log2 = match ty.element {
            RefType::Func => table_entry::SIZE_LOG2,
            RefType::Extern => size_of::<u64>().ilog2(),
        };
        let index = widen(pos, index);
        let len = place.load(pos, table_def::LEN, VARIABLE);
        let outside = IntCC::UnsignedGreaterThanOrEqual;
        let is_outside = pos.ins().icmp(outside, index, len);
        let base = place.load(pos, table_def::BASE, VARIABLE);
        let offset = pos.ins().ishl_imm(index, i64::from(size_log2));
        let address = pos.ins().iadd(base, offset);
        let null = pos.ins().iconst(POINTER, 0);
        let address = pos.ins().select_spectre_guard(is_outside, null, address);
        (address, ELEMENT.with_trap_code(Some(trap)))
    }

    pub(super) fn table_size(&self, pos: &mut FuncCursor<'_>, table: TableIndex) -> Value {
        let (place, ty) = self.table(pos, table);
        let len = place.load(pos, table_def::LEN, VARIABLE);
        narrow(pos, len, ty.limits.is_64)
    }

    pub(super) fn table_grow(
        &self,
        pos: &mut FuncCursor<'_>,
        table: TableIndex,
        elements: Value,
        reference: Value,
    ) -> Value {
        let owner = self.table_owner(pos, table);
        let elements = widen(pos, elements);
        let before = call_for(pos, Builtin::TableGrow, &[owner, elements, reference]);
        narrow(pos, before, self.linked.tables[table].1.limits.is_64)
    }

    pub(super) fn table_get(
        &mut self,
        pos: &mut FuncCursor<'_>,
        table: TableIndex,
        index: Value,
    ) -> Value {
        let (address, flags) = self.element(pos, table, index, TrapCode::TableOutOfBounds);
        let field = match self.linked.tables[table].1.element {
            RefType::Func => table_entry::REFERENCE,
            RefType::Extern => 0,
        };
        pos.ins().load(POINTER, flags, address, offset32(field))
    }

    pub(super) fn table_set(
        &mut self,
        builder: &mut FunctionBuilder<'_>,
        table: TableIndex,
        index: Value,
        reference: Value,
    ) {
        let trap = TrapCode::TableOutOfBounds;
        let (address, flags) = self.element(&mut builder.cursor(), table, index, trap);
        let store = |builder: &mut FunctionBuilder<'_>, flags, value, field| {
            builder.ins().store(flags, value, address, offset32(field));
        };
        match self.linked.tables[table].1.element {
            RefType::Extern => store(builder, flags, reference, 0),
            RefType::Func => {
                store(builder, flags, reference, table_entry::REFERENCE);
                let fields = func_ref_fields(builder, reference);
                for (field, value) in FIELDS.into_iter().zip(fields) {
                    store(builder, ELEMENT, value, field);
                }
                let pos = &mut builder.cursor();
                let (place, _) = self.table(pos, table);
                let yes = pos.ins().iconst(types::I64, 1);
                place.store(pos, ELEMENT, yes, table_def::IS_CHANGED);
            }
        }
    }

    pub(super) fn table_fill(
        &mut self,
        pos: &mut FuncCursor<'_>,
        (table, dst): (TableIndex, Value),
        reference: Value,
        elements: Value,
    ) {
        let owner = self.table_owner(pos, table);
        let (dst, elements) = (widen(pos, dst), widen(pos, elements));
        let args = [owner, dst, reference, elements];
        self.call_for_status(pos, Builtin::TableFill, &args);
    }

    pub(super) fn table_copy(
        &mut self,
        pos: &mut FuncCursor<'_>,
        (dst_table, dst): (TableIndex, Value),
        (src_table, src): (TableIndex, Value),
        elements: Value,
    ) {
        let dst_owner = self.table_owner(pos, dst_table);
        let src_owner = self.table_owner(pos, src_table);
        let [dst, src, elements] = [dst, src, elements].map(|value| widen(pos, value));
        let args = [dst_owner, src_owner, dst, src, elements];
        self.call_for_status(pos, Builtin::TableCopy, &args);
    }

    pub(super) fn table_init(
        &mut self,
        pos: &mut FuncCursor<'_>,
        (table, dst): (TableIndex, Value),
        (segment, src): (u32, Value),
        elements: Value,
    ) {
        let [context, instance, segment] = self.segment(pos, segment);
        let owner = self.table_owner(pos, table);
        let [dst, src, elements] = [dst, src, elements].map(|value| widen(pos, value));
        let args = [context, instance, segment, owner, dst, src, elements];
        self.call_for_status(pos, Builtin::TableInit, &args);
    }

    pub(super) fn element_drop(&self, pos: &mut FuncCursor<'_>, segment: u32) {
        let args = self.segment(pos, segment);
        call(pos, Builtin::ElementDrop, &args);
    }
}

/// Reads what a reference to a function points to: all 0 if it is null.
fn func_ref_fields(builder: &mut FunctionBuilder<'_>, reference: Value) -> [Value; 3] {
    let filled = builder.create_block();
    let done = builder.create_block();
    let zero = builder.ins().iconst(types::I64, 0);
    builder
        .ins()
        .brif(reference, filled, &[], done, &[zero, zero, zero]);
    builder.seal_block(filled);
    builder.switch_to_block(filled);
    // What a reference points to never changes, but it must not be read before the test.
    let fields = FIELDS.map(|field| {
        let offset = offset32(field);
        builder.ins().load(types::I64, VARIABLE, reference, offset)
    });
    builder.ins().jump(done, &fields);
    builder.seal_block(done);
    builder.switch_to_block(done);
    FIELDS.map(|_| builder.append_block_param(done, types::I64))
}
