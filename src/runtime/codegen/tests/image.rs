//! What is in an image: code, its functions, its traps.

use crate::runtime::codegen::compile::compile_trampolines;
use crate::runtime::codegen::config::{CodegenConfig, Threads};
use crate::runtime::codegen::target::Target;
use crate::runtime::codegen::tests::support::{
    code, compile, compile_bytes, kinds, names, range, traps, wasm,
};
use crate::runtime::trap::TrapKind;
use crate::runtime::types::{FuncType, RefType, ValType};

/// A module with several functions that call each other.
const CALLS: &str = r#"(module $calls
    (import "" "out" (func $out (param i32)))
    (func $a (export "a") (param i32) (result i32)
      (call $out (local.get 0))
      (call $b (i32.add (local.get 0) (i32.const 1))))
    (func $b (param i32) (result i32) (call $c (local.get 0)))
    (func $c (param i32) (result i32) (return_call $a (local.get 0)))
    (func (export "unnamed") (param f64 v128) (result v128 f64) (local.get 1) (local.get 0)))"#;

#[test]
fn functions_lie_side_by_side_and_have_names() {
    let image = compile(CALLS);
    let expected = [
        "a",
        "b",
        "c",
        "m!func4",
        "entry (f64, v128) -> (v128, f64)",
        "exit (i32) -> ()",
    ];
    assert_eq!(names(&image), expected);
    let mut end = 0;
    for range in image.bulk.functions.iter() {
        assert!(range.start >= end);
        assert!(range.start.is_multiple_of(32));
        assert_ne!(range.len, 0);
        end = range.start + range.len;
    }
    let indices = image.bulk.functions.iter().map(|range| range.origin);
    let indices: Vec<Option<u32>> = indices
        .map(|origin| origin.map(|origin| origin.1))
        .collect();
    assert_eq!(indices[..4], [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!(indices[4..], [None, None]);
}

#[test]
fn functions_of_few_integers_need_no_entry() {
    let image = compile(
        r#"(module
            (func (export "f"))
            (func (export "g") (param i32 i64 i32 i32 i32) (result i32) i32.const 1)
            (func (export "h") (param f32))
            (func (export "i") (param i32 i32 i32 i32 i32 i32))
            (func (export "j") (result i32 i32) i32.const 1 i32.const 2))"#,
    );
    let entries = image.signatures.values().map(|it| it.entry.is_some());
    let types = image.signatures.values().map(|it| it.ty.needs_entry());
    assert_eq!(entries.collect::<Vec<_>>(), types.collect::<Vec<_>>());
    assert_eq!(image.bulk.functions.len(), 5 + 3);
}

#[test]
fn functions_call_each_other_by_distance() {
    let image = compile(CALLS);
    let (b, c) = (range(&image, "b"), range(&image, "c"));
    assert!(call_targets(code(&image, b), b.start).contains(&i64::from(c.start)));
}

/// Returns where `call` instructions lead, if the code at each `E8` is one.
fn call_targets(code: &[u8], start: u32) -> Vec<i64> {
    let calls = code
        .windows(5)
        .enumerate()
        .filter(|(_, bytes)| bytes[0] == 0xe8);
    calls
        .map(|(at, bytes)| {
            let distance = i32::from_le_bytes(bytes[1..].try_into().expect("it fits"));
            i64::from(start) + i64::try_from(at).expect("it fits") + 5 + i64::from(distance)
        })
        .collect()
}

#[test]
fn code_does_not_depend_on_threads() {
    let mut text = String::from("(module (memory 1) (table 4 funcref)");
    for i in 0..200 {
        text.push_str(&format!(
            "(func $f{i} (export \"f{i}\") (param i32) (result i32)
               (i32.load offset={i} (call $f{} (local.get 0))))",
            (i * 7 + 1) % 200
        ));
    }
    text.push(')');
    let wasm = wasm(&text);
    let with = |threads| {
        let config = CodegenConfig {
            threads,
            ..CodegenConfig::default()
        };
        compile_bytes(&config, &wasm).expect("it can be compiled")
    };
    let image = with(Threads::Current);
    for _ in 0..3 {
        let other = with(Threads::Pool);
        assert!(image.bulk.code[..] == other.bulk.code[..]);
        assert_eq!(
            format!("{:?}", image.bulk.functions),
            format!("{:?}", other.bulk.functions)
        );
        assert_eq!(names(&image), names(&other));
        assert_eq!(
            format!("{:?}", image.bulk.traps),
            format!("{:?}", other.bulk.traps)
        );
    }
}

#[test]
fn interruptible_code_says_where() {
    let wasm = wasm("(module (func (loop (br 0))))");
    let plain = compile_bytes(&CodegenConfig::default(), &wasm).expect("it can be compiled");
    assert_eq!(traps(&plain, "m!func0"), kinds([]));
    let config = CodegenConfig {
        interruptible: true,
        ..CodegenConfig::default()
    };
    let image = compile_bytes(&config, &wasm).expect("it can be compiled");
    let sites = image.bulk.traps.iter();
    let count = sites
        .filter(|site| site.kind == TrapKind::Interrupted)
        .count();
    assert_eq!(count, 2);
}

