//! Runs of UTF-8 characters that take equally many bytes, several at once with SIMD.
//!
//! One character by itself is none: as the next address would depend on what was read, it would take longer than what
//! branches can predict.
//!
//! All that is read is written, before it is known how much of it belongs to the run: a block of source has as many
//! units at most as the destination has room for them.

use wasm_encoder::ValType;

use crate::fact::emit::{Code, Label, Local};
use crate::fact::write::string::cursor::{Cursor, Source};
use crate::fact::write::string::vector::{bytes, lanes};

/// Writes a run of characters of two bytes as UTF-16 and branches to `next`, if the next ones are such and well-formed.
pub(in crate::fact::write::string) fn two_to_utf16(
    code: &mut Code,
    src: &Source,
    dst: &Cursor,
    next: Label,
) {
    with_block(code, src, |code, block| {
        // Lead byte and continuation; lead bytes c0 and c1 are for what has a shorter form.
        masked(code, block, 0xc0e0);
        code.ins().v128_const(lanes(0x80c0)).i16x8_eq();
        masked(code, block, 0x001e);
        code.ins().v128_const(0).i16x8_eq().v128_andnot();
        code.ins().i16x8_bitmask().i32_const(0xff).i32_xor();
        let others = code.pop("others", ValType::I32);
        let at = dst.at(code, 0);
        masked(code, block, 0x001f);
        code.ins().i32_const(6).i16x8_shl();
        continuation(code, block);
        code.ins().v128_or().v128_store(at);
        take_pairs(code, src, dst, &others, next);
    });
}

/// Writes a run of characters of two bytes that are in Latin-1 as such and branches to `next`, if the next ones are
/// such and well-formed.
pub(in crate::fact::write::string) fn two_to_latin1(
    code: &mut Code,
    src: &Source,
    dst: &Cursor,
    next: Label,
) {
    with_block(code, src, |code, block| {
        masked(code, block, 0xc0fe);
        code.ins().v128_const(lanes(0x80c2)).i16x8_ne();
        code.ins().i16x8_bitmask();
        let others = code.pop("others", ValType::I32);
        let at = dst.at(code, 0);
        code.get(block);
        code.ins().i32_const(6).i16x8_shl();
        code.ins().v128_const(lanes(0x00c0)).v128_and();
        continuation(code, block);
        code.ins().v128_or();
        let units = code.pop("units", ValType::V128);
        code.get(&units);
        code.get(&units);
        code.ins().i8x16_narrow_i16x8_u().v128_store64_lane(at, 0);
        take_pairs(code, src, dst, &others, next);
    });
}

/// Writes a run of characters of three bytes as UTF-16 and branches to `next`, if the next ones are such and well-formed.
pub(in crate::fact::write::string) fn three_to_utf16(
    code: &mut Code,
    src: &Source,
    dst: &Cursor,
    next: Label,
) {
    with_block(code, src, |code, block| {
        // The last of 16 bytes is left alone.
        let cycle = |of: [u8; 3]| {
            bytes(std::array::from_fn(
                |at| if at < 15 { of[at % 3] } else { 0 },
            ))
        };
        code.get(block);
        code.ins().v128_const(cycle([0xf0, 0xc0, 0xc0])).v128_and();
        code.ins().v128_const(cycle([0xe0, 0x80, 0x80])).i8x16_ne();
        code.ins().i8x16_bitmask();
        let others = code.pop("others", ValType::I32);
        let units = join_three(code, block);
        let at = dst.at(code, 0);
        code.get(&units);
        code.ins().v128_store(at);
        // Neither surrogates nor what has a shorter form.
        masked(code, &units, 0xf800);
        code.tee(&units);
        code.ins().v128_const(0).i16x8_eq();
        code.get(&units);
        code.ins().v128_const(lanes(0xd800)).i16x8_eq().v128_or();
        code.ins().i16x8_bitmask();
        let wrong = code.pop("wrong", ValType::I32);
        code.get(&others);
        code.get(&wrong);
        code.ins().i32_or().i32_eqz();
        code.when(|code| {
            src.take(code, 15);
            dst.advance(code, 5);
            code.br(next);
        });
        take_some_of_three(code, (src, dst), &others, &wrong, next);
    });
}

