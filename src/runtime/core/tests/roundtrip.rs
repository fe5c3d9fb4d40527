//! What was written is read, and nothing of it before it is needed.

use std::fmt::Write as _;
use std::fs;

use crate::runtime::core::group::{Group, GroupBuilder};
use crate::runtime::core::instance::{Extern, Instance};
use crate::runtime::core::linker::Linker;
use crate::runtime::core::memory::Memory;
use crate::runtime::core::module::Module;
use crate::runtime::core::store::{Store, StoreContextMut};
use crate::runtime::core::tests::support::{
    Temporary, call, compile, compile_nested, deserialize, deserialize_group, divide_by_zero,
    engine, instantiate, open, open_group, wasm,
};
use crate::runtime::engine::Engine;
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::artifact::Artifact;

/// Everything that an image holds: imports and exports of each kind, segments of each kind, constant expressions, start
/// function, references, names, traps.
const EVERYTHING: &str = r#"(module $everything
    (import "host" "add" (func $add (param i64 i64) (result i64)))
    (import "host" "base" (global $base i32))
    (memory (export "memory") 3 5) (memory $large i64 1) (memory $bytes 8 (pagesize 1))
    (table $table (export "table") 4 8 funcref)
    (table $things 2 externref)
    (global $count (export "count") (mut i64) (i64.const 5))
    (global $product i32 (i32.mul (i32.add (i32.const 4) (i32.const 5)) (i32.const 10)))
    (global $vector v128 (v128.const i64x2 7 8))
    (global $half f64 (f64.const 0.5))
    (global $ref funcref (ref.func $two))
    (elem (table $table) (offset (global.get $base)) func $two $add)
    (elem $passive func $two $three)
    (elem $exprs funcref (ref.func $three) (ref.null func))
    (elem declare func $divide)
    (data (i32.const 100) "abc")
    (data (memory $large) (i64.const 8) "\2a")
    (data $late "late data")
    (data (offset (i32.add (global.get $base) (i32.const 200))) "xyz")
    (func $two (export "two") (result i64) (i64.const 2))
    (func $three (result i64) (i64.const 3))
    (func $divide (export "divide") (param i64 i64) (result i64)
      (i64.div_s (local.get 0) (local.get 1)))
    (func $start
      (global.set $count (call $add (global.get $count) (i64.const 37))))
    (func (export "sum") (result i64)
      (memory.init $late (i32.const 300) (i32.const 0) (i32.const 9))
      (table.init $table $passive (i32.const 3) (i32.const 1) (i32.const 1))
      (table.init $table $exprs (i32.const 0) (i32.const 0) (i32.const 1))
      (i64.add (global.get $count)
      (i64.add (call_indirect $table (result i64) (i32.const 3))
      (i64.add (call_indirect $table (result i64) (i32.const 0))
      (i64.add (i64.load $large (i64.const 8))
      (i64.add (i64x2.extract_lane 1 (global.get $vector))
      (i64.add (i64.extend_i32_u (global.get $product))
               (i64.trunc_f64_s (f64.mul (global.get $half) (f64.const 10))))))))))
    (start $start))"#;

/// What `sum` returns: 42, three, three, 42, eight, 90, and five.
const SUM: i64 = 42 + 3 + 3 + 42 + 8 + 90 + 5;

