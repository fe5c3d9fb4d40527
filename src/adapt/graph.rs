//! The dependency graph of a plan: which adapters and core instances must be there before which others.
//!
//! Host lowerings and built-ins are no nodes: what they refer to counts as referred to by whoever uses them.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};

use cranelift_entity::{EntityRef, EntitySet, PrimaryMap};
use petgraph::algo::toposort;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::Dfs;

use crate::adapt::adapter::{Adapter, CoreDef, Lift, ResourceOp};
use crate::adapt::index::{AdapterId, CoreInstanceId, HostLoweringId, ResourceId};
use crate::adapt::plan::{ExportItem, Plan, Resource, ResourceOrigin};

/// A node of a [`DependencyGraph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// A fused adapter.
    Adapter(AdapterId),
    /// A core instance.
    Instance(CoreInstanceId),
}

/// What each adapter and each core instance refers to: a [`DependencyGraph`] before it is one.
#[derive(Clone, Debug, Default)]
pub struct Dependencies {
    /// For each adapter: what gives its memories and functions.
    pub adapters: PrimaryMap<AdapterId, Vec<Node>>,
    /// For each core instance: what gives its arguments. That each needs the one before it goes without saying.
    pub instances: PrimaryMap<CoreInstanceId, Vec<Node>>,
    /// Adapters that something other than adapters and core instances refers to.
    pub roots: Vec<AdapterId>,
    /// Adapters and others they need that cannot share a module with them: a `resource.drop` lies between, whose module
    /// comes between theirs.
    pub apart: HashSet<(AdapterId, AdapterId)>,
}

impl Dependencies {
    /// Returns the dependencies in a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut cx = Resolver::new(plan);
        let mut apart = HashSet::new();
        for (id, adapter) in &plan.adapters {
            let needs = adapter.uses().map(|def| cx.needs(&def));
            let far = needs.filter(|needs| needs.is_apart);
            apart.extend(far.filter_map(|needs| Some((id, needs.adapter?))));
        }
        let adapters = plan.adapters.values();
        let instances = plan.core_instances.values();
        Dependencies {
            apart,
            adapters: adapters.map(|adapter| cx.nodes(adapter.uses())).collect(),
            instances: instances.map(|instance| cx.nodes(&instance.args)).collect(),
            roots: cx
                .nodes(other_called_funcs(plan))
                .into_iter()
                .filter_map(|node| match node {
                    Node::Adapter(id) => Some(id),
                    Node::Instance(_) => None,
                })
                .collect(),
        }
    }
}

/// The dependency graph of a plan.
///
/// # Examples
///
/// ```
/// use interfuse::adapt::{Dependencies, DependencyGraph, Node};
///
/// let mut dependencies = Dependencies::default();
/// let callee = dependencies.instances.push(vec![]);
/// let adapter = dependencies.adapters.push(vec![Node::Instance(callee)]);
/// let caller = dependencies.instances.push(vec![Node::Adapter(adapter)]);
/// let graph = DependencyGraph::from_dependencies(&dependencies);
/// assert_eq!(
///     graph.topological_order(),
///     [Node::Instance(callee), Node::Adapter(adapter), Node::Instance(caller)],
/// );
/// ```
#[derive(Clone, Debug)]
pub struct DependencyGraph {
    /// An edge leads from what needs to what is needed; adapters come first among the nodes.
    graph: DiGraph<Node, ()>,
    adapter_count: usize,
    live: EntitySet<AdapterId>,
    apart: HashSet<(AdapterId, AdapterId)>,
}

impl DependencyGraph {
    /// Returns the dependency graph of a plan.
    pub fn new(plan: &Plan) -> Self {
        Self::from_dependencies(&Dependencies::of(plan))
    }

