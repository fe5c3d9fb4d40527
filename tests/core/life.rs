//! Instances that come after others: what those leave is used again, and nobody finds anything in it.

use interfuse::runtime::{Config, Engine, Linker, Module, Store, StoreContextMut, TypedFunc};

/// A module that says what it finds, and changes all of that.
const MODULE: &str = r#"(module
    (import "host" "number" (func $number (result i32)))
    (memory 4)
    (data (i32.const 70000) "a")
    (data (i32.const 80000) "b")
    (global $global (mut i32) (i32.const 7))
    (table $table 4 funcref)
    (elem (i32.const 0) $number $five)
    (elem $passive func $five $number)
    (func $five (result i32) (i32.const 5))
    (func (export "look") (result i32 i32 i32 i32 i32 i32 i32 i32)
        (call_indirect (result i32) (i32.const 0))
        (call_indirect (result i32) (i32.const 1))
        (ref.is_null (table.get $table (i32.const 2)))
        (global.get $global)
        (i32.load8_u (i32.const 70000))
        (i32.load8_u (i32.const 80000))
        (i32.load8_u (i32.const 70100))
        (i32.or (i32.load8_u (i32.const 10)) (i32.load8_u (i32.const 200000))))
    (func (export "spoil")
        (table.init $table $passive (i32.const 0) (i32.const 0) (i32.const 2))
        (table.set $table (i32.const 2) (ref.func $five))
        (elem.drop $passive)
        (global.set $global (i32.const 8))
        (memory.fill (i32.const 70000) (i32.const 1) (i32.const 20000))
        (i32.store (i32.const 10) (i32.const 2))
        (i32.store (i32.const 200000) (i32.const 4))))"#;

type Found = (i32, i32, i32, i32, i32, i32, i32, i32);

/// An instance whose import returns a number, in a store of its own.
struct Made {
    store: Store<()>,
    look: TypedFunc<(), Found>,
    spoil: TypedFunc<(), ()>,
}

impl Made {
    fn new(engine: &Engine, module: &Module, number: i32) -> Made {
        let mut store = Store::new(engine, ()).unwrap();
        let mut linker = Linker::new();
        let func = move |_: StoreContextMut<'_, ()>| number;
        linker
            .func_wrap(&mut store, ("host", "number"), func)
            .unwrap();
        let instance = linker.instantiate(&mut store, module).unwrap();
        let look = instance.get_typed_func(&mut store, "look").unwrap();
        let spoil = instance.get_typed_func(&mut store, "spoil").unwrap();
        Made { store, look, spoil }
    }

    fn look(&mut self) -> Found {
        self.look.call(&mut self.store, ()).unwrap()
    }
}

#[test]
fn an_instance_finds_nothing_of_those_before_it() {
    let engine = Engine::new(&Config::new()).unwrap();
    let module = Module::new(&engine, &wat::parse_str(MODULE).unwrap()).unwrap();
    let as_made = |number| (number, 5, 1, 7, 97, 98, 0, 0);
    for round in 0..4 {
        let mut first = Made::new(&engine, &module, round);
        let mut second = Made::new(&engine, &module, round + 100);
        for (made, number) in [(&mut first, round), (&mut second, round + 100)] {
            assert_eq!(made.look(), as_made(number));
            made.spoil.call(&mut made.store, ()).unwrap();
            assert_eq!(made.look(), (5, number, 0, 8, 1, 1, 1, 6));
        }
    }
}

#[test]
fn an_instance_that_was_not_made_leaves_nothing() {
    let engine = Engine::new(&Config::new()).unwrap();
    let module = Module::new(&engine, &wat::parse_str(MODULE).unwrap()).unwrap();
    let refuse = Module::new(
        &engine,
        &wat::parse_str(
            r#"(module (memory 1) (data (i32.const 0) "a") (table 1 funcref) (func $f)
                (elem (i32.const 0) $f) (data (i32.const 65536) "b"))"#,
        )
        .unwrap(),
    )
    .unwrap();
    for number in 0..3 {
        let mut store = Store::new(&engine, ()).unwrap();
        assert!(Linker::new().instantiate(&mut store, &refuse).is_err());
        drop(store);
        let mut made = Made::new(&engine, &module, number);
        assert_eq!(made.look(), (number, 5, 1, 7, 97, 98, 0, 0));
    }
}
