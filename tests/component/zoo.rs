//! Components made by other people's toolchains say what they are known to say.
//!
//! They lie beside the project, not in it: without them there is nothing to run, which is said.

use std::fs;
use std::path::PathBuf;

use interfuse::component::{Component, Linker, Val};
use interfuse::runtime::{Config, Engine, Store};

/// Returns the folder of the components, if it is there.
fn zoo() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/zoo");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there is no {}", folder.display());
    None
}

/// Calls a function of a component that takes a number and returns a string.
fn call(engine: &Engine, component: &Component, func: &str, number: u32) -> String {
    let mut store = Store::new(engine, ()).unwrap();
    let mut linker = Linker::new(engine);
    linker.define_unknown_imports_as_traps(component).unwrap();
    let instance = linker.instantiate(&mut store, component).unwrap();
    let func = instance.get_func(&mut store, func).unwrap();
    let mut results = [Val::Bool(false)];
    func.call(&mut store, &[Val::U32(number)], &mut results)
        .unwrap();
    match results {
        [Val::String(text)] => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn compositions_say_what_is_expected() {
    let Some(zoo) = zoo() else { return };
    let expected = fs::read_to_string(zoo.join("expected-selftest.txt")).unwrap();
    let engine = Engine::new(&Config::new()).unwrap();
    for name in [
        "x-c8-c8",
        "x-c8-c16",
        "x-c16-cl1",
        "x-cl1-c8",
        "x-rust-c16",
        "x-rust-cl1",
        "x-rust-rust",
        "x-rust-mid-c16",
        "x-qjs-c16",
        "x-rust-js",
        "x-rust-py-c",
    ] {
        let path = zoo.join(name).with_extension("wasm");
        let component = Component::from_file(&engine, path).unwrap();
        assert_eq!(call(&engine, &component, "selftest", 1), expected, "{name}");
    }
}

#[test]
fn a_database_reports_what_is_expected() {
    let Some(zoo) = zoo() else { return };
    let expected = fs::read_to_string(zoo.join("expected-sqlapp.txt")).unwrap();
    let engine = Engine::new(&Config::new()).unwrap();
    let component = Component::from_file(&engine, zoo.join("x-rust-sqlite.wasm")).unwrap();
    assert_eq!(call(&engine, &component, "report", 10), expected);
}

#[test]
fn a_calculator_in_c_calculates() {
    let Some(zoo) = zoo() else { return };
    let engine = Engine::new(&Config::new()).unwrap();
    let component = Component::from_file(&engine, zoo.join("c-calc.wasm")).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = Linker::new(&engine)
        .instantiate(&mut store, &component)
        .unwrap();
    // The interface is exported as 0.1.0.
    let add = instance.get_typed_func::<(i32, i32), (i32,)>(&mut store, "zoo:kit/calc@0.1.7#add");
    assert_eq!(add.unwrap().call(&mut store, (40, 2)).unwrap(), (42,));
}
