//! Names without end: a name is in the component once, so it must not be in the plan many times.

use crate::hostile::component::{expect_plan, repeat, wat};

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
