//! Whether a string is UTF-8, 16 bytes at once.
//!
//! The idea is that of Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte": each pair of
//! neighbouring bytes is looked up in three tables by its first three nibbles. A bit stands for a kind of fault; it is in
//! all three answers if the pair has that fault. Whether a third or fourth byte is one is computed from what is two
//! and three bytes before it.

use wasm_encoder::{BlockType, ValType};

use crate::fact::emit::{Code, Label, Local};
use crate::fact::write::string::cursor::Source;
use crate::fact::write::string::vector::bytes;

/// Nibbles: the bit at the position of each that is in a set.
type Nibbles = u16;

const ALL: Nibbles = 0xffff;

/// Upper nibbles of ASCII.
const ASCII: Nibbles = 0x00ff;

/// Upper nibbles of continuations.
const CONTINUATION: Nibbles = 0x0f00;

/// Upper nibbles of lead bytes.
const LEAD: Nibbles = 0xf000;

/// For each kind of fault: the nibbles of the first byte, upper and lower, and the upper one of the second byte.
///
/// The last is none in itself: a continuation after another is right where a third or fourth byte belongs.
const FAULTS: [[Nibbles; 3]; 8] = [
    // A lead byte without a continuation.
    [LEAD, ALL, ASCII | LEAD],
    // A continuation without a lead byte.
    [ASCII, ALL, CONTINUATION],
    // Two bytes for what takes one: c0, c1.
    [1 << 0xc, 1 << 0 | 1 << 1, CONTINUATION],
    // Three bytes for what takes two: e0 80 to e0 9f.
    [1 << 0xe, 1 << 0, 1 << 8 | 1 << 9],
    // Surrogates: ed a0 to ed bf.
    [1 << 0xe, 1 << 0xd, 1 << 0xa | 1 << 0xb],
    // Above 10ffff: from f4 90 on, if the continuation is not below 90.
    [1 << 0xf, ALL << 4, 1 << 9 | 1 << 0xa | 1 << 0xb],
    // Four bytes for what takes three, f0 80 to f0 8f; and above 10ffff, from f5 on, if the continuation is below 90.
    [1 << 0xf, 1 << 0 | ALL << 5, 1 << 8],
    [CONTINUATION, ALL, CONTINUATION],
];

/// Returns a table: the kinds of fault by a nibble.
fn table(which: usize) -> i128 {
    bytes(std::array::from_fn(|nibble| {
        let has = |kind: usize| FAULTS[kind][which] >> nibble & 1 == 1;
        (0..8).map(|kind| u8::from(has(kind)) << kind).sum()
    }))
}

/// The greatest bytes at the end of a block that need no continuation in the next one.
fn last_complete() -> i128 {
    let mut last = [0xff; 16];
    last[13..].copy_from_slice(&[0xef, 0xdf, 0xbf]);
    bytes(last)
}

/// What is known of a string.
struct State {
    /// The block before, or zeros.
    before: Local,
    /// Faults found so far.
    faults: Local,
}

/// Writes the check of all but the last bytes: branches to `bad` if they are malformed. What is left begins with a whole
/// character.
pub(in crate::fact::write::string) fn check_blocks(code: &mut Code, src: &Source, bad: Label) {
    let state = State {
        before: code.local("before", ValType::V128),
        faults: code.local("faults", ValType::V128),
    };
    code.ins().v128_const(0);
    code.set(&state.faults);
    code.repeat(BlockType::Empty, |code, restart| {
        src.blocks(code, 64, |code, exit| pass_ascii(code, src, exit));
        code.ins().v128_const(0);
        code.set(&state.before);
        src.blocks(code, 16, |code, _| state.block(code, src, restart));
    });
    code.get(&state.faults);
    code.ins().v128_any_true();
    code.br_if(bad);
    state.give_back(code, src);
}

/// Goes past 64 bytes, or branches to `exit` if one of them is not ASCII.
fn pass_ascii(code: &mut Code, src: &Source, exit: Label) {
    for part in 0..4 {
        push_bytes(code, src, 16 * part);
        if part > 0 {
            code.ins().v128_or();
        }
    }
    code.ins().i8x16_bitmask();
    code.br_if(exit);
    src.take(code, 64);
}

impl State {
    /// Goes past 16 bytes; branches to `restart` if they are ASCII, unless few bytes are left.
    fn block(&self, code: &mut Code, src: &Source, restart: Label) {
        push_bytes(code, src, 0);
        let block = code.pop("block", ValType::V128);
        src.take(code, 16);
        code.get(&block);
        code.ins().i8x16_bitmask();
        code.branch(
            BlockType::Empty,
            |code| self.look_up(code, &block),
            |code| {
                self.push_incomplete(code);
                self.add_fault(code);
                src.is_below(code, 64);
                code.ins().i32_eqz();
                code.br_if(restart);
            },
        );
        code.get(&block);
        code.set(&self.before);
    }

    /// Finds the faults of a block.
    fn look_up(&self, code: &mut Code, block: &Local) {
        self.push_earlier(code, block, 1);
        let first = code.pop("first", ValType::V128);
        code.ins().v128_const(table(0));
        code.get(&first);
        code.ins().i32_const(4).i8x16_shr_u().i8x16_swizzle();
        code.ins().v128_const(table(1));
        code.get(&first);
        code.ins().v128_const(bytes([0x0f; 16])).v128_and();
        code.ins().i8x16_swizzle().v128_and();
        code.ins().v128_const(table(2));
        code.get(block);
        code.ins().i32_const(4).i8x16_shr_u().i8x16_swizzle();
        code.ins().v128_and();
        // The upper bit is set if this is a third byte, or a fourth.
        self.push_earlier(code, block, 2);
        code.ins().v128_const(bytes([0xe0 - 0x80; 16]));
        code.ins().i8x16_sub_sat_u();
        self.push_earlier(code, block, 3);
        code.ins().v128_const(bytes([0xf0 - 0x80; 16]));
        code.ins().i8x16_sub_sat_u().v128_or();
        code.ins().v128_const(bytes([0x80; 16])).v128_and();
        code.ins().v128_xor();
        self.add_fault(code);
    }

    /// Pushes the bytes that are some places before those of a block.
    fn push_earlier(&self, code: &mut Code, block: &Local, places: u8) {
        code.get(&self.before);
        code.get(block);
        let lanes = std::array::from_fn(|at| 16 - places + at as u8);
        code.ins().i8x16_shuffle(lanes);
    }

    /// Pushes bytes that are not zero where the block before ends within a character.
    fn push_incomplete(&self, code: &mut Code) {
        code.get(&self.before);
        code.ins().v128_const(last_complete()).i8x16_sub_sat_u();
    }

    fn add_fault(&self, code: &mut Code) {
        code.get(&self.faults);
        code.ins().v128_or();
        code.set(&self.faults);
    }

    /// Gives back the beginning of the character within which the last block ends, if it does.
    fn give_back(&self, code: &mut Code, src: &Source) {
        self.push_incomplete(code);
        code.ins().v128_const(0).i8x16_ne().i8x16_bitmask();
        code.ins().i32_const(1 << 16).i32_or().i32_ctz();
        let whole = code.pop("whole", ValType::I32);
        code.ins().i32_const(16);
        code.get(&whole);
        code.ins().i32_sub();
        code.set(&whole);
        src.give_back(code, &whole);
    }
}

/// Pushes 16 bytes.
fn push_bytes(code: &mut Code, src: &Source, offset_bytes: u64) {
    let at = src.at(code, offset_bytes);
    code.ins().v128_load(at);
}
