//! Entries and exits: the code between host and guest, one of each per signature.

use cranelift_codegen::ir::immediates::Offset32;
use cranelift_codegen::ir::{
    InstBuilder, MemFlags, Signature, StackSlotData, StackSlotKind, Value, types,
};
use cranelift_frontend::FunctionBuilder;

use crate::runtime::builtin::Builtin;
use crate::runtime::codegen::compiled::{Compiled, Faults};
use crate::runtime::codegen::error::{CodegenError, FunctionProblem};
use crate::runtime::codegen::generator::Generator;
use crate::runtime::codegen::signature::{self, POINTER, machine_type};
use crate::runtime::codegen::site::Sites;
use crate::runtime::codegen::trap::AFTER_RAISE;
use crate::runtime::types::{FuncType, ValType};
use crate::runtime::vm::layout::{RawValue, host_context};

/// Which way control crosses between host and guest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crossing {
    /// The host calls a function of a guest.
    Entry,
    /// A guest calls a function of the host.
    Exit,
}

impl Crossing {
    /// Returns the name of the code for functions of a type.
    pub(super) fn name(self, ty: &FuncType) -> String {
        match self {
            Crossing::Entry => format!("entry {ty}"),
            Crossing::Exit => format!("exit {ty}"),
        }
    }

    /// Compiles the code for functions of a type.
    ///
    /// # Errors
    ///
    /// Fails if the code generator does.
    pub(super) fn compile(
        self,
        generator: &mut Generator<'_>,
        ty: &FuncType,
    ) -> Result<Compiled, CodegenError> {
        let compile = |generator: &mut Generator<'_>| {
            match self {
                Crossing::Entry => build(generator, signature::entry(), |builder| {
                    entry(builder, ty);
                }),
                Crossing::Exit => build(generator, signature::guest(ty), |builder| {
                    exit(builder, ty);
                }),
            }
            generator.compile(Faults::BehindMemories, &Sites::new())
        };
        let result = generator.guarded(compile, FunctionProblem::Panicked);
        result.map_err(|problem| CodegenError::Function {
            name: self.name(ty),
            problem,
        })
    }
}

