//! Signatures of machine code.

use cranelift_codegen::ir::{AbiParam, ArgumentPurpose, Signature, Type, types};
use cranelift_codegen::isa::CallConv;

use crate::runtime::builtin::Builtin;
use crate::runtime::types::{FuncType, ValType};

/// The type of addresses, and of references.
pub(in crate::runtime::codegen) const POINTER: Type = types::I64;

/// Returns how a value is kept in registers.
pub(in crate::runtime::codegen) fn machine_type(ty: ValType) -> Type {
    match ty {
        ValType::I32 => types::I32,
        ValType::I64 => types::I64,
        ValType::F32 => types::F32,
        ValType::F64 => types::F64,
        ValType::V128 => types::I8X16,
        ValType::Ref(_) => POINTER,
    }
}

/// Returns the signature of a function that guests call: the context comes first.
pub(in crate::runtime::codegen) fn guest(ty: &FuncType) -> Signature {
    let mut signature = Signature::new(CallConv::Tail);
    let context = AbiParam::special(POINTER, ArgumentPurpose::VMContext);
    signature.params.push(context);
    let of = |ty: &ValType| AbiParam::new(machine_type(*ty));
    signature.params.extend(ty.params.iter().map(of));
    signature.returns.extend(ty.results.iter().map(of));
    signature
}

/// Returns the signature of an entry: `fn(context, code, values)`.
pub(in crate::runtime::codegen) fn entry() -> Signature {
    // Functions of guests keep no registers. An entry need not make up for that: who calls it does.
    let mut signature = Signature::new(CallConv::Tail);
    signature.params.extend([AbiParam::new(POINTER); 3]);
    signature
}

/// Returns the signature of a host function: `fn(data, values) -> (status, first result)`.
pub(in crate::runtime::codegen) fn host() -> Signature {
    let mut signature = native(2, true);
    signature.returns.push(AbiParam::new(types::I64));
    signature
}

/// Returns the signature of a built-in function.
pub(in crate::runtime::codegen) fn builtin(builtin: Builtin) -> Signature {
    let (params, has_result) = builtin.signature();
    native(params, has_result)
}

/// Returns a signature of C with integers of 64 bits.
fn native(params: usize, has_result: bool) -> Signature {
    let mut signature = Signature::new(CallConv::SystemV);
    let word = AbiParam::new(types::I64);
    signature.params.extend(std::iter::repeat_n(word, params));
    if has_result {
        signature.returns.push(word);
    }
    signature
}
