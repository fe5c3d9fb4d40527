//! Which adapters of a component are meant.

use interfuse::adapt::{AdapterId, Plan};

use crate::cli::args::ChoiceArgs;

/// What is said if there is no adapter like those that are asked for.
pub(crate) const NOTHING_CHOSEN: &str = "no adapter is like that: `interfuse plan` lists them all";

/// Returns whether an adapter is one of those that are asked for.
pub(crate) fn is_chosen(choice: &ChoiceArgs, plan: &Plan, id: AdapterId) -> bool {
    let adapter = &plan.adapters[id];
    let instance = |id| &*plan.component_instances[id].name;
    choice.adapter.is_none_or(|wanted| id.as_u32() == wanted)
        && choice.between.as_ref().is_none_or(|between| {
            between.from == instance(adapter.lower.instance)
                && between.to == instance(adapter.lift.instance)
        })
}
