//! Calls into and out of components, with types that Rust knows and with any.

use interfuse::component::{Instance, Linker, Resource, ResourceType, Val};
use interfuse::fact::TrapCode;
use interfuse::runtime::{Engine, ErrorKind, Store, StoreContextMut, TrapKind};

use crate::setting::{component, engine};

/// A component that gives strings back twice as long, and adds.
const ECHO: &str = r#"(component
    (core module $m
        (memory (export "memory") 1)
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (global.get $next))
            (global.set $next (i32.and (i32.add (i32.add (local.get $at) (local.get 3)) (i32.const 7)) (i32.const -8)))
            (local.get $at))
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
        (func (export "twice") (param i32 i32) (result i32)
            (memory.copy (i32.const 4096) (local.get 0) (local.get 1))
            (memory.copy (i32.add (i32.const 4096) (local.get 1)) (local.get 0) (local.get 1))
            (i32.store (i32.const 16) (i32.const 4096))
            (i32.store (i32.const 20) (i32.mul (local.get 1) (i32.const 2)))
            (i32.const 16))
        (func (export "fail") unreachable))
    (core instance $i (instantiate $m))
    (func (export "add") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "add")))
    (func (export "twice") (param "text" string) (result string)
        (canon lift (core func $i "twice") (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "fail") (canon lift (core func $i "fail"))))"#;

fn echo(engine: &Engine, store: &mut Store<()>) -> Instance {
    Linker::new(engine)
        .instantiate(store, &component(engine, ECHO))
        .unwrap()
}

#[test]
fn typed_and_dynamic_calls_agree() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = echo(&engine, &mut store);
    let add = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, "add");
    assert_eq!(add.unwrap().call(&mut store, (40, 2)).unwrap(), (42,));
    let twice = instance.get_typed_func::<(&str,), (String,)>(&mut store, "twice");
    let (text,) = twice.unwrap().call(&mut store, ("é!",)).unwrap();
    assert_eq!(text, "é!é!");
    let twice = instance.get_func(&mut store, "twice").unwrap();
    assert_eq!(twice.ty().to_string(), "func(text: string) -> string");
    let mut results = [Val::Bool(false)];
    twice
        .call(&mut store, &[Val::String("é!".into())], &mut results)
        .unwrap();
    assert_eq!(results, [Val::String("é!é!".into())]);
}

#[test]
fn what_has_another_type_is_refused() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = echo(&engine, &mut store);
    let wrong = instance.get_typed_func::<(u32,), (String,)>(&mut store, "twice");
    let message = wrong.err().unwrap().to_string();
    assert!(
        message.contains("func(text: string) -> string"),
        "{message}"
    );
    let missing = instance.get_typed_func::<(), ()>(&mut store, "no");
    assert_eq!(missing.err().unwrap().kind(), ErrorKind::Call);
    let add = instance.get_func(&mut store, "add").unwrap();
    let mut results = [Val::Bool(false)];
    let wrong = add.call(&mut store, &[Val::U32(1), Val::S32(1)], &mut results);
    let message = wrong.unwrap_err().to_string();
    assert!(message.contains("parameter 2"), "{message}");
    // The instance is as good as before.
    add.call(&mut store, &[Val::U32(1), Val::U32(1)], &mut results)
        .unwrap();
}

#[test]
fn what_trapped_cannot_be_called_and_the_store_can() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let broken = echo(&engine, &mut store);
    let whole = echo(&engine, &mut store);
    let fail = broken.get_typed_func::<(), ()>(&mut store, "fail").unwrap();
    let error = fail.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(TrapKind::Unreachable));
    assert_eq!(error.backtrace()[0].index, 3);
    let add = broken.get_typed_func::<(u32, u32), (u32,)>(&mut store, "add");
    let error = add.unwrap().call(&mut store, (1, 1)).unwrap_err();
    assert_eq!(error.abi_trap_code(), Some(TrapCode::CannotEnter));
    assert_eq!(error.to_string(), "cannot enter component instance");
    let add = whole.get_typed_func::<(u32, u32), (u32,)>(&mut store, "add");
    assert_eq!(add.unwrap().call(&mut store, (1, 1)).unwrap(), (2,));
}

