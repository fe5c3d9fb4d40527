//! Scopes of borrowed handles: a stack of numbers that grows down from the end of the memory.

use wasm_encoder::ValType;

use crate::fact::emit::{Code, Local};
use crate::fact::table::row::{Field, word_at};
use crate::fact::table::state::State;
use crate::fact::trap::TrapCode;

/// Size of a scope in bytes.
const SCOPE_BYTES: i32 = 4;

impl State {
    /// Begins a scope without handles.
    pub(in crate::fact::table) fn push_scope(self, code: &mut Code) {
        self.make_room(code, SCOPE_BYTES);
        self.get(code, self.scope);
        code.ins().i32_const(SCOPE_BYTES).i32_sub();
        let scope = code.local("scope", ValType::I32);
        code.tee(&scope);
        self.set(code, self.scope);
        code.get(&scope);
        code.ins().i32_const(0).i32_store(word_at(self.memory, 0));
    }

    /// Ends the newest scope, which must be without handles.
    pub(in crate::fact::table) fn pop_scope(self, code: &mut Code) {
        self.get(code, self.scope);
        let scope = code.local("scope", ValType::I32);
        code.tee(&scope);
        code.ins().i32_load(word_at(self.memory, 0));
        self.traps.trap_if(code, TrapCode::BorrowsRemain);
        code.get(&scope);
        code.ins().i32_const(SCOPE_BYTES).i32_add();
        self.set(code, self.scope);
    }

    /// Adds the handle in a row to the newest scope.
    pub(in crate::fact::table) fn join_scope(self, code: &mut Code, row: &Local) {
        self.get(code, self.scope);
        let scope = code.pop("scope", ValType::I32);
        self.store(code, row, Field::Scope, |code| {
            self.get(code, self.end);
            code.get(&scope);
            code.ins().i32_sub();
        });
        self.count(code, &scope, 1);
    }

    /// Takes the handle in a row out of its scope.
    pub(in crate::fact::table) fn leave_scope(self, code: &mut Code, row: &Local) {
        self.get(code, self.end);
        self.load(code, row, Field::Scope);
        code.ins().i32_sub();
        let scope = code.pop("scope", ValType::I32);
        self.count(code, &scope, -1);
    }

    /// Changes the number of handles in the scope at an address.
    fn count(self, code: &mut Code, scope: &Local, change: i32) {
        code.get(scope);
        code.get(scope);
        code.ins()
            .i32_load(word_at(self.memory, 0))
            .i32_const(change)
            .i32_add()
            .i32_store(word_at(self.memory, 0));
    }
}
