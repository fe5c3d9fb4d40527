//! The state module on an engine that is not ours.

use std::fmt;

use wasmi::errors::HostError;
use wasmi::{
    Caller, Engine, Error, Global, Instance, Linker, Module, Store, StoreLimits,
    StoreLimitsBuilder, Val,
};

use crate::fact::config::FactConfig;
use crate::fact::table::export::{StateExport, StateSignature};
use crate::fact::table::write::state_module;
use crate::fact::trap::TrapCode;

/// Size of a page in bytes.
const PAGE_BYTES: usize = 1 << 16;

/// The state module, compiled.
pub(in crate::fact::table) struct Compiled {
    pub(in crate::fact::table) module: Module,
}

/// The state of one component instance.
pub(in crate::fact::table) struct Running {
    store: Store<StoreLimits>,
    instance: Instance,
}

/// What the import `trap` throws.
#[derive(Debug)]
struct Thrown(u32);

impl fmt::Display for Thrown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "trap {}", self.0)
    }
}

impl HostError for Thrown {}

impl Compiled {
    pub(in crate::fact::table) fn new() -> Compiled {
        let bytes = state_module(&FactConfig::default());
        let module = Module::new(&Engine::default(), bytes).expect("the module is valid");
        Compiled { module }
    }

    /// Instantiates the module with a memory of at most so many pages.
    pub(in crate::fact::table) fn start(&self, pages_max: usize) -> Running {
        let limits = StoreLimitsBuilder::new().memory_size(pages_max * PAGE_BYTES);
        let mut store = Store::new(self.module.engine(), limits.build());
        store.limiter(|limits| limits);
        let mut linker = Linker::new(self.module.engine());
        let trap = |_: Caller<'_, StoreLimits>, code: u32| -> Result<(), Error> {
            Err(Error::host(Thrown(code)))
        };
        linker
            .func_wrap("interfuse", "trap", trap)
            .expect("the name is new");
        let instance = linker
            .instantiate_and_start(&mut store, &self.module)
            .expect("the module has no other import");
        Running { store, instance }
    }
}

impl Running {
    /// Calls a function that is exported. Panics if it traps without a code.
    pub(in crate::fact::table) fn call(
        &mut self,
        export: StateExport,
        args: &[u32],
    ) -> Result<Vec<u32>, TrapCode> {
        let StateSignature::Func { results, .. } = export.signature() else {
            panic!("{export:?} is no function")
        };
        let func = self
            .instance
            .get_func(&self.store, export.name())
            .expect("it is exported");
        let args: Vec<_> = args.iter().map(|arg| Val::I32(arg.cast_signed())).collect();
        let mut values = vec![Val::I32(0); results.len()];
        match func.call(&mut self.store, &args, &mut values) {
            Ok(()) => Ok(values.iter().map(word).collect()),
            Err(error) => match error.downcast_ref::<Thrown>() {
                Some(Thrown(code)) => Err(TrapCode::from_number(*code).expect("the code exists")),
                None => panic!("{export:?} with {args:?}: {error}"),
            },
        }
    }

    /// Calls a function that has one result and does not trap.
    pub(in crate::fact::table) fn one(&mut self, export: StateExport, args: &[u32]) -> u32 {
        let results = self.call(export, args).expect("it does not trap");
        assert_eq!(results.len(), 1);
        results[0]
    }

    /// Drops a handle that exists.
    pub(in crate::fact::table) fn drop(&mut self, ty: u32, handle: u32) {
        let dropped = self.call(StateExport::ResourceDrop, &[ty, handle]);
        dropped.expect("it does not trap");
    }

    /// Calls a function that has no result and does not trap.
    pub(in crate::fact::table) fn run(&mut self, export: StateExport, args: &[u32]) {
        assert_eq!(self.call(export, args), Ok(vec![]));
    }

    /// Returns the value of a global that is exported.
    pub(in crate::fact::table) fn get(&self, export: StateExport) -> u32 {
        word(&self.global(export).get(&self.store))
    }

    /// Sets a global that is exported.
    pub(in crate::fact::table) fn set(&mut self, export: StateExport, value: u32) {
        let value = Val::I32(value.cast_signed());
        self.global(export)
            .set(&mut self.store, value)
            .expect("the global is mutable");
    }

    fn global(&self, export: StateExport) -> Global {
        self.instance
            .get_global(&self.store, export.name())
            .expect("it is exported")
    }
}

fn word(value: &Val) -> u32 {
    value.i32().expect("everything is `i32`").cast_unsigned()
}
