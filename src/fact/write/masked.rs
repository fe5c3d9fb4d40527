//! Moving of lists whose elements move in part, many at once with SIMD: the writing of what `transfer/mask.rs` plans.

use std::rc::Rc;

use wasm_encoder::{BlockType, ValType};

use crate::fact::emit::{Code, FuncId, Local};
use crate::fact::transfer::{ALWAYS, BLOCK_BYTES, List, Mask, MaskedList};
use crate::fact::trap::TrapCode;
use crate::fact::write::access::{Access, load_any, store_any};
use crate::fact::write::endpoint::Endpoint;
use crate::fact::write::place::{Place, push_pointer};
use crate::fact::write::writer::Writer;

impl Writer<'_, '_> {
    /// Returns the function that moves the elements of a list, if there is one for them: (from, to, number of bytes).
    pub(in crate::fact::write) fn masked(&mut self, list: &List) -> Option<FuncId> {
        let key = (self.channel, list.element);
        if let Some(known) = self.shared.masked.get(&key) {
            return Some(*known);
        }
        if !self.shared.config.simd {
            return None;
        }
        let masked = self.shared.transfers(self.channel).mask(list)?;
        Some(self.write_masked(list, &masked))
    }

    fn write_masked(&mut self, list: &List, masked: &MaskedList) -> FuncId {
        let MaskedList { mask, blocks } = masked;
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
