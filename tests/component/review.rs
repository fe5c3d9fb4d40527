//! Defects that a review found.

use interfuse::component::{Component, CoreModule, Instance, Linker};
use interfuse::runtime::{Config, Engine, Error, ErrorKind, Store};

fn engine() -> Engine {
    Engine::new(&Config::new()).unwrap()
}

fn component(engine: &Engine, text: &str) -> Component {
    Component::new(engine, &wat::parse_str(text).unwrap()).unwrap()
}

fn module(text: &str) -> CoreModule {
    CoreModule::new(&wat::parse_str(text).unwrap()).unwrap()
}

const WANTS_DOUBLE: &str = r#"(component
    (import "math" (core module $math (export "double" (func (param i32) (result i32)))))
    (core instance $i (instantiate $math))
    (func (export "double") (param "it" u32) (result u32) (canon lift (core func $i "double"))))"#;

fn with_math(text: &str) -> Result<Instance, Error> {
    let engine = engine();
    let component = component(&engine, WANTS_DOUBLE);
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().module("math", &module(text)).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    linker.instantiate(&mut store, &component)
}

#[test]
fn module_without_an_export_is_refused() {
    let error = with_math("(module)").err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Link, "{error}");
}

#[test]
fn module_with_an_export_of_another_kind_is_refused() {
    let error = with_math(r#"(module (memory (export "double") 1))"#)
        .err()
        .unwrap();
    assert_eq!(error.kind(), ErrorKind::Link, "{error}");
}

#[test]
fn module_with_an_export_of_another_type_is_refused() {
    let text = r#"(module (func (export "double") (param i64 i64 i64) (result i64) local.get 2))"#;
    let error = with_math(text).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Link, "{error}");
}

#[test]
fn module_with_a_smaller_memory_is_refused() {
    let engine = engine();
    let component = component(
        &engine,
        r#"(component
            (import "libc" (core module $libc (export "memory" (memory 2))))
            (core module $m (import "libc" "memory" (memory 2)))
            (core instance $libc (instantiate $libc))
            (core instance $i (instantiate $m (with "libc" (instance $libc)))))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    let small = module(r#"(module (memory (export "memory") 1))"#);
    linker.root().module("libc", &small).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let error = linker.instantiate(&mut store, &component).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Link, "{error}");
}

#[test]
fn instances_that_are_nested_too_deep_are_refused() {
    let mut text = String::from("(component (instance $i0)");
    for i in 1..30_000 {
        let inner = i - 1;
        text += &format!(r#"(instance $i{i} (export "a" (instance $i{inner})))"#);
    }
    text += ")";
    let bytes = wat::parse_str(&text).unwrap();
    let error = Component::new(&engine(), &bytes).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Compile);
}