#[test]
fn functions_test_for_the_end_of_the_stack() {
    let image = compile(CALLS);
    let sites = image.bulk.traps.iter();
    let count = sites
        .filter(|site| site.kind == TrapKind::StackExhausted)
        .count();
    assert!(count >= 3, "{:?}", image.bulk.traps);
}

#[test]
fn arithmetic_says_why_it_traps() {
    let image = compile(
        r"(module
            (func $unreachable unreachable)
            (func $div (param i32 i32) (result i32) (i32.div_s (local.get 0) (local.get 1)))
            (func $trunc (param f32) (result i32) (i32.trunc_f32_s (local.get 0))))",
    );
    assert_eq!(traps(&image, "unreachable"), kinds([TrapKind::Unreachable]));
    let div = kinds([TrapKind::DivisionByZero, TrapKind::IntegerOverflow]);
    assert_eq!(traps(&image, "div"), div);
    let trunc = kinds([TrapKind::InvalidConversion, TrapKind::IntegerOverflow]);
    assert_eq!(traps(&image, "trunc"), trunc);
}

#[test]
fn accesses_to_memories_are_listed_if_they_are_checked() {
    let image = compile(
        r#"(module
            (memory $small 1) (memory $large i64 1) (memory $bytes 1 (pagesize 1))
            (func $fixed (param i32) (result i32) (i32.load $small offset=4 (local.get 0)))
            (func $checked (param i64) (result i32) (i32.load $large (local.get 0)))
            (func $tiny (param i32) (result i32) (i32.load8_u $bytes (local.get 0)))
            (func $far (param i32) (result i32) (i32.load $small offset=0x90000000 (local.get 0)))
            (func $copy (param i32) (memory.copy $small $small (local.get 0) (local.get 0) (local.get 0))))"#,
    );
    assert_eq!(traps(&image, "fixed"), kinds([]));
    let outside = kinds([TrapKind::MemoryOutOfBounds]);
    // The address becomes 0 if it is beyond the end.
    assert_eq!(traps(&image, "checked"), outside);
    assert_eq!(traps(&image, "tiny"), outside);
    assert_eq!(traps(&image, "far"), outside);
    assert_eq!(traps(&image, "copy"), outside);
}

#[test]
fn tables_say_why_they_trap() {
    let image = compile(
        r#"(module
            (type $t (func (param i32) (result i32)))
            (table $funcs 3 funcref) (table $things 3 externref) (table $large i64 3 funcref)
            (func $call (param i32) (result i32)
              (call_indirect $funcs (type $t) (i32.const 1) (local.get 0)))
            (func $tail (param i64) (result i32)
              (return_call_indirect $large (type $t) (i32.const 1) (local.get 0)))
            (func $get (param i32) (result externref) (table.get $things (local.get 0)))
            (func $set (param i32 funcref) (table.set $funcs (local.get 0) (local.get 1))))"#,
    );
    let call = kinds([
        TrapKind::UndefinedElement,
        TrapKind::UninitializedElement,
        TrapKind::IndirectCallType,
    ]);
    assert_eq!(traps(&image, "call"), call);
    assert_eq!(traps(&image, "tail"), call);
    assert_eq!(traps(&image, "get"), kinds([TrapKind::TableOutOfBounds]));
    assert_eq!(traps(&image, "set"), kinds([TrapKind::TableOutOfBounds]));
}

#[test]
fn atomic_accesses_have_to_be_aligned() {
    let image = compile(
        r#"(module (memory 1 1)
            (func $add (param i32) (result i64)
              (i64.atomic.rmw.add (local.get 0) (i64.const 1)))
            (func $wait (param i32) (result i32)
              (memory.atomic.wait64 offset=8 (local.get 0) (i64.const 1) (i64.const 1)))
            (func $notify (param i32) (result i32)
              (memory.atomic.notify (local.get 0) (i32.const 1))))"#,
    );
    let (unaligned, outside) = (TrapKind::UnalignedAtomic, TrapKind::MemoryOutOfBounds);
    assert_eq!(traps(&image, "add"), kinds([unaligned]));
    // After a call that does not return comes an instruction that is not executed.
    let wait = kinds([unaligned, outside, TrapKind::Unreachable]);
    assert_eq!(traps(&image, "wait"), wait);
    assert_eq!(traps(&image, "notify"), kinds([unaligned, outside]));
}

#[test]
fn trampolines_are_compiled_for_any_type() {
    let target = Target::host().expect("tests run on a machine that code is for");
    let all = [
        ValType::I32,
        ValType::I64,
        ValType::F32,
        ValType::F64,
        ValType::V128,
        ValType::Ref(RefType::Func),
        ValType::Ref(RefType::Extern),
    ];
    for len in [0, 1, 7, 20, 1000] {
        let types: Vec<ValType> = all.iter().copied().cycle().take(len).collect();
        let ty = FuncType {
            params: types.clone().into(),
            results: types.into(),
        };
        let both = compile_trampolines(&target, &ty).expect("it can be compiled");
        let starts: Vec<_> = both.bulk.functions.iter().map(|it| it.start).collect();
        assert_eq!(
            [both.signature.entry, both.signature.exit],
            [Some(starts[0]), Some(starts[1])]
        );
        assert_eq!(both.signature.ty, ty);
    }
}
