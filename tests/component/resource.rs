//! Resources of guests in the hands of the host.

use interfuse::component::{Component, Instance, Linker, ResourceAny, ResourceType, Val};
use interfuse::runtime::{Config, Engine, Store};

/// A shop of counters: they are made, counted up, read, given away; those that were dropped are remembered.
const COUNTERS: &str = r#"(component
    (core module $libc
        (memory (export "memory") 1)
        (global $dropped (export "dropped") (mut i32) (i32.const 0))
        (func (export "dtor") (param i32)
            (global.set $dropped (i32.add (global.get $dropped) (local.get 0)))))
    (core instance $libc (instantiate $libc))
    (type $counter (resource (rep i32) (dtor (core func $libc "dtor"))))
    (core func $new (canon resource.new $counter))
    (core module $m
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "dropped" (global $dropped (mut i32)))
        (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
        (func (export "get") (param i32) (result i32) (local.get 0))
        (func (export "keep") (param i32))
        (func (export "dropped") (result i32) (global.get $dropped)))
    (core instance $i (instantiate $m (with "" (instance
        (export "new" (func $new)) (export "dropped" (global $libc "dropped"))))))
    (export $exported "counter" (type $counter))
    (func (export "make") (param "start" u32) (result (own $exported)) (canon lift (core func $i "make")))
    (func (export "get") (param "counter" (borrow $exported)) (result u32) (canon lift (core func $i "get")))
    (func (export "take") (param "counter" (own $exported)) (canon lift (core func $i "keep")))
    (func (export "dropped") (result u32) (canon lift (core func $i "dropped"))))"#;

fn counters(store: &mut Store<()>, engine: &Engine) -> Instance {
    let component = Component::new(engine, &wat::parse_str(COUNTERS).unwrap()).unwrap();
    Linker::new(engine).instantiate(store, &component).unwrap()
}

#[test]
fn a_resource_lives_until_it_is_dropped() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let counters = counters(&mut store, &engine);
    let make = counters
        .get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "make")
        .unwrap();
    let get = counters
        .get_typed_func::<(ResourceAny,), (u32,)>(&mut store, "get")
        .unwrap();
    let dropped = counters
        .get_typed_func::<(), (u32,)>(&mut store, "dropped")
        .unwrap();
    let (seven,) = make.call(&mut store, (7,)).unwrap();
    let (nine,) = make.call(&mut store, (9,)).unwrap();
    assert!(seven.owned());
    assert_eq!(Some(seven.ty()), counters.get_resource("counter"));
    assert_eq!(get.call(&mut store, (seven,)).unwrap(), (7,));
    assert_eq!(get.call(&mut store, (nine,)).unwrap(), (9,));
    seven.resource_drop(&mut store).unwrap();
    assert_eq!(dropped.call(&mut store, ()).unwrap(), (7,));
    let gone = get.call(&mut store, (seven,)).unwrap_err();
    assert!(gone.to_string().contains("not there any more"), "{gone}");
    assert!(seven.resource_drop(&mut store).is_err());
    // What failed before a guest ran broke nothing.
    assert_eq!(get.call(&mut store, (nine,)).unwrap(), (9,));
}

#[test]
fn what_is_given_away_is_gone() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let counters = counters(&mut store, &engine);
    let make = counters.get_func(&mut store, "make").unwrap();
    let take = counters.get_func(&mut store, "take").unwrap();
    let mut results = [Val::Bool(false)];
    make.call(&mut store, &[Val::U32(3)], &mut results).unwrap();
    let counter = results[0].clone();
    take.call(&mut store, std::slice::from_ref(&counter), &mut [])
        .unwrap();
    let error = take.call(&mut store, &[counter], &mut []).unwrap_err();
    assert!(error.to_string().contains("not there any more"), "{error}");
}

#[test]
fn a_resource_of_another_instance_is_refused() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let [one, other] = [(), ()].map(|()| counters(&mut store, &engine));
    let make = one
        .get_typed_func::<(u32,), (ResourceAny,)>(&mut store, "make")
        .unwrap();
    let get = other
        .get_typed_func::<(ResourceAny,), (u32,)>(&mut store, "get")
        .unwrap();
    let (counter,) = make.call(&mut store, (1,)).unwrap();
    let error = get.call(&mut store, (counter,)).unwrap_err();
    assert!(
        error.to_string().contains("another resource type"),
        "{error}"
    );
    assert_ne!(counter.ty(), ResourceType::host::<u32>());
}