/// Builds a function.
fn build(
    generator: &mut Generator<'_>,
    signature: Signature,
    body: impl FnOnce(&mut FunctionBuilder<'_>),
) {
    let (func, context) = generator.builder_parts();
    func.signature = signature;
    let mut builder = FunctionBuilder::new(func, context);
    let block = builder.create_block();
    builder.append_block_params_for_function_params(block);
    builder.switch_to_block(block);
    builder.seal_block(block);
    body(&mut builder);
    builder.finalize();
}

/// `fn(context, code, values)`: calls `code` with what is in `values`.
fn entry(builder: &mut FunctionBuilder<'_>, ty: &FuncType) {
    let [context, code, values] = params(builder);
    let mut args = vec![context];
    args.extend(read_values(builder, values, &ty.params));
    let callee = builder.import_signature(signature::guest(ty));
    let call = builder.ins().call_indirect(callee, code, &args);
    let results = builder.inst_results(call).to_vec();
    write_values(builder, values, &results);
    builder.ins().return_(&[]);
}

/// `fn(host context, parameters) -> results`: calls the host function with an array of the parameters.
fn exit(builder: &mut FunctionBuilder<'_>, ty: &FuncType) {
    let entry_block = builder.current_block().expect("it was switched to");
    let all = builder.block_params(entry_block).to_vec();
    let (host, args) = all.split_first().expect("the context comes first");
    let values = array(builder, ty.params.len().max(ty.results.len()));
    write_values(builder, values, args);
    let [func, data] = [host_context::FUNC, host_context::DATA].map(|field| {
        let offset = field_offset(field);
        builder
            .ins()
            .load(types::I64, MemFlags::trusted(), *host, offset)
    });
    let callee = builder.import_signature(signature::host());
    let call = builder.ins().call_indirect(callee, func, &[data, values]);
    let [status, first] = *builder.inst_results(call) else {
        unreachable!("a host function returns a status and a value");
    };
    let failed = builder.create_block();
    let done = builder.create_block();
    builder.set_cold_block(failed);
    builder.ins().brif(status, failed, &[], done, &[]);
    builder.seal_block(failed);
    builder.seal_block(done);
    builder.switch_to_block(failed);
    let offset = field_offset(host_context::RAISE);
    let raise = builder
        .ins()
        .load(types::I64, MemFlags::trusted(), *host, offset);
    let callee = builder.import_signature(signature::builtin(Builtin::Raise));
    builder.ins().call_indirect(callee, raise, &[*host]);
    builder.ins().trap(AFTER_RAISE);
    builder.switch_to_block(done);
    let results = ty
        .results
        .iter()
        .enumerate()
        .map(|(index, ty)| match index {
            0 => first_result(builder, values, first, *ty),
            _ => read_value(builder, values, index, *ty),
        });
    let results: Vec<Value> = results.collect();
    builder.ins().return_(&results);
}

/// Returns the parameters of a function whose body has begun.
fn params<const N: usize>(builder: &FunctionBuilder<'_>) -> [Value; N] {
    let block = builder.current_block().expect("it was switched to");
    let params = builder.block_params(block);
    params.try_into().expect("the signature has this many")
}

/// Returns the address of an array of [`RawValue`]s on the stack.
fn array(builder: &mut FunctionBuilder<'_>, len: usize) -> Value {
    let size_bytes = u32::try_from(len * size_of::<RawValue>()).expect("signatures are bounded");
    let align_log2 = u8::try_from(align_of::<RawValue>().ilog2()).expect("it is small");
    let slot = StackSlotData::new(StackSlotKind::ExplicitSlot, size_bytes, align_log2);
    let slot = builder.create_sized_stack_slot(slot);
    builder.ins().stack_addr(POINTER, slot, 0)
}

/// Returns the first result of a host function, whose first 64 bits are `bits`: in a register, which is faster than reading
/// what was written just now.
fn first_result(
    builder: &mut FunctionBuilder<'_>,
    values: Value,
    bits: Value,
    ty: ValType,
) -> Value {
    let flags = MemFlags::new();
    match ty {
        ValType::I64 | ValType::Ref(_) => bits,
        ValType::I32 => builder.ins().ireduce(types::I32, bits),
        ValType::F64 => builder.ins().bitcast(types::F64, flags, bits),
        ValType::F32 => {
            let bits = builder.ins().ireduce(types::I32, bits);
            builder.ins().bitcast(types::F32, flags, bits)
        }
        ValType::V128 => read_value(builder, values, 0, ty),
    }
}

fn read_values(builder: &mut FunctionBuilder<'_>, values: Value, tys: &[ValType]) -> Vec<Value> {
    let values = tys
        .iter()
        .enumerate()
        .map(|(index, ty)| read_value(builder, values, index, *ty));
    values.collect()
}

fn read_value(
    builder: &mut FunctionBuilder<'_>,
    values: Value,
    index: usize,
    ty: ValType,
) -> Value {
    let (ty, offset) = (machine_type(ty), value_offset(index));
    builder.ins().load(ty, MemFlags::trusted(), values, offset)
}

/// Writes values to an array. The host may read 64 bits of what has fewer, without using them: it would have to wait for the
/// processor to put them together if not all were written at once.
fn write_values(builder: &mut FunctionBuilder<'_>, values: Value, from: &[Value]) {
    for (index, value) in from.iter().enumerate() {
        let value = match builder.func.dfg.value_type(*value) {
            types::I32 => builder.ins().uextend(types::I64, *value),
            _ => *value,
        };
        let offset = value_offset(index);
        builder
            .ins()
            .store(MemFlags::trusted(), value, values, offset);
    }
}

fn value_offset(index: usize) -> Offset32 {
    field_offset(index * size_of::<RawValue>())
}

fn field_offset(offset: usize) -> Offset32 {
    let offset = i32::try_from(offset).expect("signatures and records are small");
    Offset32::new(offset)
}
