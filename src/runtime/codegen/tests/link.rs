//! Groups of several instances.

use std::collections::BTreeSet;

use crate::runtime::codegen::compile::compile_group;
use crate::runtime::codegen::config::CodegenConfig;
use crate::runtime::codegen::group::{GroupSource, ImportSource, InstanceSource, Tables};
use crate::runtime::codegen::module::Module;
use crate::runtime::codegen::target::Target;
use crate::runtime::codegen::tests::support::{inlined, names, range, wasm};
use crate::runtime::image::{
    ConstOp, ElementItems, ExportSite, FuncSite, Image, MemorySite, Minimum,
};
use crate::runtime::index::{ExternalFuncId, FuncRefId, InstanceId, OwnMemoryId, SignatureSlot};

/// Compiles instances of modules, each with what it is given.
fn group(instances: &[(&str, &[ImportSource])]) -> Result<Image, String> {
    let target = Target::host().expect("tests run on a machine that code is for");
    let bytes: Vec<Vec<u8>> = instances.iter().map(|(text, _)| wasm(text)).collect();
    let modules: Vec<Module<'_>> = bytes
        .iter()
        .map(|b| Module::parse(b).expect("the module is valid"))
        .collect();
    let sources = modules.iter().zip(instances).enumerate();
    let source = GroupSource {
        instances: sources
            .map(|(index, (module, (_, imports)))| InstanceSource {
                name: format!("i{index}"),
                module,
                imports: imports.to_vec(),
            })
            .collect(),
        tables: Tables::Exported,
    };
    let image = compile_group(&target, &CodegenConfig::default(), &source);
    image.map_err(|error| error.to_string())
}

fn export(instance: u32, name: &str) -> ImportSource {
    ImportSource::Export(InstanceId::from_u32(instance), name.to_owned())
}

const LIBRARY: &str = r#"(module
    (import "host" "log" (func $log (param i32)))
    (memory (export "memory") 1 4)
    (global (export "answer") i32 (i32.const 42))
    (func (export "double") (param i32) (result i32) (i32.shl (local.get 0) (i32.const 1)))
    (export "log" (func $log)))"#;

const USER: &str = r#"(module
    (import "library" "double" (func $double (param i32) (result i32)))
    (import "library" "log" (func $log (param i32)))
    (import "library" "answer" (global $answer i32))
    (import "library" "memory" (memory 2))
    (table 2 funcref) (elem (i32.const 0) $double $run)
    (data (offset (i32.mul (global.get $answer) (i32.const 2))) "hello")
    (func $run (export "run") (result i32)
      (call $log (i32.load (i32.const 0)))
      (call $double (global.get $answer))))"#;

#[test]
fn what_comes_from_another_instance_is_resolved() {
    let library = [ImportSource::External(0)];
    let user = ["double", "log", "answer", "memory"].map(|name| export(0, name));
    let image = group(&[(LIBRARY, &library), (USER, &user)]).expect("it can be compiled");
    let (library, user) = (InstanceId::from_u32(0), InstanceId::from_u32(1));
    let log = ExternalFuncId::from_u32(0);
    let starts: Vec<u32> = image.bulk.functions.iter().map(|it| it.start).collect();
    let (double, run) = (starts[0], starts[1]);
    let double = FuncSite::Code(double, SignatureSlot::from_u32(1));
    assert_eq!(image.externals.funcs.len(), 1);
    assert_eq!(image.externals.funcs[log], SignatureSlot::from_u32(0));
    let sites = |instance: InstanceId| {
        let place = image.instances[instance].func_refs;
        image.bulk.func_sites.at(place).collect::<Vec<_>>()
    };
    assert_eq!(sites(library), [FuncSite::External(log), double]);
    let plan = &image.instances[user];
    assert!(
        matches!(sites(user)[..], [first, FuncSite::Code(start, _)] if first == double && start == run)
    );
    assert_eq!(
        plan.exports["run"],
        ExportSite::Func(FuncRefId::from_u32(1))
    );
    let memory = MemorySite::Own(library, OwnMemoryId::from_u32(0));
    assert_eq!(plan.minimums, [Minimum::Memory(memory, 2)]);
    let segment = plan.data.first().expect("the test has it");
    let (site, offset) = segment.active.as_ref().expect("the test has it");
    assert_eq!(*site, memory);
    // The answer never changes.
    let product = [ConstOp::I32(42), ConstOp::I32(2), ConstOp::I32Mul];
    assert_eq!(offset.ops, product);
    let segment = plan.elements.values().next().expect("the test has it");
    assert!(matches!(&segment.items, ElementItems::Funcs(funcs) if funcs.len() == 2));
    let slot = &image.signatures[image.externals.funcs[log]];
    assert!(slot.exit.is_some());
    assert!(slot.entry.is_none());
}

