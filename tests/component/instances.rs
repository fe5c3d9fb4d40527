//! Instances that are linked to each other while they run.

use interfuse::component::{Component, Instance, Linker, ResourceAny};
use interfuse::fact::TrapCode;
use interfuse::runtime::{Config, Engine, ErrorKind, Store, TrapKind};

fn instantiate(linker: &Linker<()>, store: &mut Store<()>, text: &str) -> Instance {
    let bytes = wat::parse_str(text).unwrap();
    let component = Component::new(linker.engine(), &bytes).unwrap();
    linker.instantiate(store, &component).unwrap()
}

/// It counts letters, in UTF-16, and fails if it is asked to.
const COUNTER: &str = r#"(component
    (core module $m
        (memory (export "memory") 1)
        (global $calls (mut i32) (i32.const 0))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
        (func (export "count") (param i32 i32) (result i32)
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (if (i32.eqz (local.get 1)) (then unreachable))
            (local.get 1))
        (func (export "calls") (result i32) (global.get $calls)))
    (core instance $i (instantiate $m))
    (func $count (param "text" string) (result u32)
        (canon lift (core func $i "count") string-encoding=utf16
            (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (instance $letters (export "count" (func $count)))
    (export "example:text/letters@1.0.3" (instance $letters))
    (func (export "calls") (result u32) (canon lift (core func $i "calls"))))"#;

/// It asks for the number of letters of a text, in UTF-8.
const ASKER: &str = r#"(component
    (import "example:text/letters@1.0.0" (instance $letters
        (export "count" (func (param "text" string) (result u32)))))
    (core module $libc (memory (export "memory") 1) (data (i32.const 8) "h\c3\a9llo"))
    (core instance $libc (instantiate $libc))
    (core func $count (canon lower (func $letters "count") (memory (core memory $libc "memory"))))
    (core module $m
        (import "" "count" (func $count (param i32 i32) (result i32)))
        (func (export "ask") (param i32) (result i32) (call $count (i32.const 8) (local.get 0)))
        (func (export "idle")))
    (core instance $i (instantiate $m (with "" (instance (export "count" (func $count))))))
    (func (export "ask") (param "bytes" u32) (result u32) (canon lift (core func $i "ask")))
    (func (export "idle") (canon lift (core func $i "idle"))))"#;

#[test]
fn a_function_of_one_instance_is_imported_by_another() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker = Linker::new(&engine);
    let counter = instantiate(&linker, &mut store, COUNTER);
    let letters = "example:text/letters@1.0.3";
    linker.root().export_from(&counter, [letters]).unwrap();
    let askers = [(); 2].map(|()| instantiate(&linker, &mut store, ASKER));
    for asker in &askers {
        let ask = asker.get_typed_func::<(u32,), (u32,)>(&mut store, "ask");
        assert_eq!(ask.unwrap().call(&mut store, (6,)).unwrap(), (5,));
    }
    let calls = counter.get_typed_func::<(), (u32,)>(&mut store, "calls");
    assert_eq!(calls.unwrap().call(&mut store, ()).unwrap(), (2,));
}

