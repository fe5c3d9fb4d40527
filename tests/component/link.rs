//! What components can import besides functions, and what they can pass on.

use std::sync::{Arc, Mutex};

use interfuse::component::{ComponentItem, CoreModule, Linker, ResourceType, TraceEvent, Val};
use interfuse::runtime::{Config, Engine, ErrorKind, Store, StoreContextMut};

use crate::setting::{component, engine};

#[test]
fn core_modules_are_given() {
    let engine = engine();
    let component = component(
        &engine,
        r#"(component
            (import "math" (core module $math (export "double" (func (param i32) (result i32)))))
            (core instance $i (instantiate $math))
            (func (export "double") (param "it" u32) (result u32) (canon lift (core func $i "double"))))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    let mut store = Store::new(&engine, ()).unwrap();
    let error = linker.instantiate(&mut store, &component).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Link);
    assert!(error.to_string().contains("`math`"), "{error}");
    let math = wat::parse_str(
        r#"(module (func (export "double") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))"#,
    );
    let math = CoreModule::new(&math.unwrap()).unwrap();
    linker.root().module("math", &math).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let double = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "double");
    assert_eq!(double.unwrap().call(&mut store, (21,)).unwrap(), (42,));
}

#[test]
fn components_are_given() {
    let engine = engine();
    let outer = component(
        &engine,
        r#"(component
            (import "maker" (component $maker (export "answer" (func (result u32)))))
            (instance $i (instantiate $maker))
            (export "answer" (func $i "answer")))"#,
    );
    let inner = component(
        &engine,
        r#"(component
            (core module $m (func (export "answer") (result i32) i32.const 42))
            (core instance $i (instantiate $m))
            (func (export "answer") (result u32) (canon lift (core func $i "answer"))))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().component("maker", &inner).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = linker.instantiate(&mut store, &outer).unwrap();
    let answer = instance.get_typed_func::<(), (u32,)>(&mut store, "answer");
    assert_eq!(answer.unwrap().call(&mut store, ()).unwrap(), (42,));
}

/// It exports what it imports, and a function of the host lifted again from where it was lowered.
const PASS: &str = r#"(component
    (import "shout" (func $shout (param "text" string) (result string)))
    (import "add" (func $add (param "a" u32) (param "b" u32) (result u32)))
    (core func $lowered (canon lower (func $add)))
    (export "shout" (func $shout))
    (func $again (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $lowered)))
    (export "add" (func $again)))"#;

fn hosted(linker: &mut Linker<()>) {
    let shout = |_: StoreContextMut<'_, ()>, (text,): (String,)| {
        Ok::<_, std::io::Error>((text.to_uppercase(),))
    };
    linker.root().func_wrap("shout", shout).unwrap();
    let add = |_: StoreContextMut<'_, ()>, (a, b): (u32, u32)| Ok::<_, std::io::Error>((a + b,));
    linker.root().func_wrap("add", add).unwrap();
}

#[test]
fn what_is_imported_is_exported_again() {
    let engine = engine();
    let component = component(&engine, PASS);
    let mut linker = Linker::new(&engine);
    hosted(&mut linker);
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let shout = instance.get_typed_func::<(&str,), (String,)>(&mut store, "shout");
    assert_eq!(shout.unwrap().call(&mut store, ("hé",)).unwrap().0, "HÉ");
    let shout = instance.get_func(&mut store, "shout").unwrap();
    let mut results = [Val::Bool(false)];
    shout
        .call(&mut store, &[Val::String("a".into())], &mut results)
        .unwrap();
    assert_eq!(results, [Val::String("A".into())]);
    let add = instance.get_typed_func::<(u32, u32), (u32,)>(&mut store, "add");
    assert_eq!(add.unwrap().call(&mut store, (1, 2)).unwrap(), (3,));
}

