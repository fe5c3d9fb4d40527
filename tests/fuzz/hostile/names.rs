//! Names without end: a name is in the component once, so it must not be in the plan many times.

use crate::hostile::component::{expect_plan, instances, repeat, wat};

#[test]
fn a_long_instance_name_is_not_in_every_function_name() {
    let name = "n".repeat(90_000);
    let aliases = repeat(20_000, |_| r#"(alias export $i "f" (func))"#);
    expect_plan(&wat(&format!(
        r#"(component (import "{name}" (instance $i (export "f" (func)))) {aliases})"#
    )));
}

#[test]
fn a_long_resource_name_is_not_in_every_builtin() {
    let name = "r".repeat(90_000);
    let drops = repeat(20_000, |_| "(core func (canon resource.drop $r))");
    expect_plan(&wat(&format!(
        r#"(component (import "{name}" (type $r (sub resource))) {drops})"#
    )));
}

#[test]
fn a_type_of_many_names_keeps_few() {
    let exports = repeat(50_000, |n| format!(r#"(export "t{n}" (type $t))"#));
    expect_plan(&wat(&format!("(component (type $t (list u8)) {exports})")));
}

#[test]
fn types_of_many_names_are_quick_to_instantiate() {
    let exports = repeat(400, |n| format!(r#"(export "t{n}" (type $t))"#));
    let instances = instances(10, 100);
    expect_plan(&wat(&format!(
        r#"(component
            (component $c (type $r (resource (rep i32))) (export $x "r" (type $r)) (type $t (list (own $x))) {exports})
            {instances})"#
    )));
}