#[test]
fn what_traps_is_broken_and_so_is_who_called_it() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker = Linker::new(&engine);
    let counter = instantiate(&linker, &mut store, COUNTER);
    linker.root().exports_from(&counter).unwrap();
    let [caller, other] = [(); 2].map(|()| instantiate(&linker, &mut store, ASKER));
    let ask = caller
        .get_typed_func::<(u32,), (u32,)>(&mut store, "ask")
        .unwrap();
    let error = ask.call(&mut store, (0,)).unwrap_err();
    assert_eq!(error.trap(), Some(TrapKind::Unreachable));
    let names: Vec<_> = error
        .backtrace()
        .into_iter()
        .map(|it| it.instance)
        .collect();
    // There is nobody between them but an adapter.
    assert_eq!(names[1], "adapter", "{names:?}");
    let cannot_enter = |error: interfuse::runtime::Error| {
        assert_eq!(
            error.abi_trap_code(),
            Some(TrapCode::CannotEnter),
            "{error}"
        );
    };
    cannot_enter(ask.call(&mut store, (6,)).unwrap_err());
    let calls = counter.get_typed_func::<(), (u32,)>(&mut store, "calls");
    cannot_enter(calls.unwrap().call(&mut store, ()).unwrap_err());
    // The other one was not calling. It is as good as ever, until it calls.
    let idle = other.get_typed_func::<(), ()>(&mut store, "idle").unwrap();
    idle.call(&mut store, ()).unwrap();
    let ask = other.get_typed_func::<(u32,), (u32,)>(&mut store, "ask");
    cannot_enter(ask.unwrap().call(&mut store, (6,)).unwrap_err());
    cannot_enter(idle.call(&mut store, ()).unwrap_err());
}

#[test]
fn another_type_is_refused() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    let counter = instantiate(&linker, &mut store, COUNTER);
    let mut instance = linker.instance("example:text/letters@1.0.0").unwrap();
    assert!(instance.export_from(&counter, "count").is_err());
    instance.export_from(&counter, "calls").unwrap();
    let component = r#"(component (import "example:text/letters@1.0.0" (instance
        (export "calls" (func (result u64))))))"#;
    let component = Component::new(&engine, &wat::parse_str(component).unwrap()).unwrap();
    let error = linker.instantiate(&mut store, &component).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Link);
    assert!(error.to_string().contains("func() -> u32"), "{error}");
}

/// A shop of boxes, each with a number. The numbers of those that were dropped are added up.
const SHOP: &str = r#"(component
    (core module $libc
        (global $dropped (export "dropped") (mut i32) (i32.const 0))
        (func (export "dtor") (param i32)
            (global.set $dropped (i32.add (global.get $dropped) (local.get 0)))))
    (core instance $libc (instantiate $libc))
    (type $unused (resource (rep i32)))
    (type $box (resource (rep i32) (dtor (core func $libc "dtor"))))
    (core func $new (canon resource.new $box))
    (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "dropped" (global $dropped (mut i32)))
        (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
        (func (export "number") (param i32) (result i32) (local.get 0))
        (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $i (instantiate $m (with "" (instance
        (export "new" (func $new)) (export "dropped" (global $libc "dropped"))))))
    (export $exported "box" (type $box))
    (func (export "make") (param "number" u32) (result (own $exported)) (canon lift (core func $i "make")))
    (func (export "number") (param "box" (borrow $exported)) (result u32) (canon lift (core func $i "number")))
    (func (export "dropped") (result u32) (canon lift (core func $i "dropped"))))"#;

/// It makes a box, reads its number, and keeps, gives away or drops it.
const CUSTOMER: &str = r#"(component
    (import "box" (type $box (sub resource)))
    (import "make" (func $make (param "number" u32) (result (own $box))))
    (import "number" (func $number (param "box" (borrow $box)) (result u32)))
    (core func $make (canon lower (func $make)))
    (core func $number (canon lower (func $number)))
    (core func $drop (canon resource.drop $box))
    (core module $m
        (import "" "make" (func $make (param i32) (result i32)))
        (import "" "number" (func $number (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "use") (param i32) (result i32)
            (local $box i32)
            (local.set $box (call $make (local.get 0)))
            (i32.add (call $number (local.get $box)) (call $number (local.get $box)))
            (call $drop (local.get $box)))
        (func (export "get") (param i32) (result i32) (call $make (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance
        (export "make" (func $make)) (export "number" (func $number)) (export "drop" (func $drop))))))
    (func (export "use") (param "number" u32) (result u32) (canon lift (core func $i "use")))
    (func (export "get") (param "number" u32) (result (own $box)) (canon lift (core func $i "get"))))"#;