/// An asker that asks a greeter for the length of a greeting.
const TWO: &str = r#"(component
    (component $greeter
        (core module $m
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
            (func (export "length") (param i32 i32) (result i32) local.get 1))
        (core instance $i (instantiate $m))
        (func (export "length") (param "text" string) (result u32)
            (canon lift (core func $i "length") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))
    (component $asker
        (import "length" (func $length (param "text" string) (result u32)))
        (core module $libc (memory (export "memory") 1) (data (i32.const 8) "hello"))
        (core instance $libc (instantiate $libc))
        (core func $length (canon lower (func $length) (memory (core memory $libc "memory"))))
        (core module $m
            (import "" "length" (func $length (param i32 i32) (result i32)))
            (func (export "ask") (param i32) (result i32) (call $length (i32.const 8) (local.get 0))))
        (core instance $i (instantiate $m (with "" (instance (export "length" (func $length))))))
        (func (export "ask") (param "count" u32) (result u32) (canon lift (core func $i "ask"))))
    (instance $greeter (instantiate $greeter))
    (instance $asker (instantiate $asker (with "length" (func $greeter "length"))))
    (export "ask" (func $asker "ask")))"#;

#[test]
fn calls_between_instances_are_told_of() {
    let engine = Engine::new(Config::new().tracing(true)).unwrap();
    let component = component(&engine, TWO);
    let mut linker: Linker<()> = Linker::new(&engine);
    let told = Arc::new(Mutex::new(Vec::new()));
    let teller = Arc::clone(&told);
    linker.tracer(move |call| {
        let who = [call.caller, call.callee].map(|name| name.unwrap_or("host"));
        let what = match call.event {
            TraceEvent::Call(params) => format!("{params:?}"),
            TraceEvent::Return(result) => format!("= {result:?}"),
            TraceEvent::Fail(error) => format!("failed: {error}"),
        };
        let line = format!(
            "{} {} -> {} {} {what}",
            call.depth, who[0], who[1], call.func
        );
        teller.lock().unwrap().push(line);
    });
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let ask = instance.get_func(&mut store, "ask").unwrap();
    let mut results = [Val::Bool(false)];
    ask.call(&mut store, &[Val::U32(4)], &mut results).unwrap();
    assert_eq!(results, [Val::U32(4)]);
    assert_eq!(
        *told.lock().unwrap(),
        [
            "0 host -> asker ask [U32(4)]",
            "1 asker -> greeter length [String(\"hell\")]",
            "1 asker -> greeter length = Some(U32(4))",
            "0 host -> asker ask = Some(U32(4))",
        ]
    );
}

#[test]
fn items_can_be_looked_at() {
    let engine = engine();
    let component = component(&engine, PASS);
    let imports = component.imports();
    assert_eq!(imports.keys().collect::<Vec<_>>(), ["shout", "add"]);
    let exports = component.exports();
    let ComponentItem::Func(shout) = &exports["shout"] else {
        panic!("{exports:?}")
    };
    assert_eq!(shout.to_string(), "func(text: string) -> string");
}

#[test]
fn what_is_exported_besides_functions_can_be_taken() {
    let engine = engine();
    let outer = component(
        &engine,
        r#"(component
            (core module $m (func (export "one") (result i32) i32.const 1))
            (component $inner
                (core module $m (func (export "two") (result i32) i32.const 2))
                (core instance $i (instantiate $m))
                (func (export "two") (result u32) (canon lift (core func $i "two"))))
            (export "m" (core module $m))
            (export "inner" (component $inner)))"#,
    );
    let linker: Linker<()> = Linker::new(&engine);
    let mut store = Store::new(&engine, ()).unwrap();
    let outer = linker.instantiate(&mut store, &outer).unwrap();
    let inner = outer.get_component("inner").unwrap().unwrap();
    let inner = linker.instantiate(&mut store, &inner).unwrap();
    let two = inner.get_typed_func::<(), (u32,)>(&mut store, "two");
    assert_eq!(two.unwrap().call(&mut store, ()).unwrap(), (2,));
    let module = outer.get_module("m").unwrap().compile(&engine).unwrap();
    let module = interfuse::runtime::Instance::new(&mut store, &module, &[]).unwrap();
    let one = module.get_typed_func::<(), i32>(&mut store, "one");
    assert_eq!(one.unwrap().call(&mut store, ()).unwrap(), 1);
    assert!(outer.get_component("m").is_none());
}

