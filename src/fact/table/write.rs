//! Writing of the state module: a function for each export.

use wasm_encoder::{BlockType, ValType};

use crate::fact::config::FactConfig;
use crate::fact::emit::{Code, Local};
use crate::fact::module::{GlobalId, ModuleBuilder};
use crate::fact::table::export::{StateExport, StateSignature};
use crate::fact::table::row::{Accept, Field, Flag, push_row, push_tag};
use crate::fact::table::state::State;

/// Returns the module of which each component instance has an instance: it holds the instance's state.
///
/// See [`StateExport`] for what it exports. It imports the function `interfuse.trap` only. The module is the same for all
/// component instances.
pub fn state_module(_config: &FactConfig) -> Vec<u8> {
    let mut module = ModuleBuilder::default();
    let state = State::define(&mut module);
    module.define(state.grow, state.grow_body());
    module.define(state.extend, state.extend_body());
    module.define(state.refuse, state.refuse_body());
    for export in StateExport::ALL {
        match export.signature() {
            StateSignature::Global => module.export_global(export.name(), state.global(*export)),
            StateSignature::Func { params, results } => {
                state.export_func(&mut module, *export, params, results.len());
            }
        }
    }
    module.finish("state")
}

impl State {
    fn global(self, export: StateExport) -> GlobalId {
        match export {
            StateExport::MayLeave => self.may_leave,
            StateExport::Lent => self.lent,
            StateExport::Fault => self.fault,
            func => unreachable!("{func:?} is a function"),
        }
    }

    fn export_func(
        self,
        module: &mut ModuleBuilder,
        export: StateExport,
        params: &[&str],
        result_count: usize,
    ) {
        let param_types = vec![ValType::I32; params.len()];
        let result_types = vec![ValType::I32; result_count];
        let id = module.declare(export.name(), &param_types, &result_types);
        let named: Vec<_> = params.iter().map(|name| (*name, ValType::I32)).collect();
        let (mut code, params) = Code::new(&named);
        self.write(&mut code, export, &params);
        module.define(id, code);
        module.export_func(export.name(), id);
    }

    /// Writes the body of the function that is exported.
    fn write(self, code: &mut Code, export: StateExport, params: &[Local]) {
        match (export, params) {
            (StateExport::ResourceNew, [ty, rep]) => {
                self.check_may_leave(code);
                self.put_own(code, ty, rep);
            }
            (StateExport::ResourceRep, [ty, handle]) => self.rep(code, ty, handle),
            (StateExport::ResourceDrop, [ty, handle]) => {
                self.check_may_leave(code);
                self.drop_handle(code, ty, handle);
            }
            (StateExport::TakeOwn, [ty, handle]) => self.take_own(code, ty, handle),
            (StateExport::PutOwn, [ty, rep]) => self.put_own(code, ty, rep),
            (StateExport::Lend, [ty, handle]) => self.lend(code, ty, handle),
            (StateExport::Release, [mark]) => self.release(code, mark),
            (StateExport::PutBorrow, [ty, rep]) => self.put_borrow(code, ty, rep),
            (StateExport::EnterScope, []) => self.push_scope(code),
            (StateExport::ExitScope, []) => self.pop_scope(code),
            (export, params) => unreachable!("{export:?} has {} parameters", params.len()),
        }
    }

    /// Spec: `lower_own`, and `canon_resource_new` after its test.
    fn put_own(self, code: &mut Code, ty: &Local, rep: &Local) {
        let (handle, row) = self.add(code);
        self.fill(code, &row, (ty, rep), Flag::Owned.mask());
        code.get(&handle);
    }

    /// Spec: `lower_borrow`, for a resource that the instance does not implement.
    fn put_borrow(self, code: &mut Code, ty: &Local, rep: &Local) {
        let (handle, row) = self.add(code);
        self.fill(code, &row, (ty, rep), 0);
        self.join_scope(code, &row);
        code.get(&handle);
    }

    fn fill(self, code: &mut Code, row: &Local, (ty, rep): (&Local, &Local), flags: i32) {
        self.store(code, row, Field::Tag, |code| push_tag(code, ty, flags));
        self.store(code, row, Field::Rep, |code| code.get(rep));
    }

    /// Spec: `canon_resource_rep`.
    fn rep(self, code: &mut Code, ty: &Local, handle: &Local) {
        self.with_row(code, (ty, handle), Accept::All, |code, row, _| {
            self.load(code, row, Field::Rep);
        });
    }

    /// Spec: `lift_own`.
    fn take_own(self, code: &mut Code, ty: &Local, handle: &Local) {
        self.with_row(code, (ty, handle), Accept::Owned, |code, row, _| {
            self.remove(code, handle, row);
            self.load(code, row, Field::Rep);
        });
    }

    /// Spec: `canon_resource_drop` after its first test.
    fn drop_handle(self, code: &mut Code, ty: &Local, handle: &Local) {
        self.with_row(code, (ty, handle), Accept::NotLent, |code, row, tag| {
            self.remove(code, handle, row);
            self.load(code, row, Field::Rep);
            code.get(tag);
            code.ins().i32_const(Flag::Owned.mask()).i32_and();
            let owned = code.local("owned", ValType::I32);
            code.tee(&owned);
            code.get(&owned);
            code.ins().i32_eqz();
            code.when(|code| self.leave_scope(code, row));
        });
    }

    /// Spec: `lift_borrow`. The first lend of a handle outlasts the others, which need not be remembered.
    fn lend(self, code: &mut Code, ty: &Local, handle: &Local) {
        self.with_row(code, (ty, handle), Accept::All, |code, row, tag| {
            code.get(tag);
            code.ins().i32_const(Flag::Lent.mask()).i32_and().i32_eqz();
            code.when(|code| {
                self.store(code, row, Field::Tag, |code| {
                    code.get(tag);
                    code.ins().i32_const(Flag::Lent.mask()).i32_or();
                });
                self.store(code, row, Field::Link, |code| self.get(code, self.lent));
                code.get(handle);
                self.set(code, self.lent);
            });
            self.load(code, row, Field::Rep);
        });
    }

    /// Spec: `Subtask.deliver_resolve`.
    fn release(self, code: &mut Code, mark: &Local) {
        self.get(code, self.lent);
        let handle = code.pop("handle", ValType::I32);
        code.block(BlockType::Empty, |code, done| {
            code.repeat(BlockType::Empty, |code, next| {
                code.get(&handle);
                code.get(mark);
                code.ins().i32_eq();
                code.br_if(done);
                push_row(code, &handle);
                let row = code.pop("row", ValType::I32);
                self.store(code, &row, Field::Tag, |code| {
                    self.load(code, &row, Field::Tag);
                    code.ins().i32_const(!Flag::Lent.mask()).i32_and();
                });
                self.load(code, &row, Field::Link);
                code.set(&handle);
                code.br(next);
            });
        });
        code.get(mark);
        self.set(code, self.lent);
    }
}
