//! Which component instances can call each other: circles of calls.
//!
//! One instance enters another through an adapter or a destructor, and any instance that has something to offer
//! through the host. Core code of one instance is never called by that of another in any other way: core instances are
//! not passed between components.

use cranelift_entity::{EntityRef, SecondaryMap};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};

use crate::adapt::adapter::{Adapter, CoreDef, ResourceBuiltin, ResourceOp};
use crate::adapt::graph::other_called_funcs;
use crate::adapt::index::ComponentInstanceId;
use crate::adapt::plan::{ExportItem, Plan, ResourceOrigin};

/// The circles of calls between component instances.
#[derive(Clone, Debug)]
pub(crate) struct Circles {
    /// A number for each instance; those that can call each other have the same.
    numbers: SecondaryMap<ComponentInstanceId, usize>,
}

impl Circles {
    /// Returns the circles in a plan.
    pub(crate) fn of(plan: &Plan) -> Circles {
        let mut calls = Calls::new(plan);
        for Adapter { lift, lower } in plan.adapters.values() {
            calls.add(lower.instance, lift.instance);
        }
        for lowering in plan.host_lowerings.values() {
            calls.add_to_host(lowering.lower.instance);
            calls.add_from_host(lowering.lower.instance);
        }
        for bundle in std::iter::once(&plan.exports).chain(plan.bundles.values()) {
            for export in bundle.exports.values() {
                if let ExportItem::Lifted(lift) = &export.item {
                    calls.add_from_host(lift.instance);
                }
            }
        }
        calls.add_destructors(plan);
        let mut numbers = SecondaryMap::new();
        for (number, circle) in tarjan_scc(&calls.graph).into_iter().enumerate() {
            for node in circle.into_iter().filter(|node| *node != calls.host) {
                numbers[ComponentInstanceId::new(node.index())] = number;
            }
        }
        Circles { numbers }
    }

    /// Returns whether the callee of an adapter can call the caller's instance, if it can call anything.
    pub(crate) fn close(&self, adapter: &Adapter) -> bool {
        self.numbers[adapter.lift.instance] == self.numbers[adapter.lower.instance]
    }
}

/// Who calls whom: component instances by their ids, and the host.
struct Calls {
    graph: DiGraph<(), ()>,
    host: NodeIndex,
}

impl Calls {
    fn new(plan: &Plan) -> Calls {
        let mut graph = DiGraph::new();
        for _ in plan.component_instances.keys() {
            graph.add_node(());
        }
        let host = graph.add_node(());
        Calls { graph, host }
    }

    fn add(&mut self, caller: ComponentInstanceId, callee: ComponentInstanceId) {
        self.graph.add_edge(node(caller), node(callee), ());
    }

    fn add_to_host(&mut self, caller: ComponentInstanceId) {
        self.graph.add_edge(node(caller), self.host, ());
    }

    fn add_from_host(&mut self, callee: ComponentInstanceId) {
        self.graph.add_edge(self.host, node(callee), ());
    }

    /// Adds the calls of destructors: by the host, which gets handles, and by whoever drops one.
    fn add_destructors(&mut self, plan: &Plan) {
        for resource in plan.resources.values() {
            if let ResourceOrigin::Guest { owner, .. } = resource.origin {
                self.add_from_host(owner);
            }
        }
        let args = plan.core_instances.values().flat_map(|it| &it.args);
        let uses = plan.adapters.values().flat_map(Adapter::uses);
        let others = other_called_funcs(plan);
        for def in args.chain(others).cloned().chain(uses) {
            let CoreDef::Resource(ResourceBuiltin {
                op: ResourceOp::Drop,
                resource,
                instance,
            }) = def
            else {
                continue;
            };
            match plan.resources[resource].origin {
                ResourceOrigin::Guest { owner, .. } => self.add(instance, owner),
                ResourceOrigin::Host(_) => self.add_to_host(instance),
            }
        }
    }
}

fn node(instance: ComponentInstanceId) -> NodeIndex {
    NodeIndex::new(instance.index())
}
