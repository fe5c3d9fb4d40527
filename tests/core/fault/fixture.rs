//! What tests of faults share.

use interfuse::runtime::{Config, Engine, Extern, Instance, Module, Store};

/// Returns an engine with the default settings.
pub(crate) fn engine() -> Engine {
    Engine::new(&Config::new()).unwrap()
}

/// Compiles a module in the text format.
pub(crate) fn module(engine: &Engine, text: &str) -> Module {
    Module::new(engine, &wat::parse_str(text).unwrap()).unwrap()
}

/// Makes an instance in a new store.
pub(crate) fn instance(engine: &Engine, text: &str) -> (Store<()>, Instance) {
    let mut store = Store::new(engine, ()).unwrap();
    let instance = Instance::new(&mut store, &module(engine, text), &[] as &[Extern]);
    (store, instance.unwrap())
}