#[test]
fn resources_go_from_one_instance_to_another() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker = Linker::new(&engine);
    let shop = instantiate(&linker, &mut store, SHOP);
    linker.root().exports_from(&shop).unwrap();
    let customer = instantiate(&linker, &mut store, CUSTOMER);
    let dropped = shop
        .get_typed_func::<(), (u32,)>(&mut store, "dropped")
        .unwrap();
    let func = customer.get_typed_func::<(u32,), (u32,)>(&mut store, "use");
    assert_eq!(func.unwrap().call(&mut store, (21,)).unwrap(), (42,));
    assert_eq!(dropped.call(&mut store, ()).unwrap(), (21,));
    let get = customer.get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "get");
    let (it,) = get.unwrap().call(&mut store, (5,)).unwrap();
    assert_eq!(Some(it.ty()), shop.get_resource("box"));
    let number = shop.get_typed_func::<(ResourceAny,), (u32,)>(&mut store, "number");
    assert_eq!(number.unwrap().call(&mut store, (it,)).unwrap(), (5,));
    it.resource_drop(&mut store).unwrap();
    assert_eq!(dropped.call(&mut store, ()).unwrap(), (26,));
}

/// A maker of things, of which one type goes by two names.
const MAKER: &str = r#"(component
    (type $r (resource (rep i32)))
    (core func $new (canon resource.new $r))
    (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 7)))
        (func (export "get") (param i32) (result i32) (local.get 0))
        (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
    (export $one "one" (type $r))
    (export $two "two" (type $r))
    (func (export "make-one") (result (own $one)) (canon lift (core func $i "make")))
    (func (export "make-two") (result (own $two)) (canon lift (core func $i "make")))
    (func (export "get") (param "it" (borrow $two)) (result u32) (canon lift (core func $i "get")))
    (func (export "add") (param "a" (borrow $one)) (param "b" (borrow $two)) (result u32)
        (canon lift (core func $i "add"))))"#;

/// For it the two names mean two types.
const USER: &str = r#"(component
    (import "one" (type $one (sub resource)))
    (import "two" (type $two (sub resource)))
    (import "make-one" (func $make-one (result (own $one))))
    (import "make-two" (func $make-two (result (own $two))))
    (import "get" (func $get (param "it" (borrow $two)) (result u32)))
    (import "add" (func $add (param "a" (borrow $one)) (param "b" (borrow $two)) (result u32)))
    (core func $make-one (canon lower (func $make-one)))
    (core func $make-two (canon lower (func $make-two)))
    (core func $get (canon lower (func $get)))
    (core func $add (canon lower (func $add)))
    (core func $drop-one (canon resource.drop $one))
    (core func $drop-two (canon resource.drop $two))
    (core module $m
        (import "" "make-one" (func $make-one (result i32)))
        (import "" "make-two" (func $make-two (result i32)))
        (import "" "get" (func $get (param i32) (result i32)))
        (import "" "add" (func $add (param i32 i32) (result i32)))
        (import "" "drop-one" (func $drop-one (param i32)))
        (import "" "drop-two" (func $drop-two (param i32)))
        (func (export "run") (result i32)
            (local $one i32) (local $two i32)
            (local.set $one (call $make-one))
            (local.set $two (call $make-two))
            (i32.add
                (call $get (local.get $two))
                (call $add (local.get $one) (local.get $two)))
            (call $drop-one (local.get $one))
            (call $drop-two (local.get $two))))
    (core instance $i (instantiate $m (with "" (instance
        (export "make-one" (func $make-one)) (export "make-two" (func $make-two))
        (export "get" (func $get)) (export "add" (func $add))
        (export "drop-one" (func $drop-one)) (export "drop-two" (func $drop-two))))))
    (func (export "run") (result u32) (canon lift (core func $i "run"))))"#;

