//! From a plan and its partition to a graph.

use cranelift_entity::{EntitySet, PrimaryMap, SecondaryMap};

use crate::adapt::adapter::{Adapter, CoreDef, HostLowering, Lift};
use crate::adapt::index::{
    AdapterId, AdapterModuleId, BundleId, CoreInstanceId, ImportId, ResourceId,
};
use crate::adapt::partition::Partition;
use crate::adapt::plan::{
    Bundle, CoreModule, ExportItem, ImportPath, ImportType, Plan, ResourceOrigin,
};
use crate::adapt::print::escape;
use crate::adapt::print::graph::model::{EdgeKind, Graph, Node, NodeId, NodeKind};
use crate::adapt::print::name::Names;

/// Returns the graph of a plan and its partition. Adapters that nothing uses are left out.
pub(crate) fn build(plan: &Plan, partition: &Partition) -> Graph {
    let mut builder = Builder::new(plan, partition);
    for id in plan.core_instances.keys() {
        builder.core_instance(id);
    }
    for (id, adapter) in &plan.adapters {
        let module = partition.module_of[id];
        if let (Some(node), Some(module)) = (builder.adapters[id], module) {
            builder.adapter(node, module, adapter);
        }
    }
    for (id, resource) in &plan.resources {
        if let ResourceOrigin::Guest { dtor: Some(it), .. } = &resource.origin {
            let edge = (builder.resources[id], builder.target(it));
            let name = || "destructor".into();
            builder.graph.connect(edge, EdgeKind::Resource, name);
        }
    }
    builder.exports();
    builder.graph
}

struct Builder<'a> {
    plan: &'a Plan,
    partition: &'a Partition,
    names: Names<'a>,
    graph: Graph,
    imports: PrimaryMap<ImportId, NodeId>,
    core_instances: PrimaryMap<CoreInstanceId, NodeId>,
    /// The node of each resource type: its own, or that of the import it comes from.
    resources: PrimaryMap<ResourceId, NodeId>,
    /// Nodes of adapters that are called by adapters.
    adapters: SecondaryMap<AdapterId, Option<NodeId>>,
    bundles: SecondaryMap<BundleId, Option<NodeId>>,
}

impl<'a> Builder<'a> {
    /// Returns a builder that has made all nodes but those of exports.
    fn new(plan: &'a Plan, partition: &'a Partition) -> Self {
        let mut builder = Builder {
            plan,
            partition,
            names: Names::new(plan),
            graph: Graph::default(),
            imports: PrimaryMap::new(),
            core_instances: PrimaryMap::new(),
            resources: PrimaryMap::new(),
            adapters: SecondaryMap::new(),
            bundles: SecondaryMap::new(),
        };
        for import in plan.imports.values() {
            let lines = vec![
                escape::name(&import.name),
                format!("imported {}", import_kind(&import.ty)),
            ];
            let node = node(NodeKind::Import, lines);
            builder.imports.push(builder.graph.add_outside(node));
        }
        for (id, instance) in &plan.core_instances {
            let module = builder.names.module(instance.module);
            let lines = vec![builder.names.core_instance(id), module];
            let node = builder
                .graph
                .add_inside(instance.owner, node(NodeKind::CoreInstance, lines));
            builder.core_instances.push(node);
        }
        for (id, resource) in &plan.resources {
            let lines = vec![format!("resource {}", builder.names.resource(id))];
            let node = match &resource.origin {
                ResourceOrigin::Guest { owner, .. } => builder
                    .graph
                    .add_inside(*owner, node(NodeKind::Resource, lines)),
                ResourceOrigin::Host(path) => builder.imports[path.import],
            };
            builder.resources.push(node);
        }
        builder.adapter_nodes();
        builder
    }

    /// Makes nodes for the adapters that are called by adapters and by the host.
    fn adapter_nodes(&mut self) {
        let mut called: EntitySet<AdapterId> = EntitySet::new();
        let used = self.plan.adapters.iter();
        let adapters = used
            .filter(|(id, _)| self.partition.module_of[*id].is_some())
            .map(|(_, adapter)| &adapter.lift);
        for lift in adapters.chain(exported(self.plan)) {
            if let CoreDef::Adapter(id) = lift.callee {
                called.insert(id);
            }
        }
        for (id, adapter) in &self.plan.adapters {
            if called.contains(id) {
                let lines = vec![format!("{id}"), self.names.adapter(id)];
                let node = node(NodeKind::Adapter, lines);
                let node = self.graph.add_inside(adapter.lower.instance, node);
                self.adapters[id] = Some(node);
            }
        }
    }

    /// Returns the node that is reached when something is called or used.
    fn target(&self, def: &CoreDef) -> NodeId {
        match def {
            CoreDef::Export(export) => self.core_instances[export.instance],
            // An adapter without a node is an edge; only its callee has a node.
            CoreDef::Adapter(id) => match self.adapters[*id] {
                Some(node) => node,
                None => self.callee(&self.plan.adapters[*id]),
            },
            CoreDef::HostLowering(id) => self.host(&self.plan.host_lowerings[*id]),
            CoreDef::Resource(builtin) => self.resources[builtin.resource],
        }
    }

    /// Returns the node that an adapter leads to. An adapter that is called by another one has a node, so the way
    /// is one step long; what is not used may not have one.
    fn callee(&self, adapter: &Adapter) -> NodeId {
        let mut adapter = adapter;
        loop {
            let id = match adapter.lift.callee {
                CoreDef::Adapter(id) => id,
                ref def => return self.target(def),
            };
            match self.adapters[id] {
                Some(node) => return node,
                None => adapter = &self.plan.adapters[id],
            }
        }
    }

