//! Runs of UTF-16 units or Latin-1 bytes that become equally many bytes of UTF-8, eight at once with SIMD.
//!
//! All that is read is written, before it is known how much of it belongs to the run: the destination has room for it.

use wasm_encoder::ValType;

use crate::fact::emit::{Code, Label, Local};
use crate::fact::write::string::cursor::{Cursor, Source, Unit};
use crate::fact::write::string::vector::lanes;

/// Writes a run of characters as two bytes each and branches to `next`, if the next ones do.
pub(in crate::fact::write::string) fn to_two(
    code: &mut Code,
    src: &Source,
    dst: &Cursor,
    next: Label,
) {
    with_block(code, src, |code, block| {
        masked(code, block, 0xff80);
        code.ins().v128_const(0).i16x8_eq();
        if src.cursor.unit == Unit::Wide {
            masked(code, block, 0xf800);
            code.ins().v128_const(0).i16x8_ne().v128_or();
        }
        code.ins().i16x8_bitmask();
        let others = code.pop("others", ValType::I32);
        let at = dst.at(code, 0);
        code.get(block);
        code.ins().i32_const(6).i16x8_shr_u();
        code.get(block);
        code.ins().i32_const(8).i16x8_shl();
        code.ins().v128_const(lanes(0x3f00)).v128_and().v128_or();
        code.ins().v128_const(lanes(0x80c0)).v128_or();
        code.ins().v128_store(at);
        take_units(code, (src, dst), &others, 2, next);
    });
}

/// Writes a run of characters as three bytes each and branches to `next`, if the next ones do.
pub(in crate::fact::write::string) fn to_three(
    code: &mut Code,
    src: &Source,
    dst: &Cursor,
    next: Label,
) {
    with_block(code, src, |code, block| {
        masked(code, block, 0xf800);
        let plane = code.pop("plane", ValType::V128);
        code.get(&plane);
        code.ins().v128_const(0).i16x8_eq();
        code.get(&plane);
        code.ins().v128_const(lanes(0xd800)).i16x8_eq().v128_or();
        code.ins().i16x8_bitmask();
        let others = code.pop("others", ValType::I32);
        write_three(code, dst, block);
        take_units(code, (src, dst), &others, 3, next);
    });
}

/// Writes eight characters as three bytes each.
fn write_three(code: &mut Code, dst: &Cursor, block: &Local) {
    code.get(block);
    code.ins().i32_const(12).i16x8_shr_u();
    code.get(block);
    code.ins().i32_const(2).i16x8_shl();
    code.ins().v128_const(lanes(0x3f00)).v128_and().v128_or();
    code.ins().v128_const(lanes(0x80e0)).v128_or();
    let heads = code.pop("heads", ValType::V128);
    masked(code, block, 0x003f);
    code.ins().v128_const(lanes(0x0080)).v128_or();
    let tails = code.pop("tails", ValType::V128);
    // Two bytes of `heads`, then one of `tails`, which is the second operand.
    let lane = |at: usize| match (at % 3, 2 * (at / 3) as u8) {
        (2, start) => 16 + start,
        (part, start) => start + part as u8,
    };
    let at = dst.at(code, 0);
    code.get(&heads);
    code.get(&tails);
    code.ins()
        .i8x16_shuffle(std::array::from_fn(lane))
        .v128_store(at);
    let at = dst.at(code, 16);
    code.get(&heads);
    code.get(&tails);
    let rest = std::array::from_fn(|at| lane(16 + at % 8));
    code.ins().i8x16_shuffle(rest).v128_store64_lane(at, 0);
}

/// Writes what happens if a block of eight units is left: `body` gets a local that holds it, in 16-bit lanes.
fn with_block(code: &mut Code, src: &Source, body: impl FnOnce(&mut Code, &Local)) {
    src.is_below(code, 8);
    code.ins().i32_eqz();
    code.when(|code| {
        let at = src.at(code, 0);
        match src.cursor.unit {
            Unit::Byte => code.ins().v128_load8x8_u(at),
            Unit::Wide => code.ins().v128_load(at),
        };
        let block = code.pop("block", ValType::V128);
        body(code, &block);
    });
}

/// Pushes some bits of each lane.
fn masked(code: &mut Code, block: &Local, bits: u16) {
    code.get(block);
    code.ins().v128_const(lanes(bits)).v128_and();
}

/// Goes past those of eight units that come before the first of `others`, if they are more than one. Each of them became
/// some bytes.
fn take_units(
    code: &mut Code,
    (src, dst): (&Source, &Cursor),
    others: &Local,
    bytes: u32,
    next: Label,
) {
    code.get(others);
    code.ins().i32_eqz();
    code.when(|code| {
        src.take(code, 8);
        dst.advance(code, 8 * bytes);
        code.br(next);
    });
    code.get(others);
    code.ins().i32_const(0b11).i32_and().i32_eqz();
    code.when(|code| {
        code.get(others);
        code.ins().i32_ctz();
        code.set(others);
        src.take_by(code, others);
        code.get(others);
        code.ins().i32_const(bytes.cast_signed()).i32_mul();
        code.set(others);
        dst.advance_by(code, others);
        code.br(next);
    });
}
