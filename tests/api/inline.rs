//! What is left of a component when it is flat, but for adapters.

use interfuse::adapt::{
    Bundle, Captured, CoreDef, CoreItem, CoreModule, EntityIndex, ExportItem, InlineError, Limits,
    Plan,
};

use crate::component::{last_args, plan, plan_within};

#[test]
fn imported_function_may_be_exported() {
    let plan = plan(
        r#"
        (import "i" (instance $i (export "f" (func))))
        (component $pass (import "f" (func $f)) (export "f" (func $f)))
        (instance $pass (instantiate $pass (with "f" (func $i "f"))))
        (export "f" (func $pass "f"))
        (export "i" (instance $i))"#,
    );
    let ExportItem::Imported(func) = plan.exports.exports["f"].item else {
        panic!("{:?} is no function of the host", plan.exports);
    };
    assert_eq!(plan.imported_funcs.len(), 1);
    assert_eq!(*plan.imported_funcs[func].path.path, ["f".into()]);
    let ExportItem::Instance(bundle) = plan.exports.exports["i"].item else {
        panic!("{:?} is no instance", plan.exports);
    };
    let again = &plan.bundles[bundle].exports["f"].item;
    assert!(matches!(again, ExportItem::Imported(id) if *id == func));
}

#[test]
fn exported_items_are_at_hand_once_more() {
    let plan = plan(
        r#"
        (import "i" (instance $i (export "f" (func))))
        (import "j" (instance $j (export "f" (func))))
        (import "g" (func $g))
        (export $again "again" (instance $j))
        (export $g-again "g-again" (func $g))
        (alias export $again "f" (func $f))
        (core func $f (canon lower (func $f)))
        (core func $g (canon lower (func $g-again)))
        (core module $m (import "" "f" (func)) (import "" "g" (func)))
        (core instance (instantiate $m
            (with "" (instance (export "f" (func $f)) (export "g" (func $g))))))"#,
    );
    let import_of = |arg: &CoreDef| match arg {
        CoreDef::HostLowering(id) => {
            let func = plan.host_lowerings[*id].func;
            let import = plan.imported_funcs[func].path.import;
            &*plan.imports[import].name
        }
        other => panic!("{other:?} is no function of the host"),
    };
    let found: Vec<_> = last_args(&plan).iter().map(import_of).collect();
    assert_eq!(found, ["j", "g"]);
}

#[test]
fn exported_instances_are_bundles() {
    let plan = plan(
        r#"
        (import "f" (func $f))
        (core module $m)
        (instance $a (export "x" (func $f)))
        (instance $b (export "y" (core module $m)) (export "a" (instance $a)))
        (export "a" (instance $a))
        (export "b" (instance $b))
        (export "c" (instance $b))"#,
    );
    let bundle = |bundle: &Bundle, name: &str| match bundle.exports[name].item {
        ExportItem::Instance(id) => id,
        ref other => panic!("{other:?} is no instance"),
    };
    let [a, b, c] = ["a", "b", "c"].map(|name| bundle(&plan.exports, name));
    assert_ne!(a, b);
    assert_eq!(b, c, "one instance under two names");
    assert_eq!(bundle(&plan.bundles[b], "a"), a);
    let x = &plan.bundles[a].exports["x"].item;
    assert!(matches!(x, ExportItem::Imported(_)));
    let y = &plan.bundles[b].exports["y"].item;
    assert!(matches!(y, ExportItem::Module(CoreModule::Static(_))));
}

#[test]
fn exported_component_has_what_it_captures() {
    let plan = plan(
        r#"
        (import "imported" (core module $imported))
        (core module $own)
        (component $inner (core instance (instantiate $own)))
        (component $unused (core instance (instantiate $own)))
        (component $outer
            (component $between
                (core instance (instantiate $imported))
                (instance (instantiate $inner)))
            (instance (instantiate $between)))
        (export "module" (core module $own))
        (export "component" (component $outer))"#,
    );
    let ExportItem::Module(own) = plan.exports.exports["module"].item else {
        panic!("{:?} is no module", plan.exports);
    };
    assert!(matches!(own, CoreModule::Static(_)));
    let ExportItem::Component(outer) = plan.exports.exports["component"].item else {
        panic!("{:?} is no component", plan.exports);
    };
    let [Captured::Module(imported), Captured::Component(inner)] =
        plan.closures[outer].captures[..]
    else {
        panic!("{:?}", plan.closures[outer]);
    };
    assert!(matches!(imported, CoreModule::Imported(_)));
    assert_eq!(plan.imported_modules.len(), 1);
    let [Captured::Module(module)] = plan.closures[inner].captures[..] else {
        panic!("{:?}", plan.closures[inner]);
    };
    assert_eq!(module, own);
    assert_eq!(plan.closures.len(), 2);
    assert!(inner < outer, "what is captured comes first");
    assert_eq!(plan.core_instances.len(), 0);
}

#[test]
fn exports_of_imported_modules_go_by_name() {
    let fields = |module: &str| {
        format!(
            r#"{module}
            (core instance $m (instantiate $m))
            (core module $user (import "m" "a" (func)) (import "m" "b" (func)))
            (core instance (instantiate $user (with "m" (instance $m))))"#
        )
    };
    let items = |plan: &Plan| -> Vec<CoreItem> {
        let item = |arg: &CoreDef| match arg {
            CoreDef::Export(export) => export.item.clone(),
            other => panic!("{other:?} is no export"),
        };
        last_args(plan).iter().map(item).collect()
    };
    let ty = r#"(import "m" (core module $m (export "a" (func)) (export "b" (func))))"#;
    let imported = plan(&fields(ty));
    assert_eq!(
        items(&imported),
        ["a", "b"].map(|name| CoreItem::Name(name.into()))
    );
    let module = r#"(core module $m (func $f) (export "a" (func $f)) (export "b" (func $f)))"#;
    let written = items(&plan(&fields(module)));
    assert!(matches!(written[0], CoreItem::Index(EntityIndex::Func(_))));
    assert_eq!(written[0], written[1], "two names of one function");
}

/// Returns fields that instantiate 2 to the power of `levels` core modules.
fn doubling(levels: usize) -> String {
    let mut fields = "(core module $m) (component $c0 (core instance (instantiate $m)))".to_owned();
    for level in 1..=levels {
        let inner = format!("(instance (instantiate $c{}))", level - 1);
        fields += &format!("(component $c{level} {inner} {inner})");
    }
    fields + &format!("(instance (instantiate $c{levels}))")
}

#[test]
fn limits_bound_nesting_that_doubles() {
    let error = plan_within(&doubling(60), Limits::default()).unwrap_err();
    let limit = Limits::default().max_instances;
    assert_eq!(error, InlineError::TooManyInstances { limit });
}

#[test]
fn limits_are_what_is_allowed() {
    // The root, 1 + 2 + 4 instances of the three components, and the core instances of the four innermost.
    let exact = Limits {
        max_instances: 12,
        ..Limits::default()
    };
    assert!(plan_within(&doubling(2), exact).is_ok());
    let limits = Limits {
        max_instances: 11,
        ..Limits::default()
    };
    let error = plan_within(&doubling(2), limits).unwrap_err();
    assert_eq!(error, InlineError::TooManyInstances { limit: 11 });
    let limits = Limits {
        max_steps: 5,
        ..Limits::default()
    };
    let error = plan_within(&doubling(2), limits).unwrap_err();
    assert_eq!(error, InlineError::TooLarge { limit: 5 });
    assert!(error.to_string().contains("more than 5 steps"));
}
