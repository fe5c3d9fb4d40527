//! Shims are seen through where that changes nothing, and only there.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::runtime::codegen::compile::{compile_group, compile_trampolines};
use crate::runtime::codegen::config::CodegenConfig;
use crate::runtime::codegen::group::{GroupSource, ImportSource, InstanceSource, Tables};
use crate::runtime::codegen::module::Module;
use crate::runtime::codegen::target::Target;
use crate::runtime::codegen::tests::support::{inlined, range, wasm};
use crate::runtime::image::{FuncSite, Image};
use crate::runtime::index::{InstanceId, SignatureSlot};
use crate::runtime::trap::TrapKind;
use crate::runtime::types::{FuncType, ValType};
use crate::runtime::vm::code::Code;
use crate::runtime::vm::failure::{Cause, Failure};
use crate::runtime::vm::group::ExternalValues;
use crate::runtime::vm::layout::RawValue;
use crate::runtime::vm::object::Extern;
use crate::runtime::vm::shared::StoreLimits;
use crate::runtime::vm::signature::Signatures;
use crate::runtime::vm::store::{InstantiateError, Store, StoreMut};

/// Two functions that stand for elements of a table.
const SHIM: &str = r#"(module $shim
    (type $t (func (param i32) (result i32)))
    (table (export "table") 2 2 funcref)
    (func $shim (export "0") (type $t) (call_indirect (type $t) (local.get 0) (i32.const 0)))
    (func (export "1") (type $t) (call_indirect (type $t) (local.get 0) (i32.const 1))))"#;

/// Calls the first one.
const MAIN: &str = r#"(module $main
    (import "shim" "0" (func $f (param i32) (result i32)))
    (func (export "run") (param i32) (result i32) (i32.add (call $f (local.get 0)) (i32.const 1))))"#;

/// What both stand for.
const TARGET: &str = r#"(module $target
    (func $target (export "target") (param i32) (result i32) (i32.div_u (i32.const 100) (local.get 0)))
    (func $other (export "other") (param i32) (result i32) (i32.const 7)))"#;

const FIX_UP: &str = r#"(module $fix-up
    (import "target" "target" (func $target (param i32) (result i32)))
    (import "target" "other" (func $other (param i32) (result i32)))
    (import "shim" "table" (table 2 2 funcref))
    (elem (i32.const 0) func $target $other))"#;

/// What a group does.
#[derive(Debug, PartialEq)]
struct Seen {
    /// The functions that were put into others.
    inlined: BTreeSet<String>,
    /// What `run` of `main` returns for 5 after the first time, or what stops the guest.
    result: Result<u32, TrapKind>,
}

impl Seen {
    fn through(result: u32) -> Seen {
        Seen {
            inlined: BTreeSet::from(["target".to_owned()]),
            result: Ok(result),
        }
    }

    fn not(result: Result<u32, TrapKind>) -> Seen {
        Seen {
            inlined: BTreeSet::from(["shim".to_owned()]),
            result,
        }
    }
}

/// Compiles modules in this order, which import from each other by their names, or one thing from the host. Returns the
/// number of `main` too.
fn compile(target: &Target, tables: Tables, texts: &[&str]) -> (Image, InstanceId) {
    let bytes: Vec<Vec<u8>> = texts.iter().map(|text| wasm(text)).collect();
    let parse = |bytes| Module::parse(bytes).expect("the module is valid");
    let modules: Vec<Module<'_>> = bytes.iter().map(|bytes| parse(bytes)).collect();
    let mut ids: HashMap<&str, InstanceId> = HashMap::new();
    let mut instances = Vec::new();
    for (module, id) in modules.iter().zip(0..) {
        let imports = module.imports.iter();
        let imports = imports.map(|import| match ids.get(import.module) {
            Some(from) => ImportSource::Export(*from, import.name.to_owned()),
            None => ImportSource::External(0),
        });
        let imports = imports.collect();
        let name = module.name.expect("the module has a name");
        ids.insert(name, InstanceId::from_u32(id));
        instances.push(InstanceSource {
            name: name.to_owned(),
            module,
            imports,
        });
    }
    let source = GroupSource { instances, tables };
    let image = compile_group(target, &CodegenConfig::default(), &source);
    (image.expect("it can be compiled"), ids["main"])
}

fn see(texts: &[&str]) -> Seen {
    see_with(Tables::Private, texts)
}

fn see_with(tables: Tables, texts: &[&str]) -> Seen {
    let target = Target::host().expect("tests run on a machine that code is for");
    let (image, main) = compile(&target, tables, texts);
    Seen {
        inlined: inlined(&image),
        result: run(&target, image, main),
    }
}

