//! Runs of units that stay as they are or merely change their size: ASCII between all encodings, Latin-1 to UTF-16.
//!
//! A block is written before it is known how much of it fits. What does not fit is written over later; the caller
//! guarantees that the destination has room for as many units as are left of the source.

use wasm_encoder::{BlockType, ValType};

use crate::fact::emit::{Code, Label, Local};
use crate::fact::write::string::cursor::{Cursor, Source, Unit};
use crate::fact::write::string::vector::lanes;

/// Which units belong to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact::write::string) enum Fits {
    /// Those of ASCII.
    Ascii,
    /// Those of Latin-1.
    Latin1,
    /// All of them.
    All,
}

impl Fits {
    /// Returns the bits that are zero in a 16-bit unit that belongs to the run.
    fn zero_bits(self) -> Option<u16> {
        match self {
            Fits::Ascii => Some(0xff80),
            Fits::Latin1 => Some(0xff00),
            Fits::All => None,
        }
    }

    /// Returns those bits of a unit of `unit`, if there are any.
    fn zero_bits_of(self, unit: Unit) -> Option<u16> {
        let bits = match unit {
            Unit::Byte => self.zero_bits()? & 0xff,
            Unit::Wide => self.zero_bits()?,
        };
        (bits != 0).then_some(bits)
    }
}

/// A run of units that are moved, or merely passed.
#[derive(Clone, Copy)]
pub(in crate::fact::write::string) struct Plain<'a> {
    pub(in crate::fact::write::string) src: &'a Source,
    /// Where they go, if anywhere.
    pub(in crate::fact::write::string) dst: Option<&'a Cursor>,
    pub(in crate::fact::write::string) fits: Fits,
}