    fn host(&self, lowering: &HostLowering) -> NodeId {
        self.imports[self.plan.imported_funcs[lowering.func].path.import]
    }

    /// Adds the edges from a core instance to what it is given.
    fn core_instance(&mut self, id: CoreInstanceId) {
        let plan = self.plan;
        let instance = &plan.core_instances[id];
        let from = self.core_instances[id];
        if let CoreModule::Imported(module) = instance.module {
            let import = plan.imported_modules[module].path.import;
            let edge = (from, self.imports[import]);
            self.graph.connect(edge, EdgeKind::Host, || "module".into());
        }
        for arg in &instance.args {
            let edge = (from, self.target(arg));
            let (graph, names) = (&mut self.graph, &self.names);
            match arg {
                CoreDef::Export(export) => graph.connect(edge, EdgeKind::Core, || {
                    names
                        .export_name(export)
                        .map_or(String::new(), escape::name)
                }),
                CoreDef::Adapter(id) => {
                    let name = || escape::name(&plan.adapters[*id].lift.name);
                    if let Some(module) = self.partition.module_of[*id] {
                        graph.connect(edge, EdgeKind::Adapters(module), name);
                    }
                }
                CoreDef::HostLowering(id) => {
                    let func = plan.host_lowerings[*id].func;
                    let path = &plan.imported_funcs[func].path;
                    graph.connect(edge, EdgeKind::Host, || path_name(plan, path));
                }
                CoreDef::Resource(builtin) => {
                    graph.connect(edge, EdgeKind::Resource, || names.resource_builtin(builtin))
                }
            }
        }
    }

    /// Adds the edge from an adapter that has a node.
    fn adapter(&mut self, node: NodeId, module: AdapterModuleId, adapter: &Adapter) {
        let edge = (node, self.callee(adapter));
        let name = || escape::name(&adapter.lift.name);
        self.graph.connect(edge, EdgeKind::Adapters(module), name);
    }

    /// Adds the exports of the root component, instances in instances once each.
    fn exports(&mut self) {
        let plan = self.plan;
        let mut todo: Vec<BundleId> = Vec::new();
        for (name, export) in &plan.exports.exports {
            let kind = match export.item {
                ExportItem::Lifted(_) | ExportItem::Imported(_) => "func",
                ExportItem::Instance(_) => "instance",
                ExportItem::Module(_) => "core module",
                ExportItem::Component(_) => "component",
                ExportItem::Type(_) => continue,
            };
            let lines = vec![escape::name(name), format!("exported {kind}")];
            let node = self.graph.add_outside(node(NodeKind::Export, lines));
            match export.item {
                // An instance that was exported before has a node already.
                ExportItem::Instance(id) if self.bundles[id].is_none() => {
                    self.bundles[id] = Some(node);
                    todo.push(id);
                }
                ref item => self.export(node, "", item, &mut todo),
            }
            while let Some(id) = todo.pop() {
                let node = self.bundles[id].expect("bundles get their node before their turn");
                self.bundle(node, &plan.bundles[id], &mut todo);
            }
        }
    }

    fn bundle(&mut self, node: NodeId, bundle: &Bundle, todo: &mut Vec<BundleId>) {
        for (name, export) in &bundle.exports {
            self.export(node, name, &export.item, todo);
        }
    }

    /// Adds the edge from an exported instance or function to what is behind an item of it.
    fn export(&mut self, from: NodeId, name: &str, item: &ExportItem, todo: &mut Vec<BundleId>) {
        let to = match item {
            ExportItem::Lifted(lift) => self.target(&lift.callee),
            ExportItem::Imported(id) => self.imports[self.plan.imported_funcs[*id].path.import],
            ExportItem::Instance(id) => match self.bundles[*id] {
                Some(node) => node,
                None => {
                    let lines = vec![escape::name(name), "exported instance".into()];
                    let node = self.graph.add_outside(node(NodeKind::Export, lines));
                    self.bundles[*id] = Some(node);
                    todo.push(*id);
                    node
                }
            },
            ExportItem::Module(_) | ExportItem::Component(_) | ExportItem::Type(_) => return,
        };
        let label = || match name {
            "" => String::new(),
            name => escape::name(name),
        };
        self.graph.connect((from, to), EdgeKind::Export, label);
    }
}

fn node(kind: NodeKind, lines: Vec<String>) -> Node {
    Node { kind, lines }
}

/// Returns the functions that the root component or an instance exports.
fn exported(plan: &Plan) -> impl Iterator<Item = &Lift> {
    let bundles = plan.bundles.values().chain([&plan.exports]);
    bundles
        .flat_map(|bundle| bundle.exports.values())
        .filter_map(|export| match &export.item {
            ExportItem::Lifted(lift) => Some(lift),
            _ => None,
        })
}

/// Returns the name of a function inside of an import; the import has a node that says its name.
fn path_name(plan: &Plan, path: &ImportPath) -> String {
    if path.path.is_empty() {
        return escape::name(&plan.imports[path.import].name);
    }
    let names: Vec<_> = path.path.iter().map(|name| escape::name(name)).collect();
    names.join("#")
}

fn import_kind(ty: &ImportType) -> &'static str {
    match ty {
        ImportType::Func(_) => "func",
        ImportType::Instance(_) => "instance",
        ImportType::Module(_) => "core module",
        ImportType::Component => "component",
        ImportType::Resource(_) => "resource",
        ImportType::Type(_) => "type",
    }
}
