//! What most tests begin with.

use interfuse::component::{Component, Instance, Linker};
use interfuse::runtime::{AsContextMut, Config, Engine, Error, Store};

/// The error of functions of the host that do not fail.
pub(crate) type Never = std::io::Error;

pub(crate) fn engine() -> Engine {
    Engine::new(&Config::new()).unwrap()
}

/// Compiles a component in the text format.
pub(crate) fn component(engine: &Engine, text: &str) -> Component {
    Component::new(engine, &wat::parse_str(text).unwrap()).unwrap()
}

/// Makes an instance of a component that imports nothing.
pub(crate) fn plain(store: &mut Store<()>, engine: &Engine, text: &str) -> Instance {
    let component = component(engine, text);
    Linker::new(engine).instantiate(store, &component).unwrap()
}

/// Calls a function that takes and returns nothing.
pub(crate) fn run(
    mut store: impl AsContextMut<Data = ()>,
    instance: &Instance,
    name: &str,
) -> Result<(), Error> {
    let func = instance.get_typed_func::<(), ()>(&mut store, name).unwrap();
    func.call(&mut store, ())
}
