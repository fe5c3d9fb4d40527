//! Constant expressions.

use cranelift_wasm::{FuncIndex, GlobalIndex};
use wasmparser_217::{BinaryReaderError, ConstExpr, Operator};

use crate::runtime::codegen::module::def::{Expr, Op};
use crate::runtime::image::ConstOp;

/// Reads an expression that was validated.
///
/// # Errors
///
/// Fails if it cannot be decoded.
pub(super) fn read(expr: &ConstExpr<'_>) -> Result<Expr, BinaryReaderError> {
    let mut ops = Vec::new();
    for operator in expr.get_operators_reader() {
        match operator? {
            Operator::End => break,
            operator => ops.push(op(&operator)),
        }
    }
    Ok(Expr { ops })
}

fn op(operator: &Operator<'_>) -> Op {
    let plain = match *operator {
        Operator::GlobalGet { global_index } => {
            return Op::GlobalGet(GlobalIndex::from_u32(global_index));
        }
        Operator::RefFunc { function_index } => {
            return Op::RefFunc(FuncIndex::from_u32(function_index));
        }
        Operator::I32Const { value } => ConstOp::I32(value),
        Operator::I64Const { value } => ConstOp::I64(value),
        Operator::F32Const { value } => ConstOp::F32(value.bits()),
        Operator::F64Const { value } => ConstOp::F64(value.bits()),
        Operator::V128Const { value } => ConstOp::V128(*value.bytes()),
        Operator::RefNull { .. } => ConstOp::RefNull,
        Operator::I32Add => ConstOp::I32Add,
        Operator::I32Sub => ConstOp::I32Sub,
        Operator::I32Mul => ConstOp::I32Mul,
        Operator::I64Add => ConstOp::I64Add,
        Operator::I64Sub => ConstOp::I64Sub,
        Operator::I64Mul => ConstOp::I64Mul,
        ref operator => unreachable!("validation lets {operator:?} be constant"),
    };
    Op::Plain(plain)
}
