//! What is known while a function is translated, and how code reaches what is in the context.

use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::entity::PrimaryMap;
use cranelift_codegen::ir::immediates::Offset32;
use cranelift_codegen::ir::{
    AliasRegion, ArgumentPurpose, Function, InstBuilder, MemFlags, Value, types,
};
use cranelift_wasm::{Heap, HeapData};

use crate::runtime::codegen::link::{Group, Linked};
use crate::runtime::codegen::signature::POINTER;
use crate::runtime::codegen::target::Target;
use crate::runtime::index::InstanceId;

/// What is known while a function is translated.
pub(in crate::runtime::codegen) struct Environ<'g> {
    /// The machine that the code is for.
    pub(super) target: &'g Target,
    /// The group that the function belongs to.
    pub(super) group: &'g Group<'g>,
    /// The instance that the function belongs to.
    pub(super) instance: InstanceId,
    /// The same, with its names.
    pub(super) linked: &'g Linked<'g>,
    /// Whether the code can be interrupted.
    pub(super) interruptible: bool,
    /// The memories that the function has used so far.
    pub(super) heaps: PrimaryMap<Heap, HeapData>,
    /// The result of a built-in function that is not 0 if the function noted a trap, until it is tested.
    pub(super) status: Option<Value>,
    /// The number of places so far at which the function can be interrupted.
    pub(super) safepoints: u32,
    /// Whether the function copies the signs of floats.
    pub(super) copies_signs: bool,
    /// The number of addresses of elements of tables so far, which become 0 if there is no such element.
    pub(super) table_guards: usize,
}

/// Something that lies at an offset from an address.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The address.
    pub(super) base: Value,
    /// The offset in bytes.
    pub(super) offset: usize,
}

/// How something in the context is read that never changes while code runs. Such a read may be done at any time.
pub(super) const CONSTANT: MemFlags = VARIABLE.with_readonly();

/// How something in the context is read that only built-in functions and the host change.
pub(super) const VARIABLE: MemFlags =
    MemFlags::trusted().with_alias_region(Some(AliasRegion::Vmctx));

impl<'g> Environ<'g> {
    /// Begins with a function of an instance.
    pub(in crate::runtime::codegen) fn new(
        target: &'g Target,
        group: &'g Group<'g>,
        instance: InstanceId,
        interruptible: bool,
    ) -> Environ<'g> {
        Environ {
            target,
            group,
            instance,
            linked: &group.instances[instance],
            interruptible,
            heaps: PrimaryMap::new(),
            status: None,
            safepoints: 0,
            copies_signs: false,
            table_guards: 0,
        }
    }

    /// Returns whether the function copies the signs of floats, once it is translated.
    pub(in crate::runtime::codegen) fn copies_signs(&self) -> bool {
        self.copies_signs
    }

    /// Returns how many addresses of elements of tables become 0 if there is no such element, once it is translated.
    pub(in crate::runtime::codegen) fn table_guards(&self) -> usize {
        self.table_guards
    }
}

impl Place {
    /// Returns something in the context.
    pub(super) fn in_context(pos: &FuncCursor<'_>, offset: usize) -> Place {
        let base = context(pos.func);
        Place { base, offset }
    }

    /// Returns what is at an address that never changes and is in the context.
    pub(super) fn behind(pos: &mut FuncCursor<'_>, offset: usize) -> Place {
        let base = Place::in_context(pos, offset).load(pos, 0, CONSTANT);
        Place { base, offset: 0 }
    }

    /// Reads 64 bits of it.
    pub(super) fn load(self, pos: &mut FuncCursor<'_>, field: usize, flags: MemFlags) -> Value {
        let offset = offset32(self.offset + field);
        pos.ins().load(types::I64, flags, self.base, offset)
    }

    /// Writes 64 bits of it.
    pub(super) fn store(
        self,
        pos: &mut FuncCursor<'_>,
        flags: MemFlags,
        value: Value,
        field: usize,
    ) {
        let offset = offset32(self.offset + field);
        pos.ins().store(flags, value, self.base, offset);
    }
}

/// Returns the context, which is a parameter of the function.
pub(super) fn context(func: &Function) -> Value {
    func.special_param(ArgumentPurpose::VMContext)
        .expect("every function of a guest has a context")
}

/// Returns an offset as code names it.
pub(super) fn offset32(offset: usize) -> Offset32 {
    let offset = i32::try_from(offset).expect("linking bounds the size of a context");
    Offset32::new(offset)
}

/// Returns a number of 32 or 64 bits with 64 bits.
pub(super) fn widen(pos: &mut FuncCursor<'_>, value: Value) -> Value {
    match pos.func.dfg.value_type(value) {
        types::I32 => pos.ins().uextend(types::I64, value),
        _ => value,
    }
}

/// Returns a number of 64 bits with 64 or 32 bits.
pub(super) fn narrow(pos: &mut FuncCursor<'_>, value: Value, is_64: bool) -> Value {
    if is_64 {
        value
    } else {
        pos.ins().ireduce(types::I32, value)
    }
}

/// Returns a number with 64 bits.
pub(super) fn number(pos: &mut FuncCursor<'_>, value: usize) -> Value {
    let value = i64::try_from(value).expect("it is an index or an offset");
    pos.ins().iconst(POINTER, value)
}
