//! Instances that come after others: what those leave is used again, and nobody finds anything in it.

use interfuse::runtime::{
    Config, Engine, Extern, GroupBuilder, Limits, Linker, Module, RefType, Store, StoreContextMut,
    Table, TableType, TypedFunc, Val,
};

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

/// A module whose table nobody changes until somebody asks for it, with elements that are written twice and a function from
/// outside.
const TABLE: &str = r#"(module
    (import "host" "number" (func $number (result i32)))
    (table $table (export "table") 8 20 funcref)
    (elem (i32.const 0) $one $two $number $one)
    (elem (i32.const 1) $three)
    (elem $passive func $two)
    (func $one (export "one") (result i32) (i32.const 1))
    (func $two (result i32) (i32.const 2))
    (func $three (result i32) (i32.const 3))
    (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
    (func (export "spoil") (param $how i32)
        (block $other
            (block $copy
                (block $init
                    (block $grow
                        (block $fill
                            (block $set
                                (br_table $set $fill $grow $init $copy $other (local.get $how)))
                            (table.set $table (i32.const 0) (ref.func $two))
                            (return))
                        (table.fill $table (i32.const 0) (ref.func $two) (i32.const 3))
                        (return))
                    (drop (table.grow $table (ref.func $two) (i32.const 12)))
                    (return))
                (table.init $table $passive (i32.const 0) (i32.const 0) (i32.const 1))
                (return))
            (table.copy $table $table (i32.const 0) (i32.const 1) (i32.const 2))
            (return))))"#;

/// How many ways there are to change that table, by the module itself and from outside.
const SPOILS: i32 = 8;

#[test]
fn tables_that_were_changed_are_left_to_nobody() {
    let engine = Engine::new(&Config::new()).unwrap();
    let module = Module::new(&engine, &wat::parse_str(TABLE).unwrap()).unwrap();
    let stranger = r#"(module (import "m" "table" (table 0 funcref))
        (func $f (result i32) (i32.const 9)) (elem (i32.const 0) $f))"#;
    let stranger = Module::new(&engine, &wat::parse_str(stranger).unwrap()).unwrap();
    for how in (0..SPOILS).chain(0..SPOILS) {
        let mut store = Store::new(&engine, ()).unwrap();
        let mut linker = Linker::new();
        let number = move |_: StoreContextMut<'_, ()>| how + 100;
        linker
            .func_wrap(&mut store, ("host", "number"), number)
            .unwrap();
        let instance = linker.instantiate(&mut store, &module).unwrap();
        let call = instance.get_typed_func::<i32, i32>(&mut store, "call");
        let call = call.unwrap();
        let all = |store: &mut Store<()>| -> Vec<Option<i32>> {
            let elements = 0..8;
            elements.map(|at| call.call(&mut *store, at).ok()).collect()
        };
        let mut expected = vec![Some(1), Some(3), Some(how + 100), Some(1)];
        expected.resize(8, None);
        assert_eq!(all(&mut store), expected, "{how}");
        let table = instance.get_table(&mut store, "table").unwrap();
        assert_eq!(table.size(&mut store), 8);
        // A function is the same wherever it is found.
        let one = instance.get_func(&mut store, "one").unwrap();
        let Some(Val::FuncRef(first)) = table.get(&mut store, 0) else {
            panic!("{how}: no reference");
        };
        assert_eq!(first, Some(one), "{how}");
        match how {
            5 => table.set(&mut store, 0, Val::FuncRef(None)).unwrap(),
            6 => drop(table.grow(&mut store, 1, Val::FuncRef(first)).unwrap()),
            7 => {
                linker.define("m", "table", Extern::Table(table));
                linker.instantiate(&mut store, &stranger).unwrap();
            }
            _ => {
                let spoil = instance.get_typed_func::<i32, ()>(&mut store, "spoil");
                spoil.unwrap().call(&mut store, how).unwrap();
            }
        }
        let is_changed = all(&mut store) != expected || table.size(&mut store) != 8;
        assert!(is_changed, "{how}");
    }
}

const OWNER: &str = r#"(module
    (table (export "table") 2 funcref)
    (func $own)
    (elem (i32.const 1) $own))"#;

/// Says what it found in the table when it was made.
const LOOKER: &str = r#"(module
    (import "owner" "table" (table $table 0 funcref))
    (global $found (mut i32) (i32.const -1))
    (func $look
        (global.set $found (i32.add
            (ref.is_null (table.get $table (i32.const 0)))
            (i32.mul (i32.const 2) (ref.is_null (table.get $table (i32.const 1)))))))
    (start $look)
    (func (export "found") (result i32) (global.get $found)))"#;

const FILLER: &str = r#"(module
    (import "owner" "table" (table $table 0 funcref))
    (func $f)
    (elem (i32.const 0) $f))"#;

#[test]
fn start_functions_find_what_was_written_before_them() {
    let engine = Engine::new(&Config::new()).unwrap();
    for (order, found) in [
        ([("looker", LOOKER), ("filler", FILLER)], 1),
        ([("filler", FILLER), ("looker", LOOKER)], 0),
    ] {
        let mut group = GroupBuilder::new(&engine);
        let modules = [("owner", OWNER), order[0], order[1]];
        let modules = modules.map(|(name, text)| (name, wat::parse_str(text).unwrap()));
        for (name, wasm) in &modules {
            group.instance(name, wasm);
        }
        let group = group.compile().unwrap();
        for _ in 0..3 {
            let mut store = Store::new(&engine, ()).unwrap();
            let instances = group.instantiate(&mut store, &Linker::new()).unwrap();
            let looker = instances.get("looker").unwrap();
            let look = looker.get_typed_func::<(), i32>(&mut store, "found");
            assert_eq!(look.unwrap().call(&mut store, ()).unwrap(), found);
        }
    }
}

/// Segments are written one after the other: what is left of an instance that trapped finds nothing of those after that.
#[test]
fn what_an_instance_left_elsewhere_finds_no_later_elements() {
    let engine = Engine::new(&Config::new()).unwrap();
    let module = |last: u32| {
        let text = format!(
            r#"(module
                (import "host" "table" (table $host 1 funcref))
                (table $own 1 funcref)
                (func $look (export "look") (result i32)
                    (ref.is_null (table.get $own (i32.const 0))))
                (elem (table $host) (i32.const 0) func $look)
                (elem (table $host) (i32.const {last}) func $look)
                (elem (table $own) (i32.const 0) func $look))"#
        );
        Module::new(&engine, &wat::parse_str(text).unwrap()).unwrap()
    };
    for (module, is_null) in [(module(0), 0), (module(7), 1)] {
        for _ in 0..3 {
            let mut store = Store::new(&engine, ()).unwrap();
            let limits = Limits {
                min: 1,
                max: None,
                is_64: false,
            };
            let element = RefType::Func;
            let ty = TableType { element, limits };
            let table = Table::new(&mut store, ty, Val::FuncRef(None)).unwrap();
            let mut linker = Linker::new();
            linker.define("host", "table", Extern::Table(table));
            let made = linker.instantiate(&mut store, &module);
            assert_eq!(made.is_err(), is_null == 1);
            let Some(Val::FuncRef(Some(look))) = table.get(&mut store, 0) else {
                panic!("the first segment was written");
            };
            let mut results = [Val::I32(-1)];
            look.call(&mut store, &[], &mut results).unwrap();
            assert!(
                matches!(results[0], Val::I32(it) if it == is_null),
                "{results:?}"
            );
        }
    }
}
