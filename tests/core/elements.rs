//! Tables of a group hold what they would if its instances were made one by one, whichever groups of its code were there
//! before.

use std::fmt::Write;

use fastrand::Rng;
use interfuse::runtime::{
    Config, Engine, Extern, GroupBuilder, Instance, Linker, Module, Store, StoreContextMut,
};

/// How many elements the table of each module has.
const LEN: u32 = 5;

/// Returns a module that defines a table, and writes to it and to those of some before it.
fn module(random: &mut Rng, number: usize) -> String {
    let mut text = r#"(module (import "host" "number" (func $host (result i32)))"#.to_owned();
    let before = (0..number).filter(|_| random.u8(..3) != 0);
    let mut tables: Vec<usize> = before.collect();
    for table in &tables {
        write!(
            text,
            r#"(import "{table}" "table" (table $t{table} 0 funcref))"#
        )
        .unwrap();
    }
    tables.push(number);
    let (first, second) = (2 * number + 1, 2 * number + 2);
    write!(
        text,
        r#"(memory 1) (global $seen (mut i32) (i32.const 7))
        (table $t{number} (export "table") {LEN} 20 funcref)
        (func $first (result i32) (i32.const {first}))
        (func $second (result i32) (i32.const {second}))
        (elem declare func $first $second)"#
    )
    .unwrap();
    for _ in 0..random.usize(..4) {
        text.push_str(&segment(random, &tables, number));
    }
    if random.u8(..15) == 0 {
        text.push_str(r#"(data (i32.const 65536) "beyond the end")"#);
    }
    text.push_str(r#"(func $look (export "look") (result i32) (local $i i32) (local $sum i32)"#);
    text.push_str("(local.set $sum (global.get $seen))");
    for table in &tables {
        write!(
            text,
            "(local.set $i (i32.const 0))
            (loop $next
                (local.set $sum (i32.add
                    (i32.mul (local.get $sum) (i32.const 31))
                    (if (result i32) (ref.is_null (table.get $t{table} (local.get $i)))
                        (then (i32.const 0))
                        (else (call_indirect $t{table} (result i32) (local.get $i))))))
                (local.set $i (i32.add (local.get $i) (i32.const 1)))
                (br_if $next (i32.lt_u (local.get $i) (table.size $t{table}))))"
        )
        .unwrap();
    }
    text.push_str(r#"(local.get $sum)) (func $spoil (export "spoil")"#);
    let table = tables[random.usize(..tables.len())];
    let how = match random.u8(..5) {
        0 => format!("(table.set $t{table} (i32.const 3) (ref.func $first))"),
        1 => format!("(drop (table.grow $t{table} (ref.func $second) (i32.const 2)))"),
        2 => format!("(table.fill $t{table} (i32.const 1) (ref.null func) (i32.const 2))"),
        3 => format!("(table.copy $t{table} $t{number} (i32.const 0) (i32.const 2) (i32.const 2))"),
        _ => format!("(drop (table.grow $t{table} (ref.null func) (i32.const 0)))"),
    };
    write!(text, "{how})").unwrap();
    if random.u8(..3) == 0 {
        let spoil = ["", "(call $spoil)"][random.usize(..2)];
        let trap = if random.u8(..12) == 0 {
            "unreachable"
        } else {
            ""
        };
        write!(
            text,
            "(func $start (global.set $seen (call $look)) {spoil} {trap}) (start $start)"
        )
        .unwrap();
    }
    text.push(')');
    text
}

/// Returns a segment that is written to one of some tables, mostly that with a number.
fn segment(random: &mut Rng, tables: &[usize], number: usize) -> String {
    let any = tables[random.usize(..tables.len())];
    let table = if random.bool() { number } else { any };
    // A few are beyond the end.
    let end = if random.u8(..20) == 0 {
        LEN + 2
    } else {
        LEN - 1
    };
    let start = random.u32(..end);
    let start = match random.u8(..6) {
        0 => format!("(i32.add (i32.const 0) (i32.const {start}))"),
        _ => format!("(i32.const {start})"),
    };
    let count = random.usize(..3);
    if random.u8(..6) == 0 {
        let items = ["(ref.func $first)", "(ref.null func)"];
        let items: String = (0..count).map(|_| items[random.usize(..2)]).collect();
        return format!("(elem (table $t{table}) (offset {start}) funcref {items})");
    }
    let items = ["$first ", "$second ", "$host "];
    let items: String = (0..count).map(|_| items[random.usize(..3)]).collect();
    format!("(elem (table $t{table}) (offset {start}) func {items})")
}

fn linker(store: &mut Store<()>, number: i32) -> Linker {
    let mut linker = Linker::new();
    let func = move |_: StoreContextMut<'_, ()>| number;
    linker.func_wrap(store, ("host", "number"), func).unwrap();
    linker
}

/// Makes instances one by one, by code that nothing was made of before; none if one of them fails.
fn one_by_one(modules: &[Vec<u8>], number: i32) -> Option<(Store<()>, Vec<Instance>)> {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker = linker(&mut store, number);
    let mut instances = Vec::new();
    for (name, wasm) in modules.iter().enumerate() {
        let module = Module::new(&engine, wasm).unwrap();
        let instance = linker.instantiate(&mut store, &module).ok()?;
        let table = instance.get_table(&mut store, "table").unwrap();
        linker.define(&name.to_string(), "table", Extern::Table(table));
        instances.push(instance);
    }
    Some((store, instances))
}

/// Returns what all instances find, before and after some of them changed a table.
fn look(mut store: Store<()>, instances: &[Instance], spoilers: &[bool]) -> Vec<i32> {
    let mut found = Vec::new();
    let all = |store: &mut Store<()>, found: &mut Vec<i32>| {
        for instance in instances {
            let look = instance.get_typed_func::<(), i32>(&mut *store, "look");
            found.push(look.unwrap().call(&mut *store, ()).unwrap());
        }
    };
    all(&mut store, &mut found);
    for (instance, spoils) in instances.iter().zip(spoilers) {
        if *spoils {
            let spoil = instance.get_typed_func::<(), ()>(&mut store, "spoil");
            spoil.unwrap().call(&mut store, ()).unwrap();
        }
    }
    all(&mut store, &mut found);
    found
}

#[test]
fn groups_hold_what_instances_would_write() {
    let engine = Engine::new(&Config::new()).unwrap();
    let (mut made, mut failed) = (0, 0);
    for seed in 0..80 {
        let mut random = Rng::with_seed(seed);
        let texts: Vec<_> = (0..random.usize(1..5))
            .map(|number| module(&mut random, number))
            .collect();
        let modules = texts.iter().map(|text| wat::parse_str(text).unwrap());
        let modules: Vec<_> = modules.collect();
        let names: Vec<_> = (0..modules.len()).map(|name| name.to_string()).collect();
        let mut group = GroupBuilder::new(&engine);
        for (name, wasm) in names.iter().zip(&modules) {
            group.instance(name, wasm);
        }
        let group = group.compile().unwrap();
        for round in 0..4 {
            let spoilers: Vec<_> = names.iter().map(|_| random.u8(..4) == 0).collect();
            let expected = one_by_one(&modules, round);
            let expected = expected.map(|(store, instances)| look(store, &instances, &spoilers));
            let mut store = Store::new(&engine, ()).unwrap();
            let linker = linker(&mut store, round);
            let found = group.instantiate(&mut store, &linker).ok().map(|group| {
                let instances = names.iter().map(|name| group.get(name).unwrap());
                let instances: Vec<_> = instances.collect();
                look(store, &instances, &spoilers)
            });
            assert_eq!(found, expected, "seed {seed}, round {round}: {texts:#?}");
            match found {
                Some(_) => made += 1,
                None => failed += 1,
            }
        }
    }
    assert!(made > 100, "{made}");
    assert!(failed > 10, "{failed}");
}
