//! What a trap breaks among instances that are linked to each other, and what it leaves whole.

use interfuse::component::{Instance, Linker, Resource, ResourceType};
use interfuse::fact::TrapCode;
use interfuse::runtime::{Engine, Store, StoreContextMut};

use crate::setting::{Never, component, engine, plain, run};

fn assert_broken(store: &mut Store<()>, instance: &Instance, name: &str) {
    let error = run(store, instance, name).unwrap_err();
    let code = error.abi_trap_code();
    assert_eq!(code, Some(TrapCode::CannotEnter), "{error}");
}

/// Traps in `go`, not in `fine`.
const TRAPPER: &str = r#"(component
    (core module $m
        (func (export "go") unreachable)
        (func (export "fine")))
    (core instance $i (instantiate $m))
    (func (export "go") (canon lift (core func $i "go")))
    (func (export "fine") (canon lift (core func $i "fine"))))"#;

#[test]
fn another_instance_of_the_same_component_stays_whole() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let trapper = component(&engine, TRAPPER);
    let linker: Linker<()> = Linker::new(&engine);
    let [one, other] = [(), ()].map(|()| linker.instantiate(&mut store, &trapper).unwrap());
    let two = component(
        &engine,
        r#"(component
            (import "one" (instance $one (export "go" (func))))
            (import "other" (instance $other (export "fine" (func))))
            (core func $go (canon lower (func $one "go")))
            (core func $fine (canon lower (func $other "fine")))
            (core module $m
                (import "" "go" (func $go))
                (import "" "fine" (func $fine))
                (func (export "run") (call $fine) (call $go)))
            (core instance $i (instantiate $m (with "" (instance
                (export "go" (func $go)) (export "fine" (func $fine))))))
            (func (export "run") (canon lift (core func $i "run"))))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    let mut place = linker.instance("one").unwrap();
    place.export_from(&one, "go").unwrap();
    let mut place = linker.instance("other").unwrap();
    place.export_from(&other, "fine").unwrap();
    let two = linker.instantiate(&mut store, &two).unwrap();
    assert!(run(&mut store, &two, "run").is_err());
    assert_broken(&mut store, &one, "fine");
    run(&mut store, &other, "fine").unwrap();
}

#[test]
fn callee_that_returns_nonsense_is_broken() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let liar = plain(
        &mut store,
        &engine,
        r#"(component
            (core module $m
                (func (export "get") (result i32) i32.const -1)
                (func (export "fine")))
            (core instance $i (instantiate $m))
            (func (export "get") (result char) (canon lift (core func $i "get")))
            (func (export "fine") (canon lift (core func $i "fine"))))"#,
    );
    let caller = component(
        &engine,
        r#"(component
            (import "get" (func $get (result char)))
            (core func $get (canon lower (func $get)))
            (core module $m
                (import "" "get" (func $get (result i32)))
                (func (export "run") (drop (call $get))))
            (core instance $i (instantiate $m (with "" (instance (export "get" (func $get))))))
            (func (export "run") (canon lift (core func $i "run"))))"#,
    );
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&liar, "get").unwrap();
    let caller = linker.instantiate(&mut store, &caller).unwrap();
    assert!(run(&mut store, &caller, "run").is_err());
    assert_broken(&mut store, &liar, "fine");
}

/// It takes a text, and allocates for it as it is told: not at all, if that is what its number says.
fn taker(number: u32) -> String {
    format!(
        r#"(component
            (core module $m
                (memory (export "memory") 1)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32)
                    (if (i32.eqz (i32.const {number})) (then unreachable))
                    (i32.const 64))
                (func (export "take") (param i32 i32))
                (func (export "fine")))
            (core instance $i (instantiate $m))
            (func (export "take") (param "text" string)
                (canon lift (core func $i "take")
                    (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
            (func (export "fine") (canon lift (core func $i "fine"))))"#
    )
}

/// It gives a text of one byte, or one beyond its memory.
const GIVER: &str = r#"(component
    (import "take" (func $take (param "text" string)))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $take) (memory (core memory $libc "memory"))))
    (core module $m
        (import "" "take" (func $take (param i32 i32)))
        (func (export "good") (call $take (i32.const 8) (i32.const 1)))
        (func (export "bad") (call $take (i32.const -8) (i32.const 1))))
    (core instance $i (instantiate $m (with "" (instance (export "take" (func $take))))))
    (func (export "good") (canon lift (core func $i "good")))
    (func (export "bad") (canon lift (core func $i "bad"))))"#;

