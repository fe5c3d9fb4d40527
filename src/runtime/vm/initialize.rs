//! How instances get their first state: constant expressions and segments.

use std::ptr::NonNull;

use crate::runtime::image::{
    ConstExpr, ConstOp, Contents, ElementItems, ElementMode, GlobalSite, InstancePlan, MemorySite,
    TableSite,
};
use crate::runtime::index::{DataId, ElementId, InstanceId};
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::address;
use crate::runtime::vm::group::Group;
use crate::runtime::vm::layout::GlobalDef;
use crate::runtime::vm::memory::Memory;
use crate::runtime::vm::table::Table;
use crate::runtime::vm::value::RawRef;

/// Initialises an instance of a group whose tables [hold](Group::hold_elements) what they should, but does not call its start
/// function.
///
/// # Errors
///
/// Returns the trap of a segment that does not fit; those before it are written.
pub(in crate::runtime::vm) fn initialize(
    group: &mut Group,
    instance: InstanceId,
) -> Result<(), TrapKind> {
    let code = group.code().clone();
    let plan = &code.image().instances[instance];
    set_globals(group, instance, plan);
    if let Err(trap) = write_tables(group, instance, plan) {
        // Functions in tables of others may see the memories later.
        for contents in &plan.contents {
            let mut memory = group.memory(MemorySite::Own(instance, contents.memory));
            // SAFETY: the memory is one of the group, and there is no other reference to it.
            unsafe { memory.as_mut() }.forget_contents();
        }
        return Err(trap);
    }
    write_data(group, instance, plan)
}

fn write_tables(
    group: &mut Group,
    instance: InstanceId,
    plan: &InstancePlan,
) -> Result<(), TrapKind> {
    fill_tables(group, instance, plan)?;
    let code = group.code().clone();
    for (id, segment) in &plan.elements {
        match &segment.mode {
            ElementMode::Passive => {}
            ElementMode::Declared => group.drop_element(instance, id),
            ElementMode::Active(..) if code.held().includes(instance, id) => {
                group.drop_element(instance, id);
            }
            ElementMode::Active(table, offset) => {
                let start = evaluate_offset(group, instance, offset, is_table_64(group, *table));
                let table = group.table(*table);
                let len = address::to_u64(len_of(&segment.items));
                init_table(group, (instance, id), table, start, 0, len)?;
                group.drop_element(instance, id);
            }
        }
    }
    Ok(())
}

fn set_globals(group: &Group, instance: InstanceId, plan: &InstancePlan) {
    for (id, (_, value)) in &plan.globals {
        let bytes = evaluate(group, instance, value).to_le_bytes();
        let place = group.global(GlobalSite::Own(instance, id));
        // SAFETY: a global is there, and no guest runs that uses it.
        unsafe { place.write(GlobalDef { bytes }) };
    }
}

fn fill_tables(group: &Group, instance: InstanceId, plan: &InstancePlan) -> Result<(), TrapKind> {
    for (id, (ty, value)) in &plan.tables {
        let Some(value) = value else { continue };
        let reference = evaluate_reference(group, instance, value);
        let mut table = group.table(TableSite::Own(instance, id));
        // SAFETY: the table is one of the group, and there is no other reference to it.
        let table = unsafe { table.as_mut() };
        // SAFETY: a valid module has expressions of the type of the table.
        unsafe { table.fill(0, reference, ty.limits.min) }?;
    }
    Ok(())
}

fn write_data(
    group: &mut Group,
    instance: InstanceId,
    plan: &InstancePlan,
) -> Result<(), TrapKind> {
    for contents in &plan.contents {
        // It was accessible before and has the size it had: the system merely runs out of mappings.
        map_contents(group, instance, contents).ok_or(TrapKind::MemoryOutOfBounds)?;
    }
    for contents in &plan.contents {
        let mut memory = group.memory(MemorySite::Own(instance, contents.memory));
        // SAFETY: the memory is one of the group, and there is no other reference to it.
        unsafe { memory.as_mut() }.note_contents();
    }
    for segment in &plan.data {
        let Some((site, offset)) = &segment.active else {
            continue;
        };
        let start = evaluate_offset(group, instance, offset, is_memory_64(group, *site));
        let len = address::to_u64(segment.bytes.len());
        let memory = group.memory(*site);
        init_memory(group, (instance, segment.id), memory, start, 0, len)?;
        group.drop_data(instance, segment.id);
    }
    Ok(())
}

/// Maps what a memory holds at first, unless another one left that, if the system lets us.
fn map_contents(group: &Group, instance: InstanceId, contents: &Contents) -> Option<()> {
    let data = group.code().data_file()?;
    let place = contents
        .bytes
        .within(group.code().image().bulk.data.len())?;
    let offset = data.offset() + address::to_u64(place.start);
    let mut memory = group.memory(MemorySite::Own(instance, contents.memory));
    // SAFETY: the memory is one of the group, and there is no other reference to it.
    let memory = unsafe { memory.as_mut() };
    if memory.holds_contents() {
        return Some(());
    }
    let mapped = memory.map(contents.address, place.len(), data.file(), offset);
    mapped.ok()
}