impl Plain<'_> {
    /// Writes the run: branches to `end` if nothing is left, to `other` if the next unit does not belong to it.
    pub(in crate::fact::write::string) fn write(&self, code: &mut Code, other: Label, end: Label) {
        let src = self.src;
        match (src.cursor.unit, src.simd) {
            (Unit::Byte, true) => {
                if let Some(dst) = self.dst.filter(|dst| dst.unit == Unit::Byte) {
                    src.blocks(code, 64, |code, exit| self.many_bytes(code, dst, exit));
                }
                src.blocks(code, 16, |code, _| self.sixteen_bytes(code, other));
                src.blocks(code, 8, |code, _| self.few_bytes(code, 8, other));
                src.blocks(code, 4, |code, _| self.few_bytes(code, 4, other));
            }
            (Unit::Byte, false) => {
                src.blocks(code, 8, |code, _| self.few_bytes(code, 8, other));
                src.blocks(code, 4, |code, _| self.few_bytes(code, 4, other));
            }
            (Unit::Wide, true) => {
                src.blocks(code, 16, |code, exit| self.sixteen_wides(code, exit));
                src.blocks(code, 8, |code, _| self.eight_wides(code, other));
                src.blocks(code, 4, |code, _| self.four_wides(code, other));
            }
            (Unit::Wide, false) => src.blocks(code, 4, |code, _| self.four_wides(code, other)),
        }
        self.units(code, other, end);
    }

    /// Writes the run by itself: it ends with the first unit that does not belong to it.
    pub(in crate::fact::write::string) fn run(&self, code: &mut Code) {
        code.block(BlockType::Empty, |code, end| self.write(code, end, end));
    }

    /// Writes one unit after the other.
    fn units(&self, code: &mut Code, other: Label, end: Label) {
        code.repeat(BlockType::Empty, |code, again| {
            self.src.is_empty(code);
            code.br_if(end);
            let unit = self.src.peek(code, "unit");
            if let Some(bits) = self.fits.zero_bits_of(self.src.cursor.unit) {
                code.get(&unit);
                code.ins().i32_const(i32::from(bits)).i32_and();
                code.br_if(other);
            }
            if let Some(dst) = self.dst {
                store_unit(code, dst, |code| code.get(&unit));
            }
            self.take(code, 1);
            code.br(again);
        });
    }

    /// Writes a block of 64 bytes that all fit, or branches to `exit`.
    fn many_bytes(&self, code: &mut Code, dst: &Cursor, exit: Label) {
        let offsets = [0, 16, 32, 48];
        let blocks = offsets.map(|offset_bytes| {
            let at = self.src.at(code, offset_bytes);
            code.ins().v128_load(at);
            code.pop("block", ValType::V128)
        });
        for (index, block) in blocks.iter().enumerate() {
            code.get(block);
            if index > 0 {
                code.ins().v128_or();
            }
        }
        code.ins().i8x16_bitmask();
        code.br_if(exit);
        for (offset_bytes, block) in offsets.into_iter().zip(&blocks) {
            let at = dst.at(code, offset_bytes);
            code.get(block);
            code.ins().v128_store(at);
        }
        self.take(code, 64);
    }

    /// Writes a block of 16 bytes.
    fn sixteen_bytes(&self, code: &mut Code, other: Label) {
        let at = self.src.at(code, 0);
        code.ins().v128_load(at);
        let block = code.pop("block", ValType::V128);
        match self.dst {
            Some(dst) if dst.unit == Unit::Wide => {
                let at = dst.at(code, 0);
                code.get(&block);
                code.ins().i16x8_extend_low_i8x16_u().v128_store(at);
                let at = dst.at(code, 16);
                code.get(&block);
                code.ins().i16x8_extend_high_i8x16_u().v128_store(at);
            }
            Some(dst) => {
                let at = dst.at(code, 0);
                code.get(&block);
                code.ins().v128_store(at);
            }
            None => {}
        }
        if self.fits == Fits::Ascii {
            code.get(&block);
            code.ins().i8x16_bitmask();
            self.stop_at_first(code, other);
        }
        self.take(code, 16);
    }

    /// Writes a block of 16 units that all fit, or branches to `exit`.
    fn sixteen_wides(&self, code: &mut Code, exit: Label) {
        let [low, high] = [0, 16].map(|offset_bytes| {
            let at = self.src.at(code, offset_bytes);
            code.ins().v128_load(at);
            code.pop("block", ValType::V128)
        });
        if let Some(bits) = self.fits.zero_bits() {
            code.get(&low);
            code.get(&high);
            code.ins().v128_or().v128_const(lanes(bits)).v128_and();
            code.ins().v128_any_true();
            code.br_if(exit);
        }
        if let Some(dst) = self.dst {
            let at = dst.at(code, 0);
            code.get(&low);
            code.get(&high);
            code.ins().i8x16_narrow_i16x8_u().v128_store(at);
        }
        self.take(code, 16);
    }

    /// Writes a block of eight 16-bit units.
    fn eight_wides(&self, code: &mut Code, other: Label) {
        let at = self.src.at(code, 0);
        code.ins().v128_load(at);
        let block = code.pop("block", ValType::V128);
        if let Some(dst) = self.dst {
            let at = dst.at(code, 0);
            code.get(&block);
            code.get(&block);
            code.ins().i8x16_narrow_i16x8_u().v128_store64_lane(at, 0);
        }
        if let Some(bits) = self.fits.zero_bits() {
            code.get(&block);
            code.ins().v128_const(lanes(bits)).v128_and();
            code.ins().v128_const(0).i16x8_ne().i16x8_bitmask();
            self.stop_at_first(code, other);
        }
        self.take(code, 8);
    }

    /// Writes a block of four or eight bytes without SIMD.
    fn few_bytes(&self, code: &mut Code, count: u32, other: Label) {
        let at = self.src.at(code, 0);
        match count {
            4 => code.ins().i64_load32_u(at),
            _ => code.ins().i64_load(at),
        };
        let block = code.pop("block", ValType::I64);
        match self.dst {
            Some(dst) if dst.unit == Unit::Wide => {
                for half in 0..count / 4 {
                    let at = dst.at(code, 8 * u64::from(half));
                    code.get(&block);
                    match half {
                        0 => code.ins().i64_const(0xffff_ffff).i64_and(),
                        _ => code.ins().i64_const(32).i64_shr_u(),
                    };
                    spread(code);
                    code.ins().i64_store(at);
                }
            }
            Some(dst) => {
                let at = dst.at(code, 0);
                code.get(&block);
                match count {
                    4 => code.ins().i64_store32(at),
                    _ => code.ins().i64_store(at),
                };
            }
            None => {}
        }
        self.stop_within(code, &block, 3, other);
        self.take(code, count);
    }

    /// Writes a block of four 16-bit units without SIMD.
    fn four_wides(&self, code: &mut Code, other: Label) {
        let at = self.src.at(code, 0);
        code.ins().i64_load(at);
        let block = code.pop("block", ValType::I64);
        if let Some(dst) = self.dst {
            assert_eq!(dst.unit, Unit::Byte, "16-bit units are copied in bulk");
            let at = dst.at(code, 0);
            code.get(&block);
            squeeze(code);
            code.ins().i64_store32(at);
        }
        self.stop_within(code, &block, 4, other);
        self.take(code, 4);
    }

    /// Goes to the first unit in `block` that does not fit, if there is one, and on to `other`.
    fn stop_within(&self, code: &mut Code, block: &Local, unit_bits_log2: i64, other: Label) {
        let Some(bits) = self.fits.zero_bits_of(self.src.cursor.unit) else {
            return;
        };
        let mask = match self.src.cursor.unit {
            Unit::Byte => u64::from(bits) * 0x0101_0101_0101_0101,
            Unit::Wide => u64::from(bits) * 0x0001_0001_0001_0001,
        };
        code.get(block);
        code.ins().i64_const(mask.cast_signed()).i64_and();
        code.tee(block);
        code.ins().i64_eqz().i32_eqz();
        code.when(|code| {
            code.get(block);
            code.ins().i64_ctz().i64_const(unit_bits_log2).i64_shr_u();
            code.ins().i32_wrap_i64();
            self.stop_after(code, other);
        });
    }

    /// Pops a bit for each unit that does not fit; goes to the first of them, if there is one, and on to `other`.
    fn stop_at_first(&self, code: &mut Code, other: Label) {
        let others = code.pop("others", ValType::I32);
        code.get(&others);
        code.when(|code| {
            code.get(&others);
            code.ins().i32_ctz();
            self.stop_after(code, other);
        });
    }

    /// Pops the number of units that fit, goes past them and on to `other`.
    fn stop_after(&self, code: &mut Code, other: Label) {
        let count = code.pop("count", ValType::I32);
        self.src.take_by(code, &count);
        if let Some(dst) = self.dst {
            dst.advance_by(code, &count);
        }
        code.br(other);
    }

    /// Goes past some units on both sides.
    fn take(&self, code: &mut Code, units: u32) {
        self.src.take(code, units);
        if let Some(dst) = self.dst {
            dst.advance(code, units);
        }
    }
}

