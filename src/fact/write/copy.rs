//! Copying of bytes whose number is known: short copies in place, longer ones with `memory.copy`.

use wasm_encoder::{BlockType, ValType};

use crate::fact::emit::{Code, FuncId, Local, Width};
use crate::fact::transfer::Run;
use crate::fact::write::access::{Access, load_any, store_any};
use crate::fact::write::place::{Place, push_pointer};
use crate::fact::write::writer::Writer;

/// Returns the type of the length that `memory.copy` takes between memories of two widths.
pub(in crate::fact) fn copy_width(src: Width, dst: Width) -> Width {
    match (src, dst) {
        (Width::W64, Width::W64) => Width::W64,
        (Width::W32, _) | (_, Width::W32) => Width::W32,
    }
}

/// Largest number of bytes that the function for copies copies by itself (ours: `memory.copy` is a call of 4
/// to 8 ns on most engines).
const SHORT_BYTES_MAX: i32 = 16;

impl Writer<'_, '_> {
    /// Writes a copy from memory to memory. Numbers are read as they were written: a processor hands over what was just
    /// stored to loads that read no more than that, others wait.
    pub(in crate::fact::write) fn bytes(
        &mut self,
        code: &mut Code,
        run: Run,
        src: &Place,
        dst: &Place,
    ) {
        let channel = self.channel;
        let size = run.size;
        let ((from, from_at), (to, to_at)) = (src.memory(), dst.memory());
        let (src, dst) = (channel.src(), channel.dst());
        let Some(step) = run.step() else {
            push_pointer(code, dst.width, to, to_at);
            push_pointer(code, src.width, from, from_at);
            copy_width(src.width, dst.width).constant(&mut code.ins(), u64::from(size));
            code.ins()
                .memory_copy(dst.memory.as_u32(), src.memory.as_u32());
            return;
        };
        let mut done = 0;
        while done < size {
            let (access, step) = match step.min(size - done) {
                8.. => (Access::I64, 8),
                4..8 => (Access::I32, 4),
                2..4 => (Access::U16, 2),
                _ => (Access::U8, 1),
            };
            code.get(to);
            code.get(from);
            load_any(code, src, access, from_at + done);
            store_any(code, dst, access, to_at + done);
            done += step;
        }
    }

    /// Returns the function that copies bytes whose number is not known: (to, from, number of bytes). Few bytes are
    /// copied by two accesses that may overlap, which is faster than `memory.copy`.
    pub(in crate::fact::write) fn copy(&mut self) -> FuncId {
        if let Some(known) = self.shared.copies.get(&self.channel) {
            return *known;
        }
        let (src, dst) = (self.channel.src(), self.channel.dst());
        let params = [
            ("to", dst.width.ty()),
            ("from", src.width.ty()),
            ("bytes", ValType::I32),
        ];
        let types = params.map(|(_, ty)| ty);
        let func = self.shared.module.declare("copy", &types, &[]);
        self.shared.copies.insert(self.channel, func);
        let (mut code, params) = Code::new(&params);
        let [to, from, bytes] = <[_; 3]>::try_from(params).expect("there are three parameters");
        let at_least = |code: &mut Code, count: i32| {
            code.get(&bytes);
            code.ins().i32_const(count).i32_ge_u();
        };
        // Reads come before writes: the ranges may overlap.
        let both_ends = |code: &mut Code, access: Access, size: u64| {
            code.get(&to);
            code.get(&from);
            load_any(code, src, access, 0);
            let end = |code: &mut Code, pointer: &Local, width: Width| {
                code.get(pointer);
                code.get(&bytes);
                Width::W32.convert_to(&mut code.ins(), width);
                width.add(&mut code.ins());
                width.constant(&mut code.ins(), size);
                width.sub(&mut code.ins());
            };
            end(code, &to, dst.width);
            end(code, &from, src.width);
            load_any(code, src, access, 0);
            store_any(code, dst, access, 0);
            store_any(code, dst, access, 0);
        };
        at_least(&mut code, SHORT_BYTES_MAX + 1);
        code.branch(
            BlockType::Empty,
            |code| {
                code.get(&to);
                code.get(&from);
                code.get(&bytes);
                Width::W32.convert_to(&mut code.ins(), copy_width(src.width, dst.width));
                code.ins()
                    .memory_copy(dst.memory.as_u32(), src.memory.as_u32());
            },
            |code| {
                at_least(code, 8);
                code.branch(
                    BlockType::Empty,
                    |code| both_ends(code, Access::I64, 8),
                    |code| {
                        at_least(code, 4);
                        code.branch(
                            BlockType::Empty,
                            |code| both_ends(code, Access::I32, 4),
                            |code| {
                                code.block(BlockType::Empty, |code, done| {
                                    code.get(&bytes);
                                    code.ins().i32_eqz();
                                    code.br_if(done);
                                    at_least(code, 2);
                                    code.branch(
                                        BlockType::Empty,
                                        |code| both_ends(code, Access::U16, 2),
                                        |code| {
                                            code.get(&to);
                                            code.get(&from);
                                            load_any(code, src, Access::U8, 0);
                                            store_any(code, dst, Access::U8, 0);
                                        },
                                    );
                                });
                            },
                        );
                    },
                );
            },
        );
        self.shared.module.define(func, code);
        func
    }
}
