//! Characters of UTF-16 and Latin-1 that are not ASCII: checked, and written as UTF-8.

use wasm_encoder::{BlockType, ValType};

use crate::fact::emit::{Code, Label, Local};
use crate::fact::write::string::cursor::{Cursor, Source};
use crate::fact::write::string::utf16_run;

/// Reads one character of UTF-16, and writes it as UTF-8.
///
/// The destination has room for three bytes per unit that is left.
pub(in crate::fact::write::string) fn utf8_step(
    code: &mut Code,
    src: &Source,
    dst: &Cursor,
    bad: Label,
) {
    let unit = src.peek(code, "unit");
    code.block(BlockType::Empty, |code, next| {
        code.get(&unit);
        code.ins().i32_const(0x800).i32_lt_u();
        code.when(|code| {
            if src.simd {
                utf16_run::to_two(code, src, dst, next);
            }
            write_two(code, dst, &unit);
            src.take(code, 1);
            code.br(next);
        });
        code.get(&unit);
        code.ins().i32_const(0xf800).i32_and();
        code.ins().i32_const(0xd800).i32_ne();
        code.when(|code| {
            if src.simd {
                utf16_run::to_three(code, src, dst, next);
            }
            write_three(code, dst, &unit);
            src.take(code, 1);
            code.br(next);
        });
        check_pair(code, src, bad);
        write_four(code, src, dst, &unit);
        src.take(code, 2);
    });
}

/// Writes a character of Latin-1 that is not ASCII as UTF-8.
///
/// The destination has room for two bytes per unit that is left.
pub(in crate::fact::write::string) fn latin1_step(code: &mut Code, src: &Source, dst: &Cursor) {
    code.block(BlockType::Empty, |code, next| {
        if src.simd {
            utf16_run::to_two(code, src, dst, next);
        }
        let unit = src.peek(code, "unit");
        write_two(code, dst, &unit);
        src.take(code, 1);
    });
}

/// Branches to `bad` unless two units are left and are a pair of surrogates.
pub(in crate::fact::write::string) fn check_pair(code: &mut Code, src: &Source, bad: Label) {
    src.is_below(code, 2);
    code.br_if(bad);
    let at = src.at(code, 0);
    code.ins().i32_load(at);
    code.ins().i32_const(0xfc00_fc00_u32.cast_signed());
    code.ins().i32_and();
    code.ins().i32_const(0xdc00_d800_u32.cast_signed());
    code.ins().i32_ne();
    code.br_if(bad);
}

/// Writes a character below `800` as two bytes.
fn write_two(code: &mut Code, dst: &Cursor, unit: &Local) {
    let at = dst.at(code, 0);
    code.get(unit);
    code.ins().i32_const(6).i32_shr_u();
    code.ins().i32_const(0xc0).i32_or();
    continuation(code, unit, 0, 8);
    code.ins().i32_store16(at);
    dst.advance(code, 2);
}

/// Writes a character below `1_0000` as three bytes.
fn write_three(code: &mut Code, dst: &Cursor, unit: &Local) {
    let at = dst.at(code, 0);
    code.get(unit);
    code.ins().i32_const(12).i32_shr_u();
    code.ins().i32_const(0xe0).i32_or();
    continuation(code, unit, 6, 8);
    code.ins().i32_store16(at);
    let at = dst.at(code, 2);
    code.get(unit);
    code.ins().i32_const(0x3f).i32_and();
    code.ins().i32_const(0x80).i32_or();
    code.ins().i32_store8(at);
    dst.advance(code, 3);
}

/// Writes a pair of surrogates, the first of which is `high`, as four bytes.
fn write_four(code: &mut Code, src: &Source, dst: &Cursor, high: &Local) {
    code.get(high);
    code.ins().i32_const(0x3ff).i32_and();
    code.ins().i32_const(10).i32_shl();
    let at = src.at(code, 2);
    code.ins().i32_load16_u(at);
    code.ins().i32_const(0x3ff).i32_and().i32_or();
    code.ins().i32_const(0x1_0000).i32_add();
    let scalar = code.pop("scalar", ValType::I32);
    let at = dst.at(code, 0);
    code.get(&scalar);
    code.ins().i32_const(18).i32_shr_u();
    code.ins().i32_const(0xf0).i32_or();
    continuation(code, &scalar, 12, 8);
    continuation(code, &scalar, 6, 16);
    continuation(code, &scalar, 0, 24);
    code.ins().i32_store(at);
    dst.advance(code, 4);
}

/// Adds a continuation byte at a bit position to what is on the stack: six bits of a character, those from `start` on.
fn continuation(code: &mut Code, scalar: &Local, start: i32, position: i32) {
    code.get(scalar);
    if start > 0 {
        code.ins().i32_const(start).i32_shr_u();
    }
    code.ins().i32_const(0x3f).i32_and();
    code.ins().i32_const(0x80).i32_or();
    code.ins().i32_const(position).i32_shl().i32_or();
}
