//! Room for rows and scopes: the memory grows when they would meet.

use wasm_encoder::{BlockType, ValType};

use crate::fact::emit::Code;
use crate::fact::table::row::ROW_SIZE_LOG2;
use crate::fact::table::state::{PAGE_SIZE_LOG2, State};
use crate::fact::trap::TrapCode;

impl State {
    /// Writes that the memory grows unless there are so many bytes, at most a page, between rows and scopes.
    pub(in crate::fact::table) fn make_room(self, code: &mut Code, len_bytes: i32) {
        // Both ends may be 2^32, which is 0 here; the difference is right nevertheless.
        self.get(code, self.scope);
        self.get(code, self.length);
        code.ins()
            .i32_const(ROW_SIZE_LOG2.cast_signed())
            .i32_shl()
            .i32_sub()
            .i32_const(len_bytes)
            .i32_lt_u();
        code.when(|code| code.call(self.grow));
    }

    /// Returns the body of `grow`: the memory gets twice as large, or else larger by a page, and the scopes move.
    pub(in crate::fact::table) fn grow_body(self) -> Code {
        let (mut code, _) = Code::new(&[]);
        let memory = self.memory.as_u32();
        code.block(BlockType::Empty, |code, grown| {
            code.ins().memory_size(memory).memory_grow(memory);
            code.ins().i32_const(-1).i32_ne();
            code.br_if(grown);
            code.ins().i32_const(1).memory_grow(memory);
            code.ins().i32_const(-1).i32_ne();
            code.br_if(grown);
            self.traps.trap(code, TrapCode::TableFull);
        });
        self.get(&mut code, self.end);
        self.get(&mut code, self.scope);
        code.ins().i32_sub();
        let len_bytes = code.pop("len-bytes", ValType::I32);
        code.ins()
            .memory_size(memory)
            .i32_const(PAGE_SIZE_LOG2.cast_signed())
            .i32_shl();
        self.set(&mut code, self.end);
        self.get(&mut code, self.end);
        code.get(&len_bytes);
        code.ins().i32_sub();
        let moved = code.local("moved", ValType::I32);
        code.tee(&moved);
        self.get(&mut code, self.scope);
        code.get(&len_bytes);
        code.ins().memory_copy(memory, memory);
        code.get(&moved);
        self.set(&mut code, self.scope);
        code
    }

    /// Returns the body of `extend`: the row after the last.
    pub(in crate::fact::table) fn extend_body(self) -> Code {
        let (mut code, _) = Code::new(&[]);
        self.make_room(&mut code, 1 << ROW_SIZE_LOG2);
        self.get(&mut code, self.length);
        self.get(&mut code, self.length);
        code.ins().i32_const(1).i32_add();
        self.set(&mut code, self.length);
        code
    }
}
