//! What is left when calls do not end as they should, and links to what runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use interfuse::component::{ComponentFunc, Linker, Resource, ResourceAny, ResourceType, Val};
use interfuse::runtime::{ErrorKind, Store, StoreContextMut};

use crate::setting::{Never, component, engine, plain, run};

/// Imports `go` and calls it from `run`.
const CALLER: &str = r#"(component
    (import "go" (func $go))
    (core func $go (canon lower (func $go)))
    (core module $m
        (import "" "go" (func $go))
        (func (export "run") (call $go)))
    (core instance $i (instantiate $m (with "" (instance (export "go" (func $go))))))
    (func (export "run") (canon lift (core func $i "run")))
    (func (export "go") (canon lift (core func $i "run"))))"#;

/// Traps in `go`, not in `fine`.
const TRAPPER: &str = r#"(component
    (core module $m
        (func (export "go") unreachable)
        (func (export "deep") (param i32)
            (if (i32.eqz (local.get 0)) (then unreachable))
            (call 1 (i32.sub (local.get 0) (i32.const 1))))
        (func (export "fine")))
    (core instance $i (instantiate $m))
    (func (export "go") (canon lift (core func $i "go")))
    (func (export "fine") (canon lift (core func $i "fine"))))"#;

#[test]
fn link_to_an_instance_of_another_store_is_an_error() {
    let engine = engine();
    let mut one = Store::new(&engine, ()).unwrap();
    let mut other = Store::new(&engine, ()).unwrap();
    let trapper = plain(&mut one, &engine, TRAPPER);
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&trapper, "go").unwrap();
    let caller = component(&engine, CALLER);
    let error = linker.instantiate(&mut other, &caller).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Link, "{error}");
}

#[test]
fn link_of_a_host_function_to_a_linker_of_other_data_is_an_error() {
    let engine = engine();
    let pass = component(
        &engine,
        r#"(component (import "f" (func $f)) (export "f" (func $f)))"#,
    );
    let mut linker: Linker<u8> = Linker::new(&engine);
    let f = |_: StoreContextMut<'_, u8>, ()| Ok::<(), Never>(());
    linker.root().func_wrap("f", f).unwrap();
    let mut store = Store::new(&engine, 0).unwrap();
    let pass = linker.instantiate(&mut store, &pass).unwrap();
    let mut linker: Linker<u16> = Linker::new(&engine);
    assert!(linker.root().export_from(&pass, "f").is_err());
}

#[test]
fn misuse_with_another_store_breaks_nothing() {
    let engine = engine();
    let mut one = Store::new(&engine, ()).unwrap();
    let mut other = Store::new(&engine, ()).unwrap();
    let trapper = plain(&mut one, &engine, TRAPPER);
    let fine = trapper.get_typed_func::<(), ()>(&mut one, "fine").unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| fine.call(&mut other, ()))).is_err());
    fine.call(&mut one, ()).unwrap();
}

#[test]
fn trap_in_a_start_function_breaks_what_it_called() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let trapper = plain(&mut store, &engine, TRAPPER);
    let starter = component(
        &engine,
        r#"(component
            (import "go" (func $go))
            (core func $go (canon lower (func $go)))
            (core module $m (import "" "go" (func $go)) (start $go))
            (core instance $i (instantiate $m (with "" (instance (export "go" (func $go)))))))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&trapper, "go").unwrap();
    assert!(linker.instantiate(&mut store, &starter).is_err());
    let error = run(&mut store, &trapper, "fine").unwrap_err();
    assert!(error.to_string().contains("cannot enter"), "{error}");
}

/// A middle that calls a host function that panics, called by a caller through a link.
#[test]
fn panic_breaks_what_was_running() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    let go = |_: StoreContextMut<'_, ()>, ()| -> Result<(), Never> { panic!("host") };
    linker.root().func_wrap("go", go).unwrap();
    let middle = linker
        .instantiate(&mut store, &component(&engine, CALLER))
        .unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&middle, "go").unwrap();
    let caller = linker
        .instantiate(&mut store, &component(&engine, CALLER))
        .unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| run(&mut store, &caller, "run"))).is_err());
    let again = catch_unwind(AssertUnwindSafe(|| run(&mut store, &middle, "run")));
    let error = again.expect("it is not called").unwrap_err();
    assert!(error.to_string().contains("cannot enter"), "{error}");
}

#[test]
fn deep_trap_breaks_everything_on_the_stack() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let deep = plain(
        &mut store,
        &engine,
        r#"(component
            (core module $m
                (func $deep (param i32)
                    (if (i32.eqz (local.get 0)) (then unreachable))
                    (call $deep (i32.sub (local.get 0) (i32.const 1)))
                    (call $nothing))
                (func $nothing)
                (func (export "go") (call $deep (i32.const 1000)) (call $nothing)))
            (core instance $i (instantiate $m))
            (func (export "go") (canon lift (core func $i "go"))))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&deep, "go").unwrap();
    let middle = linker
        .instantiate(&mut store, &component(&engine, CALLER))
        .unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&middle, "go").unwrap();
    let caller = linker
        .instantiate(&mut store, &component(&engine, CALLER))
        .unwrap();
    assert!(run(&mut store, &caller, "run").is_err());
    let error = run(&mut store, &middle, "run").unwrap_err();
    assert!(error.to_string().contains("cannot enter"), "{error}");
    assert!(error.backtrace().is_empty(), "it was entered: {error:?}");
}