fn import(store: &mut Store<()>) -> Linker {
    let mut linker = Linker::new();
    let add = |_: StoreContextMut<'_, ()>, a: i64, b: i64| Ok::<i64, &str>(a + b);
    linker
        .func_wrap(&mut *store, ("host", "add"), add)
        .expect("there is room");
    let base = wasm(r#"(module (global (export "base") i32 (i32.const 1)))"#);
    let base = Module::new(store.engine(), &base).expect("it is valid");
    let base = Instance::new(&mut *store, &base, &[]).expect("there is room");
    let base = base.get_export(&mut *store, "base").expect("it is there");
    linker.define("host", "base", base);
    linker
}

fn memory(store: &mut Store<()>, instance: Instance) -> Memory {
    match instance.get_export(store, "memory") {
        Some(Extern::Memory(memory)) => memory,
        other => panic!("{other:?}"),
    }
}

fn bytes(store: &mut Store<()>, instance: Instance, at: usize, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    let memory = memory(store, instance);
    memory.read(store, at, &mut bytes).expect("it is inside");
    bytes
}

/// Uses everything of the module.
fn exercise(engine: &Engine, module: &Module) {
    let mut store = Store::new(engine, ()).expect("there is room");
    let linker = import(&mut store);
    let instance = linker.instantiate(&mut store, module).expect("it fits");
    assert_eq!(call(&mut store, instance, "sum").expect("it returns"), SUM);
    for (at, expected) in [(100, "abc"), (201, "xyz"), (300, "late data")] {
        let found = bytes(&mut store, instance, at, expected.len());
        assert_eq!(String::from_utf8_lossy(&found), expected);
    }
    let divide = instance.get_typed_func::<(i64, i64), i64>(&mut store, "divide");
    let divide = divide.expect("it is there");
    let error = divide.call(&mut store, (1, 0)).expect_err("it traps");
    assert_eq!(error.trap(), Some(TrapKind::DivisionByZero));
    let frames = error.backtrace();
    assert_eq!(frames[0].function, "divide");
    assert_eq!(frames[0].instance, "module");
}

#[test]
fn everything_in_an_image_is_kept() {
    let engine = engine();
    let module = compile(&engine, EVERYTHING);
    exercise(&engine, &module);
    let bytes = module.serialize();
    let file = Temporary::write(&bytes);
    let loaded = [
        open(&engine, &file).expect("it was just written"),
        deserialize(&engine, &bytes).expect("it was just written"),
    ];
    for copy in loaded {
        assert_eq!(copy.imports(), module.imports());
        assert_eq!(copy.exports(), module.exports());
        exercise(&engine, &copy);
        // What was read is written again as it was.
        assert!(copy.serialize() == bytes);
    }
}

#[test]
fn groups_are_kept() {
    let library = wasm(
        r#"(module (memory (export "memory") 1) (data (i32.const 0) "\07")
            (func (export "seven") (result i64) (i64.load8_u (i32.const 0))))"#,
    );
    let user = wasm(
        r#"(module (import "library" "seven" (func $seven (result i64)))
            (import "library" "memory" (memory 1))
            (func (export "run") (result i64) (i64.add (call $seven) (i64.load8_u (i32.const 0)))))"#,
    );
    let engine = engine();
    let mut group = GroupBuilder::new(&engine);
    group.instance("library", &library).instance("user", &user);
    let bytes = group.compile().expect("it is valid").serialize();
    let file = Temporary::write(&bytes);
    let artifact = Artifact::open_trusted(file.path()).expect("it was just written");
    let group = Group::from_artifact(&engine, &artifact).expect("it was just written");
    let mut store = Store::new(&engine, ()).expect("there is room");
    let instances = group.instantiate(&mut store, &Linker::new());
    let user = instances
        .expect("it fits")
        .get("user")
        .expect("it is there");
    assert_eq!(call(&mut store, user, "run").expect("it returns"), 14);
    let error = Module::from_artifact(&engine, &artifact).err();
    let error = error.expect("a group is no module").to_string();
    assert_eq!(error, "this is a compiled group, not a module");
}

#[test]
fn inlined_functions_are_kept() {
    let engine = engine();
    let group = compile_nested(&engine);
    let bytes = group.serialize();
    let file = Temporary::write(&bytes);
    let opened = open_group(&engine, &file).expect("it was just written");
    let copied = deserialize_group(&engine, &bytes).expect("it was just written");
    for group in [group, opened, copied] {
        let error = divide_by_zero(&engine, &group);
        assert_eq!(error.trap(), Some(TrapKind::DivisionByZero));
        let frames: Vec<String> = error.backtrace().iter().map(ToString::to_string).collect();
        assert_eq!(
            frames,
            [
                "divide: divide (function 0)",
                "middle: middle (function 1)",
                "run: run (function 1)"
            ]
        );
        assert!(group.serialize() == bytes);
    }
}

