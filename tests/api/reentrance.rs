//! Which calls trap because of the two instances alone.

use interfuse::adapt::{
    Config, Limits, PartitionConfig, analyze_effects, inline, partition, translate,
};
use interfuse::fact::{FactConfig, Reentrance, TrapCode, plan_modules};

/// The root calls its child, the child calls a sibling, and the root calls itself.
const COMPONENT: &str = r#"
    (component
      (component $leaf
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func (export "f") (canon lift (core func $i "f"))))
      (component $caller
        (import "f" (func $f))
        (core func $f (canon lower (func $f)))
        (core module $m (import "" "f" (func)) (export "f" (func 0)))
        (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
        (func (export "f") (canon lift (core func $i "f"))))
      (instance $leaf (instantiate $leaf))
      (instance $caller (instantiate $caller (with "f" (func $leaf "f"))))
      (core func $child (canon lower (func $caller "f")))
      (core module $m (import "" "f" (func)) (export "f" (func 0)))
      (core instance $outer (instantiate $m (with "" (instance (export "f" (func $child))))))
      (func $own (canon lift (core func $outer "f")))
      (core func $own (canon lower (func $own)))
      (core instance $again (instantiate $m (with "" (instance (export "f" (func $own))))))
      (func (export "run") (canon lift (core func $again "f"))))
"#;

/// Returns the callers and callees of the adapters that do nothing but trap.
fn refused(reentrance: Reentrance) -> Vec<(String, String)> {
    let bytes = wat::parse_str(COMPONENT).unwrap();
    let translation = translate(&Config::default(), &bytes).unwrap();
    let plan = inline(&translation, Limits::default()).unwrap();
    let partition = partition(&plan, &PartitionConfig::default());
    let effects = analyze_effects(&plan, &[&bytes]);
    let config = FactConfig {
        reentrance,
        ..FactConfig::default()
    };
    let trap = format!("i32.const {}", TrapCode::CannotEnter.number());
    let mut found = Vec::new();
    for module in plan_modules(&plan, &partition, &effects).values() {
        for (position, id) in module.adapters.iter().enumerate() {
            let alone = interfuse::fact::compile(&plan.types, &module.specs[..=position], &config);
            let printed = wasmprinter::print_bytes(alone.unwrap().wasm).unwrap();
            let last = printed.rsplit("(func ").next().unwrap();
            if last.contains(&trap) {
                let adapter = &plan.adapters[*id];
                let name = |id| plan.component_instances[id].name.to_string();
                found.push((name(adapter.lower.instance), name(adapter.lift.instance)));
            }
        }
    }
    found.sort();
    found
}

fn pair(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

#[test]
fn all_calls_are_allowed() {
    assert_eq!(refused(Reentrance::Allowed), []);
}

#[test]
fn calls_within_an_instance_trap() {
    assert_eq!(refused(Reentrance::TrapSame), [pair("root", "root")]);
}

#[test]
fn calls_to_instances_inside_trap() {
    let expected = [pair("root", "caller"), pair("root", "root")];
    assert_eq!(refused(Reentrance::TrapKin), expected);
}