/// It imports an interface of which one function and one resource type are there, and one that uses the type.
const PARTS: &str = r#"(component
    (import "a:b/c@0.2.1" (instance $c
        (export "r" (type $r (sub resource)))
        (export "known" (func (result u32)))
        (export "unknown" (func (result u32)))))
    (alias export $c "r" (type $r))
    (import "a:b/d@0.2.1" (instance $d
        (alias outer 1 $r (type $outer))
        (export "r" (type (eq $outer)))
        (export "other" (func (result u32)))))
    (export "known" (func $c "known"))
    (export "unknown" (func $c "unknown"))
    (export "other" (func $d "other")))"#;

#[test]
fn what_is_missing_does_not_hide_what_is_there() {
    struct R;
    let engine = engine();
    let component = component(&engine, PARTS);
    let mut linker: Linker<()> = Linker::new(&engine);
    let mut c = linker.instance("a:b/c@0.2.9").unwrap();
    let dtor = |_: StoreContextMut<'_, ()>, _: u32| Ok::<(), std::io::Error>(());
    c.resource("r", ResourceType::host::<R>(), dtor).unwrap();
    c.func_wrap("known", |_, ()| Ok::<_, std::io::Error>((7_u32,)))
        .unwrap();
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let mut call = |name: &str| {
        let func = instance.get_typed_func::<(), (u32,)>(&mut store, name);
        func.unwrap().call(&mut store, ())
    };
    assert_eq!(call("known").unwrap(), (7,));
    for (name, import) in [
        ("unknown", "a:b/c@0.2.1#unknown"),
        ("other", "a:b/d@0.2.1#other"),
    ] {
        let error = call(name).unwrap_err().to_string();
        assert_eq!(error, format!("the import `{import}` is not defined"));
    }
}

#[test]
fn a_type_that_is_used_is_the_one_that_was_defined() {
    struct R;
    struct Other;
    let engine = engine();
    let component = component(&engine, PARTS);
    let mut linker: Linker<()> = Linker::new(&engine);
    let dtor = |_: StoreContextMut<'_, ()>, _: u32| Ok::<(), std::io::Error>(());
    let mut d = linker.instance("a:b/d@0.2.9").unwrap();
    d.resource("r", ResourceType::host::<Other>(), dtor)
        .unwrap();
    let mut c = linker.instance("a:b/c@0.2.9").unwrap();
    c.resource("r", ResourceType::host::<R>(), dtor).unwrap();
    linker.define_unknown_imports_as_traps(&component).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let error = linker.instantiate(&mut store, &component).err().unwrap();
    assert!(
        error.to_string().contains("`r` is another resource type"),
        "{error}"
    );
}

/// It imports a component, a core module and a function.
const OPEN: &str = r#"(component
    (import "maker" (component $maker (export "answer" (func (result u32)))))
    (import "math" (core module $math (export "double" (func (param i32) (result i32)))))
    (import "host" (instance $host
        (export "thing" (type $thing (sub resource)))
        (export "look" (func (param "it" (borrow $thing)) (result string)))))
    (alias export $host "thing" (type $thing))
    (instance $made (instantiate $maker))
    (core instance $i (instantiate $math))
    (func (export "double") (param "it" u32) (result u32) (canon lift (core func $i "double")))
    (export "answer" (func $made "answer"))
    (export "thing" (type $thing)))"#;

#[test]
fn items_of_what_is_not_compiled_yet_can_be_looked_at() {
    let engine = engine();
    let component = component(&engine, OPEN);
    let imports = component.imports();
    let names: Vec<_> = imports.keys().collect();
    assert_eq!(names, ["maker", "math", "host"]);
    assert!(matches!(imports["maker"], ComponentItem::Component));
    assert!(matches!(imports["math"], ComponentItem::CoreModule));
    let ComponentItem::Instance(host) = &imports["host"] else {
        panic!("{imports:?}");
    };
    let ComponentItem::Resource(thing) = host["thing"] else {
        panic!("{host:?}");
    };
    let exports = component.exports();
    let names: Vec<_> = exports.keys().collect();
    assert_eq!(names, ["answer", "thing", "double"]);
    let ComponentItem::Func(double) = &exports["double"] else {
        panic!("{exports:?}");
    };
    assert_eq!(double.to_string(), "func(it: u32) -> u32");
    assert!(
        matches!(&exports["answer"], ComponentItem::Func(it) if it.to_string() == "func() -> u32")
    );
    assert!(matches!(exports["thing"], ComponentItem::Resource(ty) if ty == thing));
}

