//! Random dependencies between adapters and core instances, as abstract graphs and as plans.

use std::collections::{BTreeSet, HashSet};

use cranelift_entity::EntityRef;
use interfuse::adapt::{
    Adapter, AdapterId, CanonOptions, ComponentInstanceId, CoreDef, CoreExport, CoreInstance,
    CoreInstanceId, CoreItem, CoreMemory, CoreModule, Dependencies, Export, ExportItem, FuncTypeId,
    HostLowering, ImportedFuncId, IndexType, Lift, Lower, MemoryType, Node, Plan, Resource,
    ResourceBuiltin, ResourceOp, ResourceOrigin, SignatureId, StaticModuleId,
};
use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop};
use proptest::sample::Index;

/// A node and what it needs.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Whether it is a core instance.
    pub(crate) is_instance: bool,
    /// Adapters have ids in the order of their ranks, so that the order of ids says nothing.
    pub(crate) rank: u16,
    /// Positions of earlier items.
    pub(crate) needs: BTreeSet<usize>,
    /// Whether an export refers to it.
    pub(crate) is_exported: bool,
    /// In a plan: how many host lowerings and destructors lie between it and the functions it needs.
    pub(crate) detour: u8,
}

/// Returns sketches of at most `max` items, each with fewer than `needs` dependencies.
pub(crate) fn sketches(max: usize, needs: usize) -> impl Strategy<Value = Vec<Item>> {
    let item = (
        any::<bool>(),
        any::<u16>(),
        vec(any::<Index>(), 0..needs),
        prop::bool::weighted(0.4),
        0..4_u8,
    );
    vec(item, 0..=max).prop_map(|items| {
        let items = items.into_iter().enumerate();
        items
            .map(
                |(position, (is_instance, rank, needs, is_exported, detour))| Item {
                    is_instance,
                    rank,
                    needs: match position {
                        0 => BTreeSet::new(),
                        _ => needs.iter().map(|index| index.index(position)).collect(),
                    },
                    is_exported,
                    detour,
                },
            )
            .collect()
    })
}

/// Returns the node of each item.
pub(crate) fn nodes(items: &[Item]) -> Vec<Node> {
    let is_adapter = |position: &usize| !items[*position].is_instance;
    let mut by_rank: Vec<usize> = (0..items.len()).filter(is_adapter).collect();
    by_rank.sort_by_key(|position| items[*position].rank);
    let mut instances = 0;
    let nodes = items.iter().enumerate().map(|(position, item)| {
        if item.is_instance {
            instances += 1;
            return Node::Instance(CoreInstanceId::new(instances - 1));
        }
        let rank = by_rank.iter().position(|other| *other == position);
        Node::Adapter(AdapterId::new(rank.unwrap()))
    });
    nodes.collect()
}

/// Returns the items in the order of their ids, adapters or instances only.
fn in_order(items: &[Item], instances: bool) -> Vec<&Item> {
    let nodes = nodes(items);
    let chosen = nodes.iter().zip(items);
    let mut chosen: Vec<_> = chosen
        .filter(|(_, item)| item.is_instance == instances)
        .collect();
    chosen.sort_by_key(|(node, _)| **node);
    chosen.into_iter().map(|(_, item)| item).collect()
}

/// Returns a sketch as dependencies.
pub(crate) fn dependencies(items: &[Item]) -> Dependencies {
    let nodes = nodes(items);
    let needs = |item: &Item| item.needs.iter().map(|need| nodes[*need]).collect();
    let roots = nodes.iter().zip(items).filter(|(_, item)| item.is_exported);
    Dependencies {
        adapters: in_order(items, false).into_iter().map(needs).collect(),
        instances: in_order(items, true).into_iter().map(needs).collect(),
        roots: roots
            .filter_map(|(node, _)| match node {
                Node::Adapter(id) => Some(*id),
                Node::Instance(_) => None,
            })
            .collect(),
        apart: HashSet::new(),
    }
}

/// Returns the dependencies in the plan of a sketch.
///
/// Host lowerings and destructors count as used whether or not something uses them, and so does what they need.
pub(crate) fn plan_dependencies(items: &[Item]) -> Dependencies {
    let nodes = nodes(items);
    let mut dependencies = dependencies(items);
    for item in items.iter().filter(|item| item.detour > 0) {
        let needs = item.needs.iter().map(|need| nodes[*need]);
        dependencies
            .roots
            .extend(needs.filter_map(|node| match node {
                Node::Adapter(id) => Some(id),
                Node::Instance(_) => None,
            }));
    }
    dependencies
}

