//! Accesses beyond the end of a memory, of every width.

use std::fmt::Write;

use interfuse::runtime::{AsContextMut, ErrorKind, TrapKind, Val};

use crate::fault::fixture::{engine, instance};

/// Size of the memory in bytes.
const SIZE: u64 = 0x1_0000;

/// An instruction that accesses memory.
struct Access {
    name: String,
    width_bytes: u64,
    /// What it takes after the address, as text.
    operand: &'static str,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Load,
    Store,
    /// An atomic access, which must be aligned.
    Atomic,
}

const ONES: &str = "(v128.const i64x2 -1 -1)";

fn plain() -> Vec<Access> {
    let access = |kind, operand| {
        move |(name, width_bytes): (&str, u64)| Access {
            name: name.to_owned(),
            width_bytes,
            operand,
            kind,
        }
    };
    let loads = [
        ("i32.load8_s", 1),
        ("i32.load8_u", 1),
        ("i32.load16_s", 2),
        ("i32.load16_u", 2),
        ("i32.load", 4),
        ("i64.load8_s", 1),
        ("i64.load16_u", 2),
        ("i64.load32_s", 4),
        ("i64.load32_u", 4),
        ("i64.load", 8),
        ("f32.load", 4),
        ("f64.load", 8),
        ("v128.load", 16),
        ("v128.load8x8_s", 8),
        ("v128.load16x4_u", 8),
        ("v128.load32x2_s", 8),
        ("v128.load8_splat", 1),
        ("v128.load16_splat", 2),
        ("v128.load32_splat", 4),
        ("v128.load64_splat", 8),
        ("v128.load32_zero", 4),
        ("v128.load64_zero", 8),
    ];
    let narrow_stores = [("i32.store8", 1), ("i32.store16", 2), ("i32.store", 4)];
    let wide_stores = [
        ("i64.store8", 1),
        ("i64.store16", 2),
        ("i64.store32", 4),
        ("i64.store", 8),
    ];
    let mut all: Vec<Access> = loads.map(access(Kind::Load, "")).into();
    all.extend(narrow_stores.map(access(Kind::Store, "(i32.const -1)")));
    all.extend(wide_stores.map(access(Kind::Store, "(i64.const -1)")));
    all.push(access(Kind::Store, "(f32.const 1)")(("f32.store", 4)));
    all.push(access(Kind::Store, "(f64.const 1)")(("f64.store", 8)));
    all.push(access(Kind::Store, ONES)(("v128.store", 16)));
    for width in [8, 16, 32, 64] {
        for (what, kind) in [("load", Kind::Load), ("store", Kind::Store)] {
            let name = format!("v128.{what}{width}_lane");
            all.push(access(kind, ONES)((&name, width / 8)));
        }
    }
    all
}

fn atomic() -> Vec<Access> {
    let mut all = Vec::new();
    let mut add = |name: String, width_bytes, operand| {
        all.push(Access {
            name,
            width_bytes,
            operand,
            kind: Kind::Atomic,
        });
    };
    for (ty, operand, bits) in [
        ("i32", "(i32.const -1)", &[8, 16, 32][..]),
        ("i64", "(i64.const -1)", &[8, 16, 32, 64]),
    ] {
        for width in bits {
            let is_full = ty.ends_with(&width.to_string());
            let (part, extend) = if is_full {
                (String::new(), "")
            } else {
                (width.to_string(), "_u")
            };
            add(format!("{ty}.atomic.load{part}{extend}"), width / 8, "");
            add(format!("{ty}.atomic.store{part}"), width / 8, operand);
            for op in ["add", "sub", "and", "or", "xor", "xchg"] {
                let name = format!("{ty}.atomic.rmw{part}.{op}{extend}");
                add(name, width / 8, operand);
            }
        }
    }
    for (name, width, operands) in [
        ("i32.atomic.rmw.cmpxchg", 4, "(i32.const 0) (i32.const -1)"),
        ("i64.atomic.rmw.cmpxchg", 8, "(i64.const 0) (i64.const -1)"),
        (
            "i32.atomic.rmw8.cmpxchg_u",
            1,
            "(i32.const 0) (i32.const -1)",
        ),
        (
            "i64.atomic.rmw32.cmpxchg_u",
            4,
            "(i64.const 0) (i64.const -1)",
        ),
    ] {
        add(name.to_owned(), width, operands);
    }
    all
}