/// Twelve stages, each of which imports eight functions of the one before.
#[test]
fn many_links_are_told_of_a_trap_in_no_time() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let names = |each: &dyn Fn(usize) -> String| (0..8).map(each).collect::<String>();
    let imports = names(&|i| format!(r#"(import "go{i}" (func $go{i}))"#));
    let lowers = names(&|i| format!(r#"(core func $go{i} (canon lower (func $go{i})))"#));
    let core_imports = names(&|i| format!(r#"(import "" "go{i}" (func $go{i}))"#));
    let args = names(&|i| format!(r#"(export "go{i}" (func $go{i}))"#));
    let exports =
        names(&|i| format!(r#"(func (export "go{i}") (canon lift (core func $i "run")))"#));
    let stage = format!(
        r#"(component {imports} {lowers}
            (core module $m {core_imports} (func (export "run") unreachable))
            (core instance $i (instantiate $m (with "" (instance {args}))))
            {exports})"#
    );
    let stage = component(&engine, &stage);
    let mut linker: Linker<()> = Linker::new(&engine);
    for i in 0..8 {
        let go = |_: StoreContextMut<'_, ()>, ()| Ok::<(), Never>(());
        linker.root().func_wrap(&format!("go{i}"), go).unwrap();
    }
    let mut last = linker.instantiate(&mut store, &stage).unwrap();
    for _ in 0..12 {
        let mut linker: Linker<()> = Linker::new(&engine);
        linker.root().exports_from(&last).unwrap();
        last = linker.instantiate(&mut store, &stage).unwrap();
    }
    assert!(run(&mut store, &last, "go0").is_err());
}

struct Thing;

/// Borrows a host resource, calls `go` meanwhile.
const BORROWER: &str = r#"(component
    (import "thing" (type $thing (sub resource)))
    (import "go" (func $go))
    (core func $go (canon lower (func $go)))
    (core func $drop (canon resource.drop $thing))
    (core module $m
        (import "" "go" (func $go))
        (import "" "drop" (func $drop (param i32)))
        (func (export "use") (param i32) (call $go) (call $drop (local.get 0)))
        (func (export "use2") (param i32 i32) (call $drop (local.get 0)) (call $drop (local.get 1)))
        (func (export "peek") (param i32) (call $drop (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance
        (export "go" (func $go)) (export "drop" (func $drop))))))
    (func (export "use") (param "it" (borrow $thing)) (canon lift (core func $i "use")))
    (func (export "use2") (param "a" (borrow $thing)) (param "b" (borrow $thing)) (canon lift (core func $i "use2")))
    (func (export "peek") (param "index" u32) (canon lift (core func $i "peek"))))"#;

#[test]
fn panic_ends_what_was_lent() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    let dropped = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&dropped);
    let dtor = move |_: StoreContextMut<'_, ()>, _| {
        count.fetch_add(1, Ordering::Relaxed);
        Ok::<(), Never>(())
    };
    linker
        .root()
        .resource("thing", ResourceType::host::<Thing>(), dtor)
        .unwrap();
    let go = |_: StoreContextMut<'_, ()>, ()| -> Result<(), Never> { panic!("host") };
    linker.root().func_wrap("go", go).unwrap();
    let borrower = linker
        .instantiate(&mut store, &component(&engine, BORROWER))
        .unwrap();
    let thing = Resource::<Thing>::new_own(1)
        .try_into_resource_any(&mut store)
        .unwrap();
    let call = borrower
        .get_typed_func::<(ResourceAny,), ()>(&mut store, "use")
        .unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| call.call(&mut store, (thing,)))).is_err());
    thing.resource_drop(&mut store).unwrap();
    assert_eq!(dropped.load(Ordering::Relaxed), 1);
}

#[test]
fn call_that_fails_before_it_begins_leaves_no_borrowed_handle() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    let dtor = |_: StoreContextMut<'_, ()>, _| Ok::<(), Never>(());
    linker
        .root()
        .resource("thing", ResourceType::host::<Thing>(), dtor)
        .unwrap();
    let go = |_: StoreContextMut<'_, ()>, ()| Ok::<(), Never>(());
    linker.root().func_wrap("go", go).unwrap();
    let borrower = linker
        .instantiate(&mut store, &component(&engine, BORROWER))
        .unwrap();
    let here = Resource::<Thing>::new_own(1)
        .try_into_resource_any(&mut store)
        .unwrap();
    let gone = Resource::<Thing>::new_own(2)
        .try_into_resource_any(&mut store)
        .unwrap();
    gone.resource_drop(&mut store).unwrap();
    let call = borrower
        .get_typed_func::<(ResourceAny, ResourceAny), ()>(&mut store, "use2")
        .unwrap();
    assert!(call.call(&mut store, (here, gone)).is_err());
    here.resource_drop(&mut store).unwrap();
    // Handle 1 is that of `here`, which is no more.
    let peek = borrower
        .get_typed_func::<(u32,), ()>(&mut store, "peek")
        .unwrap();
    let error = peek.call(&mut store, (1,)).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("unknown handle") || text.contains("cannot enter"),
        "{error}"
    );
}

