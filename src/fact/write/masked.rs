//! Moving of lists whose elements move in part: records with padding, and variants whose payloads are plain bytes, many
//! at once with SIMD.
//!
//! A mask says which bytes of a block move; the destination keeps the others. Thus neither padding nor the payload of
//! another case crosses, and no branch depends on a discriminant.

use std::rc::Rc;

use wasm_encoder::{BlockType, ValType};

use crate::fact::emit::{Code, FuncId, Local};
use crate::fact::transfer::{At, List, Scalar, TransferId, TransferKind, Variant};
use crate::fact::trap::TrapCode;
use crate::fact::write::access::{Access, load_any, store_any};
use crate::fact::write::endpoint::Endpoint;
use crate::fact::write::place::{Place, push_pointer};
use crate::fact::write::writer::Writer;

/// Size of a block in bytes.
const BLOCK_BYTES: usize = 16;

/// Smallest number of blocks that one turn of the loop moves (ours).
const BLOCKS_MIN: usize = 4;

/// Largest number of them.
const BLOCKS_MAX: usize = 6;

/// Largest number of cases: what one instruction looks up.
const CASES_MAX: usize = 16;

/// The bit of bytes that move in every case.
const ALWAYS: u8 = 1 << 7;

/// The bit of bytes that move in no case.
const NEVER: u8 = 1 << 6;

/// Which bytes of an element move.
enum Mask {
    /// Always the same.
    Fixed(Vec<bool>),
    /// Those of the case, which the first byte tells.
    ByCase {
        /// The bits of each case.
        bits: [u8; CASES_MAX],
        /// The bit of each byte: it moves in the cases that have it.
        bytes: Vec<u8>,
    },
}

impl Mask {
    /// Returns the number of blocks that one turn of the loop moves: elements of `size` bytes fill them.
    fn blocks(&self, size: usize) -> Option<usize> {
        match self {
            Mask::Fixed(_) => {
                let is_whole = |blocks: &usize| (BLOCK_BYTES * blocks).is_multiple_of(size);
                let blocks = (1..=BLOCKS_MAX).find(is_whole)?;
                Some(blocks * BLOCKS_MIN.div_ceil(blocks))
            }
            // An element lies in one block.
            Mask::ByCase { .. } => BLOCK_BYTES.is_multiple_of(size).then_some(BLOCKS_MIN),
        }
    }
}

impl Writer<'_, '_> {
    /// Returns the function that moves the elements of a list, if there is one for them: (from, to, number of bytes).
    pub(in crate::fact::write) fn masked(&mut self, list: &List) -> Option<FuncId> {
        let key = (self.channel, list.element);
        if let Some(known) = self.shared.masked.get(&key) {
            return Some(*known);
        }
        let size = list.src_size as usize;
        let is_large = size > BLOCK_BYTES * BLOCKS_MAX;
        if !self.shared.config.simd || list.src_size != list.dst_size || is_large {
            return None;
        }
        let mask = self.mask(list.element, size)?;
        let blocks = mask.blocks(size)?;
        Some(self.write_masked(list, &mask, blocks))
    }

    fn write_masked(&mut self, list: &List, mask: &Mask, blocks: usize) -> FuncId {
        let (src, dst) = (self.channel.src(), self.channel.dst());
        let params = [
            ("from", src.width.ty()),
            ("to", dst.width.ty()),
            ("bytes", ValType::I32),
        ];
        let types = params.map(|(_, ty)| ty);
        let func = self.shared.module.declare("move elements", &types, &[]);
        let key = (self.channel, list.element);
        self.shared.masked.insert(key, func);
        let (mut code, params) = Code::new(&params);
        let [from, to, bytes] = <[_; 3]>::try_from(params).expect("there are three parameters");
        let (from, to) = (Rc::new(from), Rc::new(to));
        let turn = u32::try_from(blocks * BLOCK_BYTES).expect("a turn is short");
        assert!(turn.is_multiple_of(list.src_size));
        let go_on = |code: &mut Code, step: u32| {
            push_pointer(code, src.width, &from, step);
            code.set(&from);
            push_pointer(code, dst.width, &to, step);
            code.set(&to);
            code.get(&bytes);
            code.ins().i32_const(step.cast_signed()).i32_sub();
            code.tee(&bytes);
        };
        // All ones wherever something moved in all blocks.
        let valid = code.local("valid", ValType::V128);
        if let Mask::ByCase { .. } = mask {
            code.ins().v128_const(-1);
            code.set(&valid);
        }
        let at_least_a_turn = |code: &mut Code| {
            code.ins().i32_const(turn.cast_signed()).i32_ge_u();
        };
        code.get(&bytes);
        at_least_a_turn(&mut code);
        code.when(|code| {
            code.repeat(BlockType::Empty, |code, again| {
                for at in (0..turn).step_by(BLOCK_BYTES) {
                    move_block(code, mask, (src, &from), (dst, &to), &valid, at);
                }
                go_on(code, turn);
                at_least_a_turn(code);
                code.br_if(again);
            });
        });
        if let Mask::ByCase { bytes, .. } = mask {
            // A case that there is not has no bits, whose first byte thus did not move.
            push_bytes(&mut code, |at| bytes[at % bytes.len()] & ALWAYS);
            code.get(&valid);
            code.ins().v128_andnot().v128_any_true();
            let traps = self.shared.traps;
            traps.trap_if(&mut code, TrapCode::InvalidDiscriminant);
        }
        code.get(&bytes);
        code.when(|code| {
            code.repeat(BlockType::Empty, |code, again| {
                let (src, dst) = (Place::behind(&from), Place::behind(&to));
                self.write(code, list.element, &src, &dst);
                go_on(code, list.src_size);
                code.br_if(again);
            });
        });
        self.shared.module.define(func, code);
        func
    }

