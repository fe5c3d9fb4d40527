//! Large types: a type is in the component once, and used many times.

use crate::exercise::outcome;
use crate::hostile::component::{
    expect_plan, expect_refusal, expect_too_large, instances, repeat, wat,
};

#[test]
fn a_function_type_of_many_parameters_is_read_once() {
    let params = repeat(1_000, |n| format!(r#"(param "p{n}" u8)"#));
    let lowers = repeat(
        40_000,
        |_| "(core func (canon lower (func $f) (memory $m)))",
    );
    // Inlining gives up: each lowering resolves the type.
    outcome(&wat(&format!(
        r#"(component (import "f" (func $f {params}))
           (core module $m (memory (export "m") 1)) (core instance $i (instantiate $m))
           (alias core export $i "m" (core memory $m)) {lowers})"#
    )));
}

#[test]
fn members_without_a_type_count_as_well() {
    let cases = repeat(400, |n| format!(r#"(case "c{n}")"#));
    let exports = repeat(10, |n| {
        format!(
            r#"(type $t{n} (variant (case "v{n}" (own $x)) {cases}))
               (export "t{n}" (type $t{n}))"#
        )
    });
    let instances = instances(99, 90);
    expect_too_large(&wat(&format!(
        r#"(component
            (component $c (type $r (resource (rep i32))) (export $x "r" (type $r)) {exports})
            {instances})"#
    )));
}

/// Returns types `$x0`, `$x1`, … of instances, each made of the one before twice; the first exports `first`.
fn doubled_instance_types(prefix: &str, depth: usize, first: &str) -> String {
    let doubled = repeat(depth, |n| {
        format!(
            r#"(type ${prefix}{} (instance
                 (alias outer 1 ${prefix}{n} (type $t))
                 (export "a" (instance (type $t)))
                 (export "b" (instance (type $t)))))"#,
            n + 1,
        )
    });
    format!("(type ${prefix}0 (instance {first})) {doubled}")
}

#[test]
fn resources_in_doubled_instance_types_are_not_renamed_one_by_one() {
    // The validator takes 2 s and 160 MB for 420 bytes.
    let types = doubled_instance_types("x", 16, r#"(export "r" (type (sub resource)))"#);
    expect_refusal(&wat(&format!("(component {types})")), "take too long");
}

#[test]
fn doubled_instance_types_are_not_compared_again_and_again() {
    // The validator takes 36 ms for 3 bytes.
    let x = doubled_instance_types("x", 16, "");
    let y = doubled_instance_types("y", 16, "");
    let instances = repeat(
        1_000,
        |_| r#"(instance (instantiate $c (with "i" (instance $i))))"#,
    );
    let text = format!(
        r#"(component {x} (import "i" (instance $i (type $x16)))
            (component $c {y} (import "i" (instance (type $y16)))) {instances})"#
    );
    expect_refusal(&wat(&text), "take too long");
}

#[test]
fn doubled_value_types_are_not_compared_again_and_again() {
    let types = |prefix: &str| {
        let doubled = repeat(17, |n| {
            format!(
                "(type ${prefix}{} (tuple ${prefix}{n} ${prefix}{n}))",
                n + 1
            )
        });
        format!("(type ${prefix}0 (tuple u8)) {doubled}")
    };
    let instances = repeat(
        1_000,
        |_| r#"(instance (instantiate $c (with "f" (func $f))))"#,
    );
    let text = format!(
        r#"(component {} (import "f" (func $f (param "x" $x17)))
            (component $c {} (import "f" (func (param "x" $y17)))) {instances})"#,
        types("x"),
        types("y"),
    );
    expect_refusal(&wat(&text), "take too long");
}

#[test]
fn exports_are_not_copied_with_every_instance() {
    // The validator takes 4 s and 4 GB for 77 KB.
    let exports = repeat(5_000, |n| format!(r#"(export "f{n}" (func $f))"#));
    let instances = repeat(
        4_000,
        |_| r#"(instance (instantiate $c (with "f" (func $f))))"#,
    );
    let text = format!(
        r#"(component (import "f" (func $f)) (component $c (import "f" (func $f)) {exports}) {instances})"#
    );
    expect_refusal(&wat(&text), "take too long");
}

#[test]
fn core_imports_are_not_looked_up_with_every_instance() {
    let exports = repeat(4_000, |n| format!(r#"(func (export "f{n}"))"#));
    let imports = repeat(4_000, |n| format!(r#"(import "a" "f{n}" (func))"#));
    let instances = repeat(
        4_000,
        |_| r#"(core instance (instantiate $n (with "a" (instance $m))))"#,
    );
    let text = format!(
        "(component (core module $m {exports}) (core module $n {imports}) (core instance $m (instantiate $m)) {instances})"
    );
    expect_refusal(&wat(&text), "take too long");
}

#[test]
fn sizes_are_exact_where_types_are_taken_out_of_instances() {
    // 400 uses of one small type of a large instance: were each counted as the instance, this would be refused.
    let funcs = repeat(5_000, |n| format!(r#"(export "f{n}" (func))"#));
    let uses = repeat(400, |n| {
        format!(r#"(alias export $i "t" (type $t{n})) (export "t{n}" (type $t{n}))"#)
    });
    expect_plan(&wat(&format!(
        r#"(component
            (import "i" (instance $i (type $e (enum "a")) (export "t" (type (eq $e))) {funcs}))
            {uses})"#
    )));
}

#[test]
fn deep_and_wide_instance_types_are_quick() {
    let mut types = format!(
        "(type $x0 (instance {}))",
        repeat(2_500, |n| format!(r#"(export "f{n}" (func))"#))
    );
    types += &repeat(20, |n| {
        format!(
            r#"(type $x{} (instance (alias outer 1 $x{n} (type $t)) (export "a" (instance (type $t)))))"#,
            n + 1,
        )
    });
    let imports = repeat(70, |n| format!(r#"(import "i{n}" (instance (type $x20)))"#));
    expect_plan(&wat(&format!("(component {types} {imports})")));
}

#[test]
fn value_types_that_unfold_are_taken_up_to_a_limit() {
    let component = |depth: usize| {
        let doubled = repeat(depth, |n| format!("(type $x{} (tuple $x{n} $x{n}))", n + 1));
        wat(&format!(
            r#"(component (type $x0 (tuple u8)) {doubled} (import "f" (func (param "x" $x{depth}))))"#
        ))
    };
    expect_plan(&component(16));
    expect_refusal(&component(18), "take too long");
    expect_refusal(&component(24), "");
}
