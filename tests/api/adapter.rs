//! Which fused adapters a plan has.

use interfuse::adapt::{Adapter, CoreDef, ExportItem, Lift, Plan, Resource, ResourceOrigin};

use crate::component::{last_args, plan};

/// A component that exports `f`, and `g` of another type that passes the same values; both are one core function.
const PRODUCER: &str = r#"
    (component $producer
        (core module $m (func (export "f") (param i32 i32) unreachable)
            (memory (export "memory") 1)
            (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
        (core instance $m (instantiate $m))
        (alias core export $m "memory" (core memory $memory))
        (type $f (record (field "a" u8) (field "b" u16)))
        (type $g (record (field "c" u8) (field "d" u16)))
        (export $f-x "f-type" (type $f))
        (export $g-x "g-type" (type $g))
        (func (export "f") (param "p" $f-x) (canon lift (core func $m "f")))
        (func (export "g") (param "q" $g-x) (canon lift (core func $m "f")))
        (func (export "s") (param "s" string)
            (canon lift (core func $m "f") (memory $memory) (realloc (core func $m "realloc")))))
    (instance $producer (instantiate $producer))"#;

/// Returns the plan of [`PRODUCER`] with a component that lowers what `lowers` say, and gives it to a core module.
fn consumed(lowers: &[&str]) -> Plan {
    let mut consumer = String::new();
    let (mut imports, mut exports) = (String::new(), String::new());
    for (i, lower) in lowers.iter().enumerate() {
        consumer += &format!("(core func $l{i} (canon lower {lower}))");
        imports += &format!(r#"(import "" "l{i}" (func (param i32 i32)))"#);
        exports += &format!(r#"(export "l{i}" (func $l{i}))"#);
    }
    plan(&format!(
        r#"{PRODUCER}
        (component $consumer
            (import "p" (instance $p
                (type $f (record (field "a" u8) (field "b" u16)))
                (type $g (record (field "c" u8) (field "d" u16)))
                (export "f-type" (type $f-x (eq $f)))
                (export "g-type" (type $g-x (eq $g)))
                (export "f" (func (param "p" $f-x)))
                (export "g" (func (param "q" $g-x)))
                (export "s" (func (param "s" string)))))
            (alias export $p "f" (func $f))
            (alias export $p "g" (func $g))
            (alias export $p "s" (func $s))
            (core module $memory (memory (export "memory") 1))
            (core instance $memory (instantiate $memory))
            (alias core export $memory "memory" (core memory $memory))
            {consumer}
            (core module $m {imports})
            (core instance (instantiate $m (with "" (instance {exports})))))
        (instance (instantiate $consumer (with "p" (instance $producer))))"#
    ))
}

#[test]
fn equal_lowerings_share_an_adapter() {
    let plan = consumed(&["(func $f)", "(func $f)"]);
    assert_eq!(plan.adapters.len(), 1);
    assert_eq!(last_args(&plan)[0], last_args(&plan)[1]);
}

#[test]
fn names_of_fields_make_no_adapter() {
    let plan = consumed(&["(func $f)", "(func $g)"]);
    assert_eq!(plan.adapters.len(), 1);
    assert_eq!(last_args(&plan)[0], last_args(&plan)[1]);
}

#[test]
fn options_make_an_adapter() {
    let utf8 = "(func $s) (memory $memory)";
    let utf16 = "(func $s) (memory $memory) string-encoding=utf16";
    let plan = consumed(&[utf8, utf16, utf8]);
    assert_eq!(plan.adapters.len(), 2);
    let args = last_args(&plan);
    assert_ne!(args[0], args[1]);
    assert_eq!(args[0], args[2]);
}

#[test]
fn types_make_an_adapter() {
    let plan = consumed(&["(func $f)", "(func $s) (memory $memory)"]);
    assert_eq!(plan.adapters.len(), 2);
}

#[test]
fn checks_of_values_make_an_adapter() {
    let plan = plan(
        r#"
        (core module $m (func (export "f") (param i32)))
        (core instance $m (instantiate $m))
        (func $u (param "a" u32) (canon lift (core func $m "f")))
        (func $c (param "a" char) (canon lift (core func $m "f")))
        (core func $u (canon lower (func $u)))
        (core func $c (canon lower (func $c)))
        (core module $n (import "" "u" (func (param i32))) (import "" "c" (func (param i32))))
        (core instance (instantiate $n
            (with "" (instance (export "u" (func $u)) (export "c" (func $c))))))"#,
    );
    assert_eq!(plan.adapters.len(), 2);
}

#[test]
fn unused_lowering_is_left_out() {
    let plan = plan(&format!(
        r#"{PRODUCER}
        (import "h" (func $h))
        (alias export $producer "f" (func $f))
        (core func $dead-adapter (canon lower (func $f)))
        (core func $dead-host (canon lower (func $h)))
        (core instance (export "dead" (func $dead-adapter)) (export "host" (func $dead-host)))"#
    ));
    assert_eq!(plan.adapters.len(), 0);
    assert_eq!(plan.host_lowerings.len(), 0);
    assert_eq!(plan.imported_funcs.len(), 0);
    assert_eq!(plan.imports.len(), 1);
}

#[test]
fn instances_of_one_component_have_their_own_resources_and_adapters() {
    let plan = plan(
        r#"
        (component $producer
            (type $r (resource (rep i32)))
            (export $r-x "r" (type $r))
            (core module $m (func (export "f") (param i32)))
            (core instance $m (instantiate $m))
            (type $h (record (field "r" (own $r-x))))
            (export $h-x "h" (type $h))
            (func (export "f") (param "h" $h-x) (canon lift (core func $m "f"))))
        (instance $a (instantiate $producer))
        (instance $b (instantiate $producer))
        (component $consumer
            (import "r" (type $r (sub resource)))
            (type $h (record (field "r" (own $r))))
            (import "h" (type $h-i (eq $h)))
            (import "f" (func $f (param "h" $h-i)))
            (core func $f (canon lower (func $f)))
            (core func $drop (canon resource.drop $r))
            (core module $m (import "" "f" (func (param i32))) (import "" "drop" (func (param i32))))
            (core instance (instantiate $m
                (with "" (instance (export "f" (func $f)) (export "drop" (func $drop)))))))
        (instance (instantiate $consumer (with "r" (type $a "r")) (with "h" (type $a "h"))
            (with "f" (func $a "f"))))
        (instance (instantiate $consumer (with "r" (type $b "r")) (with "h" (type $b "h"))
            (with "f" (func $b "f"))))"#,
    );
    let owner = |resource: &Resource| match &resource.origin {
        ResourceOrigin::Guest { owner, .. } => *owner,
        ResourceOrigin::Host(path) => panic!("{path:?} is a host's"),
    };
    let owners: Vec<_> = plan.resources.values().map(owner).collect();
    assert_eq!(owners.len(), 2);
    assert_ne!(owners[0], owners[1]);
    let [a, b] = plan.adapters.as_values_slice() else {
        panic!("{} adapters", plan.adapters.len());
    };
    assert_ne!(a.lift.callee, b.lift.callee);
    assert_ne!(a.lift.ty, b.lift.ty);
    assert_ne!(a.lower.instance, b.lower.instance);
    let instances: Vec<_> = plan.core_instances.values().collect();
    let drop_of = |instance: usize| match instances[instance].args[1] {
        CoreDef::Resource(builtin) => builtin.resource,
        ref other => panic!("{other:?} drops nothing"),
    };
    assert_ne!(drop_of(2), drop_of(3));
}

#[test]
fn instance_may_call_itself() {
    let plan = plan(
        r#"
        (core module $callee (func (export "f")))
        (core instance $callee (instantiate $callee))
        (func $f (canon lift (core func $callee "f")))
        (core func $f (canon lower (func $f)))
        (core module $caller (import "" "f" (func)))
        (core instance (instantiate $caller (with "" (instance (export "f" (func $f))))))"#,
    );
    let [Adapter { lift, lower }] = plan.adapters.as_values_slice() else {
        panic!("{} adapters", plan.adapters.len());
    };
    assert_eq!(lift.instance, lower.instance);
}

/// Fields of a component that imports `f`, lowers and lifts it, and exports that.
const PASSAGE: &str = r#"
    (component $passage
        (import "f" (func $f (param "a" u32)))
        (core func $f (canon lower (func $f)))
        (func (export "f") (param "a" u32) (canon lift (core func $f))))"#;

#[test]
fn passages_are_adapters_of_adapters() {
    let plan = plan(&format!(
        r#"{PASSAGE}
        (component $producer
            (core module $m (func (export "f") (param i32)))
            (core instance $m (instantiate $m))
            (func (export "f") (param "a" u32) (canon lift (core func $m "f"))))
        (instance $producer (instantiate $producer))
        (instance $one (instantiate $passage (with "f" (func $producer "f"))))
        (instance $two (instantiate $passage (with "f" (func $one "f"))))
        (export "f" (func $two "f"))"#
    ));
    let ExportItem::Lifted(lift) = &plan.exports.exports["f"].item else {
        panic!("{:?} is not lifted", plan.exports);
    };
    let callee = |lift: &Lift| match lift.callee {
        CoreDef::Adapter(id) => &plan.adapters[id],
        ref other => panic!("{other:?} is no adapter"),
    };
    let two = callee(lift);
    assert_eq!(two.lower.instance, lift.instance);
    let one = callee(&two.lift);
    assert_eq!(one.lower.instance, two.lift.instance);
    assert!(matches!(one.lift.callee, CoreDef::Export(_)));
    assert_eq!(plan.adapters.len(), 2);
}

#[test]
fn passage_of_a_host_function_is_a_lift_of_its_lowering() {
    let plan = plan(&format!(
        r#"{PASSAGE}
        (import "f" (func $f (param "a" u32)))
        (instance $passage (instantiate $passage (with "f" (func $f))))
        (export "f" (func $passage "f"))"#
    ));
    let ExportItem::Lifted(lift) = &plan.exports.exports["f"].item else {
        panic!("{:?} is not lifted", plan.exports);
    };
    let CoreDef::HostLowering(lowering) = lift.callee else {
        panic!("{:?} is no function of the host", lift.callee);
    };
    assert_eq!(plan.host_lowerings[lowering].lower.instance, lift.instance);
    assert_eq!(plan.adapters.len(), 0);
}

#[test]
fn post_return_of_an_exported_function_is_used() {
    let plan = plan(
        r#"
        (import "h" (func $h (param "a" u32)))
        (core func $h (canon lower (func $h)))
        (core module $m (func (export "f") (result i32) unreachable))
        (core instance $m (instantiate $m))
        (func (export "f") (result u32)
            (canon lift (core func $m "f") (post-return (core func $h))))"#,
    );
    let ExportItem::Lifted(lift) = &plan.exports.exports["f"].item else {
        panic!("{:?} is not lifted", plan.exports);
    };
    assert_eq!(plan.host_lowerings.len(), 1);
    assert!(matches!(
        lift.options.post_return,
        Some(CoreDef::HostLowering(_))
    ));
}