#[test]
fn what_is_not_compiled_yet_gets_functions_that_trap() {
    let engine = engine();
    let open = component(&engine, OPEN);
    let mut linker: Linker<()> = Linker::new(&engine);
    let error = linker.define_unknown_imports_as_traps(&open).unwrap_err();
    assert!(error.to_string().contains("`m"), "{error}");
    let maker = component(
        &engine,
        r#"(component
            (core module $m (func (export "answer") (result i32) i32.const 42))
            (core instance $i (instantiate $m))
            (func (export "answer") (result u32) (canon lift (core func $i "answer"))))"#,
    );
    linker.root().component("maker", &maker).unwrap();
    let math = wat::parse_str(
        r#"(module (func (export "double") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))"#,
    );
    let math = CoreModule::new(&math.unwrap()).unwrap();
    linker.root().module("math", &math).unwrap();
    linker.define_unknown_imports_as_traps(&open).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = linker.instantiate(&mut store, &open).unwrap();
    let double = instance.get_typed_func::<(u32,), (u32,)>(&mut store, "double");
    assert_eq!(double.unwrap().call(&mut store, (21,)).unwrap(), (42,));
}

#[test]
fn what_was_given_can_be_taken_again() {
    let engine = engine();
    let outer = component(
        &engine,
        r#"(component
            (import "maker" (component $maker (export "inner" (component (export "answer" (func (result u32)))))))
            (import "math" (core module $math (export "double" (func (param i32) (result i32)))))
            (instance $made (instantiate $maker))
            (export "inner" (component $made "inner"))
            (export "math" (core module $math)))"#,
    );
    let maker = component(
        &engine,
        r#"(component
            (component $inner
                (core module $m (func (export "answer") (result i32) i32.const 42))
                (core instance $i (instantiate $m))
                (func (export "answer") (result u32) (canon lift (core func $i "answer"))))
            (export "inner" (component $inner)))"#,
    );
    let math = wat::parse_str(
        r#"(module (func (export "double") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1))))"#,
    );
    let math = CoreModule::new(&math.unwrap()).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().component("maker", &maker).unwrap();
    linker.root().module("math", &math).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = linker.instantiate(&mut store, &outer).unwrap();
    assert_eq!(instance.get_module("math").unwrap().bytes(), math.bytes());
    let inner = instance.get_component("inner").unwrap().unwrap();
    let inner = linker.instantiate(&mut store, &inner).unwrap();
    let answer = inner.get_typed_func::<(), (u32,)>(&mut store, "answer");
    assert_eq!(answer.unwrap().call(&mut store, ()).unwrap(), (42,));
}

#[test]
fn later_definitions_shadow_if_they_may() {
    let engine = engine();
    let component = component(
        &engine,
        r#"(component (import "number" (func $f (result u32))) (export "number" (func $f)))"#,
    );
    let number =
        |number| move |_: StoreContextMut<'_, ()>, ()| Ok::<(u32,), std::io::Error>((number,));
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().func_wrap("number", number(1)).unwrap();
    assert!(linker.root().func_wrap("number", number(2)).is_err());
    assert!(linker.instance("number").is_err());
    linker.allow_shadowing(true);
    linker.instance("number").unwrap();
    linker.root().func_wrap("number", number(3)).unwrap();
    linker.allow_shadowing(false);
    assert!(linker.root().func_wrap("number", number(4)).is_err());
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let number = instance.get_typed_func::<(), (u32,)>(&mut store, "number");
    assert_eq!(number.unwrap().call(&mut store, ()).unwrap(), (3,));
}
