//! Hosts and guests that call each other: the stack ends, the host panics.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::thread;

use interfuse::runtime::{
    BoxError, Extern, Func, Instance, Store, StoreContextMut, TrapKind, TypedFunc,
};

use crate::fault::fixture::{engine, module};

/// A guest that calls the host, which calls the guest.
struct Nest {
    nest: Option<TypedFunc<u32, u32>>,
    calls: u32,
}

/// What the host does when the guest counted down to zero.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Return,
    Panic,
}

#[derive(Debug, PartialEq)]
struct Payload(u32);

const GUEST: &str = r#"(module
    (import "" "host" (func $host (param i32) (result i32)))
    (func $nest (export "nest") (param i32) (result i32)
      (i32.add (call $host (local.get 0)) (i32.const 1))))"#;

fn nest(end: End) -> (Store<Nest>, TypedFunc<u32, u32>) {
    let engine = engine();
    let nest = Nest {
        nest: None,
        calls: 0,
    };
    let mut store = Store::new(&engine, nest).unwrap();
    let host = move |mut store: StoreContextMut<'_, Nest>, left: u32| -> Result<u32, BoxError> {
        store.data_mut().calls += 1;
        if left == 0 {
            match end {
                End::Return => return Ok(0),
                End::Panic => panic_any(Payload(7)),
            }
        }
        let nest = store.data_mut().nest.take().unwrap();
        let again = instance_func(&nest, &mut store);
        store.data_mut().nest = Some(nest);
        Ok(again.call(&mut store, left - 1)?)
    };
    let host = Func::wrap(&mut store, host).unwrap();
    let module = module(&engine, GUEST);
    let instance = Instance::new(&mut store, &module, &[Extern::Func(host)]).unwrap();
    let func = instance.get_typed_func(&mut store, "nest").unwrap();
    let same = instance.get_typed_func(&mut store, "nest").unwrap();
    store.data_mut().nest = Some(same);
    (store, func)
}

fn instance_func(
    known: &TypedFunc<u32, u32>,
    store: &mut StoreContextMut<'_, Nest>,
) -> TypedFunc<u32, u32> {
    known.func().typed(store).unwrap()
}

#[test]
fn nests_return() {
    let (mut store, func) = nest(End::Return);
    assert_eq!(func.call(&mut store, 50).unwrap(), 51);
}

#[test]
fn nest_that_exhausts_the_stack_traps() {
    let (mut store, func) = nest(End::Return);
    for _ in 0..2 {
        store.data_mut().calls = 0;
        let error = func.call(&mut store, u32::MAX).unwrap_err();
        assert_eq!(error.trap(), Some(TrapKind::StackExhausted), "{error}");
        assert!(store.data().calls > 50, "{}", store.data().calls);
        assert_eq!(func.call(&mut store, 10).unwrap(), 11);
    }
}

#[test]
fn panic_of_the_host_is_the_same_outside() {
    let (mut store, func) = nest(End::Panic);
    for depth in [0, 1, 30] {
        store.data_mut().calls = 0;
        let result = catch_unwind(AssertUnwindSafe(|| func.call(&mut store, depth)));
        let payload = result.err().unwrap();
        assert_eq!(payload.downcast_ref(), Some(&Payload(7)));
        assert_eq!(store.data().calls, depth + 1);
    }
    // In another thread too, which it ends.
    let thread = thread::spawn(move || func.call(&mut store, 3).map(drop));
    let payload = thread.join().unwrap_err();
    assert_eq!(payload.downcast_ref(), Some(&Payload(7)));
}

#[test]
fn host_between_guests_may_catch_a_panic() {
    let engine = engine();
    let mut store = Store::new(&engine, None::<TypedFunc<u32, u32>>).unwrap();
    let panics = |_: StoreContextMut<'_, _>, it: u32| -> u32 { panic_any(Payload(it)) };
    let inner = Func::wrap(&mut store, panics).unwrap();
    let guest = module(&engine, GUEST);
    let inner = Instance::new(&mut store, &guest, &[Extern::Func(inner)]).unwrap();
    let inner = inner.get_func(&mut store, "nest").unwrap();
    let catches = move |mut store: StoreContextMut<'_, Option<TypedFunc<u32, u32>>>, it: u32| {
        let inner = inner.typed::<u32, u32>(&mut store).unwrap();
        let result = catch_unwind(AssertUnwindSafe(|| inner.call(&mut store, it)));
        let payload = result.err().unwrap();
        payload.downcast_ref::<Payload>().unwrap().0 * 2
    };
    let outer = Func::wrap(&mut store, catches).unwrap();
    let outer = Instance::new(&mut store, &guest, &[Extern::Func(outer)]).unwrap();
    let outer = outer.get_typed_func::<u32, u32>(&mut store, "nest");
    let outer = outer.unwrap();
    for it in 0..10 {
        assert_eq!(outer.call(&mut store, it).unwrap(), it * 2 + 1);
    }
}

#[test]
fn engines_in_threads_do_not_meet() {
    let work = || {
        for round in 0..20 {
            let (mut store, func) = nest(End::Return);
            assert_eq!(func.call(&mut store, round).unwrap(), round + 1);
            let error = func.call(&mut store, u32::MAX).unwrap_err();
            assert_eq!(error.trap(), Some(TrapKind::StackExhausted));
            let (mut store, func) = nest(End::Panic);
            let result = catch_unwind(AssertUnwindSafe(|| func.call(&mut store, round)));
            assert!(result.is_err());
        }
    };
    thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
}