/// A component that asks the host for a greeting, and gives its length in bytes.
const ASK: &str = r#"(component
    (import "example:host/text@0.2.1" (instance $host
        (export "greet" (func (param "name" string) (param "times" u32) (result string)))))
    (core module $libc
        (memory (export "memory") 1)
        (data (i32.const 8) "Ada")
        (global $next (mut i32) (i32.const 1024))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (local $at i32)
            (local.set $at (global.get $next))
            (global.set $next (i32.add (local.get $at) (local.get 3)))
            (local.get $at)))
    (core instance $libc (instantiate $libc))
    (core func $greet (canon lower (func $host "greet") (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
        (import "host" "greet" (func $greet (param i32 i32 i32 i32)))
        (import "libc" "memory" (memory 1))
        (func (export "ask") (param i32) (result i32)
            (call $greet (i32.const 8) (i32.const 3) (local.get 0) (i32.const 64))
            (i32.load (i32.const 68))))
    (core instance $i (instantiate $m
        (with "host" (instance (export "greet" (func $greet))))
        (with "libc" (instance $libc))))
    (func (export "ask") (param "times" u32) (result u32) (canon lift (core func $i "ask"))))"#;

#[test]
fn functions_of_the_host_are_called() {
    let engine = engine();
    let component = component(&engine, ASK);
    let mut linker: Linker<Vec<String>> = Linker::new(&engine);
    let greet = |mut store: StoreContextMut<'_, Vec<String>>, (name, times): (String, u32)| {
        store.data_mut().push(name.clone());
        if times == 13 {
            return Err("thirteen".to_owned());
        }
        Ok((name.repeat(usize::try_from(times).unwrap()),))
    };
    let mut host = linker.instance("example:host/text@0.2.0").unwrap();
    host.func_wrap("greet", greet).unwrap();
    let mut store = Store::new(&engine, Vec::new()).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let ask = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "ask");
    let ask = ask.unwrap();
    assert_eq!(ask.call(&mut store, (5,)).unwrap(), (15,));
    let error = ask.call(&mut store, (13,)).unwrap_err();
    assert_eq!(
        (error.kind(), error.to_string()),
        (ErrorKind::Host, "thirteen".to_owned())
    );
    assert_eq!(store.data().len(), 2);
}

#[test]
fn functions_of_any_type_are_called() {
    let engine = engine();
    let component = component(&engine, ASK);
    let mut linker: Linker<()> = Linker::new(&engine);
    let mut host = linker.instance("example:host/text@0.2.9").unwrap();
    host.func_new("greet", |_, ty, params, results| {
        assert_eq!(ty.to_string(), "func(name: string, times: u32) -> string");
        assert_eq!(params, [Val::String("Ada".into()), Val::U32(2)]);
        results[0] = Val::String("12345".into());
        Ok::<(), std::io::Error>(())
    })
    .unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let ask = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "ask");
    assert_eq!(ask.unwrap().call(&mut store, (2,)).unwrap(), (5,));
}

#[test]
fn missing_imports_are_named_with_their_types() {
    let engine = engine();
    let component = component(&engine, ASK);
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    let error = linker.instantiate(&mut store, &component).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Link);
    assert_eq!(
        error.to_string(),
        "unknown import: `example:host/text@0.2.1` `greet` is not defined, the component imports `func(name: string, times: u32) -> string`"
    );
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let ask = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "ask");
    let error = ask.unwrap().call(&mut store, (2,)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the import `example:host/text@0.2.1#greet` is not defined"
    );
}

/// A component that makes, uses and drops files of the host.
const FILES: &str = r#"(component
    (import "files" (instance $files
        (export "file" (type $file (sub resource)))
        (export "open" (func (param "number" u32) (result (own $file))))
        (export "size" (func (param "file" (borrow $file)) (result u32)))))
    (alias export $files "file" (type $file))
    (core func $open (canon lower (func $files "open")))
    (core func $size (canon lower (func $files "size")))
    (core func $drop (canon resource.drop $file))
    (core module $m
        (import "" "open" (func $open (param i32) (result i32)))
        (import "" "size" (func $size (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "use") (param i32) (result i32)
            (local $file i32)
            (local.set $file (call $open (local.get 0)))
            (i32.add (call $size (local.get $file)) (call $size (local.get $file)))
            (call $drop (local.get $file)))
        (func (export "pass") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m (with "" (instance
        (export "open" (func $open)) (export "size" (func $size)) (export "drop" (func $drop))))))
    (func (export "use") (param "number" u32) (result u32) (canon lift (core func $i "use")))
    (func (export "pass") (param "file" (own $file)) (result (own $file)) (canon lift (core func $i "pass"))))"#;

struct File;

#[test]
fn resources_of_the_host_come_and_go() {
    let engine = engine();
    let component = component(&engine, FILES);
    let mut linker: Linker<Vec<u32>> = Linker::new(&engine);
    let mut files = linker.instance("files").unwrap();
    files
        .resource("file", ResourceType::host::<File>(), |mut store, rep| {
            store.data_mut().push(rep);
            Ok::<(), std::io::Error>(())
        })
        .unwrap();
    files
        .func_wrap("open", |_, (number,): (u32,)| {
            Ok::<_, std::io::Error>((Resource::<File>::new_own(number),))
        })
        .unwrap();
    files
        .func_wrap("size", |_, (file,): (Resource<File>,)| {
            assert!(!file.owned());
            Ok::<_, std::io::Error>((file.rep() * 10,))
        })
        .unwrap();
    let mut store = Store::new(&engine, Vec::new()).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let func = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "use");
    assert_eq!(func.unwrap().call(&mut store, (7,)).unwrap(), (140,));
    assert_eq!(*store.data(), [7]);
    let pass = instance
        .get_typed_func::<(Resource<File>,), (Resource<File>,)>(&mut store, "pass")
        .unwrap();
    let given = Resource::new_own(9);
    let (back,) = pass.call(&mut store, (given,)).unwrap();
    assert!(back.owned());
    assert_eq!(back.rep(), 9);
    assert_eq!(*store.data(), [7]);
}
