//! Components of the text format, as translations and plans.

use interfuse::adapt::{
    Config, CoreDef, CoreInstance, InlineError, Limits, Plan, inline, translate,
};

/// Returns the bytes of a component with these fields.
pub(crate) fn component(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(component {fields})")).unwrap()
}

/// Returns the plan of a component with these fields, or why there is none within the limits.
pub(crate) fn plan_within(fields: &str, limits: Limits) -> Result<Plan, InlineError> {
    let translation = translate(&Config::default(), &component(fields)).unwrap();
    inline(&translation, limits)
}

/// Returns the plan of a component with these fields.
pub(crate) fn plan(fields: &str) -> Plan {
    plan_within(fields, Limits::default()).unwrap()
}

/// Returns what the last core instance of a plan is given.
pub(crate) fn last_args(plan: &Plan) -> &[CoreDef] {
    let last: Option<&CoreInstance> = plan.core_instances.values().last();
    &last.expect("there is a core instance").args
}
