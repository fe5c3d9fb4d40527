//! The core modules of guests, in text.

use std::fmt::Write;

use interfuse::adapt::IndexType;

use crate::oracle::flat::{Core, CoreFunc};

/// What a guest is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It passes on what it gets.
    Honest,
    /// It makes up everything.
    Hostile,
}

/// Returns the name of a core type.
pub(crate) fn core_name(core: Core) -> &'static str {
    match core {
        Core::I32 => "i32",
        Core::I64 => "i64",
        Core::F32 => "f32",
        Core::F64 => "f64",
    }
}

/// Returns the type of a core function.
pub(crate) fn core_signature(func: &CoreFunc) -> String {
    let mut text = String::new();
    for (word, types) in [("param", &func.params), ("result", &func.results)] {
        for ty in types {
            let _ = write!(text, "({word} {}) ", core_name(*ty));
        }
    }
    text
}

/// Returns the name of the type of addresses, and the index type of a memory of them.
fn pointer(width: IndexType) -> (&'static str, &'static str) {
    match width {
        IndexType::I32 => ("i32", ""),
        IndexType::I64 => ("i64", "i64"),
    }
}

/// Returns the fields of a module that has a memory and allocates in it.
pub(crate) fn libc(manner: Manner, width: IndexType) -> String {
    match manner {
        Manner::Honest => honest_libc(width),
        Manner::Hostile => hostile_libc(width),
    }
}

/// Returns the fields of the module that is called with one core type and calls the imported `f` with the other.
pub(crate) fn body(
    manner: Manner,
    lifted: &CoreFunc,
    lowered: &CoreFunc,
    resources: u32,
) -> String {
    match manner {
        Manner::Honest => honest_body(lifted, lowered),
        Manner::Hostile => hostile_body(lifted, lowered, resources),
    }
}

/// Space for results lies below that for everything else.
fn honest_libc(width: IndexType) -> String {
    let (p, index) = pointer(width);
    format!(
        r#"(memory (export "memory") {index} 40)
        (global $next (mut {p}) ({p}.const 0x200000))
        (func (export "realloc") (param $old {p}) (param $old-len {p}) (param $align {p}) (param $len {p}) (result {p})
            (local $at {p})
            (local.set $at ({p}.and
                ({p}.add (global.get $next) ({p}.sub (local.get $align) ({p}.const 1)))
                ({p}.sub ({p}.const 0) (local.get $align))))
            (global.set $next ({p}.add (local.get $at) (local.get $len)))
            (block $enough (loop $more
                (br_if $enough ({p}.le_u (global.get $next) ({p}.shl (memory.size) ({p}.const 16))))
                (br_if $more ({p}.ne (memory.grow ({p}.const 16)) ({p}.const -1)))
                unreachable))
            (memory.copy (local.get $at) (local.get $old)
                (select (local.get $old-len) (local.get $len) ({p}.lt_u (local.get $old-len) (local.get $len))))
            (local.get $at))"#
    )
}

