//! What components are given for their imports.

use interfuse::component::{Component, CoreModule, Instance, Linker, ResourceType};
use interfuse::runtime::{Error, ErrorKind, Store, StoreContextMut};

use crate::setting::{Never, component, engine, plain, run};

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

struct Thing;

#[test]
fn traps_for_unknown_imports_keep_what_a_compatible_version_defines() {
    let engine = engine();
    let component = component(
        &engine,
        r#"(component
            (import "a:b/c@0.2.6" (instance (export "known" (func)) (export "unknown" (func)))))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    let known = |_: StoreContextMut<'_, ()>, ()| Ok::<(), Never>(());
    linker
        .instance("a:b/c@0.2.1")
        .unwrap()
        .func_wrap("known", known)
        .unwrap();
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    linker.instantiate(&mut store, &component).unwrap();
}

#[test]
fn traps_for_unknown_imports_know_that_types_are_equal() {
    let engine = engine();
    let component = component(
        &engine,
        r#"(component
            (import "a:b/io" (instance $io (export "stream" (type (sub resource)))))
            (alias export $io "stream" (type $stream))
            (import "a:b/http" (instance
                (export "stream" (type (eq $stream)))
                (export "get" (func (result (own 0)))))))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    linker.instantiate(&mut store, &component).unwrap();
}

#[test]
fn traps_for_unknown_imports_keep_what_is_defined_for_the_interface() {
    let engine = engine();
    let text = r#"(component
        (import "mine" (implements "a:b/c") (instance $c (export "f" (func))))
        (export "f" (func $c "f")))"#;
    let Ok(bytes) = wat::parse_str(text) else {
        panic!("syntax")
    };
    let component = Component::new(&engine, &bytes).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    let f = |_: StoreContextMut<'_, ()>, ()| Ok::<(), Never>(());
    linker.instance("a:b/c").unwrap().func_wrap("f", f).unwrap();
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    run(&mut store, &instance, "f").unwrap();
}

/// Two interfaces with one resource type.
const ONE_TYPE: &str = r#"(component
    (import "a:b/io" (instance $io (export "stream" (type (sub resource)))))
    (alias export $io "stream" (type $stream))
    (import "a:b/http" (instance (export "stream" (type (eq $stream))) (export "f" (func)))))"#;

struct Other;

fn with_stream<R: 'static>(linker: &mut Linker<()>, interface: &str) {
    let dtor = |_: StoreContextMut<'_, ()>, _| Ok::<(), Never>(());
    let mut instance = linker.instance(interface).unwrap();
    instance
        .resource("stream", ResourceType::host::<R>(), dtor)
        .unwrap();
}

#[test]
fn another_name_of_a_resource_type_need_not_be_defined() {
    let engine = engine();
    let component = component(&engine, ONE_TYPE);
    let mut linker: Linker<()> = Linker::new(&engine);
    with_stream::<Thing>(&mut linker, "a:b/io");
    let f = |_: StoreContextMut<'_, ()>, ()| Ok::<(), Never>(());
    linker
        .instance("a:b/http")
        .unwrap()
        .func_wrap("f", f)
        .unwrap();
    linker.instantiate_pre(&component).map(drop).unwrap();
}

#[test]
fn another_name_of_a_resource_type_is_not_another_type() {
    let engine = engine();
    let component = component(&engine, ONE_TYPE);
    let mut linker: Linker<()> = Linker::new(&engine);
    with_stream::<Thing>(&mut linker, "a:b/io");
    with_stream::<Other>(&mut linker, "a:b/http");
    let f = |_: StoreContextMut<'_, ()>, ()| Ok::<(), Never>(());
    linker
        .instance("a:b/http")
        .unwrap()
        .func_wrap("f", f)
        .unwrap();
    let error = linker.instantiate_pre(&component).err().unwrap();
    assert!(
        error.to_string().contains("another resource type"),
        "{error}"
    );
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

#[test]
fn resource_type_of_an_instance_of_another_store_is_an_error() {
    let engine = engine();
    let mut one = Store::new(&engine, ()).unwrap();
    let mut other = Store::new(&engine, ()).unwrap();
    let owner = r#"(component (type $r (resource (rep i32))) (export "r" (type $r)))"#;
    let owner = plain(&mut one, &engine, owner);
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().exports_from(&owner).unwrap();
    let user = component(&engine, r#"(component (import "r" (type (sub resource))))"#);
    let error = linker.instantiate(&mut other, &user).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Link, "{error}");
    linker.instantiate(&mut one, &user).unwrap();
}

#[test]
fn component_of_a_compatible_version_is_taken() {
    let engine = engine();
    let outer = component(
        &engine,
        r#"(component (import "a:b/c@0.2.6" (component $c)) (instance (instantiate $c)))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    let inner = component(&engine, "(component)");
    linker.root().component("a:b/c@0.2.1", &inner).unwrap();
    linker.instantiate_pre(&outer).map(drop).unwrap();
}
