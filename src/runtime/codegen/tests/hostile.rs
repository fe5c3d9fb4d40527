//! Whatever the bytes are, compilation ends with an image or an error.

use crate::runtime::codegen::config::{CodegenConfig, Threads};
use crate::runtime::codegen::tests::support::{compile_bytes, wasm};

/// A module with something of every section and of most kinds of instructions.
const RICH: &str = r#"(module $rich
    (type $binary (func (param i32 i32) (result i32)))
    (import "a" "f" (func $f (param i32) (result i32)))
    (import "a" "m" (memory $m 1))
    (import "a" "t" (table $t 1 funcref))
    (import "a" "g" (global $g (mut i64)))
    (memory $large i64 1 4)
    (table $things 3 8 externref)
    (table $funcs 3 funcref)
    (global $v (mut v128) (v128.const i64x2 1 2))
    (global $r funcref (ref.func $add))
    (global $sum i32 (i32.add (i32.const 1) (i32.const 2)))
    (export "add" (func $add))
    (start $start)
    (elem $e func $add $f)
    (elem (table $funcs) (i32.const 0) funcref (ref.func $add) (ref.null func))
    (data $d "passive")
    (data (memory $large) (i64.const 3) "active")
    (func $start
      (memory.init $d (i32.const 0) (i32.const 0) (i32.const 2)) (data.drop $d)
      (table.init $funcs $e (i32.const 0) (i32.const 0) (i32.const 2)) (elem.drop $e)
      (table.copy $funcs $t (i32.const 0) (i32.const 0) (i32.const 1))
      (table.fill $things (i32.const 0) (ref.null extern) (i32.const 2))
      (drop (table.grow $things (ref.null extern) (i32.const 1)))
      (table.set $funcs (i32.const 0) (table.get $t (i32.const 0)))
      (memory.fill $m (i32.const 0) (i32.const 7) (i32.const 9))
      (memory.copy $large $m (i64.const 0) (i32.const 0) (i32.const 4))
      (memory.copy $large $large (i64.const 0) (i64.const 1) (i64.const 4))
      (drop (memory.grow $large (i64.const 1)))
      (global.set $g (i64.add (global.get $g) (memory.size $large)))
      (global.set $v (i32x4.relaxed_dot_i8x16_i7x16_add_s
        (global.get $v) (i8x16.swizzle (global.get $v) (global.get $v)) (v128.load $m (i32.const 0)))))
    (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
    (func $loops (param i32 f64) (result f64) (local i64 f32)
      (block $out (loop $again
        (br_if $out (i32.eqz (local.get 0)))
        (local.set 0 (call $f (local.get 0)))
        (local.set 1 (f64.copysign (f64.load $m (local.get 0)) (local.get 1)))
        (local.set 3 (f32.copysign (f32.load $m (local.get 0)) (local.get 3)))
        (br_table $again $out $again (local.get 0))))
      (drop (call_indirect $funcs (type $binary) (i32.const 1) (i32.const 2) (local.get 0)))
      (if (ref.is_null (ref.func $f)) (then unreachable))
      (drop (i32.atomic.rmw8.cmpxchg_u $m (local.get 0) (i32.const 1) (global.get $sum)))
      (f64.max (local.get 1) (f64.ceil (f64.promote_f32 (local.get 3)))))
    (func $tail (param i32 i32) (result i32)
      (return_call_indirect $t (type $binary) (local.get 0) (local.get 1) (i32.const 0))))"#;

fn config() -> CodegenConfig {
    CodegenConfig {
        threads: Threads::Current,
        ..CodegenConfig::default()
    }
}

#[test]
fn rich_module_can_be_compiled() {
    compile_bytes(&config(), &wasm(RICH)).expect("it can be compiled");
}

#[test]
fn truncated_modules_are_refused() {
    let wasm = wasm(RICH);
    for len in 0..wasm.len() {
        // What is cut at the end of a section may be a valid module of fewer sections.
        let _ = compile_bytes(&config(), &wasm[..len]);
    }
    assert!(compile_bytes(&config(), &wasm[..wasm.len() / 2]).is_err());
}

#[test]
fn mutated_modules_do_not_panic() {
    let wasm = wasm(RICH);
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..300 {
        let mut mutant = wasm.clone();
        for _ in 0..random.usize(1..4) {
            let at = random.usize(8..mutant.len());
            mutant[at] = random.u8(..);
        }
        if let Err(error) = compile_bytes(&config(), &mutant) {
            assert!(
                !error.to_string().contains("the code generator failed"),
                "{error}"
            );
        }
    }
}

#[test]
fn largest_declarations_are_not_allocated() {
    let texts = [
        "(module (memory i64 0xffffffffffff) (func (drop (i32.load (i64.const 0)))))",
        "(module (memory i64 1 0xffffffffffff) (func (drop (i32.load offset=0xffffffffffffffff (i64.const 0)))))",
        "(module (memory 65536 65536) (func (drop (i64.load offset=0xffffffff (i32.const 0)))))",
        "(module (memory 0 0xffffffff (pagesize 1)) (func (i64.store offset=0xffffffff (i32.const 0) (i64.const 0))))",
        "(module (table i64 1 0xffffffffffffffff funcref) (func (drop (table.get (i64.const -1)))))",
    ];
    for text in texts {
        compile_bytes(&config(), &wasm(text)).expect("it can be compiled");
    }
    let locals = "(local v128)".repeat(40_000);
    let sets: String = (0..2000)
        .map(|i| format!("(local.set {i} (v128.const i64x2 1 {i}))"))
        .collect();
    let text = format!("(module (func {locals} {sets}))");
    compile_bytes(&config(), &wasm(&text)).expect("it can be compiled");
}