/// Calls `run` of an instance with 5, if the instances can be made. The function of the host adds 1000.
fn run(target: &Target, image: Image, main: InstanceId) -> Result<u32, TrapKind> {
    let signatures = Arc::new(Signatures::default());
    let mut store =
        Store::new((), &signatures, StoreLimits::default()).expect("there are handlers");
    let mut store = store.as_mut();
    let ty = FuncType {
        params: [ValType::I32].into(),
        results: [ValType::I32].into(),
    };
    let trampolines = compile_trampolines(target, &ty).expect("it can be compiled");
    let trampolines = Code::of_trampolines(trampolines, &signatures).expect("there is memory");
    let add = |_: StoreMut<'_, ()>, values: &mut [RawValue]| {
        values[0] = RawValue::from_u64(values[0].as_u64() + 1000);
        Ok(())
    };
    let host = store.new_func(&Arc::new(trampolines), SignatureSlot::FIRST, add);
    let externals = ExternalValues {
        funcs: image.externals.funcs.values().map(|_| host).collect(),
        ..ExternalValues::default()
    };
    let code = Arc::new(Code::new(image, &signatures).expect("there is memory"));
    let kind = |failure: Box<Failure>| match failure.reason() {
        Cause::Trap(kind) => *kind,
        Cause::Host(error) => panic!("{error}"),
    };
    let group = match store.instantiate(&code, externals) {
        Ok(group) => group,
        Err(InstantiateError::Failure(failure)) => return Err(kind(failure)),
        Err(error) => panic!("{error}"),
    };
    let Some(Extern::Func(func)) = store.objects().export(group, main, "run") else {
        panic!("`run` is no function");
    };
    let callee = store.objects().callee(func).expect("it has an entry");
    let mut values = [RawValue::from_u64(5)];
    store.call(&callee, &mut values).map_err(kind)?;
    Ok(u32::try_from(values[0].as_u64() & 0xffff_ffff).expect("it fits"))
}

#[test]
fn calls_go_to_what_the_fix_up_gives() {
    let all = [SHIM, MAIN, TARGET, FIX_UP];
    assert_eq!(see(&all), Seen::through(21));
    // A start function is called after the segments of its own instance.
    let started = FIX_UP.replace(
        "(elem",
        "(start $start) (func $start (drop (call $target (i32.const 1)))) (elem",
    );
    assert_eq!(see(&[SHIM, MAIN, TARGET, &started]), Seen::through(21));
    let expressions = FIX_UP.replace(
        "func $target $other",
        "funcref (ref.func $target) (ref.func $other)",
    );
    assert_eq!(see(&[SHIM, MAIN, TARGET, &expressions]), Seen::through(21));
}

#[test]
fn functions_of_the_host_are_called_directly() {
    let fix_up = FIX_UP.replace(r#""target" "target""#, r#""host" "add""#);
    let seen = see(&[SHIM, MAIN, TARGET, &fix_up]);
    let inlined = BTreeSet::new();
    let result = Ok(1006);
    assert_eq!(seen, Seen { inlined, result });
}

#[test]
fn references_refer_to_what_the_fix_up_gives() {
    let main = r#"(module $main
        (type $t (func (param i32) (result i32)))
        (import "shim" "0" (func $f (type $t)))
        (table 1 funcref) (elem (i32.const 0) $f)
        (func (export "run") (type $t) (call_indirect (type $t) (local.get 0) (i32.const 0))))"#;
    let target = Target::host().expect("tests run on a machine that code is for");
    let (image, main) = compile(&target, Tables::Private, &[SHIM, main, TARGET, FIX_UP]);
    let start = range(&image, "target").start;
    let place = image.instances[main].func_refs;
    let references: Vec<FuncSite> = image.bulk.func_sites.at(place).collect();
    let is_target = |it: &FuncSite| matches!(it, FuncSite::Code(code, _) if *code == start);
    assert!(references.iter().any(is_target));
    assert_eq!(run(&target, image, main), Ok(20));
}

