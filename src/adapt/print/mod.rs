//! Printing of a plan and its partition: text for people, JSON for programs, graphs for both.
//!
//! What is printed is deterministic and at most proportional to the plan in size: names and types are cut, what is
//! shared prints once, and nothing recurses.
//!
//! **Architecture invariant:** every name passes through `escape.rs` on its way out.

pub(crate) mod escape;

pub(crate) mod table;

pub(crate) mod tree;

pub(crate) mod used;

pub(crate) mod name;

#[cfg(test)]
pub(crate) mod golden;

#[cfg(test)]
pub(crate) mod example;

pub(crate) mod text;

pub mod json;

pub(crate) mod graph;

pub use graph::{plan_dot, plan_mermaid};
pub use json::plan_json;
pub use name::adapter_name;
pub use text::{Detail, plan_text};

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cranelift_entity::EntityRef;

    use super::{Detail, plan_dot, plan_json, plan_mermaid, plan_text};
    use crate::adapt::index::{BundleId, StaticComponentId};
    use crate::adapt::plan::{ComponentInstance, ExportItem, Import, ImportType, Plan};
    use crate::adapt::print::example;

    /// Deeper than any stack, were there a call for each level.
    const LEVELS: usize = 20_000;

    /// Instances, exported instances and imported instances nested deeply; the latter two contain what is below
    /// them twice.
    fn deep_plan() -> Plan {
        let mut plan = example::plan();
        let mut ty = ImportType::Instance(Arc::default());
        for level in 0..LEVELS {
            plan.component_instances.push(ComponentInstance {
                component: StaticComponentId::new(1),
                parent: plan.component_instances.keys().next_back(),
                name: format!("i{level}").into(),
            });
            let below = BundleId::new(plan.bundles.len() - 1);
            let item = || ExportItem::Instance(below);
            plan.bundles
                .push(example::bundle([("a", item()), ("b", item())]));
            let exports = [("a".into(), ty.clone()), ("b".into(), ty)];
            ty = ImportType::Instance(Arc::new(exports.into()));
        }
        let top = BundleId::new(plan.bundles.len() - 1);
        plan.exports = example::bundle([("top", ExportItem::Instance(top))]);
        // Dropping the type would recurse; the plan of a component never nests like this one.
        std::mem::forget(ty.clone());
        plan.imports.push(Import {
            name: "deep".into(),
            implements: None,
            external_id: None,
            ty,
        });
        plan
    }

    #[test]
    fn output_is_proportional_to_what_is_shared_and_nests() {
        let (plan, partition) = (deep_plan(), example::partition());
        for text in [
            plan_text(&plan, &partition, Detail::Full),
            plan_json(&plan, &partition),
            plan_dot(&plan, &partition),
            plan_mermaid(&plan, &partition),
        ] {
            assert!(text.len() < 3000 * LEVELS, "{}", text.len());
        }
    }

    #[test]
    fn output_is_the_same_every_time() {
        let print = || {
            let (plan, partition) = (example::plan(), example::partition());
            [
                plan_text(&plan, &partition, Detail::Full),
                plan_json(&plan, &partition),
                plan_dot(&plan, &partition),
                plan_mermaid(&plan, &partition),
            ]
        };
        assert_eq!(print(), print());
    }
}