/// Writes what happens if a block of 16 bytes is left: `body` gets a local that holds it.
fn with_block(code: &mut Code, src: &Source, body: impl FnOnce(&mut Code, &Local)) {
    src.is_below(code, 16);
    code.ins().i32_eqz();
    code.when(|code| {
        let at = src.at(code, 0);
        code.ins().v128_load(at);
        let block = code.pop("block", ValType::V128);
        body(code, &block);
    });
}

/// Pushes some bits of each lane.
fn masked(code: &mut Code, block: &Local, bits: u16) {
    code.get(block);
    code.ins().v128_const(lanes(bits)).v128_and();
}

/// Pushes the bits of the continuation bytes in the upper halves of lanes.
fn continuation(code: &mut Code, block: &Local) {
    code.get(block);
    code.ins().i32_const(8).i16x8_shr_u();
    code.ins().v128_const(lanes(0x003f)).v128_and();
}

/// Goes past those of eight characters of two bytes that come before the first of `others`, if they are more than one.
fn take_pairs(code: &mut Code, src: &Source, dst: &Cursor, others: &Local, next: Label) {
    code.get(others);
    code.ins().i32_eqz();
    code.when(|code| {
        src.take(code, 16);
        dst.advance(code, 8);
        code.br(next);
    });
    code.get(others);
    code.ins().i32_const(0b11).i32_and().i32_eqz();
    code.when(|code| {
        code.get(others);
        code.ins().i32_ctz();
        code.set(others);
        dst.advance_by(code, others);
        code.get(others);
        code.ins().i32_const(1).i32_shl();
        code.set(others);
        src.take_by(code, others);
        code.br(next);
    });
}

/// Returns the numbers that five characters of three bytes stand for; the last one fills the lanes that are left.
fn join_three(code: &mut Code, block: &Local) -> Local {
    let character = |at: usize| 3 * (at / 2).min(4) as u8;
    let tails = std::array::from_fn(|at| character(at) + if at % 2 == 0 { 2 } else { 1 });
    code.get(block);
    code.get(block);
    code.ins().i8x16_shuffle(tails);
    let tails = code.pop("tails", ValType::V128);
    masked(code, &tails, 0x003f);
    code.get(&tails);
    code.ins().i32_const(2).i16x8_shr_u();
    code.ins().v128_const(lanes(0x0fc0)).v128_and().v128_or();
    code.get(block);
    code.get(block);
    code.ins().i8x16_shuffle(std::array::from_fn(character));
    code.ins().i32_const(12).i16x8_shl().v128_or();
    code.pop("units", ValType::V128)
}

/// Goes past those of five characters of three bytes that come before the first of the bytes `others` and the first of
/// the characters `wrong`, if they are more than one.
fn take_some_of_three(
    code: &mut Code,
    (src, dst): (&Source, &Cursor),
    others: &Local,
    wrong: &Local,
    next: Label,
) {
    code.get(others);
    code.ins().i32_const(1 << 15).i32_or().i32_ctz();
    // A third: exact up to 15.
    code.ins().i32_const(11).i32_mul();
    code.ins().i32_const(5).i32_shr_u();
    code.tee(others);
    code.get(wrong);
    code.ins().i32_const(1 << 5).i32_or().i32_ctz();
    code.tee(wrong);
    code.get(others);
    code.get(wrong);
    code.ins().i32_lt_u().select();
    code.tee(others);
    code.ins().i32_const(1).i32_gt_u();
    code.when(|code| {
        dst.advance_by(code, others);
        code.get(others);
        code.ins().i32_const(3).i32_mul();
        code.set(others);
        src.take_by(code, others);
        code.br(next);
    });
}
