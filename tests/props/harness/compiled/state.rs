//! Handle tables on the engine: instances of the state module, and what can be found out about them.

use interfuse::adapt::ResourceId;
use interfuse::fact::{FactConfig, StateExport, TrapCode, state_module};
use interfuse::runtime::{Engine, Extern, Instance, Linker, Module, Store, Val};

use crate::harness::compiled::host::{Host, trap};
use crate::oracle::observation::{Fault, LiveHandle, TableContents};
use crate::oracle::table::HandleStep;

/// How many new handles tell in which order rows are used again.
const NEW_HANDLES: usize = 4;

/// The state of one side.
#[derive(Clone, Copy)]
pub(crate) struct State(pub(crate) Instance);

impl State {
    /// Makes the state of a side and does to it what happened before the call.
    pub(crate) fn new(store: &mut Store<Host>, module: &Module, setup: &[HandleStep]) -> State {
        let mut linker = Linker::new();
        let trap = trap(store);
        linker.define("interfuse", "trap", Extern::Func(trap));
        let state = State(linker.instantiate(&mut *store, module).unwrap());
        for step in setup {
            let (export, args) = match step {
                HandleStep::Task => (StateExport::EnterScope, vec![]),
                HandleStep::Own(ty, rep) => (StateExport::PutOwn, vec![ty.as_u32(), *rep]),
                HandleStep::Borrow(ty, rep) => (StateExport::PutBorrow, vec![ty.as_u32(), *rep]),
                HandleStep::Lend(ty, handle) => (StateExport::Lend, vec![ty.as_u32(), *handle]),
                HandleStep::Drop(ty, handle) => {
                    (StateExport::ResourceDrop, vec![ty.as_u32(), *handle])
                }
            };
            let done = state.call(store, export, &args);
            done.expect("it does not trap");
        }
        state
    }

    /// Returns what is exported under a name.
    pub(crate) fn exports(self, store: &mut Store<Host>) -> Vec<(&'static str, Extern)> {
        let exports = StateExport::ALL.iter().map(|export| export.name());
        let get = |name| {
            let export = self.0.get_export(&mut *store, name);
            (name, export.expect("it is exported"))
        };
        exports.map(get).collect()
    }

    /// Calls an operation. Its trap is no fault of the call that is looked at.
    fn call(
        self,
        store: &mut Store<Host>,
        export: StateExport,
        args: &[u32],
    ) -> Result<Vec<u32>, TrapCode> {
        let func = self.0.get_func(&mut *store, export.name());
        let func = func.expect("it is exported");
        let args: Vec<_> = args.iter().map(|arg| Val::I32(arg.cast_signed())).collect();
        let mut results = vec![Val::I32(0); func.ty(&mut *store).results.len()];
        let Err(error) = func.call(&mut *store, &args, &mut results) else {
            let results = results.iter().map(|it| match it {
                Val::I32(it) => it.cast_unsigned(),
                other => panic!("{export:?} gave {other:?}"),
            });
            return Ok(results.collect());
        };
        match store.data_mut().fault.take() {
            Some(Fault::Trap(code)) => Err(code),
            fault => panic!("{export:?} gave {error} and {fault:?}"),
        }
    }

    fn drop_handle(
        self,
        store: &mut Store<Host>,
        ty: ResourceId,
        handle: u32,
    ) -> Result<(u32, bool), TrapCode> {
        let args = [ty.as_u32(), handle];
        let results = self.call(store, StateExport::ResourceDrop, &args)?;
        Ok((results[0], results[1] != 0))
    }

    /// Returns everything that can be found out about a table with fewer than `rows_max` rows. It is not used after that.
    pub(crate) fn contents(
        self,
        store: &mut Store<Host>,
        rows_max: u32,
        types: u32,
    ) -> TableContents {
        let mut found = Vec::new();
        for handle in 1..rows_max {
            for ty in 0..types {
                match self.call(store, StateExport::ResourceRep, &[ty, handle]) {
                    Ok(rep) => found.push((handle, ty, rep[0])),
                    Err(TrapCode::WrongHandleType) => continue,
                    Err(_) => break,
                }
            }
        }
        let mut new = || self.call(store, StateExport::PutOwn, &[0, 0]).unwrap()[0];
        let next = (0..NEW_HANDLES).map(|_| new()).collect();
        let live = found.into_iter().map(|(handle, ty, rep)| {
            let dropped = self.drop_handle(store, ResourceId::from_u32(ty), handle);
            // What is lent for longer than the call owns its resource.
            let lent = dropped == Err(TrapCode::HandleLent);
            LiveHandle {
                handle,
                ty: ResourceId::from_u32(ty),
                rep,
                owned: dropped.map_or(true, |(_, owned)| owned),
                lent,
            }
        });
        let live = live.collect();
        TableContents { live, next }
    }
}

/// Returns the module, compiled.
pub(crate) fn compiled(engine: &Engine) -> Module {
    Module::new(engine, &state_module(&FactConfig::default())).expect("the module is valid")
}
