//! Moving of lists of scalars with a check or a change: many at once, with SIMD.

use std::rc::Rc;

use wasm_encoder::{BlockType, InstructionSink, ValType};

use crate::fact::abi::{discriminant_size, flags_size};
use crate::fact::emit::{Code, FuncId, Local, Width};
use crate::fact::transfer::Scalar;
use crate::fact::trap::TrapCode;
use crate::fact::write::access::{Access, load_any, store_any};
use crate::fact::write::endpoint::Channel;
use crate::fact::write::place::{Place, push_pointer};
use crate::fact::write::writer::Writer;

/// Number of bytes that one turn of the loop moves.
const BLOCK_BYTES: u32 = 32;

/// What is done to sixteen bytes at once.
#[derive(Clone, Copy, Debug)]
enum Block {
    /// Every byte becomes 0 or 1.
    Bools,
    /// Bits outside of the mask, of a number of bytes, become 0.
    Mask(u32, u32),
    /// Every number, of a number of bytes, must be below a limit.
    Below(u32, u32),
    /// Every number must be a char.
    Chars,
}

impl Block {
    fn of(scalar: Scalar) -> Option<Block> {
        match scalar {
            Scalar::Bool => Some(Block::Bools),
            Scalar::Char => Some(Block::Chars),
            Scalar::Flags(count) => Some(Block::Mask(flags_size(count), (1 << count) - 1)),
            Scalar::Enum(count) => {
                let size = discriminant_size(usize::try_from(count).ok()?);
                // A limit beyond what the number can hold is met by every number.
                (u64::from(count) < 1 << (8 * size)).then_some(Block::Below(size, count))
            }
            Scalar::Number(_) | Scalar::Own(_) | Scalar::Borrow(_) => None,
        }
    }

    /// Returns the size of a number in bytes.
    fn size(self) -> u32 {
        match self {
            Block::Bools => 1,
            Block::Mask(size, _) | Block::Below(size, _) => size,
            Block::Chars => 4,
        }
    }

    /// Returns why a number is refused, if one can be.
    fn trap(self) -> Option<TrapCode> {
        match self {
            Block::Bools | Block::Mask(..) => None,
            Block::Below(..) => Some(TrapCode::InvalidDiscriminant),
            Block::Chars => Some(TrapCode::InvalidChar),
        }
    }

    /// Changes the numbers on top of the stack.
    fn change(self, ins: &mut InstructionSink<'_>) {
        match self {
            Block::Bools => {
                splat(ins, 1, 1);
                ins.i8x16_min_u();
            }
            Block::Mask(size, mask) => {
                splat(ins, size, mask);
                ins.v128_and();
            }
            Block::Below(..) | Block::Chars => {}
        }
    }

    /// Pops numbers and pushes a mask of those that are refused.
    fn refused(self, ins: &mut InstructionSink<'_>) {
        match self {
            Block::Below(size, limit) => {
                splat(ins, size, limit);
                match size {
                    1 => ins.i8x16_ge_u(),
                    2 => ins.i16x8_ge_u(),
                    _ => ins.i32x4_ge_u(),
                };
            }
            Block::Chars => {
                // As for a single char.
                splat(ins, 4, 0xd800);
                ins.v128_xor();
                splat(ins, 4, 0x800);
                ins.i32x4_sub();
                splat(ins, 4, 0x11_0000 - 0x800);
                ins.i32x4_ge_u();
            }
            Block::Bools | Block::Mask(..) => unreachable!("{self:?} refuses nothing"),
        }
    }
}

/// Pushes a vector of equal numbers of `size` bytes.
fn splat(ins: &mut InstructionSink<'_>, size: u32, value: u32) {
    let bytes = value.to_le_bytes();
    let size = size as usize;
    let all: [u8; 16] = std::array::from_fn(|i| bytes[i % size]);
    ins.v128_const(i128::from_le_bytes(all));
}

impl Writer<'_, '_> {
    /// Returns the function that moves a list of scalars, if there is one for them: (from, to, number of bytes).
    pub(in crate::fact::write) fn bulk(&mut self, scalar: Scalar) -> Option<FuncId> {
        let block = Block::of(scalar).filter(|_| self.shared.config.simd)?;
        let key = (self.channel, scalar);
        if let Some(known) = self.shared.bulk.get(&key) {
            return Some(*known);
        }
        let Channel { src, dst, .. } = self.channel;
        let (src, dst) = (src?, dst?);
        let params = [
            ("from", src.width.ty()),
            ("to", dst.width.ty()),
            ("bytes", ValType::I32),
        ];
        let types = params.map(|(_, ty)| ty);
        let func = self.shared.module.declare("move scalars", &types, &[]);
        self.shared.bulk.insert(key, func);
        let (mut code, params) = Code::new(&params);
        let [from, to, bytes] = <[_; 3]>::try_from(params).expect("there are three parameters");
        let (from, to) = (Rc::new(from), Rc::new(to));
        let refused = code.local("refused", ValType::V128);
        code.block(BlockType::Empty, |code, done| {
            code.repeat(BlockType::Empty, |code, again| {
                code.get(&bytes);
                code.ins().i32_const(BLOCK_BYTES.cast_signed()).i32_lt_u();
                code.br_if(done);
                for at in (0..BLOCK_BYTES).step_by(16) {
                    code.get(&to);
                    code.get(&from);
                    load_any(code, src, Access::V128, at);
                    if block.trap().is_some() {
                        let numbers = code.local("numbers", ValType::V128);
                        code.tee(&numbers);
                        code.get(&numbers);
                        block.refused(&mut code.ins());
                        code.get(&refused);
                        code.ins().v128_or();
                        code.set(&refused);
                    }
                    block.change(&mut code.ins());
                    store_any(code, dst, Access::V128, at);
                }
                advance(code, &from, src.width, BLOCK_BYTES);
                advance(code, &to, dst.width, BLOCK_BYTES);
                code.get(&bytes);
                code.ins().i32_const(BLOCK_BYTES.cast_signed()).i32_sub();
                code.set(&bytes);
                code.br(again);
            });
        });
        if let Some(why) = block.trap() {
            code.get(&refused);
            code.ins().v128_any_true();
            self.shared.traps.trap_if(&mut code, why);
        }
        code.get(&bytes);
        code.when(|code| {
            code.repeat(BlockType::Empty, |code, again| {
                self.scalar(code, scalar, &Place::behind(&from), &Place::behind(&to));
                advance(code, &from, src.width, block.size());
                advance(code, &to, dst.width, block.size());
                code.get(&bytes);
                code.ins().i32_const(block.size().cast_signed()).i32_sub();
                code.tee(&bytes);
                code.br_if(again);
            });
        });
        self.shared.module.define(func, code);
        Some(func)
    }
}

fn advance(code: &mut Code, pointer: &Local, width: Width, by: u32) {
    push_pointer(code, width, pointer, by);
    code.set(pointer);
}