fn honest_body(lifted: &CoreFunc, lowered: &CoreFunc) -> String {
    let mut text = format!(r#"(func (export "f") {}"#, core_signature(lifted));
    for index in 0..lifted.params.len() {
        let _ = write!(text, " (local.get {index})");
    }
    // A result that is too large for registers lies where the caller says.
    let is_spilled = lowered.params.len() > lifted.params.len();
    let pointer = lowered.params.last().map_or("i32", |it| core_name(*it));
    let space = format!(" ({pointer}.const 0x10000)");
    if is_spilled {
        text += &space;
    }
    text += " (call $f)";
    if is_spilled {
        text += &space;
    }
    text + ")"
}

/// Random numbers are of few kinds: small ones, addresses that are aligned, the end of the memory, the largest list, any.
/// How many of them are 0 or 1 depends on the seed: there are guests that go far.
///
/// `realloc` gives up now and then, and after a number of calls for good: lists of lists of one place in memory would take forever.
fn hostile_libc(width: IndexType) -> String {
    let (p, index) = pointer(width);
    let wide = |text: &str| match width {
        IndexType::I32 => format!("(i32.wrap_i64 {text})"),
        IndexType::I64 => text.to_owned(),
    };
    let (random, zero) = (wide("(call $random)"), wide("(i64.const 0)"));
    format!(
        r#"(memory (export "memory") {index} 1)
        (global $seed (mut i64) (i64.const 1))
        (global $next (mut {p}) ({p}.const 0x4000))
        (global $left (mut i32) (i32.const 500))
        (global $tame (mut i64) (i64.const 0))
        (func $any (export "any") (result i64)
            (local $x i64)
            (local.set $x (global.get $seed))
            (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 13))))
            (local.set $x (i64.xor (local.get $x) (i64.shr_u (local.get $x) (i64.const 7))))
            (local.set $x (i64.xor (local.get $x) (i64.shl (local.get $x) (i64.const 17))))
            (global.set $seed (local.get $x))
            (local.get $x))
        (func $random (export "random") (result i64)
            (local $x i64)
            (local $kind i32)
            (local.set $x (call $any))
            (local.set $kind (i32.and (i32.wrap_i64 (i64.shr_u (local.get $x) (i64.const 50))) (i32.const 15)))
            (local.set $x (i64.and (local.get $x) (i64.const 0xffffffffffff)))
            (if (i64.lt_u (i64.and (call $any) (i64.const 7)) (global.get $tame))
                (then (return (i64.and (local.get $x) (i64.const 1)))))
            (block $16 (block $12 (block $11 (block $10 (block $8 (block $5
                (br_table $5 $5 $5 $5 $5 $8 $8 $8 $10 $10 $11 $12 $12 $16 (local.get $kind)))
                (return (i64.and (local.get $x) (i64.const 3))))
                (return (i64.and (local.get $x) (i64.const 0x7ff8))))
                (return (i64.and (local.get $x) (i64.const 0x3f))))
                (return (i64.sub (i64.const 0x10000) (i64.and (local.get $x) (i64.const 0x1f)))))
                (return (i64.add (i64.const 0xfffffff) (i64.and (local.get $x) (i64.const 0x1)))))
            (call $any))
        (func (export "seed") (param i64)
            (local $at {p})
            (global.set $seed (i64.or (local.get 0) (i64.const 1)))
            (global.set $tame (i64.shr_u (local.get 0) (i64.const 61)))
            (loop $next
                (i64.store (local.get $at) (call $random))
                (local.set $at ({p}.add (local.get $at) ({p}.const 4)))
                (br_if $next ({p}.lt_u (local.get $at) ({p}.const 0x4000)))))
        (func (export "realloc") (param $old {p}) (param $old-len {p}) (param $align {p}) (param $len {p}) (result {p})
            (local $at {p})
            (if (i32.or (i32.eqz (global.get $left)) (i64.eqz (i64.and (call $any) (i64.const 127))))
                (then unreachable))
            (global.set $left (i32.sub (global.get $left) (i32.const 1)))
            (if (i64.eqz (i64.and (call $any) (i64.const 15))) (then (return {random})))
            (local.set $at (global.get $next))
            (global.set $next ({p}.and
                ({p}.add ({p}.add (local.get $at) (local.get $len)) ({p}.const 7)) ({p}.const -8)))
            (if ({p}.gt_u (global.get $next) ({p}.const 0x10000))
                (then (local.set $at {zero}) (global.set $next ({p}.const 0x4000))))
            (local.get $at))"#
    )
}

/// Calls the function up to three times, and drops a handle in between.
fn hostile_body(lifted: &CoreFunc, lowered: &CoreFunc, resources: u32) -> String {
    let random = |ty: &Core| match ty {
        Core::I32 => " (i32.wrap_i64 (call $random))",
        Core::I64 => " (call $random)",
        Core::F32 => " (f32.reinterpret_i32 (i32.wrap_i64 (call $random)))",
        Core::F64 => " (f64.reinterpret_i64 (call $random))",
    };
    let all = |types: &[Core]| types.iter().map(random).collect::<String>();
    let mut call = all(&lowered.params) + " (call $f)";
    call += &" (drop)".repeat(lowered.results.len());
    let mut text = String::from(
        r#"(import "libc" "random" (func $random (result i64)))
        (import "libc" "any" (func $any (result i64)))"#,
    );
    let _ = write!(text, r#"(func (export "f") {}"#, core_signature(lifted));
    for _ in 0..3 {
        let _ = write!(
            text,
            " (if (i64.eqz (i64.and (call $any) (i64.const 1))) (then {call}))"
        );
        for id in 0..resources {
            let drop = format!("(call $drop-r{id} (i32.wrap_i64 (call $random)))");
            let _ = write!(
                text,
                " (if (i64.eqz (i64.and (call $any) (i64.const 31))) (then {drop}))"
            );
        }
    }
    text + &all(&lifted.results) + ")"
}