#[test]
fn callee_that_is_given_nonsense_stays_whole() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let taker = plain(&mut store, &engine, &taker(1));
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&taker, "take").unwrap();
    let giver = component(&engine, GIVER);
    let [good, bad] = [(), ()].map(|()| linker.instantiate(&mut store, &giver).unwrap());
    let error = run(&mut store, &bad, "bad").unwrap_err();
    let code = error.abi_trap_code();
    assert_eq!(code, Some(TrapCode::StringOutOfBounds), "{error}");
    assert_broken(&mut store, &bad, "good");
    run(&mut store, &taker, "fine").unwrap();
    run(&mut store, &good, "good").unwrap();
}

#[test]
fn callee_that_traps_while_it_allocates_is_broken() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let taker = plain(&mut store, &engine, &taker(0));
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&taker, "take").unwrap();
    let giver = linker
        .instantiate(&mut store, &component(&engine, GIVER))
        .unwrap();
    assert!(run(&mut store, &giver, "good").is_err());
    assert_broken(&mut store, &taker, "fine");
}

/// It borrows a thing and takes a text, and uses its first handle, which it has during a call that borrows only.
const BORROWER: &str = r#"(component
    (import "thing" (type $t (sub resource)))
    (core func $drop (canon resource.drop $t))
    (core module $m
        (import "" "drop" (func $drop (param i32)))
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
        (func (export "take") (param i32 i32 i32) (call $drop (local.get 0)))
        (func (export "use") (call $drop (i32.const 1))))
    (core instance $i (instantiate $m (with "" (instance (export "drop" (func $drop))))))
    (func (export "take") (param "thing" (borrow $t)) (param "text" string)
        (canon lift (core func $i "take")
            (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "use") (canon lift (core func $i "use"))))"#;

/// It lends what it is lent, and gives a text from an address.
const LENDER: &str = r#"(component
    (import "thing" (type $t (sub resource)))
    (import "take" (func $take (param "thing" (borrow $t)) (param "text" string)))
    (core module $libc (memory (export "memory") 1))
    (core instance $libc (instantiate $libc))
    (core func $take (canon lower (func $take) (memory (core memory $libc "memory"))))
    (core func $drop (canon resource.drop $t))
    (core module $m
        (import "" "take" (func $take (param i32 i32 i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "run") (param i32 i32)
            (call $take (local.get 0) (local.get 1) (i32.const 1))
            (call $drop (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance
        (export "take" (func $take)) (export "drop" (func $drop))))))
    (func (export "run") (param "thing" (borrow $t)) (param "address" u32)
        (canon lift (core func $i "run"))))"#;

/// Otherwise what was lent for a call that does not take place would stay with the callee.
#[test]
fn callee_that_was_lent_something_in_vain_is_broken() {
    struct Thing;
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker: Linker<()> = Linker::new(&engine);
    let dtor = |_: StoreContextMut<'_, ()>, _| Ok::<(), Never>(());
    let ty = ResourceType::host::<Thing>();
    linker.root().resource("thing", ty, dtor).unwrap();
    let borrower = component(&engine, BORROWER);
    let borrower = linker.instantiate(&mut store, &borrower).unwrap();
    linker.root().export_from(&borrower, "take").unwrap();
    let lender = linker
        .instantiate(&mut store, &component(&engine, LENDER))
        .unwrap();
    let lend = lender.get_typed_func::<(Resource<Thing>, u32), ()>(&mut store, "run");
    let lend = lend.unwrap();
    let thing = || Resource::new_borrow(7);
    lend.call(&mut store, (thing(), 8)).unwrap();
    let error = lend.call(&mut store, (thing(), u32::MAX)).unwrap_err();
    let code = error.abi_trap_code();
    assert_eq!(code, Some(TrapCode::StringOutOfBounds), "{error}");
    assert_broken(&mut store, &borrower, "use");
}

/// Imports `go` and calls it from `go` and from `run`; `fine` does nothing.
const CALLER: &str = r#"(component
    (import "go" (func $go))
    (core func $go (canon lower (func $go)))
    (core module $m
        (import "" "go" (func $go))
        (func (export "run") (call $go))
        (func (export "fine")))
    (core instance $i (instantiate $m (with "" (instance (export "go" (func $go))))))
    (func (export "run") (canon lift (core func $i "run")))
    (func (export "fine") (canon lift (core func $i "fine")))
    (func (export "go") (canon lift (core func $i "run"))))"#;

