//! Resources of guests in the hands of the host.

use std::sync::{Arc, OnceLock};

use interfuse::component::{Component, Instance, Linker, Resource, ResourceAny, ResourceType, Val};
use interfuse::fact::TrapCode;
use interfuse::runtime::{Config, Engine, Store, StoreContextMut, TrapKind};

use crate::setting::{Never, component};

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

struct Thing;

/// A linker that defines `thing`, whose dropped resources the store notes with a number.
fn things(engine: &Engine, number: u32) -> Linker<Vec<(u32, u32)>> {
    let mut linker = Linker::new(engine);
    let dtor = move |mut store: StoreContextMut<'_, Vec<(u32, u32)>>, rep| {
        store.data_mut().push((number, rep));
        Ok::<(), Never>(())
    };
    let ty = ResourceType::host::<Thing>();
    linker.root().resource("thing", ty, dtor).unwrap();
    linker
}

#[test]
fn each_linker_has_its_own_destructor_of_a_type() {
    let engine = Engine::new(&Config::new()).unwrap();
    let component = component(
        &engine,
        r#"(component
            (import "thing" (type $t (sub resource)))
            (core module $m (func (export "f") (param i32) (result i32) local.get 0))
            (core instance $i (instantiate $m))
            (export "again" (type $t))
            (func (export "f") (param "t" (own $t)) (result (own $t)) (canon lift (core func $i "f"))))"#,
    );
    let mut store = Store::new(&engine, Vec::new()).unwrap();
    for number in [1, 2] {
        let linker = things(&engine, number);
        let instance = linker.instantiate(&mut store, &component).unwrap();
        let f = instance
            .get_typed_func::<(Resource<Thing>,), (ResourceAny,)>(&mut store, "f")
            .unwrap();
        let (thing,) = f.call(&mut store, (Resource::new_own(7),)).unwrap();
        thing.resource_drop(&mut store).unwrap();
    }
    assert_eq!(*store.data(), [(1, 7), (2, 7)]);
}

/// The second instance gets the type from the first, which got it from its linker.
#[test]
fn destructor_goes_with_a_type_that_is_passed_on() {
    let engine = Engine::new(&Config::new()).unwrap();
    let passer = component(
        &engine,
        r#"(component (import "thing" (type $t (sub resource))) (export "thing" (type $t)))"#,
    );
    let dropper = component(
        &engine,
        r#"(component
            (import "thing" (type $t (sub resource)))
            (core func $drop (canon resource.drop $t))
            (core module $m
                (import "" "drop" (func $drop (param i32)))
                (func (export "f") (param i32) (call $drop (local.get 0))))
            (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
            (func (export "f") (param "t" (own $t)) (canon lift (core func $i "f"))))"#,
    );
    let mut store = Store::new(&engine, Vec::new()).unwrap();
    for number in [1, 2] {
        let linker = things(&engine, number);
        let passer = linker.instantiate(&mut store, &passer).unwrap();
        let mut linker: Linker<Vec<(u32, u32)>> = Linker::new(&engine);
        linker.root().exports_from(&passer).unwrap();
        let dropper = linker.instantiate(&mut store, &dropper).unwrap();
        let f = dropper.get_typed_func::<(Resource<Thing>,), ()>(&mut store, "f");
        f.unwrap()
            .call(&mut store, (Resource::new_own(7),))
            .unwrap();
    }
    assert_eq!(*store.data(), [(1, 7), (2, 7)]);
}

