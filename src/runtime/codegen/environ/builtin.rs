//! Calls of built-in functions.

use cranelift_codegen::cursor::FuncCursor;
use cranelift_codegen::ir::{InstBuilder, Value};
use cranelift_frontend::FunctionBuilder;

use crate::runtime::builtin::Builtin;
use crate::runtime::codegen::environ::state::{CONSTANT, Environ, Place, context};
use crate::runtime::codegen::signature;
use crate::runtime::codegen::trap::AFTER_RAISE;
use crate::runtime::vm::layout::header;

/// Calls a built-in function that has no result.
pub(super) fn call(pos: &mut FuncCursor<'_>, builtin: Builtin, args: &[Value]) {
    emit(pos, builtin, args);
}

/// Calls a built-in function that has a result.
pub(super) fn call_for(pos: &mut FuncCursor<'_>, builtin: Builtin, args: &[Value]) -> Value {
    emit(pos, builtin, args).expect("the function has a result")
}

fn emit(pos: &mut FuncCursor<'_>, builtin: Builtin, args: &[Value]) -> Option<Value> {
    let signature = pos.func.import_signature(signature::builtin(builtin));
    let array = Place::behind(pos, header::BUILTINS);
    let function = array.load(pos, size_of::<u64>() * builtin.number(), CONSTANT);
    let call = pos.ins().call_indirect(signature, function, args);
    pos.func.dfg.inst_results(call).first().copied()
}

impl Environ<'_> {
    /// Calls a built-in function whose result is a status, which is tested after the operator.
    pub(super) fn call_for_status(
        &mut self,
        pos: &mut FuncCursor<'_>,
        builtin: Builtin,
        args: &[Value],
    ) {
        let status = call_for(pos, builtin, args);
        assert_eq!(self.status.replace(status), None);
    }

    /// Unwinds if the built-in function that was called last noted a trap.
    pub(super) fn test_status(&mut self, builder: &mut FunctionBuilder<'_>) {
        let Some(status) = self.status.take() else {
            return;
        };
        let failed = builder.create_block();
        let next = builder.create_block();
        builder.set_cold_block(failed);
        builder.ins().brif(status, failed, &[], next, &[]);
        builder.seal_block(failed);
        builder.seal_block(next);
        builder.switch_to_block(failed);
        let context = context(builder.func);
        call(&mut builder.cursor(), Builtin::Raise, &[context]);
        builder.ins().trap(AFTER_RAISE);
        builder.switch_to_block(next);
    }
}