#[test]
fn guest_that_returns_too_much_does_not_keep_what_it_borrowed() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    let dtor = |_: StoreContextMut<'_, ()>, _| Ok::<(), Never>(());
    linker
        .root()
        .resource("thing", ResourceType::host::<Thing>(), dtor)
        .unwrap();
    let hog = component(
        &engine,
        r#"(component
            (import "thing" (type $thing (sub resource)))
            (core func $drop (canon resource.drop $thing))
            (core module $m
                (import "" "drop" (func $drop (param i32)))
                (memory (export "memory") 64)
                (func (export "keep") (param i32) (result i32) (local i32)
                    ;; A list of 2^14 lists, each of the same 2^18 numbers.
                    (loop
                        (i32.store (i32.add (i32.const 65536) (i32.shl (local.get 1) (i32.const 3))) (i32.const 1048576))
                        (i32.store offset=4 (i32.add (i32.const 65536) (i32.shl (local.get 1) (i32.const 3))) (i32.const 262144))
                        (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                        (br_if 0 (i32.lt_u (local.get 1) (i32.const 16384))))
                    (i32.store (i32.const 0) (i32.const 65536))
                    (i32.store (i32.const 4) (i32.const 16384))
                    i32.const 0)
                (func (export "peek") (param i32) (call $drop (local.get 0))))
            (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
            (func (export "keep") (param "it" (borrow $thing)) (result (list (list u8)))
                (canon lift (core func $i "keep") (memory (core memory $i "memory"))))
            (func (export "peek") (param "index" u32) (canon lift (core func $i "peek"))))"#,
    );
    let hog = linker.instantiate(&mut store, &hog).unwrap();
    let thing = Resource::<Thing>::new_own(1)
        .try_into_resource_any(&mut store)
        .unwrap();
    let keep = hog.get_func(&mut store, "keep").unwrap();
    let error = keep
        .call(&mut store, &[Val::Resource(thing)], &mut [Val::Bool(false)])
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
    thing.resource_drop(&mut store).unwrap();
    let peek = hog
        .get_typed_func::<(u32,), ()>(&mut store, "peek")
        .unwrap();
    let error = peek.call(&mut store, (1,)).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("unknown handle") || text.contains("cannot enter"),
        "{error}"
    );
}

#[test]
fn host_function_that_is_passed_on_keeps_its_type() {
    let engine = engine();
    let pass = component(
        &engine,
        r#"(component (import "f" (func $f (param "a" u32))) (export "f" (func $f)))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    let f = |_: StoreContextMut<'_, ()>, _: &ComponentFunc, params: &[Val], _: &mut [Val]| {
        assert!(matches!(params, [Val::U32(_)]));
        Ok::<(), Never>(())
    };
    linker.root().func_new("f", f).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let pass = linker.instantiate(&mut store, &pass).unwrap();
    let other = component(
        &engine,
        r#"(component (import "f" (func $f (param "a" string))) (export "f" (func $f)))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&pass, "f").unwrap();
    assert!(linker.instantiate(&mut store, &other).is_err());
}

/// The import is called through a table, as shims do.
#[test]
fn link_is_called_through_a_table() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let trapper = plain(&mut store, &engine, TRAPPER);
    let caller = component(
        &engine,
        r#"(component
            (import "fine" (func $fine))
            (core func $fine (canon lower (func $fine)))
            (core module $m
                (import "" "fine" (func $fine))
                (table 1 funcref) (elem (i32.const 0) func $fine)
                (func (export "run") (call_indirect (i32.const 0))))
            (core instance $i (instantiate $m (with "" (instance (export "fine" (func $fine))))))
            (func (export "run") (canon lift (core func $i "run"))))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&trapper, "fine").unwrap();
    let caller = linker.instantiate(&mut store, &caller).unwrap();
    run(&mut store, &caller, "run").unwrap();
}

#[test]
fn calls_are_told_of_by_depth_after_a_panic() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let depths = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&depths);
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.tracer(move |call| told.lock().unwrap().push(call.depth));
    let go = |_: StoreContextMut<'_, ()>, ()| -> Result<(), Never> { panic!("host") };
    linker.root().func_wrap("go", go).unwrap();
    let caller = component(&engine, CALLER);
    for _ in 0..2 {
        let caller = linker.instantiate(&mut store, &caller).unwrap();
        let go = caller.get_func(&mut store, "go").unwrap();
        assert!(catch_unwind(AssertUnwindSafe(|| go.call(&mut store, &[], &mut []))).is_err());
    }
    assert_eq!(*depths.lock().unwrap(), [0, 1, 0, 1]);
}
