//! `fcopysign` with integers.
//!
//! The code generator may read the operand of `fcopysign` from memory as part of an instruction that reads 16 bytes, where the
//! operand has 4 or 8 (CVE-2026-24116). At the end of a memory that traps, or reads what is behind it.

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{
    Function, Inst, InstBuilder, InstructionData, MemFlags, Opcode, Value, types,
};

/// Replaces each `fcopysign` of a function.
pub(super) fn lower(func: &mut Function) {
    let mut pos = FuncCursor::new(func);
    while pos.next_block().is_some() {
        while let Some(inst) = pos.next_inst() {
            if let Some(operands) = operands(pos.func, inst) {
                replace(&mut pos, inst, operands);
            }
        }
    }
}

fn operands(func: &Function, inst: Inst) -> Option<[Value; 2]> {
    match func.dfg.insts[inst] {
        InstructionData::Binary {
            opcode: Opcode::Fcopysign,
            args,
        } => Some(args),
        _ => None,
    }
}

/// Replaces an instruction that gives a magnitude a sign. The cursor is at it.
fn replace(pos: &mut FuncCursor<'_>, inst: Inst, [magnitude, sign]: [Value; 2]) {
    let ty = pos.func.dfg.value_type(magnitude);
    let (bits, mask) = match ty {
        types::F32 => (types::I32, i64::from(i32::MIN)),
        types::F64 => (types::I64, i64::MIN),
        ty => unreachable!("signs of {ty} are copied"),
    };
    pos.set_srcloc(pos.func.srcloc(inst));
    let flags = MemFlags::new();
    let magnitude = pos.ins().bitcast(bits, flags, magnitude);
    let sign = pos.ins().bitcast(bits, flags, sign);
    let magnitude = pos.ins().band_imm(magnitude, !mask);
    let sign = pos.ins().band_imm(sign, mask);
    let both = pos.ins().bor(magnitude, sign);
    pos.func.dfg.replace(inst).bitcast(ty, flags, both);
}