/// Returns a sketch as a plan. An adapter can need four items.
pub(crate) fn plan(items: &[Item]) -> Plan {
    let nodes = nodes(items);
    let mut plan = Plan::default();
    let mut funcs = |item: &Item| {
        let needs = item.needs.iter();
        let funcs = needs.map(|need| func(&mut plan, nodes[*need], item.detour));
        funcs.collect::<Vec<_>>()
    };
    let adapters = in_order(items, false).into_iter().map(|item| {
        let needs = item.needs.iter().map(|need| nodes[*need]);
        adapter(funcs(item), needs.collect())
    });
    let adapters = adapters.collect();
    let instances = in_order(items, true).into_iter().map(|item| CoreInstance {
        owner: ComponentInstanceId::new(0),
        name: "instance".into(),
        module: CoreModule::Static(StaticModuleId::new(0)),
        args: funcs(item),
    });
    let instances = instances.collect();
    for (node, item) in nodes.iter().zip(items) {
        if item.is_exported {
            let callee = func(&mut plan, *node, item.detour);
            let name = plan.exports.exports.len().to_string();
            let export = export_lifted(lift(0, callee));
            plan.exports.exports.insert(name.into(), export);
        }
    }
    plan.adapters = adapters;
    plan.core_instances = instances;
    plan
}

/// Returns a function that calls on `node`, after as many steps as `detour` says.
fn func(plan: &mut Plan, node: Node, detour: u8) -> CoreDef {
    let mut def = match node {
        Node::Adapter(id) => CoreDef::Adapter(id),
        Node::Instance(id) => CoreDef::Export(export(id)),
    };
    for step in 0..detour {
        def = match step % 2 {
            0 => CoreDef::HostLowering(plan.host_lowerings.push(HostLowering {
                func: ImportedFuncId::new(0),
                lower: lower(0, Some(def)),
            })),
            _ => CoreDef::Resource(ResourceBuiltin {
                op: ResourceOp::Drop,
                resource: plan.resources.push(Resource {
                    name: "resource".into(),
                    origin: ResourceOrigin::Guest {
                        owner: ComponentInstanceId::new(0),
                        dtor: Some(def),
                    },
                }),
                instance: ComponentInstanceId::new(0),
            }),
        };
    }
    def
}

/// Returns an adapter that uses these functions, and memories of the first two of `nodes` that are instances.
fn adapter(funcs: Vec<CoreDef>, nodes: Vec<Node>) -> Adapter {
    let mut funcs = funcs.into_iter();
    let mut memories = nodes.iter().filter_map(|node| match node {
        Node::Instance(id) => Some(memory(*id)),
        Node::Adapter(_) => None,
    });
    let callee = funcs.next().unwrap_or(CoreDef::Resource(ResourceBuiltin {
        op: ResourceOp::Rep,
        resource: EntityRef::new(0),
        instance: ComponentInstanceId::new(0),
    }));
    let mut lift = lift(1, callee);
    lift.options.realloc = funcs.next();
    lift.options.post_return = funcs.next();
    lift.options.memory = memories.next();
    let mut lower = lower(2, funcs.next());
    lower.options.memory = memories.next();
    assert_eq!(funcs.next(), None, "an adapter has four functions");
    Adapter { lift, lower }
}

/// Returns an export of a core instance.
fn export(instance: CoreInstanceId) -> CoreExport {
    CoreExport {
        instance,
        item: CoreItem::Name("f".into()),
    }
}

/// Returns the memory of a core instance.
pub(crate) fn memory(instance: CoreInstanceId) -> CoreMemory {
    CoreMemory {
        export: CoreExport {
            instance,
            item: CoreItem::Name("memory".into()),
        },
        ty: MemoryType {
            index_type: IndexType::I32,
            shared: false,
            min_pages: 1,
            max_pages: None,
            page_size_log2: 16,
        },
    }
}

/// Returns the export of a lifted function.
pub(crate) fn export_lifted(lift: Lift) -> Export {
    Export {
        implements: None,
        external_id: None,
        item: ExportItem::Lifted(lift),
    }
}

/// Returns a core instance that needs nothing.
pub(crate) fn instance() -> Item {
    Item {
        is_instance: true,
        rank: 0,
        needs: BTreeSet::new(),
        is_exported: false,
        detour: 0,
    }
}

/// Returns a lifted function without options.
pub(crate) fn lift(instance: usize, callee: CoreDef) -> Lift {
    Lift {
        instance: ComponentInstanceId::new(instance),
        name: "f".into(),
        callee,
        signature: SignatureId::new(0),
        ty: FuncTypeId::new(0),
        options: CanonOptions::default(),
    }
}

/// Returns a lowered function with one option at most.
pub(crate) fn lower(instance: usize, realloc: Option<CoreDef>) -> Lower {
    Lower {
        instance: ComponentInstanceId::new(instance),
        name: "f".into(),
        ty: FuncTypeId::new(0),
        signature: SignatureId::new(0),
        options: CanonOptions {
            realloc,
            ..CanonOptions::default()
        },
    }
}