/// A caller calls a middle, which calls the host, which calls another pair of instances, which traps. The host takes
/// that as it is and returns.
#[test]
fn who_does_not_notice_a_trap_stays_whole() {
    let engine = engine();
    let mut store: Store<()> = Store::new(&engine, ()).unwrap();
    let trapper = plain(&mut store, &engine, TRAPPER);
    let caller = component(&engine, CALLER);
    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&trapper, "go").unwrap();
    let inner = linker.instantiate(&mut store, &caller).unwrap();

    let mut linker: Linker<()> = Linker::new(&engine);
    let func = inner.get_typed_func::<(), ()>(&mut store, "run").unwrap();
    let go = move |mut store: StoreContextMut<'_, ()>, ()| {
        assert!(func.call(&mut store, ()).is_err());
        Ok::<(), Never>(())
    };
    linker.root().func_wrap("go", go).unwrap();
    let middle = linker.instantiate(&mut store, &caller).unwrap();

    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&middle, "go").unwrap();
    let outer = linker.instantiate(&mut store, &caller).unwrap();
    run(&mut store, &outer, "run").unwrap();
    for whole in [&middle, &outer] {
        run(&mut store, whole, "fine").unwrap();
        run(&mut store, whole, "run").unwrap();
    }
    assert_broken(&mut store, &inner, "fine");
    assert_broken(&mut store, &trapper, "fine");
}

/// As before, but who traps on its own is linked to the middle, which is in the middle of a call of somebody else's.
#[test]
fn what_was_called_before_stays_whole() {
    let engine = engine();
    let mut store: Store<()> = Store::new(&engine, ()).unwrap();
    let caller = component(&engine, CALLER);
    let trapping = r#"(component
        (import "go" (func $go))
        (core func $go (canon lower (func $go)))
        (core module $m
            (import "" "go" (func $go))
            (func (export "run") unreachable (call $go)))
        (core instance $i (instantiate $m (with "" (instance (export "go" (func $go))))))
        (func (export "run") (canon lift (core func $i "run"))))"#;
    let trapping = component(&engine, trapping);

    // The host calls what is made below.
    let inner = std::sync::Arc::new(std::sync::OnceLock::<Instance>::new());
    let mut linker: Linker<()> = Linker::new(&engine);
    let called = std::sync::Arc::clone(&inner);
    let go = move |mut store: StoreContextMut<'_, ()>, ()| {
        let inner = called.get().expect("it was made");
        let func = inner.get_typed_func::<(), ()>(&mut store, "run").unwrap();
        assert!(func.call(&mut store, ()).is_err());
        Ok::<(), Never>(())
    };
    linker.root().func_wrap("go", go).unwrap();
    let middle = linker.instantiate(&mut store, &caller).unwrap();

    let mut linker: Linker<()> = Linker::new(&engine);
    linker.root().export_from(&middle, "go").unwrap();
    let outer = linker.instantiate(&mut store, &caller).unwrap();
    // It could call the middle, but traps before.
    let trapping = linker.instantiate(&mut store, &trapping).unwrap();
    assert!(inner.set(trapping).is_ok());
    run(&mut store, &outer, "run").unwrap();
    run(&mut store, &middle, "fine").unwrap();
    run(&mut store, &outer, "fine").unwrap();
}

/// It has a text, which it takes back after it was read, and things that it is told of when they are dropped.
const SHOP: &str = r#"(component
    (core module $m
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
        (func (export "twice") (param i32 i32) (result i32)
            (i32.store (i32.const 16) (local.get 0))
            (i32.store (i32.const 20) (local.get 1))
            (i32.const 16))
        (func (export "taken back") (param i32) (drop (i32.load8_u (i32.load (local.get 0)))))
        (func (export "bad") (param i32) unreachable)
        (func (export "dtor") (param i32) (i32.store8 (i32.const 7) (local.get 0)))
        (func (export "fine")))
    (core instance $i (instantiate $m))
    (type $t (resource (rep i32) (dtor (core func $i "dtor"))))
    (core func $new (canon resource.new $t))
    (core module $n
        (import "" "new" (func $new (param i32) (result i32)))
        (func (export "make") (result i32) (call $new (i32.const 5)))
        (func (export "look") (param i32)))
    (core instance $j (instantiate $n (with "" (instance (export "new" (func $new))))))
    (export $thing "thing" (type $t))
    (func (export "make") (result (own $thing)) (canon lift (core func $j "make")))
    (func (export "look") (param "thing" (borrow $thing)) (canon lift (core func $j "look")))
    (func (export "twice") (param "text" string) (result string)
        (canon lift (core func $i "twice") (memory (core memory $i "memory"))
            (realloc (core func $i "realloc")) (post-return (core func $i "taken back"))))
    (func (export "bad") (param "text" string) (result string)
        (canon lift (core func $i "twice") (memory (core memory $i "memory"))
            (realloc (core func $i "realloc")) (post-return (core func $i "bad"))))
    (func (export "fine") (canon lift (core func $i "fine"))))"#;