/// It takes two things, or borrows the second, and drops what it is told to.
const TAKER: &str = r#"(component
    (import "thing" (type $t (sub resource)))
    (core func $drop (canon resource.drop $t))
    (core module $m
        (import "" "drop" (func $drop (param i32)))
        (func (export "f") (param i32 i32))
        (func (export "drop") (param i32) (call $drop (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
    (func (export "f") (param "a" (own $t)) (param "b" (own $t)) (canon lift (core func $i "f")))
    (func (export "g") (param "a" (own $t)) (param "b" (borrow $t)) (canon lift (core func $i "f")))
    (func (export "drop") (param "handle" u32) (canon lift (core func $i "drop"))))"#;

/// Makes things of the host's with these numbers.
fn made<const N: usize>(store: &mut Store<Vec<(u32, u32)>>, numbers: [u32; N]) -> [ResourceAny; N] {
    numbers.map(|rep| {
        let thing = Resource::<Thing>::new_own(rep);
        thing.try_into_resource_any(&mut *store).unwrap()
    })
}

#[test]
fn what_was_given_in_vain_is_back() {
    let engine = Engine::new(&Config::new()).unwrap();
    let linker = things(&engine, 0);
    let mut store = Store::new(&engine, Vec::new()).unwrap();
    let instance = linker
        .instantiate(&mut store, &component(&engine, TAKER))
        .unwrap();
    let drop = instance
        .get_typed_func::<(u32,), ()>(&mut store, "drop")
        .unwrap();
    let [here, gone, other] = made(&mut store, [1, 2, 3]);
    gone.resource_drop(&mut store).unwrap();
    for name in ["f", "g"] {
        let f = instance.get_typed_func::<(ResourceAny, ResourceAny), ()>(&mut store, name);
        let f = f.unwrap();
        assert!(f.call(&mut store, (here, gone)).is_err());
        let vals = [Val::Resource(here), Val::Resource(gone)];
        assert!(f.func().call(&mut store, &vals, &mut []).is_err());
    }
    // The instance has no handles but those that it is given now.
    let f = instance.get_typed_func::<(ResourceAny, ResourceAny), ()>(&mut store, "f");
    f.unwrap().call(&mut store, (other, here)).unwrap();
    for handle in [1, 2] {
        drop.call(&mut store, (handle,)).unwrap();
    }
    let mut dropped = store.data().clone();
    dropped.sort_unstable();
    assert_eq!(dropped, [(0, 1), (0, 2), (0, 3)]);
    let error = drop.call(&mut store, (3,)).unwrap_err();
    assert_eq!(error.abi_trap_code(), Some(TrapCode::UnknownHandle));
}

/// It allocates nothing. It gives its first handle away, after the host did something.
const WASTER: &str = r#"(component
    (import "thing" (type $t (sub resource)))
    (import "nested" (func $nested))
    (core func $nested (canon lower (func $nested)))
    (core module $m
        (import "" "nested" (func $nested))
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
        (func (export "take") (param i32 i32 i32 i32))
        (func (export "give") (result i32) (call $nested) (i32.const 1)))
    (core instance $i (instantiate $m (with "" (instance (export "nested" (func $nested))))))
    (func (export "take") (param "a" (own $t)) (param "b" (borrow $t)) (param "text" string)
        (canon lift (core func $i "take")
            (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "give") (result (own $t)) (canon lift (core func $i "give"))))"#;

/// The instance is broken, but code of it is still under way.
#[test]
fn what_was_given_to_who_trapped_while_it_allocated_is_back() {
    let engine = Engine::new(&Config::new()).unwrap();
    let waster = component(&engine, WASTER);
    let mut store = Store::new(&engine, Vec::new()).unwrap();
    let [a, b] = made(&mut store, [1, 2]);
    let made: Arc<OnceLock<Instance>> = Arc::default();
    let called = Arc::clone(&made);
    let nested = move |mut store: StoreContextMut<'_, _>, ()| {
        let waster = called.get().expect("it was made");
        let take =
            waster.get_typed_func::<(ResourceAny, ResourceAny, &str), ()>(&mut store, "take");
        let error = take.unwrap().call(&mut store, (a, b, "text")).unwrap_err();
        assert_eq!(error.trap(), Some(TrapKind::Unreachable), "{error}");
        Ok::<(), Never>(())
    };
    let mut linker = things(&engine, 0);
    linker.root().func_wrap("nested", nested).unwrap();
    let waster = linker.instantiate(&mut store, &waster).unwrap();
    let give = waster.get_typed_func::<(), (ResourceAny,)>(&mut store, "give");
    assert!(made.set(waster).is_ok());
    let error = give.unwrap().call(&mut store, ()).unwrap_err();
    let code = error.abi_trap_code();
    assert_eq!(code, Some(TrapCode::UnknownHandle), "{error}");
    for thing in [a, b] {
        thing.resource_drop(&mut store).unwrap();
    }
    assert_eq!(*store.data(), [(0, 1), (0, 2)]);
}

#[test]
fn what_a_function_of_the_host_was_given_in_vain_is_back() {
    let engine = Engine::new(&Config::new()).unwrap();
    let component = component(
        &engine,
        r#"(component
            (import "thing" (type $t (sub resource)))
            (import "f" (func $f (param "a" (own $t)) (param "b" (own $t))))
            (export "f" (func $f)))"#,
    );
    let mut linker = things(&engine, 0);
    let func = |_: StoreContextMut<'_, _>, _: (Resource<Thing>, Resource<Thing>)| {
        panic!("it is not called") as Result<(), Never>
    };
    linker.root().func_wrap("f", func).unwrap();
    let mut store = Store::new(&engine, Vec::new()).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let f = instance.get_typed_func::<(ResourceAny, ResourceAny), ()>(&mut store, "f");
    let [here, gone] = made(&mut store, [1, 2]);
    gone.resource_drop(&mut store).unwrap();
    assert!(f.unwrap().call(&mut store, (here, gone)).is_err());
    here.resource_drop(&mut store).unwrap();
    assert_eq!(*store.data(), [(0, 2), (0, 1)]);
}