/// A module whose data are mapped in two pieces, with a large gap between them.
fn with_data() -> String {
    let mut text = String::from(r#"(module (memory (export "memory") 40)"#);
    let long = "x".repeat(1_000_000);
    write!(text, r#"(data (i32.const 70001) "{long}")"#).expect("a string takes all");
    write!(text, r#"(data (i32.const 1280000) "{long}")"#).expect("a string takes all");
    text + r#"(data (i32.const 1280001) "yz") (func (export "touch") (result i64)
        (i64.store8 (i32.const 70002) (i64.const 1)) (i64.load8_u (i32.const 1280001))))"#
}

fn check_data(store: &mut Store<()>, instance: Instance) {
    let expected: [(usize, &[u8]); 5] = [
        (70_000, b"\0xxx"),
        (1_069_999, b"xx\0"),
        (1_279_999, b"\0xyzx"),
        (2_279_998, b"xx\0\0"),
        (2_621_438, b"\0\0"),
    ];
    for (at, expected) in expected {
        assert_eq!(bytes(store, instance, at, expected.len()), expected, "{at}");
    }
}

#[test]
fn memories_begin_with_their_data_however_they_are_mapped() {
    let engine = engine();
    let module = compile(&engine, &with_data());
    let bytes = module.serialize();
    let file = Temporary::write(&bytes);
    let opened = open(&engine, &file).expect("it was just written");
    let read = deserialize(&engine, &bytes).expect("it was just written");
    for module in [module, opened, read] {
        // Later instances get the address space of earlier ones.
        for _ in 0..3 {
            let (mut store, instance) = instantiate(&module).expect("there is room");
            check_data(&mut store, instance);
            let found = call(&mut store, instance, "touch").expect("it returns");
            assert_eq!(found, i64::from(b'y'));
            let (mut other, beside) = instantiate(&module).expect("there is room");
            check_data(&mut other, beside);
        }
    }
    assert!(fs::read(file.path()).expect("it is there") == bytes);
}

#[test]
fn data_are_written_however_they_are_spread() {
    let engine = engine();
    // Number, length and distance of segments: mapped in pieces, in one piece, or not at all.
    for (count, len, distance) in [
        (12, 40_000, 150_000),
        (20, 40_000, 105_000),
        (20, 100_000, 170_000),
        (40, 2_000, 80_000),
        (300, 100, 5_000),
    ] {
        let mut text = String::from(r#"(module (memory (export "memory") 60)"#);
        let mut expected = vec![0; 60 << 16];
        for segment in 0..count {
            let (start, byte) = (segment * distance + 4_000, b'a' + (segment % 26) as u8);
            expected[start..start + len].fill(byte);
            let data = String::from_utf8(vec![byte; len]).expect("it is a letter");
            write!(text, r#"(data (i32.const {start}) "{data}")"#).expect("a string takes all");
            // An empty one changes nothing, wherever it is.
            text.push_str(r#"(data (i32.const 3900000) "")"#);
        }
        text.push(')');
        let module = compile(&engine, &text);
        let copy = deserialize(&engine, &module.serialize()).expect("it was just written");
        for module in [&module, &copy, &module] {
            let (mut store, instance) = instantiate(module).expect("there is room");
            let found = bytes(&mut store, instance, 0, expected.len());
            assert!(found == expected, "{count} {len} {distance}");
            memory(&mut store, instance)
                .write(&mut store, 0, &vec![7; expected.len()])
                .expect("it is inside");
        }
    }
}

#[test]
fn memory_that_grew_is_not_used_again() {
    let engine = engine();
    let data = "x".repeat(100_000);
    let text = format!(
        r#"(module (memory (export "memory") 2 4) (data (i32.const 0) "{data}")
            (func (export "grow") (result i64)
              (drop (memory.grow (i32.const 2)))
              (i64.store8 (i32.const 250000) (i64.const 9))
              (i64.extend_i32_u (memory.size)))
            (func (export "peek") (result i64) (i64.load8_u (i32.const 250000))))"#
    );
    let module = compile(&engine, &text);
    for _ in 0..3 {
        let (mut store, instance) = instantiate(&module).expect("there is room");
        let error = call(&mut store, instance, "peek").expect_err("it is outside");
        assert_eq!(error.trap(), Some(TrapKind::MemoryOutOfBounds));
        assert_eq!(call(&mut store, instance, "grow").expect("it returns"), 4);
        assert_eq!(call(&mut store, instance, "peek").expect("it returns"), 9);
    }
}

#[test]
fn data_are_not_there_if_a_table_traps_first() {
    let engine = engine();
    let data = "x".repeat(100_000);
    // The second instance finds its function at the beginning of the table, and traps at the end of it.
    let text = format!(
        r#"(module (import "host" "table" (table 2 funcref)) (import "host" "at" (global $at i32))
            (memory 2) (data (i32.const 0) "{data}") (elem (i32.const 0) $peek)
            (elem (global.get $at) $peek)
            (func $peek (result i64) (i64.load8_u (i32.const 5))))"#
    );
    let host = compile(
        &engine,
        r#"(module (table (export "table") 2 funcref)
            (global (export "inside") i32 (i32.const 1)) (global (export "outside") i32 (i32.const 2))
            (func (export "call") (result i64) (call_indirect (result i64) (i32.const 0))))"#,
    );
    let module = compile(&engine, &text);
    for (at, expected) in [("inside", 120), ("outside", 0), ("inside", 120)] {
        let (mut store, host) = instantiate(&host).expect("there is room");
        let imports = ["table", at].map(|name| host.get_export(&mut store, name));
        let imports = imports.map(|it| it.expect("it is there"));
        let made = Instance::new(&mut store, &module, &imports);
        assert_eq!(made.is_err(), at == "outside");
        assert_eq!(
            call(&mut store, host, "call").expect("it returns"),
            expected
        );
    }
}

/// Returns how many KiB of the mappings of a file are in memory and belong to this process alone, and how many mappings
/// can be written.
fn mappings(file: &Temporary) -> (u64, usize) {
    let path = file.path().to_str().expect("it has plain letters");
    let text = fs::read_to_string("/proc/self/smaps").expect("the system tells");
    let (mut is_ours, mut resident, mut writable) = (false, 0, 0);
    for line in text.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        match fields[..] {
            [range, rights, _, _, _, ref name @ ..] if range.contains('-') => {
                is_ours = name == [path];
                writable += usize::from(is_ours && rights.starts_with("rw"));
            }
            ["Rss:", number, "kB"] if is_ours => {
                resident += number.parse::<u64>().expect("it is a number");
            }
            _ => {}
        }
    }
    (resident, writable)
}

/// How much of a file is in memory at most if its data were not read, in KiB: the system maps more than the page that is
/// read, but not half of so many data.
const UNREAD_KIB: u64 = 4 << 10;

#[test]
fn data_are_not_read_before_a_guest_reads_them() {
    let engine = engine();
    let data = "x".repeat(8 << 20);
    let text = format!(
        r#"(module (memory (export "memory") 200) (data (i32.const 70001) "{data}")
            (func (export "load") (result i64) (i64.load8_u (i32.const 5000000))))"#
    );
    let file = Temporary::write(&compile(&engine, &text).serialize());
    let module = open(&engine, &file).expect("it was just written");
    let (resident, writable) = mappings(&file);
    assert!(resident <= UNREAD_KIB, "{resident} KiB");
    assert_eq!(writable, 0);
    let made = instantiate(&module).expect("there is room");
    let (resident, writable) = mappings(&file);
    assert!(resident <= UNREAD_KIB, "{resident} KiB");
    assert_eq!(writable, 1);
    // The file is needed by those that have it only.
    fs::remove_file(file.path()).expect("it is there");
    let (mut store, instance) = made;
    let found = call(&mut store, instance, "load").expect("it returns");
    assert_eq!(found, i64::from(b'x'));
}
