//! Division by constants, by multiplication with their inverses: a processor divides in 10 to 40 cycles and multiplies in 3.
//! The code generator has none of it but shifts for powers of two.

use cranelift_codegen::cursor::{Cursor, FuncCursor};
use cranelift_codegen::ir::{
    Function, Inst, InstBuilder, InstructionData, Opcode, Value, ValueDef, types,
};

/// A division by a constant.
#[derive(Clone, Copy)]
struct Division {
    number: Value,
    divisor: Divisor,
    /// Whether the remainder is wanted rather than the quotient.
    is_remainder: bool,
}

/// What is divided by. Neither is a power of two, with either sign, or 0: these stay.
#[derive(Clone, Copy)]
enum Divisor {
    Unsigned32(u32),
    Signed32(i32),
    Unsigned64(u64),
}

/// Replaces divisions of a function.
pub(super) fn lower(func: &mut Function) {
    let mut pos = FuncCursor::new(func);
    while pos.next_block().is_some() {
        while let Some(inst) = pos.next_inst() {
            if let Some(division) = read(pos.func, inst) {
                replace(&mut pos, inst, division);
            }
        }
    }
}

fn read(func: &Function, inst: Inst) -> Option<Division> {
    let InstructionData::Binary {
        opcode,
        args: [number, divisor],
    } = func.dfg.insts[inst]
    else {
        return None;
    };
    let (is_signed, is_remainder) = match opcode {
        Opcode::Udiv => (false, false),
        Opcode::Urem => (false, true),
        Opcode::Sdiv => (true, false),
        Opcode::Srem => (true, true),
        _ => return None,
    };
    let ValueDef::Result(constant, _) = func.dfg.value_def(divisor) else {
        return None;
    };
    let InstructionData::UnaryImm {
        opcode: Opcode::Iconst,
        imm,
    } = func.dfg.insts[constant]
    else {
        return None;
    };
    // What is above the bits of a type in a constant has no meaning.
    let bits = imm.bits().cast_unsigned();
    let low = u32::try_from(bits & u64::from(u32::MAX)).expect("it has 32 bits");
    let divisor = match (func.dfg.value_type(number), is_signed) {
        (types::I32, false) => Divisor::Unsigned32(low),
        (types::I32, true) => Divisor::Signed32(low.cast_signed()),
        (types::I64, false) => Divisor::Unsigned64(bits),
        _ => return None,
    };
    let magnitude = match divisor {
        Divisor::Unsigned32(divisor) => divisor.into(),
        Divisor::Signed32(divisor) => divisor.unsigned_abs().into(),
        Divisor::Unsigned64(divisor) => divisor,
    };
    let is_other = magnitude != 0 && !magnitude.is_power_of_two();
    is_other.then_some(Division {
        number,
        divisor,
        is_remainder,
    })
}

/// Replaces a division. The cursor is at it.
fn replace(pos: &mut FuncCursor<'_>, inst: Inst, division: Division) {
    let Division {
        number,
        divisor,
        is_remainder,
    } = division;
    pos.set_srcloc(pos.func.srcloc(inst));
    let (quotient, divisor) = match divisor {
        Divisor::Unsigned32(divisor) => (unsigned_32(pos, number, divisor), divisor.into()),
        Divisor::Signed32(divisor) => (signed_32(pos, number, divisor), divisor.into()),
        Divisor::Unsigned64(divisor) => (unsigned_64(pos, number, divisor), divisor.cast_signed()),
    };
    let replacement = pos.func.dfg.replace(inst);
    if !is_remainder {
        // Nothing but another name for the quotient; `iadd_imm` of 0 is removed when code is optimized.
        replacement.iadd_imm(quotient, 0);
        return;
    }
    let ty = pos.func.dfg.value_type(number);
    let divisor = pos.ins().iconst(ty, divisor);
    let whole = pos.ins().imul(quotient, divisor);
    pos.func.dfg.replace(inst).isub(number, whole);
}

/// With `m = floor(2⁶⁴ / d) + 1`, `m · d` is more than 2⁶⁴ by at most `d`, so that `n · m / 2⁶⁴` is more than `n / d` by less
/// than `1 / d` for all `n` below 2³²: not enough to reach the next whole number.
fn inverse(divisor: u32) -> u64 {
    u64::MAX / u64::from(divisor) + 1
}

fn unsigned_32(pos: &mut FuncCursor<'_>, number: Value, divisor: u32) -> Value {
    let number = pos.ins().uextend(types::I64, number);
    let inverse = pos.ins().iconst(types::I64, inverse(divisor).cast_signed());
    let quotient = pos.ins().umulhi(number, inverse);
    pos.ins().ireduce(types::I32, quotient)
}

/// The inverse of 3 or more is less than 2⁶³. The product is rounded down: below zero that is 1 less than the quotient, also
/// where nothing is left, since the inverse is a little too large.
fn signed_32(pos: &mut FuncCursor<'_>, number: Value, divisor: i32) -> Value {
    let wide = pos.ins().sextend(types::I64, number);
    let inverse = inverse(divisor.unsigned_abs()).cast_signed();
    let inverse = pos.ins().iconst(types::I64, inverse);
    let product = pos.ins().smulhi(wide, inverse);
    let product = pos.ins().ireduce(types::I32, product);
    let is_negative = pos.ins().ushr_imm(number, 31);
    let quotient = pos.ins().iadd(product, is_negative);
    match divisor < 0 {
        true => pos.ins().ineg(quotient),
        false => quotient,
    }
}

/// The inverse has 65 bits, of which the first is not multiplied: `(n · (2⁶⁴ + m) / 2⁶⁴) >> shift`, where the sum may
/// have 65 bits too (Granlund and Montgomery, 1994, figure 4.1).
fn unsigned_64(pos: &mut FuncCursor<'_>, number: Value, divisor: u64) -> Value {
    let log2 = u64::BITS - (divisor - 1).leading_zeros();
    let divisor = u128::from(divisor);
    let inverse = (((1 << log2) - divisor) << 64) / divisor + 1;
    let inverse = u64::try_from(inverse).expect("the power is less than twice the divisor");
    let inverse = pos.ins().iconst(types::I64, inverse.cast_signed());
    let product = pos.ins().umulhi(number, inverse);
    let rest = pos.ins().isub(number, product);
    let half = pos.ins().ushr_imm(rest, 1);
    let sum = pos.ins().iadd(half, product);
    pos.ins().ushr_imm(sum, i64::from(log2 - 1))
}
