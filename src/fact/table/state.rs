//! The variables of the state module, and how its functions find, add and remove rows.

use wasm_encoder::{BlockType, MemoryType, ValType};

use crate::fact::emit::{Code, FuncId, Local};
use crate::fact::module::Traps;
use crate::fact::module::{GlobalId, MemoryId, ModuleBuilder};
use crate::fact::table::export::NO_HANDLE;
use crate::fact::table::row::{Accept, Field, Flag, clear_flags, push_row, push_tag};
use crate::fact::trap::TrapCode;

/// Base-2 logarithm of the size of a page in bytes.
pub(in crate::fact::table) const PAGE_SIZE_LOG2: u32 = 16;

/// What the functions of the state module work on.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact::table) struct State {
    /// Holds rows and scopes.
    pub(in crate::fact::table) memory: MemoryId,
    /// Whether the instance may leave.
    pub(in crate::fact::table) may_leave: GlobalId,
    /// The handle that was lent last, or 0.
    pub(in crate::fact::table) lent: GlobalId,
    /// The handle that was not accepted.
    pub(in crate::fact::table) fault: GlobalId,
    /// Number of rows, used or free.
    pub(in crate::fact::table) length: GlobalId,
    /// The row that was freed last, or 0.
    free: GlobalId,
    /// Address of the newest scope, or the end of the memory.
    pub(in crate::fact::table) scope: GlobalId,
    /// Size of the memory in bytes, modulo 2^32.
    pub(in crate::fact::table) end: GlobalId,
    /// How to trap.
    pub(in crate::fact::table) traps: Traps,
    /// Makes the memory larger.
    pub(in crate::fact::table) grow: FuncId,
    /// Returns a new row.
    pub(in crate::fact::table) extend: FuncId,
    /// Traps because a handle was not accepted, and says why.
    pub(in crate::fact::table) refuse: FuncId,
}

impl State {
    /// Defines memory and variables, and declares the functions that are not exported.
    pub(in crate::fact::table) fn define(module: &mut ModuleBuilder) -> State {
        let ty = MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        };
        let first_end = 1 << PAGE_SIZE_LOG2;
        State {
            memory: module.define_memory("table", ty),
            may_leave: module.define_variable("may-leave", 1),
            lent: module.define_variable("lent", 0),
            fault: module.define_variable("fault", NO_HANDLE),
            length: module.define_variable("length", 1),
            free: module.define_variable("free", 0),
            scope: module.define_variable("scope", first_end),
            end: module.define_variable("end", first_end),
            traps: Traps::import(module),
            grow: module.declare("grow", &[], &[]),
            extend: module.declare("extend", &[], &[ValType::I32]),
            refuse: module.declare("refuse", &[ValType::I32; 2], &[]),
        }
    }

    /// Pushes a variable.
    pub(in crate::fact::table) fn get(self, code: &mut Code, variable: GlobalId) {
        code.ins().global_get(variable.as_u32());
    }

    /// Pops into a variable.
    pub(in crate::fact::table) fn set(self, code: &mut Code, variable: GlobalId) {
        code.ins().global_set(variable.as_u32());
    }

    /// Pushes a field of a row.
    pub(in crate::fact::table) fn load(self, code: &mut Code, row: &Local, field: Field) {
        code.get(row);
        field.load(code, self.memory);
    }

    /// Stores in a field of a row what `value` pushes.
    pub(in crate::fact::table) fn store(
        self,
        code: &mut Code,
        row: &Local,
        field: Field,
        value: impl FnOnce(&mut Code),
    ) {
        code.get(row);
        value(code);
        field.store(code, self.memory);
    }

    /// Writes a trap for the case that the instance must not leave.
    pub(in crate::fact::table) fn check_may_leave(self, code: &mut Code) {
        self.get(code, self.may_leave);
        code.ins().i32_eqz();
        self.traps.trap_if(code, TrapCode::CannotLeave);
    }

    /// Writes the end of a function that takes a type and a handle: `then` gets the address of the handle's row and its
    /// tag, and pushes the results. What is not accepted traps.
    ///
    /// Spec: `Table.get`.
    pub(in crate::fact::table) fn with_row(
        self,
        code: &mut Code,
        (ty, handle): (&Local, &Local),
        accept: Accept,
        then: impl FnOnce(&mut Code, &Local, &Local),
    ) {
        code.block(BlockType::Empty, |code, refused| {
            code.get(handle);
            self.get(code, self.length);
            code.ins().i32_ge_u();
            code.br_if(refused);
            push_row(code, handle);
            let row = code.local("row", ValType::I32);
            code.tee(&row);
            Field::Tag.load(code, self.memory);
            let tag = code.local("tag", ValType::I32);
            code.tee(&tag);
            if accept.ignored() != 0 {
                code.ins().i32_const(accept.ignored()).i32_or();
            }
            push_tag(code, ty, accept.flags());
            code.ins().i32_ne();
            code.br_if(refused);
            then(code, &row, &tag);
            code.ins().return_();
        });
        code.get(ty);
        code.get(handle);
        code.call(self.refuse);
        code.ins().unreachable();
    }

    /// Returns a handle, and the address of its row, which is the one that was freed last or else new.
    ///
    /// Spec: `Table.add`.
    pub(in crate::fact::table) fn add(self, code: &mut Code) -> (Local, Local) {
        let handle = code.local("handle", ValType::I32);
        self.get(code, self.free);
        code.tee(&handle);
        code.branch(
            BlockType::Empty,
            |code| {
                push_row(code, &handle);
                Field::Link.load(code, self.memory);
                self.set(code, self.free);
            },
            |code| {
                code.call(self.extend);
                code.set(&handle);
            },
        );
        push_row(code, &handle);
        let row = code.pop("row", ValType::I32);
        (handle, row)
    }

    /// Frees the row of a handle.
    ///
    /// Spec: `Table.remove`.
    pub(in crate::fact::table) fn remove(self, code: &mut Code, handle: &Local, row: &Local) {
        self.store(code, row, Field::Tag, |code| {
            code.ins().i32_const(0);
        });
        self.store(code, row, Field::Link, |code| self.get(code, self.free));
        code.get(handle);
        self.set(code, self.free);
    }

    /// Returns the body of `refuse`: it notes the handle and makes the tests in the order of the spec.
    pub(in crate::fact::table) fn refuse_body(self) -> Code {
        let (mut code, params) = Code::new(&[("type", ValType::I32), ("handle", ValType::I32)]);
        let [ty, handle] = &params[..] else {
            unreachable!("it has two parameters")
        };
        code.get(handle);
        self.set(&mut code, self.fault);
        let tag = code.local("tag", ValType::I32);
        code.block(BlockType::Empty, |code, used| {
            code.get(handle);
            self.get(code, self.length);
            code.ins().i32_lt_u();
            code.when(|code| {
                push_row(code, handle);
                Field::Tag.load(code, self.memory);
                code.tee(&tag);
                code.br_if(used);
            });
            self.traps.trap(code, TrapCode::UnknownHandle);
        });
        code.get(&tag);
        clear_flags(&mut code);
        push_tag(&mut code, ty, 0);
        code.ins().i32_ne();
        self.traps.trap_if(&mut code, TrapCode::WrongHandleType);
        code.get(&tag);
        code.ins().i32_const(Flag::Lent.mask()).i32_and();
        self.traps.trap_if(&mut code, TrapCode::HandleLent);
        self.traps.trap(&mut code, TrapCode::NotOwned);
        drop(params);
        code
    }
}
