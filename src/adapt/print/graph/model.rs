//! A plan and its partition as nodes and edges: what both graph languages print.

use cranelift_entity::SecondaryMap;
use indexmap::IndexMap;

use crate::adapt::index::{AdapterModuleId, ComponentInstanceId};
use crate::adapt::partition::Partition;

/// Largest number of names on one edge (ours: components call each other by hundreds of functions).
pub(crate) const EDGE_NAMES_MAX: usize = 6;

/// Colours of stages, repeated when there are more.
const STAGE_COLORS: [&str; 6] = [
    "#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf",
];

/// A position in the nodes of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(usize);

impl NodeId {
    /// Returns the identifier of the node in a graph language.
    pub(crate) fn key(self) -> String {
        format!("n{}", self.0)
    }
}

/// What a node stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NodeKind {
    /// A core instance.
    CoreInstance,
    /// An adapter that another one calls; the others are edges.
    Adapter,
    /// A resource type that a component instance defines.
    Resource,
    /// An import of the root component.
    Import,
    /// An export of the root component, or an instance in one.
    Export,
}

/// A node.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// What it stands for.
    pub(crate) kind: NodeKind,
    /// The lines of its label, escaped for a terminal.
    pub(crate) lines: Vec<String>,
}

/// What an edge stands for; all lead from who uses to what is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum EdgeKind {
    /// Adapters of one module.
    Adapters(AdapterModuleId),
    /// Functions or a core module of the host.
    Host,
    /// Exports of one core instance that another one imports.
    Core,
    /// Built-ins and the destructor of a resource type.
    Resource,
    /// Functions and instances that are exported.
    Export,
}

/// An edge.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    /// Where it begins.
    pub(crate) from: NodeId,
    /// Where it ends.
    pub(crate) to: NodeId,
    /// What it stands for.
    pub(crate) kind: EdgeKind,
    /// The lines of its label, escaped for a terminal.
    pub(crate) lines: Vec<String>,
    /// The colour of its stage, if it has one.
    pub(crate) color: Option<&'static str>,
}

/// The names on an edge, as far as they are shown, and how many there are.
#[derive(Clone, Debug, Default)]
struct Names {
    shown: Vec<String>,
    number: usize,
}

/// A graph; edges of one kind between the same two nodes are one edge.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    /// Nodes inside of each component instance.
    inside: SecondaryMap<ComponentInstanceId, Vec<NodeId>>,
    /// Nodes inside of none.
    outside: Vec<NodeId>,
    edges: IndexMap<(NodeId, NodeId, EdgeKind), Names>,
}

impl Graph {
    /// Adds a node inside of a component instance.
    pub(crate) fn add_inside(&mut self, instance: ComponentInstanceId, node: Node) -> NodeId {
        let id = self.add(node);
        self.inside[instance].push(id);
        id
    }

    /// Adds a node outside of the component.
    pub(crate) fn add_outside(&mut self, node: Node) -> NodeId {
        let id = self.add(node);
        self.outside.push(id);
        id
    }

    /// Adds a name to the edge of a kind between two nodes. `name` makes it, if it is shown.
    pub(crate) fn connect(
        &mut self,
        (from, to): (NodeId, NodeId),
        kind: EdgeKind,
        name: impl FnOnce() -> String,
    ) {
        let names = self.edges.entry((from, to, kind)).or_default();
        if names.shown.len() < EDGE_NAMES_MAX {
            names.shown.push(name());
        }
        names.number += 1;
    }

    /// Returns the nodes inside of a component instance, or outside of all.
    pub(crate) fn nodes(
        &self,
        instance: Option<ComponentInstanceId>,
    ) -> impl Iterator<Item = (NodeId, &Node)> {
        let ids = instance.map_or(&self.outside, |instance| &self.inside[instance]);
        ids.iter().map(|id| (*id, &self.nodes[id.0]))
    }

    /// Returns the edges in the order in which their first names were added.
    pub(crate) fn edges(&self, partition: &Partition) -> impl Iterator<Item = Edge> {
        self.edges.iter().map(|((from, to, kind), names)| {
            let mut lines = Vec::new();
            let mut color = None;
            if let EdgeKind::Adapters(id) = kind {
                let level = partition.modules[*id].level;
                lines.push(format!("stage {level}, {id}"));
                let index = level as usize % STAGE_COLORS.len();
                color = Some(STAGE_COLORS[index]);
            }
            lines.extend(names.shown.iter().filter(|name| !name.is_empty()).cloned());
            let more = names.number - names.shown.len();
            if more > 0 {
                lines.push(format!("and {more} more"));
            }
            Edge {
                from: *from,
                to: *to,
                kind: *kind,
                lines,
                color,
            }
        })
    }

    fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }
}