#[test]
fn shims_of_shims_are_seen_through() {
    let second = SHIM.replace("$shim", "$second");
    let between = FIX_UP
        .replace("$fix-up", "$between")
        .replace(r#""target" "target""#, r#""second" "0""#)
        .replace(r#""target" "other""#, r#""second" "1""#);
    let fix_up = FIX_UP.replace(r#""shim""#, r#""second""#);
    let all = [SHIM, &second, MAIN, TARGET, &between, &fix_up];
    assert_eq!(see(&all), Seen::through(21));
}

#[test]
fn shims_that_stand_for_themselves_stay() {
    let fix_up = FIX_UP.replace(r#""target" "target""#, r#""shim" "0""#);
    let seen = see(&[SHIM, MAIN, TARGET, &fix_up]);
    assert_eq!(seen, Seen::not(Err(TrapKind::StackExhausted)));
    let swapped = FIX_UP
        .replace(r#""target" "target""#, r#""shim" "1""#)
        .replace(r#""target" "other""#, r#""shim" "0""#);
    let seen = see(&[SHIM, MAIN, TARGET, &swapped]);
    assert_eq!(seen.result, Err(TrapKind::StackExhausted));
}

#[test]
fn tables_that_the_host_may_write_stay() {
    let all = [SHIM, MAIN, TARGET, FIX_UP];
    assert_eq!(see_with(Tables::Exported, &all), Seen::not(Ok(21)));
    // What has put itself into a table from outside can be called even if the instances are not all made.
    let outside = r#"(module $outside (import "host" "table" (table 1 funcref)))"#;
    let all = [outside, SHIM, MAIN, TARGET, FIX_UP];
    let target = Target::host().expect("tests run on a machine that code is for");
    let (image, _) = compile(&target, Tables::Private, &all);
    assert_eq!(inlined(&image), BTreeSet::from(["shim".to_owned()]));
}

#[test]
fn tables_that_guests_write_stay() {
    let writer = |code: &str| {
        format!(
            r#"(module $writer
                (import "shim" "table" (table $t 2 2 funcref)) (import "target" "other" (func $other (param i32) (result i32)))
                (table $own 1 funcref) (elem (table $own) (i32.const 0) func $other) (elem $e func $other)
                (start $start) (func $start {code}))"#
        )
    };
    let cases = [
        ("(table.set $t (i32.const 0) (ref.func $other))", 8),
        (
            "(table.fill $t (i32.const 0) (ref.func $other) (i32.const 1))",
            8,
        ),
        (
            "(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 1))",
            8,
        ),
        (
            "(table.copy $t $own (i32.const 0) (i32.const 0) (i32.const 1))",
            8,
        ),
        ("(drop (table.grow $t (ref.func $other) (i32.const 1)))", 21),
    ];
    for (code, result) in cases {
        let writer = writer(code);
        let seen = see(&[SHIM, MAIN, TARGET, FIX_UP, &writer]);
        assert_eq!(seen, Seen::not(Ok(result)), "{code}");
    }
    let reader = writer(
        "(table.copy $own $t (i32.const 0) (i32.const 0) (i32.const 1)) (drop (table.get $t (i32.const 0)))",
    );
    assert_eq!(
        see(&[SHIM, MAIN, TARGET, FIX_UP, &reader]),
        Seen::through(21)
    );
    let own = SHIM.replace(
        "(func $shim",
        "(func (export \"set\") (table.set 0 (i32.const 0) (ref.null func))) (func $shim",
    );
    assert_eq!(see(&[&own, MAIN, TARGET, FIX_UP]), Seen::not(Ok(21)));
}

#[test]
fn elements_that_are_not_known_stay() {
    let fix_up = |segments: &str| {
        let (imports, _) = FIX_UP.split_once("(elem").expect("the text has it");
        format!("{imports} {segments})")
    };
    let cases = [
        // Written twice.
        (
            "(elem (i32.const 0) func $target) (elem (i32.const 0) func $other)",
            Ok(8),
        ),
        (
            "(elem (i32.const 0) func $other $other) (elem (i32.const 0) func $target)",
            Ok(21),
        ),
        // Not a function.
        (
            "(elem (i32.const 0) funcref (ref.func $target) (ref.null func))",
            Ok(21),
        ),
        // Not there.
        (
            "(elem (i32.const 1) func $target)",
            Err(TrapKind::UninitializedElement),
        ),
        (
            "(elem $passive func $target)",
            Err(TrapKind::UninitializedElement),
        ),
        (
            "(elem (i32.const 1) func $other $target)",
            Err(TrapKind::TableOutOfBounds),
        ),
        // At a place that is not a number.
        (
            "(elem (offset (i32.add (i32.const 0) (i32.const 0))) func $target)",
            Ok(21),
        ),
    ];
    for (segments, result) in cases {
        let seen = see(&[SHIM, MAIN, TARGET, &fix_up(segments)]);
        assert_eq!(seen, Seen::not(result), "{segments}");
    }
    let beyond = SHIM.replace("(local.get 0) (i32.const 0)", "(local.get 0) (i32.const 2)");
    let seen = see(&[&beyond, MAIN, TARGET, FIX_UP]);
    assert_eq!(seen, Seen::not(Err(TrapKind::UndefinedElement)));
}

/// Modules that are linked dynamically are told where their elements begin, and do not say how large the table is.
#[test]
fn elements_at_the_value_of_a_global_are_known() {
    let base = r#"(module $base
        (global (export "at") i32 (i32.const 1))
        (global (export "end") i32 (i32.const 2)))"#;
    let (imports, _) = FIX_UP.split_once("(elem").expect("the text has it");
    let fix_up = |segments: &str| {
        let imports = imports.replace("(table 2 2 funcref)", "(table 0 funcref)");
        format!(
            r#"{imports} (import "base" "at" (global $at i32)) (import "base" "end" (global $end i32))
            {segments})"#
        )
    };
    let see = |segments: &str| see(&[SHIM, MAIN, TARGET, base, &fix_up(segments)]);
    let seen = see("(elem (i32.const 0) func $target) (elem (global.get $at) func $other)");
    assert_eq!(seen, Seen::through(21));
    let seen = see("(elem (i32.const 0) func $target) (elem (global.get $end) func)");
    assert_eq!(seen, Seen::through(21));
    let seen = see("(elem (i32.const 0) func $target) (elem (global.get $end) func $other)");
    assert_eq!(seen, Seen::not(Err(TrapKind::TableOutOfBounds)));
    let seen = see("(elem (i32.const 0) func $other $target) (elem (global.get $at) func $other)");
    assert_eq!(seen, Seen::not(Ok(8)));
}

#[test]
fn elements_of_other_types_stay() {
    let target = TARGET.replacen("(param i32) (result i32)", "(param i64) (result i32)", 1);
    let target = target.replace("(local.get 0)", "(i32.wrap_i64 (local.get 0))");
    let fix_up = FIX_UP.replacen("(param i32)", "(param i64)", 1);
    let seen = see(&[SHIM, MAIN, &target, &fix_up]);
    assert_eq!(seen, Seen::not(Err(TrapKind::IndirectCallType)));
}

#[test]
fn functions_that_do_more_stay() {
    let shim = |body: &str| {
        let call = "(call_indirect (type $t) (local.get 0) (i32.const 0))";
        SHIM.replacen(call, body, 1)
    };
    let cases = [
        (
            "(call_indirect (type $t) (i32.const 10) (i32.const 0))",
            Ok(11),
        ),
        (
            "(local i32) (call_indirect (type $t) (local.get 1) (i32.const 0))",
            Err(TrapKind::DivisionByZero),
        ),
        (
            "(call_indirect (type $t) (local.get 0) (local.get 0))",
            Err(TrapKind::UndefinedElement),
        ),
        (
            "(i32.add (i32.const 1) (call_indirect (type $t) (local.get 0) (i32.const 0)))",
            Ok(22),
        ),
    ];
    for (body, result) in cases {
        let seen = see(&[&shim(body), MAIN, TARGET, FIX_UP]);
        assert_eq!(seen, Seen::not(result), "{body}");
    }
}

#[test]
fn guests_that_run_before_the_fix_up_find_nothing() {
    let trap = Err(TrapKind::UninitializedElement);
    let main = MAIN.replace(
        "(func (export",
        "(start $start) (func $start (drop (call $f (i32.const 1)))) (func (export",
    );
    assert_eq!(see(&[SHIM, &main, TARGET, FIX_UP]), Seen::not(trap));
    let shim = SHIM.replace(
        "(func (export",
        "(start $start) (func $start (drop (call $shim (i32.const 1)))) (func (export",
    );
    assert_eq!(see(&[&shim, MAIN, TARGET, FIX_UP]), Seen::not(trap));
    let between = r#"(module $between
        (import "main" "run" (func $run (param i32) (result i32)))
        (start $start) (func $start (drop (call $run (i32.const 1)))))"#;
    let seen = see(&[SHIM, MAIN, TARGET, between, FIX_UP]);
    assert_eq!(seen.result, trap);
    // Whoever comes before the shim cannot call it.
    let before = r#"(module $before (start $start) (func $start))"#;
    assert_eq!(
        see(&[before, SHIM, MAIN, TARGET, FIX_UP]),
        Seen::through(21)
    );
    let seen = see(&[SHIM, MAIN, TARGET, FIX_UP, between]);
    assert_eq!(seen.result, Ok(21));
}