    /// Returns the graph of `dependencies`.
    ///
    /// # Panics
    ///
    /// Panics if `dependencies` refers to a node that it does not have.
    pub fn from_dependencies(dependencies: &Dependencies) -> Self {
        let adapters = dependencies.adapters.keys().map(Node::Adapter);
        let instances = dependencies.instances.keys().map(Node::Instance);
        let mut this = DependencyGraph {
            graph: DiGraph::new(),
            adapter_count: dependencies.adapters.len(),
            live: EntitySet::new(),
            apart: dependencies.apart.clone(),
        };
        for node in adapters.chain(instances) {
            this.graph.add_node(node);
        }
        for (id, needs) in &dependencies.adapters {
            this.add_edges(Node::Adapter(id), needs.clone());
        }
        let mut previous = None;
        for (id, needs) in &dependencies.instances {
            let needs = needs.iter().copied().chain(previous.map(Node::Instance));
            this.add_edges(Node::Instance(id), needs.collect());
            previous = Some(id);
        }
        this.find_live(&dependencies.roots);
        this
    }

    /// Returns every adapter, also those that nothing uses.
    pub fn adapters(&self) -> impl Iterator<Item = AdapterId> + use<> {
        (0..self.adapter_count).map(AdapterId::new)
    }

    /// Returns every core instance, in the order of instantiation.
    pub fn instances(&self) -> impl Iterator<Item = CoreInstanceId> + use<> {
        (0..self.graph.node_count() - self.adapter_count).map(CoreInstanceId::new)
    }

    /// Returns whether something uses an adapter: a core instance, an export, a destructor, or an adapter in use.
    pub fn is_live(&self, adapter: AdapterId) -> bool {
        self.live.contains(adapter)
    }

    /// Returns whether an adapter cannot share a module with one that it depends on.
    pub fn are_apart(&self, adapter: AdapterId, need: AdapterId) -> bool {
        self.apart.contains(&(adapter, need))
    }

    /// Returns what `node` directly depends on, in ascending order and each once.
    pub fn dependencies(&self, node: Node) -> impl Iterator<Item = Node> + '_ {
        self.graph
            .neighbors(self.index(node))
            .map(|index| self.graph[index])
    }

    /// Returns every node, after what it depends on.
    ///
    /// # Panics
    ///
    /// Panics if nodes depend on each other in a circle. Those of a plan never do: it refers to earlier things only.
    pub fn topological_order(&self) -> Vec<Node> {
        let users_first = toposort(&self.graph, None)
            .unwrap_or_else(|cycle| panic!("{:?} depends on itself", self.graph[cycle.node_id()]));
        users_first
            .into_iter()
            .rev()
            .map(|index| self.graph[index])
            .collect()
    }

    fn index(&self, node: Node) -> NodeIndex {
        NodeIndex::new(match node {
            Node::Adapter(id) => id.index(),
            Node::Instance(id) => self.adapter_count + id.index(),
        })
    }

    fn add_edges(&mut self, node: Node, mut needs: Vec<Node>) {
        needs.sort_unstable();
        needs.dedup();
        // `neighbors` starts with the edge that was added last.
        for need in needs.into_iter().rev() {
            self.graph.add_edge(self.index(node), self.index(need), ());
        }
    }

    fn find_live(&mut self, roots: &[AdapterId]) {
        let mut dfs = Dfs::empty(&self.graph);
        dfs.stack
            .extend(self.instances().map(|id| self.index(Node::Instance(id))));
        dfs.stack
            .extend(roots.iter().map(|id| self.index(Node::Adapter(*id))));
        while let Some(index) = dfs.next(&self.graph) {
            if let Node::Adapter(id) = self.graph[index] {
                self.live.insert(id);
            }
        }
    }
}

/// Returns the functions that an adapter calls.
pub(crate) fn called_funcs(adapter: &Adapter) -> impl Iterator<Item = &CoreDef> {
    lift_funcs(&adapter.lift).chain(adapter.lower.options.funcs())
}

/// Returns the functions that are called neither by adapters nor by core code: from exports, by host lowerings, and
/// as destructors.
pub(crate) fn other_called_funcs(plan: &Plan) -> impl Iterator<Item = &CoreDef> {
    let bundles = std::iter::once(&plan.exports).chain(plan.bundles.values());
    let exports = bundles.flat_map(|bundle| bundle.exports.values());
    let lifts = exports.filter_map(|export| match &export.item {
        ExportItem::Lifted(lift) => Some(lift),
        _ => None,
    });
    let lowerings = plan.host_lowerings.values();
    // A destructor counts even if no `resource.drop` uses it: the host drops what leaves the component.
    let dtors = plan.resources.values().filter_map(dtor);
    lifts
        .flat_map(lift_funcs)
        .chain(lowerings.flat_map(|lowering| lowering.lower.options.funcs()))
        .chain(dtors)
}

