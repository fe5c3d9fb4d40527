//! Code does what it should when it runs, where that is not what scripts of the core test suite are about.

use std::sync::Arc;

use crate::runtime::codegen::compile::compile_group;
use crate::runtime::codegen::config::CodegenConfig;
use crate::runtime::codegen::group::{GroupSource, ImportSource, InstanceSource, Tables};
use crate::runtime::codegen::module::Module;
use crate::runtime::codegen::target::Target;
use crate::runtime::codegen::tests::support::wasm;
use crate::runtime::index::InstanceId;
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::code::Code;
use crate::runtime::vm::failure::Cause;
use crate::runtime::vm::group::ExternalValues;
use crate::runtime::vm::layout::RawValue;
use crate::runtime::vm::object::Extern;
use crate::runtime::vm::shared::StoreLimits;
use crate::runtime::vm::signature::Signatures;
use crate::runtime::vm::store::Store;

/// Makes an instance of each module, which imports the exports of the first one under their names, and calls a function of
/// the last one.
fn run(texts: &[&str], name: &str, param: u64) -> Result<u64, TrapKind> {
    let bytes: Vec<Vec<u8>> = texts.iter().map(|text| wasm(text)).collect();
    let parse = |bytes| Module::parse(bytes).expect("the module is valid");
    let modules: Vec<Module<'_>> = bytes.iter().map(|bytes| parse(bytes)).collect();
    let first = InstanceId::from_u32(0);
    let instances = modules.iter().map(|module| InstanceSource {
        name: "i".to_owned(),
        module,
        imports: module
            .imports
            .iter()
            .map(|import| ImportSource::Export(first, import.name.to_owned()))
            .collect(),
    });
    let source = GroupSource {
        instances: instances.collect(),
        tables: Tables::Exported,
    };
    let last = InstanceId::from_u32(u32::try_from(texts.len() - 1).expect("it fits"));
    let target = Target::host().expect("tests run on a machine that code is for");
    let image = compile_group(&target, &CodegenConfig::default(), &source);
    let signatures = Arc::new(Signatures::default());
    let code = Code::new(image.expect("it can be compiled"), &signatures);
    let code = Arc::new(code.expect("there is memory"));
    let mut store =
        Store::new((), &signatures, StoreLimits::default()).expect("there are handlers");
    let mut store = store.as_mut();
    let group = store.instantiate(&code, ExternalValues::default());
    let group = group.expect("nothing traps so far");
    let Some(Extern::Func(func)) = store.objects().export(group, last, name) else {
        panic!("{name} is no function");
    };
    let callee = store.objects().callee(func).expect("it has an entry");
    let mut values = [RawValue::from_u64(param)];
    match store.call(&callee, &mut values) {
        Ok(()) => Ok(values[0].as_u64()),
        Err(failure) => match failure.reason() {
            Cause::Trap(kind) => Err(*kind),
            Cause::Host(error) => panic!("{error}"),
        },
    }
}

#[test]
fn signs_are_copied_at_the_end_of_memory() {
    let module = r#"(module (memory 1)
        (data (i32.const 0xfff8) "\00\00\00\00\00\00\08\c0")
        (func (export "sign") (param i32) (result f64)
          (f64.copysign (f64.const 1.5) (f64.load (local.get 0))))
        (func (export "magnitude") (param i32) (result f64)
          (f64.copysign (f64.load (local.get 0)) (f64.const 1.5))))"#;
    let result = |name| run(&[module], name, 0xfff8).map(f64::from_bits);
    assert_eq!(result("sign"), Ok(-1.5));
    assert_eq!(result("magnitude"), Ok(3.0));
}

#[test]
fn instances_share_what_one_of_them_exports() {
    let library = r#"(module
        (memory (export "memory") 1) (global (export "factor") i64 (i64.const 3))
        (table (export "table") 2 funcref)
        (global $calls (export "calls") (mut i64) (i64.const 0))
        (func (export "scale") (param i64) (result i64)
          (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
          (i64.mul (local.get 0) (i64.load (i32.const 8)))))"#;
    let user = r#"(module
        (type $t (func (param i64) (result i64)))
        (import "" "memory" (memory 1)) (import "" "factor" (global $factor i64))
        (import "" "table" (table 2 funcref)) (import "" "calls" (global $calls (mut i64)))
        (import "" "scale" (func $scale (type $t)))
        (elem (i32.const 0) $scale)
        (func (export "f") (param i64) (result i64)
          (i64.store (i32.const 8) (global.get $factor))
          (i64.add
            (i64.add (call $scale (local.get 0)) (call_indirect (type $t) (local.get 0) (i32.const 0)))
            (global.get $calls))))"#;
    assert_eq!(run(&[library, user], "f", 7), Ok(7 * 3 * 2 + 2));
}

#[test]
fn checks_trap_for_their_reason() {
    let module = r#"(module
        (type $t (func)) (memory $small 1) (memory $large i64 1)
        (table $funcs 2 funcref) (table $things 1 externref) (elem (i32.const 1) $wrong)
        (elem $passive funcref (ref.func $wrong))
        (func $wrong (param i32))
        (func (export "far") (param i32) (drop (i32.load8_u offset=0xfffffff0 (local.get 0))))
        (func (export "large") (param i64) (drop (i64.load $large (local.get 0))))
        (func (export "fill") (param i32) (memory.fill (local.get 0) (i32.const 1) (i32.const 0x10000)))
        (func (export "call") (param i32) (call_indirect $funcs (type $t) (local.get 0)))
        (func (export "get") (param i32) (drop (table.get $things (local.get 0))))
        (func (export "init") (param i32)
          (table.init $funcs $passive (local.get 0) (i32.const 0) (i32.const 1)))
        (func $deep (export "deep") (param i32) (call $deep (i32.add (local.get 0) (i32.const 1))) (drop (i32.const 1))))"#;
    let cases = [
        ("far", 0, TrapKind::MemoryOutOfBounds),
        ("large", 0xfff9, TrapKind::MemoryOutOfBounds),
        ("large", u64::MAX, TrapKind::MemoryOutOfBounds),
        ("fill", 1, TrapKind::MemoryOutOfBounds),
        ("call", 0, TrapKind::UninitializedElement),
        ("call", 1, TrapKind::IndirectCallType),
        ("call", 2, TrapKind::UndefinedElement),
        ("get", 0xffff_ffff, TrapKind::TableOutOfBounds),
        ("init", 2, TrapKind::TableOutOfBounds),
        ("deep", 0, TrapKind::StackExhausted),
    ];
    for (name, param, kind) in cases {
        assert_eq!(run(&[module], name, param), Err(kind), "{name} {param}");
    }
    for (name, param) in [("large", 0xfff8), ("fill", 0), ("get", 0), ("init", 1)] {
        assert!(run(&[module], name, param).is_ok(), "{name} {param}");
    }
}