/// Stores a unit that `push` pushes.
pub(in crate::fact::write::string) fn store_unit(
    code: &mut Code,
    dst: &Cursor,
    push: impl FnOnce(&mut Code),
) {
    let at = dst.at(code, 0);
    push(code);
    match dst.unit {
        Unit::Byte => code.ins().i32_store8(at),
        Unit::Wide => code.ins().i32_store16(at),
    };
}

/// Replaces an `i64` of four bytes in the lower half by four 16-bit units.
fn spread(code: &mut Code) {
    for (shift, mask) in [(16, 0x0000_ffff_0000_ffff), (8, 0x00ff_00ff_00ff_00ff)] {
        let narrow = code.pop("narrow", ValType::I64);
        code.get(&narrow);
        code.get(&narrow);
        code.ins().i64_const(shift).i64_shl().i64_or();
        code.ins().i64_const(mask).i64_and();
    }
}

/// Replaces an `i64` of four 16-bit units by their lower bytes, in its lower half.
fn squeeze(code: &mut Code) {
    for (shift, mask) in [(8, 0x0000_ffff_0000_ffff), (16, 0xffff_ffff)] {
        let wide = code.pop("wide", ValType::I64);
        code.get(&wide);
        code.get(&wide);
        code.ins().i64_const(shift).i64_shr_u().i64_or();
        code.ins().i64_const(mask).i64_and();
    }
}