/// Returns a module with a function for each access.
fn text(accesses: &[Access], address: &str) -> String {
    let prefix = if address == "i64" { "i64" } else { "" };
    let mut text = format!("(module (memory (export \"memory\") {prefix} 1)");
    for Access { name, operand, .. } in accesses {
        let lane = if name.ends_with("_lane") { "0" } else { "" };
        let code = format!("({name} {lane} (local.get 0) {operand})");
        let has_no_result = name.contains("store");
        let code = if has_no_result {
            code
        } else {
            format!("(drop {code})")
        };
        write!(text, "(func (export \"{name}\") (param {address}) {code})").unwrap();
    }
    text + ")"
}

/// Makes each access at the last address that is good, and at those that are not.
fn check(accesses: &[Access], address: &str) {
    let (mut store, instance) = instance(&engine(), &text(accesses, address));
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    let largest = match address {
        "i32" => u64::from(u32::MAX),
        _ => u64::MAX,
    };
    for access in accesses {
        let (name, width) = (&access.name, access.width_bytes);
        let func = instance.get_func(&mut store, name).unwrap();
        let mut call = |at: u64| {
            let at = match address {
                "i32" => Val::I32(u32::try_from(at).unwrap().cast_signed()),
                _ => Val::I64(at.cast_signed()),
            };
            func.call(&mut store, &[at], &mut [])
        };
        call(SIZE - width).unwrap_or_else(|error| panic!("{name}: {error}"));
        let step = if access.kind == Kind::Atomic {
            width
        } else {
            1
        };
        let mut beyond = vec![SIZE, SIZE + 4096, 1 << 31, largest - width + 1];
        beyond.extend((SIZE - width + step..SIZE).rev());
        for at in beyond {
            let error = call(at).unwrap_err();
            let expected = ErrorKind::Trap(TrapKind::MemoryOutOfBounds);
            assert_eq!(error.kind(), expected, "{name} {address} {at:#x}");
            assert_eq!(error.backtrace().len(), 1, "{name} {address} {at:#x}");
        }
        // No access writes a part of what it should.
        let last = usize::try_from(SIZE - width).unwrap();
        let mut context = store.as_context_mut();
        let bytes = memory.data(&mut context);
        assert!(bytes[..last].iter().all(|byte| *byte == 0), "{name}");
        bytes.fill(0);
    }
}

#[test]
fn accesses_of_every_width_trap_beyond_the_end() {
    for address in ["i32", "i64"] {
        check(&plain(), address);
        check(&atomic(), address);
    }
}

#[test]
fn offsets_count() {
    let text = r#"(module (memory 1)
        (func (export "near") (param i32) (result i32) (i32.load offset=65532 (local.get 0)))
        (func (export "far") (param i32) (result i32) (i32.load offset=0xffffffff (local.get 0)))
        (func (export "vector") (param i32) (result i32)
          (v128.any_true (v128.load offset=0xfffffff0 (local.get 0)))))"#;
    let (mut store, instance) = instance(&engine(), text);
    let near = instance.get_typed_func::<u32, u32>(&mut store, "near");
    let near = near.unwrap();
    assert_eq!(near.call(&mut store, 0).unwrap(), 0);
    for (name, address) in [
        ("near", 1),
        ("near", u32::MAX),
        ("far", 0),
        ("far", u32::MAX),
        ("vector", 0),
        ("vector", u32::MAX),
    ] {
        let func = instance.get_typed_func::<u32, u32>(&mut store, name);
        let error = func.unwrap().call(&mut store, address).unwrap_err();
        assert_eq!(
            error.trap(),
            Some(TrapKind::MemoryOutOfBounds),
            "{name} {address}"
        );
    }
}