    /// Returns which bytes of an element of `size` bytes move, if that is all there is to it.
    fn mask(&mut self, element: TransferId, size: usize) -> Option<Mask> {
        let mut bytes = vec![false; size];
        match self.transfer(element).kind {
            TransferKind::Variant(variant) => self.mask_by_case(&variant, size),
            _ => {
                self.cover(element, 0, &mut bytes)?;
                Some(Mask::Fixed(bytes))
            }
        }
    }

    fn mask_by_case(&mut self, variant: &Variant, size: usize) -> Option<Mask> {
        let is_small = variant.discriminant_size == 1 && variant.cases.len() <= CASES_MAX;
        let is_alike = variant.src_payload == variant.dst_payload;
        (is_small && is_alike).then_some(())?;
        let mut moves = vec![vec![false; size]; variant.cases.len()];
        for (transfer, moves) in variant.cases.iter().zip(&mut moves) {
            if let Some(transfer) = transfer {
                self.cover(*transfer, variant.src_payload, moves)?;
            }
        }
        // For each byte the cases in which it moves; bytes that agree share a bit.
        let mut sets = Vec::new();
        let mut bits = [0; CASES_MAX];
        bits[..moves.len()].fill(ALWAYS);
        let mut bytes = vec![ALWAYS];
        for at in 1..size {
            let set: Vec<bool> = moves.iter().map(|moves| moves[at]).collect();
            if !set.contains(&true) {
                bytes.push(NEVER);
                continue;
            }
            let known = sets.iter().position(|known| *known == set);
            let bit = 1_u8 << known.unwrap_or(sets.len());
            (bit < NEVER).then_some(())?;
            bytes.push(bit);
            if known.is_none() {
                let of_set = bits.iter_mut().zip(&set).filter(|(_, has)| **has);
                of_set.for_each(|(bits, _)| *bits |= bit);
                sets.push(set);
            }
        }
        Some(Mask::ByCase { bits, bytes })
    }

    /// Marks the bytes that move; gives up if they do not move as they are, to where they were.
    fn cover(&mut self, id: TransferId, offset: u32, bytes: &mut [bool]) -> Option<()> {
        let size = match self.transfer(id).kind {
            TransferKind::Bytes(size) => size,
            TransferKind::Scalar(Scalar::Number(number)) => number.size(),
            TransferKind::Sequence(parts) => {
                for part in parts {
                    let (At::Offset(src), At::Offset(dst)) = (part.src, part.dst) else {
                        return None;
                    };
                    (src == dst).then_some(())?;
                    self.cover(part.transfer, offset + src, bytes)?;
                }
                return Some(());
            }
            _ => return None,
        };
        bytes[offset as usize..][..size as usize].fill(true);
        Some(())
    }
}

/// Moves the block at an offset.
fn move_block(
    code: &mut Code,
    mask: &Mask,
    (src, from): (Endpoint, &Local),
    (dst, to): (Endpoint, &Local),
    valid: &Local,
    at: u32,
) {
    code.get(from);
    load_any(code, src, Access::V128, at);
    let block = code.pop("block", ValType::V128);
    match mask {
        Mask::Fixed(bytes) => {
            let moves = |byte: usize| bytes[(at as usize + byte) % bytes.len()];
            push_bytes(code, |byte| if moves(byte) { 0xff } else { 0 });
        }
        Mask::ByCase { bits, bytes } => {
            code.ins().v128_const(i128::from_le_bytes(*bits));
            code.get(&block);
            code.get(&block);
            let first = |byte: usize| byte / bytes.len() * bytes.len();
            let firsts = std::array::from_fn(|byte| first(byte) as u8);
            code.ins().i8x16_shuffle(firsts).i8x16_swizzle();
            let byte_bits = |byte: usize| bytes[byte % bytes.len()];
            push_bytes(code, byte_bits);
            code.ins().v128_and();
            push_bytes(code, byte_bits);
            code.ins().i8x16_eq();
        }
    }
    let moves = code.pop("moves", ValType::V128);
    if let Mask::ByCase { .. } = mask {
        code.get(&moves);
        code.get(valid);
        code.ins().v128_and();
        code.set(valid);
    }
    code.get(to);
    code.get(&block);
    code.get(to);
    load_any(code, dst, Access::V128, at);
    code.get(&moves);
    code.ins().v128_bitselect();
    store_any(code, dst, Access::V128, at);
}

/// Pushes a block.
fn push_bytes(code: &mut Code, byte: impl Fn(usize) -> u8) {
    let bytes: [u8; BLOCK_BYTES] = std::array::from_fn(byte);
    code.ins().v128_const(i128::from_le_bytes(bytes));
}
