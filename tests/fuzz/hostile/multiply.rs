//! Definitions that multiply: what a component defines is in the plan once for each of its instances.

use crate::hostile::component::{expect_too_large, instances, repeat, wat};

#[test]
fn lifted_functions_multiply() {
    let lifts = repeat(1_000, |_| "(func (canon lift (core func $f)))");
    let instances = instances(99, 90);
    expect_too_large(&wat(&format!(
        r#"(component
            (component $c
              (core module $m (func (export "f")))
              (core instance $m (instantiate $m))
              (alias core export $m "f" (core func $f))
              {lifts})
            {instances})"#
    )));
}

#[test]
fn adapters_multiply() {
    let count = 400;
    let types = repeat(count, |n| format!(r#"(export "f{n}" (func))"#));
    let funcs = repeat(count, |n| format!(r#"(func (export "f{n}"))"#));
    let lifts = repeat(count, |n| {
        format!(r#"(func (export "f{n}") (canon lift (core func $m "f{n}")))"#)
    });
    let lowers = repeat(count, |n| {
        format!(r#"(core func (canon lower (func $i "f{n}")))"#)
    });
    let inner = repeat(
        90,
        |_| r#"(instance (instantiate $c (with "i" (instance $i))))"#,
    );
    let outer = repeat(
        99,
        |_| r#"(instance (instantiate $many (with "i" (instance $i))))"#,
    );
    expect_too_large(&wat(&format!(
        r#"(component
            (component $c (import "i" (instance $i {types})) {lowers})
            (component $many (import "i" (instance $i {types})) {inner})
            (component $callee
              (core module $m {funcs})
              (core instance $m (instantiate $m))
              {lifts})
            (instance $i (instantiate $callee))
            {outer})"#
    )));
}

#[test]
fn instances_made_of_items_multiply() {
    let exports = repeat(1_000, |n| format!(r#"(export "f{n}" (func $f))"#));
    let bundles = repeat(20, |_| format!("(instance {exports})"));
    let instances = instances(99, 90);
    expect_too_large(&wat(&format!(
        r#"(component
            (component $c
              (core module $m (func (export "f")))
              (core instance $m (instantiate $m))
              (func $f (canon lift (core func $m "f")))
              {bundles})
            {instances})"#
    )));
}

#[test]
fn arguments_of_core_instances_multiply() {
    let exports = repeat(1_000, |n| format!(r#"(func (export "f{n}"))"#));
    let imports = repeat(1_000, |n| format!(r#"(import "a" "f{n}" (func))"#));
    let core = repeat(
        10,
        |_| r#"(core instance (instantiate $n (with "a" (instance $m))))"#,
    );
    let instances = instances(9, 90);
    expect_too_large(&wat(&format!(
        r#"(component
            (component $c
              (core module $m {exports})
              (core module $n {imports})
              (core instance $m (instantiate $m))
              {core})
            {instances})"#
    )));
}