fn lift_funcs(lift: &Lift) -> impl Iterator<Item = &CoreDef> {
    std::iter::once(&lift.callee).chain(lift.options.funcs())
}

fn dtor(resource: &Resource) -> Option<&CoreDef> {
    match &resource.origin {
        ResourceOrigin::Guest { dtor, .. } => dtor.as_ref(),
        ResourceOrigin::Host(_) => None,
    }
}

/// A definition that is no node but refers to at most one function that may be one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Link {
    /// A host lowering refers to a memory and to what allocates in it.
    Lowering(HostLoweringId),
    /// `resource.drop` refers to the destructor.
    Drop(ResourceId),
}

/// The nodes a definition depends on, without core instances before the latest: that one needs them itself.
#[derive(Clone, Copy, Default)]
struct Needs {
    instance: Option<CoreInstanceId>,
    adapter: Option<AdapterId>,
    /// Whether a `resource.drop` lies between.
    is_apart: bool,
}

impl Needs {
    fn nodes(self) -> impl Iterator<Item = Node> {
        let instance = self.instance.map(Node::Instance);
        instance.into_iter().chain(self.adapter.map(Node::Adapter))
    }
}

/// What a definition refers to.
enum Target {
    Needs(Needs),
    Link(Link),
}

/// Finds the nodes behind definitions.
struct Resolver<'a> {
    plan: &'a Plan,
    known: HashMap<Link, Needs>,
}

impl<'a> Resolver<'a> {
    fn new(plan: &'a Plan) -> Self {
        Resolver {
            plan,
            known: HashMap::new(),
        }
    }

    fn nodes(&mut self, defs: impl IntoIterator<Item = impl Borrow<CoreDef>>) -> Vec<Node> {
        defs.into_iter()
            .flat_map(|def| self.needs(def.borrow()).nodes())
            .collect()
    }

    /// Returns what a definition depends on.
    ///
    /// Links form chains as long as the component likes (a destructor that is the `resource.drop` of another
    /// resource, and so on), so this walks them without recursion and each of them once.
    fn needs(&mut self, def: &CoreDef) -> Needs {
        let mut chain = Vec::new();
        let mut target = target(def);
        let mut needs = loop {
            let link = match target {
                Target::Needs(needs) => break needs,
                Target::Link(link) => link,
            };
            if let Some(needs) = self.known.get(&link) {
                break *needs;
            }
            self.known.insert(link, Needs::default());
            chain.push(link);
            target = match self.func(link) {
                Some(def) => self::target(def),
                None => Target::Needs(Needs::default()),
            };
        };
        for link in chain.into_iter().rev() {
            needs.instance = needs.instance.max(self.memory(link));
            needs.is_apart |= matches!(link, Link::Drop(_));
            self.known.insert(link, needs);
        }
        needs
    }

    /// Returns the function that a link refers to.
    fn func(&self, link: Link) -> Option<&'a CoreDef> {
        match link {
            Link::Lowering(id) => self.plan.host_lowerings[id].lower.options.realloc.as_ref(),
            Link::Drop(id) => dtor(&self.plan.resources[id]),
        }
    }

    /// Returns the instance with the memory that a link refers to.
    fn memory(&self, link: Link) -> Option<CoreInstanceId> {
        let Link::Lowering(id) = link else {
            return None;
        };
        let memory = self.plan.host_lowerings[id].lower.options.memory.as_ref();
        memory.map(|memory| memory.export.instance)
    }
}

fn target(def: &CoreDef) -> Target {
    match def {
        CoreDef::Export(export) => Target::Needs(Needs {
            instance: Some(export.instance),
            ..Needs::default()
        }),
        CoreDef::Adapter(id) => Target::Needs(Needs {
            adapter: Some(*id),
            ..Needs::default()
        }),
        CoreDef::HostLowering(id) => Target::Link(Link::Lowering(*id)),
        CoreDef::Resource(builtin) => match builtin.op {
            ResourceOp::Drop => Target::Link(Link::Drop(builtin.resource)),
            ResourceOp::New | ResourceOp::Rep => Target::Needs(Needs::default()),
        },
    }
}