/// Copies a part of a data segment to a memory.
pub(in crate::runtime::vm) fn init_memory(
    group: &Group,
    (instance, id): (InstanceId, DataId),
    mut memory: NonNull<Memory>,
    to: u64,
    from: u64,
    len: u64,
) -> Result<(), TrapKind> {
    // SAFETY: the memory belongs to the store of the group, and there is no other reference to it.
    let memory = unsafe { memory.as_mut() }.bytes();
    let source = part(group.data(instance, id).len(), from, len);
    let destination = part(memory.len(), to, len);
    let (source, destination) = source.zip(destination).ok_or(TrapKind::MemoryOutOfBounds)?;
    memory[destination].copy_from_slice(&group.data(instance, id)[source]);
    Ok(())
}

fn part(available: usize, start: u64, len: u64) -> Option<std::ops::Range<usize>> {
    let end = start.checked_add(len)?;
    let fits = end <= address::to_u64(available);
    fits.then(|| address::to_usize(start)..address::to_usize(end))
}

/// Copies a part of an element segment to a table.
pub(in crate::runtime::vm) fn init_table(
    group: &Group,
    (instance, id): (InstanceId, ElementId),
    mut table: NonNull<Table>,
    to: u64,
    from: u64,
    len: u64,
) -> Result<(), TrapKind> {
    let items = &group.plan(instance).elements[id].items;
    let available = if group.is_element_gone(instance, id) {
        0
    } else {
        len_of(items)
    };
    let source = part(available, from, len).ok_or(TrapKind::TableOutOfBounds)?;
    // SAFETY: the table belongs to the store of the group, and there is no other reference to it.
    let table = unsafe { table.as_mut() };
    match items {
        ElementItems::Funcs(funcs) => {
            let references = &group.code().segment(instance, id, *funcs)[source];
            let entries = references.iter().map(|reference| group.entry(*reference));
            // SAFETY: a valid module has segments of the type of the table: this one is of functions, which exist as long as
            // the group.
            unsafe { table.write_funcs(to, len, entries) }
        }
        ElementItems::Exprs(exprs) => {
            let exprs = exprs[source].iter();
            let references = exprs.map(|expr| evaluate_reference(group, instance, expr));
            // SAFETY: as above.
            unsafe { table.write(to, len, references) }
        }
    }
}

fn len_of(items: &ElementItems) -> usize {
    match items {
        ElementItems::Funcs(funcs) => funcs.len(),
        ElementItems::Exprs(exprs) => exprs.len(),
    }
}

fn is_table_64(group: &Group, site: TableSite) -> bool {
    // SAFETY: the table belongs to the store of the group, and nobody changes it meanwhile.
    unsafe { group.table(site).as_ref() }.ty().limits.is_64
}

fn is_memory_64(group: &Group, site: MemorySite) -> bool {
    // SAFETY: the memory belongs to the store of the group, and nobody changes it meanwhile.
    unsafe { group.memory(site).as_ref() }.ty().limits.is_64
}

fn evaluate_offset(group: &Group, instance: InstanceId, expr: &ConstExpr, is_64: bool) -> u64 {
    let bits = evaluate(group, instance, expr);
    if is_64 {
        low_64(bits)
    } else {
        u64::from(low_32(bits))
    }
}

fn evaluate_reference(group: &Group, instance: InstanceId, expr: &ConstExpr) -> RawRef {
    RawRef(low_64(evaluate(group, instance, expr)))
}

/// Evaluates an expression to the bits of its value.
fn evaluate(group: &Group, instance: InstanceId, expr: &ConstExpr) -> u128 {
    let mut stack = Vec::with_capacity(1);
    for op in &expr.ops {
        let value = match *op {
            ConstOp::I32(value) => u128::from(value.cast_unsigned()),
            ConstOp::I64(value) => u128::from(value.cast_unsigned()),
            ConstOp::F32(bits) => u128::from(bits),
            ConstOp::F64(bits) => u128::from(bits),
            ConstOp::V128(bytes) => u128::from_le_bytes(bytes),
            ConstOp::RefNull => u128::from(RawRef::NULL.0),
            ConstOp::RefFunc(id) => u128::from(group.reference(instance, id).0),
            ConstOp::GlobalGet(site) => {
                // SAFETY: a global is there, and no guest runs that changes it.
                u128::from_le_bytes(unsafe { group.global(site).read() }.bytes)
            }
            ConstOp::I32Add => with_32(&mut stack, u32::wrapping_add),
            ConstOp::I32Sub => with_32(&mut stack, u32::wrapping_sub),
            ConstOp::I32Mul => with_32(&mut stack, u32::wrapping_mul),
            ConstOp::I64Add => with_64(&mut stack, u64::wrapping_add),
            ConstOp::I64Sub => with_64(&mut stack, u64::wrapping_sub),
            ConstOp::I64Mul => with_64(&mut stack, u64::wrapping_mul),
        };
        stack.push(value);
    }
    pop(&mut stack)
}

fn with_32(stack: &mut Vec<u128>, op: fn(u32, u32) -> u32) -> u128 {
    let (right, left) = (low_32(pop(stack)), low_32(pop(stack)));
    u128::from(op(left, right))
}

fn with_64(stack: &mut Vec<u128>, op: fn(u64, u64) -> u64) -> u128 {
    let (right, left) = (low_64(pop(stack)), low_64(pop(stack)));
    u128::from(op(left, right))
}

fn pop(stack: &mut Vec<u128>) -> u128 {
    stack.pop().expect("the expression is valid")
}

fn low_32(bits: u128) -> u32 {
    u32::try_from(bits & u128::from(u32::MAX)).expect("it has 32 bits")
}

fn low_64(bits: u128) -> u64 {
    u64::try_from(bits & u128::from(u64::MAX)).expect("it has 64 bits")
}