#[test]
fn a_module_is_compiled_for_each_instance() {
    let text = "(module (memory 1) (func (export \"f\") (result f32) (f32.load (i32.const 0))))";
    let image = group(&[(text, &[]), (text, &[])]).expect("it can be compiled");
    assert_eq!(image.bulk.functions.len(), 3);
    assert_eq!(image.signatures.len(), 1);
    assert_eq!(names(&image)[1], "i1!func0");
}

#[test]
fn what_is_put_into_others_is_listed_where_code_came_of_it() {
    let library = r#"(module (memory 1)
        (func $load (export "load") (param i32) (result i32) (i32.load (local.get 0)))
        (func $add (export "add") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))"#;
    let user = r#"(module
        (import "" "load" (func $load (param i32) (result i32)))
        (import "" "add" (func $add (param i32) (result i32)))
        (func (param i32) (result i32) (call $load (call $add (local.get 0))))
        (func (param i32) (result i32) (call $add (local.get 0))))"#;
    let imports = ["load", "add"].map(|name| export(0, name));
    let image = group(&[(library, &[]), (user, &imports)]).expect("it can be compiled");
    assert_eq!(inlined(&image), BTreeSet::from(["load".to_owned()]));
    let caller = range(&image, "i1!func2");
    let code = caller.start..caller.start + caller.len;
    let mut stretches = image.bulk.inline_stretches.iter();
    assert!(stretches.all(|stretch| code.contains(&stretch.start)));
}

#[test]
fn what_does_not_fit_leaves_room_for_what_does() {
    let library = r#"(module
        (func $large (export "large") (param i64) (result i64)
          LARGE (local.get 0))
        (func $small (export "small") unreachable))"#;
    let step = "(local.set 0 (i64.rotl (i64.mul (local.get 0) (local.get 0)) (local.get 0)))";
    let library = library.replace("LARGE", &step.repeat(14));
    let user = r#"(module
        (import "" "large" (func $large (param i64) (result i64)))
        (import "" "small" (func $small))
        (func (param i64) (result i64) CALLS (call $small) (local.get 0)))"#;
    let call = "(local.set 0 (call $large (local.get 0)))";
    let user = user.replace("CALLS", &call.repeat(100));
    let imports = ["large", "small"].map(|name| export(0, name));
    let image = group(&[(&library, &[]), (&user, &imports)]).expect("it can be compiled");
    assert_eq!(inlined(&image), BTreeSet::from(["small".to_owned()]));
}

#[test]
fn imports_have_to_match() {
    let import = |text: &str| format!("(module (import \"a\" \"b\" {text}))");
    let of = |exporter: &str, importer: &str, name: &str| {
        group(&[(exporter, &[]), (&import(importer), &[export(0, name)])]).unwrap_err()
    };
    let exporter = r#"(module
        (func (export "f")) (global (export "g") (mut i64) (i64.const 0))
        (memory (export "m") 1) (table (export "t") i64 1 5 funcref))"#;
    let place = "instance `i1`: import `a` `b`:";
    let cases = [
        (
            "(func (param i32))",
            "f",
            "expected function (i32) -> (), found function () -> ()",
        ),
        (
            "(func)",
            "g",
            "expected function () -> (), found mutable global i64",
        ),
        (
            "(global i64)",
            "g",
            "expected global i64, found mutable global i64",
        ),
        (
            "(memory 1 2)",
            "m",
            "expected memory i32 1..=2 of pages of 65536 bytes, found memory i32 1.. of pages of 65536 bytes",
        ),
        (
            "(table i64 6 externref)",
            "t",
            "expected table i64 6.. of externref, found table i64 1..=5 of funcref",
        ),
        ("(func)", "x", "instance `i0` does not export `x`"),
    ];
    for (importer, name, problem) in cases {
        assert_eq!(of(exporter, importer, name), format!("{place} {problem}"));
    }
    let later = group(&[(&import("(func)"), &[export(0, "f")])]).unwrap_err();
    assert!(
        later.ends_with("instance 0 is not made before this one"),
        "{later}"
    );
    let few = group(&[(&import("(func)"), &[])]).unwrap_err();
    assert_eq!(few, "instance `i0` imports 1 things and is given 0");
    let gap = group(&[(&import("(func)"), &[ImportSource::External(1)])]).unwrap_err();
    assert!(
        gap.ends_with("external number 1 comes before a lower one"),
        "{gap}"
    );
    let two = "(module (import \"a\" \"b\" (func)) (import \"a\" \"c\" (func (param i32))))";
    let same = [ImportSource::External(0), ImportSource::External(0)];
    let clash = group(&[(two, &same)]).unwrap_err();
    assert!(
        clash.ends_with("expected function (i32) -> (), found function () -> ()"),
        "{clash}"
    );
}
