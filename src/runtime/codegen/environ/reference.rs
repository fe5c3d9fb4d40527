//! References.

use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use cranelift_wasm::FuncIndex;

use crate::runtime::codegen::environ::state::{CONSTANT, Environ, Place, context, number};
use crate::runtime::codegen::link::Callee;
use crate::runtime::codegen::signature::POINTER;
use crate::runtime::vm::layout::external_func;

/// Returns the reference to nothing.
pub(super) fn null(pos: &mut FuncCursor<'_>) -> Value {
    pos.ins().iconst(POINTER, 0)
}

/// Returns 1 if a reference is null, else 0.
pub(super) fn is_null(pos: &mut FuncCursor<'_>, reference: Value) -> Value {
    let is_null = pos.ins().icmp_imm(IntCC::Equal, reference, 0);
    pos.ins().uextend(types::I32, is_null)
}

impl Environ<'_> {
    /// Returns the reference to a function.
    pub(super) fn func_ref(&self, pos: &mut FuncCursor<'_>, func: FuncIndex) -> Value {
        let layout = &self.group.layout;
        match self.linked.funcs[func] {
            Callee::External(id) => {
                let external = Place::in_context(pos, layout.external_func(id));
                external.load(pos, external_func::REFERENCE, CONSTANT)
            }
            Callee::Own(_) => {
                let id = self.linked.func_refs[&func];
                let offset = number(pos, layout.func_ref(self.instance, id));
                let context = context(pos.func);
                pos.ins().iadd(context, offset)
            }
        }
    }
}
