//! The tree of component instances, as a list of steps through it.

use cranelift_entity::SecondaryMap;

use crate::adapt::index::ComponentInstanceId;
use crate::adapt::plan::Plan;

/// A step on the way through the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// To an instance, before its children.
    Enter(ComponentInstanceId),
    /// Back from an instance, after its children.
    Leave(ComponentInstanceId),
}

/// Returns the way through all component instances of a plan, children in the order of their ids.
///
/// It does not recurse: how deep instances nest is up to the component.
pub(crate) fn visits(plan: &Plan) -> Vec<Visit> {
    let mut children: SecondaryMap<ComponentInstanceId, Vec<ComponentInstanceId>> =
        SecondaryMap::new();
    // The next visit is the last element, so that children are pushed in reverse.
    let mut todo = Vec::new();
    for (id, instance) in plan.component_instances.iter().rev() {
        match instance.parent {
            Some(parent) => children[parent].push(id),
            None => todo.push(Visit::Enter(id)),
        }
    }
    let mut visits = Vec::with_capacity(2 * plan.component_instances.len());
    while let Some(visit) = todo.pop() {
        visits.push(visit);
        if let Visit::Enter(id) = visit {
            todo.push(Visit::Leave(id));
            todo.extend(children[id].iter().copied().map(Visit::Enter));
        }
    }
    visits
}
