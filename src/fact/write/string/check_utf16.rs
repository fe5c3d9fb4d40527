//! Whether a string is UTF-16: surrogates come in pairs.

use wasm_encoder::{BlockType, ValType};

use crate::fact::emit::{Code, Label, Local};
use crate::fact::write::string::cursor::Source;
use crate::fact::write::string::utf16::check_pair;
use crate::fact::write::string::vector::lanes;

/// Writes the check: branches to `bad` if the string is malformed.
pub(in crate::fact::write::string) fn check(code: &mut Code, src: &Source, bad: Label) {
    if src.simd {
        blocks(code, src, bad);
    }
    units(code, src, bad);
}

/// Checks what is left unit by unit.
fn units(code: &mut Code, src: &Source, bad: Label) {
    code.block(BlockType::Empty, |code, end| {
        code.repeat(BlockType::Empty, |code, again| {
            src.is_empty(code);
            code.br_if(end);
            src.load(code);
            code.ins().i32_const(0xf800).i32_and();
            code.ins().i32_const(0xd800).i32_eq();
            code.when(|code| {
                check_pair(code, src, bad);
                src.take(code, 1);
            });
            src.take(code, 1);
            code.br(again);
        });
    });
}

/// Checks all but the last units with SIMD.
fn blocks(code: &mut Code, src: &Source, bad: Label) {
    src.blocks(code, 32, |code, exit| {
        for part in 0..4 {
            push_lanes(code, src, 16 * part);
            code.ins().v128_const(lanes(0xf800)).v128_and();
            code.ins().v128_const(lanes(0xd800)).i16x8_eq();
            if part > 0 {
                code.ins().v128_or();
            }
        }
        code.ins().v128_any_true();
        code.br_if(exit);
        src.take(code, 32);
    });
    // Whether the unit before is the first of a pair.
    let open = code.local("open", ValType::I32);
    code.ins().i32_const(0);
    code.set(&open);
    src.blocks(code, 8, |code, _| eight(code, src, &open, bad));
    // The first of a pair is looked at once more, with what follows.
    code.get(&open);
    code.when(|code| src.give_back(code, &open));
}

/// Checks eight units.
fn eight(code: &mut Code, src: &Source, open: &Local, bad: Label) {
    push_lanes(code, src, 0);
    code.ins().v128_const(lanes(0xfc00)).v128_and();
    let kinds = code.pop("kinds", ValType::V128);
    code.get(&kinds);
    code.ins().v128_const(lanes(0xd800)).i16x8_eq();
    code.ins().i16x8_bitmask();
    let firsts = code.pop("firsts", ValType::I32);
    code.get(&firsts);
    code.ins().i32_const(1).i32_shl();
    code.get(open);
    code.ins().i32_or().i32_const(0xff).i32_and();
    code.get(&kinds);
    code.ins().v128_const(lanes(0xdc00)).i16x8_eq();
    code.ins().i16x8_bitmask().i32_ne();
    code.br_if(bad);
    code.get(&firsts);
    code.ins().i32_const(7).i32_shr_u();
    code.set(open);
    src.take(code, 8);
}

/// Pushes eight units.
fn push_lanes(code: &mut Code, src: &Source, offset_bytes: u64) {
    let at = src.at(code, offset_bytes);
    code.ins().v128_load(at);
}