/// It uses everything that a shop has, and traps afterwards if it is told to.
const CUSTOMER: &str = r#"(component
    (import "shop" (instance $shop
        (export "thing" (type $t (sub resource)))
        (export "make" (func (result (own $t))))
        (export "look" (func (param "thing" (borrow $t))))
        (export "twice" (func (param "text" string) (result string)))
        (export "bad" (func (param "text" string) (result string)))))
    (import "again" (func $again))
    (alias export $shop "thing" (type $t))
    (core module $libc
        (memory (export "memory") 1)
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64)))
    (core instance $libc (instantiate $libc))
    (core func $make (canon lower (func $shop "make")))
    (core func $look (canon lower (func $shop "look")))
    (core func $twice (canon lower (func $shop "twice")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core func $bad (canon lower (func $shop "bad")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core func $drop (canon resource.drop $t))
    (core func $again (canon lower (func $again)))
    (core module $m
        (import "" "make" (func $make (result i32)))
        (import "" "look" (func $look (param i32)))
        (import "" "twice" (func $twice (param i32 i32 i32)))
        (import "" "bad" (func $bad (param i32 i32 i32)))
        (import "" "drop" (func $drop (param i32)))
        (import "" "again" (func $again))
        (func $buy (export "buy") (local $thing i32)
            (local.set $thing (call $make))
            (call $look (local.get $thing))
            (call $twice (i32.const 8) (i32.const 3) (i32.const 32))
            (call $drop (local.get $thing)))
        (func (export "run") (call $buy) (call $again) (call $buy) unreachable)
        (func (export "bad") (call $bad (i32.const 8) (i32.const 3) (i32.const 32))))
    (core instance $i (instantiate $m (with "" (instance
        (export "make" (func $make)) (export "look" (func $look)) (export "twice" (func $twice))
        (export "bad" (func $bad)) (export "drop" (func $drop)) (export "again" (func $again))))))
    (func (export "buy") (canon lift (core func $i "buy")))
    (func (export "run") (canon lift (core func $i "run")))
    (func (export "bad") (canon lift (core func $i "bad"))))"#;

/// Makes a shop and a customer, who buys while it is in the middle of something else.
fn shop_and_customer(store: &mut Store<()>, engine: &Engine) -> [Instance; 2] {
    let shop = plain(store, engine, SHOP);
    let customer = std::sync::Arc::new(std::sync::OnceLock::<Instance>::new());
    let mut linker: Linker<()> = Linker::new(engine);
    let called = std::sync::Arc::clone(&customer);
    let again = move |mut store: StoreContextMut<'_, ()>, ()| {
        run(&mut store, called.get().expect("it was made"), "buy").unwrap();
        Ok::<(), Never>(())
    };
    linker.root().func_wrap("again", again).unwrap();
    let mut place = linker.instance("shop").unwrap();
    place.exports_from(&shop).unwrap();
    let made = linker.instantiate(&mut *store, &component(engine, CUSTOMER));
    let made = made.unwrap();
    assert!(customer.set(made.clone()).is_ok());
    [shop, made]
}

#[test]
fn callee_that_was_left_stays_whole() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let [shop, customer] = shop_and_customer(&mut store, &engine);
    assert!(run(&mut store, &customer, "run").is_err());
    assert_broken(&mut store, &customer, "buy");
    run(&mut store, &shop, "fine").unwrap();
}

#[test]
fn callee_that_traps_after_its_return_is_broken() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    let [shop, customer] = shop_and_customer(&mut store, &engine);
    run(&mut store, &customer, "buy").unwrap();
    assert!(run(&mut store, &customer, "bad").is_err());
    assert_broken(&mut store, &customer, "buy");
    assert_broken(&mut store, &shop, "fine");
}
