//! Characters of UTF-8 that are not ASCII: checked, and written as UTF-16 or Latin-1.

use wasm_encoder::{BlockType, ValType};

use crate::fact::emit::{Code, Label, Local};
use crate::fact::write::string::cursor::{Cursor, Source};
use crate::fact::write::string::plain::store_unit;
use crate::fact::write::string::utf8_run;

/// Reads one character of two to four bytes, and writes it as UTF-16 if there is a destination.
#[derive(Clone, Copy)]
pub(in crate::fact::write::string) struct Utf8<'a> {
    pub(in crate::fact::write::string) src: &'a Source,
    /// Where it goes, as UTF-16.
    pub(in crate::fact::write::string) dst: Option<&'a Cursor>,
    /// Where to branch if it is malformed.
    pub(in crate::fact::write::string) bad: Label,
}

impl Utf8<'_> {
    /// Writes the step. There is a byte, and it is not ASCII.
    pub(in crate::fact::write::string) fn step(&self, code: &mut Code) {
        let lead = self.src.peek(code, "lead");
        code.block(BlockType::Empty, |code, next| {
            code.get(&lead);
            code.ins().i32_const(0xe0).i32_lt_u();
            code.when(|code| {
                if let Some(dst) = self.dst.filter(|_| self.src.simd) {
                    utf8_run::two_to_utf16(code, self.src, dst, next);
                }
                self.two(code, &lead);
                code.br(next);
            });
            code.get(&lead);
            code.ins().i32_const(0xf0).i32_lt_u();
            code.when(|code| {
                if let Some(dst) = self.dst.filter(|_| self.src.simd) {
                    utf8_run::three_to_utf16(code, self.src, dst, next);
                }
                self.three(code, &lead);
                code.br(next);
            });
            self.four(code, &lead);
        });
    }

    /// Writes the case of two bytes. A continuation byte as `lead` gives a number above all those of two bytes.
    fn two(&self, code: &mut Code, lead: &Local) {
        let [second] = self.continuations(code, ["second"]);
        let scalar = join(code, lead, 0xc0, &[&second]);
        self.check_range(code, &scalar, 0x80, 0x800);
        self.write_one(code, &scalar);
        self.src.take(code, 2);
    }

    /// Writes the case of three bytes.
    fn three(&self, code: &mut Code, lead: &Local) {
        let [second, third] = self.continuations(code, ["second", "third"]);
        let scalar = join(code, lead, 0xe0, &[&second, &third]);
        self.check_range(code, &scalar, 0x800, 0x1_0000);
        code.get(&scalar);
        is_surrogate(code);
        code.br_if(self.bad);
        self.write_one(code, &scalar);
        self.src.take(code, 3);
    }

    /// Writes the case of four bytes. A lead byte above `f4` gives a number above all characters.
    fn four(&self, code: &mut Code, lead: &Local) {
        let [second, third, fourth] = self.continuations(code, ["second", "third", "fourth"]);
        let scalar = join(code, lead, 0xf0, &[&second, &third, &fourth]);
        self.check_range(code, &scalar, 0x1_0000, 0x11_0000);
        if let Some(dst) = self.dst {
            write_pair(code, dst, &scalar);
        }
        self.src.take(code, 4);
    }

    /// Returns the bits of the bytes after the first one, all of which are continuations.
    fn continuations<const N: usize>(&self, code: &mut Code, roles: [&str; N]) -> [Local; N] {
        let count = u32::try_from(N).expect("a character has at most four bytes");
        self.src.is_below(code, count + 1);
        code.br_if(self.bad);
        let mut offset_bytes = 0;
        let bytes = roles.map(|role| {
            offset_bytes += 1;
            let at = self.src.at(code, offset_bytes);
            code.ins().i32_load8_u(at).i32_const(0x80).i32_xor();
            code.pop(role, ValType::I32)
        });
        for (index, byte) in bytes.iter().enumerate() {
            code.get(byte);
            if index > 0 {
                code.ins().i32_or();
            }
        }
        code.ins().i32_const(0x3f).i32_gt_u();
        code.br_if(self.bad);
        bytes
    }

    fn check_range(&self, code: &mut Code, scalar: &Local, start: i32, end: i32) {
        code.get(scalar);
        code.ins().i32_const(start).i32_sub();
        code.ins().i32_const(end - start).i32_ge_u();
        code.br_if(self.bad);
    }

    fn write_one(&self, code: &mut Code, scalar: &Local) {
        if let Some(dst) = self.dst {
            store_unit(code, dst, |code| code.get(scalar));
            dst.advance(code, 1);
        }
    }
}

/// Reads one character of two bytes that is in Latin-1, and writes it as such; branches to `stop` at anything else.
pub(in crate::fact::write::string) fn latin1_step(
    code: &mut Code,
    src: &Source,
    dst: &Cursor,
    stop: Label,
) {
    code.block(BlockType::Empty, |code, next| {
        if src.simd {
            utf8_run::two_to_latin1(code, src, dst, next);
        }
        src.is_below(code, 2);
        code.br_if(stop);
        let at = src.at(code, 0);
        code.ins().i32_load16_u(at);
        let pair = code.pop("pair", ValType::I32);
        // The first byte is c2 or c3, the second one a continuation.
        code.get(&pair);
        code.ins().i32_const(0xc0fe).i32_and();
        code.ins().i32_const(0x80c2).i32_ne();
        code.br_if(stop);
        store_unit(code, dst, |code| {
            code.get(&pair);
            code.ins().i32_const(6).i32_shl();
            code.get(&pair);
            code.ins().i32_const(8).i32_shr_u();
            code.ins().i32_const(0x3f).i32_and().i32_or();
        });
        src.take(code, 2);
        dst.advance(code, 1);
    });
}

/// Returns the number that a lead byte and continuations stand for; `base` is the smallest such lead byte.
fn join(code: &mut Code, lead: &Local, base: i32, continuations: &[&Local]) -> Local {
    code.get(lead);
    code.ins().i32_const(base).i32_sub();
    for byte in continuations {
        code.ins().i32_const(6).i32_shl();
        code.get(byte);
        code.ins().i32_or();
    }
    code.pop("scalar", ValType::I32)
}

/// Replaces a unit by whether it is a surrogate.
fn is_surrogate(code: &mut Code) {
    code.ins().i32_const(0xf800).i32_and();
    code.ins().i32_const(0xd800).i32_eq();
}

/// Writes a character above `ffff` as a pair of surrogates.
fn write_pair(code: &mut Code, dst: &Cursor, scalar: &Local) {
    let at = dst.at(code, 0);
    code.get(scalar);
    code.ins().i32_const(10).i32_shr_u();
    code.ins().i32_const(0xd800 - (0x1_0000 >> 10)).i32_add();
    code.get(scalar);
    code.ins().i32_const(0x3ff).i32_and();
    code.ins().i32_const(0xdc00).i32_or();
    code.ins().i32_const(16).i32_shl().i32_or();
    code.ins().i32_store(at);
    dst.advance(code, 2);
}
