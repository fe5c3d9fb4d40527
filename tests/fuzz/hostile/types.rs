//! Large types: a type is in the component once, and used many times.

use crate::exercise::outcome;
use crate::hostile::component::{expect_too_large, instances, repeat, wat};

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
    let cases = repeat(2_000, |n| format!(r#"(case "c{n}")"#));
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