#[test]
fn a_resource_type_goes_by_two_names() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker = Linker::new(&engine);
    let maker = instantiate(&linker, &mut store, MAKER);
    linker.root().exports_from(&maker).unwrap();
    let user = instantiate(&linker, &mut store, USER);
    let run = user.get_typed_func::<(), (u32,)>(&mut store, "run");
    assert_eq!(run.unwrap().call(&mut store, ()).unwrap(), (21,));
}

/// Nothing in the first component can make or take a handle.
#[test]
fn a_resource_type_of_which_there_are_none_can_be_spoken_of() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker = Linker::new(&engine);
    let text = r#"(component
        (type $r (resource (rep i32)))
        (core module $m (func (export "get") (param i32) (result i32) (local.get 0)))
        (core instance $i (instantiate $m))
        (export $t "thing" (type $r))
        (func (export "get") (param "it" (borrow $t)) (result u32) (canon lift (core func $i "get"))))"#;
    let maker = instantiate(&linker, &mut store, text);
    linker.root().exports_from(&maker).unwrap();
    let user = r#"(component
        (import "thing" (type $t (sub resource)))
        (import "get" (func $get (param "it" (borrow $t)) (result u32)))
        (core func $get (canon lower (func $get)))
        (core module $m
            (import "" "get" (func $get (param i32) (result i32)))
            (func (export "run") (result i32) (call $get (i32.const 1))))
        (core instance $i (instantiate $m (with "" (instance (export "get" (func $get))))))
        (func (export "run") (result u32) (canon lift (core func $i "run"))))"#;
    let user = instantiate(&linker, &mut store, user);
    let run = user.get_typed_func::<(), (u32,)>(&mut store, "run");
    let error = run.unwrap().call(&mut store, ()).unwrap_err();
    assert_eq!(error.abi_trap_code(), Some(TrapCode::UnknownHandle));
}

/// One instance is linked to many, some of them instances of one component.
#[test]
fn one_instance_is_linked_to_many() {
    const COUNT: u32 = 120;
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker = Linker::new(&engine);
    let mut imports = String::new();
    let mut sum = String::new();
    let (mut params, mut args) = (String::new(), String::new());
    for number in 0..COUNT {
        let text = format!(
            r#"(component
                (core module $m
                    (memory (export "memory") 1)
                    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 64)
                    (func (export "f") (param i32 i32) (result i32)
                        (i32.add (i32.load8_u (local.get 0)) (i32.const {}))))
                (core instance $i (instantiate $m))
                (func (export "f") (param "text" string) (result u32)
                    (canon lift (core func $i "f")
                        (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#,
            number / 2
        );
        let callee = instantiate(&linker, &mut store, &text);
        let mut place = linker.instance(&format!("i{number}")).unwrap();
        place.exports_from(&callee).unwrap();
        imports += &format!(
            r#"(import "i{number}" (instance $i{number}
                (export "f" (func (param "text" string) (result u32)))))
            (core func $f{number} (canon lower (func $i{number} "f") (memory (core memory $libc "memory"))))"#
        );
        params +=
            &format!(r#"(import "" "f{number}" (func $f{number} (param i32 i32) (result i32)))"#);
        args += &format!(r#"(export "f{number}" (func $f{number}))"#);
        sum += &format!("(call $f{number} (i32.const 8) (i32.const 1)) i32.add ");
    }
    let caller = format!(
        r#"(component
            (core module $libc (memory (export "memory") 1) (data (i32.const 8) "\01"))
            (core instance $libc (instantiate $libc))
            {imports}
            (core module $m {params} (func (export "run") (result i32) i32.const 0 {sum}))
            (core instance $m (instantiate $m (with "" (instance {args}))))
            (func (export "run") (result u32) (canon lift (core func $m "run"))))"#
    );
    let caller = instantiate(&linker, &mut store, &caller);
    let run = caller.get_typed_func::<(), (u32,)>(&mut store, "run");
    let expected = (0..COUNT).map(|number| number / 2 + 1).sum();
    assert_eq!(run.unwrap().call(&mut store, ()).unwrap(), (expected,));
}
