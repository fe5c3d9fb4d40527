//! What makes a random case worth its time.

use interfuse::adapt::{Adapter, CoreDef, ExportItem, Lift, Plan, ResourceOrigin, ValType};

use crate::nesting::tree::{Node, Style, Tree, contains};
use crate::nesting::world::World;

/// A case: a nested world and its plan.
pub(crate) struct Case<'a> {
    pub world: &'a World,
    pub tree: &'a Tree,
    pub plan: &'a Plan,
}

/// Something that a case may have.
pub(crate) type Feature = (&'static str, fn(&Case<'_>) -> bool);

/// What random cases should have now and then.
pub(crate) const FEATURES: [Feature; 20] = [
    ("an adapter", |case| !case.plan.adapters.is_empty()),
    ("an adapter that is used twice", |case| {
        case.adapters().any(|(def, _)| {
            let instances = case.plan.core_instances.values();
            let args = instances.flat_map(|instance| &instance.args);
            args.filter(|arg| **arg == def).count() > 1
        })
    }),
    ("an adapter that calls an adapter", |case| {
        case.adapters()
            .any(|(_, adapter)| matches!(adapter.lift.callee, CoreDef::Adapter(_)))
    }),
    ("an adapter that calls a function of the host", |case| {
        case.adapters()
            .any(|(_, adapter)| matches!(adapter.lift.callee, CoreDef::HostLowering(_)))
    }),
    ("an adapter between encodings", |case| {
        case.adapters()
            .any(|(_, adapter)| adapter.lift.options.encoding != adapter.lower.options.encoding)
    }),
    ("an adapter with a handle", |case| {
        case.adapters().any(|(_, adapter)| case.has_handle(adapter))
    }),
    ("an adapter with post-return", |case| {
        case.adapters()
            .any(|(_, adapter)| adapter.lift.options.post_return.is_some())
    }),
    ("a host lowering", |case| {
        !case.plan.host_lowerings.is_empty()
    }),
    ("an adapter as a destructor", |case| {
        case.dtors().any(|dtor| matches!(dtor, CoreDef::Adapter(_)))
    }),
    ("a function of the host as a destructor", |case| {
        case.dtors()
            .any(|dtor| matches!(dtor, CoreDef::HostLowering(_)))
    }),
    ("a resource of the host", |case| {
        let mut resources = case.plan.resources.values();
        resources.any(|resource| matches!(resource.origin, ResourceOrigin::Host(_)))
    }),
    ("an exported function of a unit", |case| {
        case.exported().any(|item| match item {
            ExportItem::Lifted(Lift { callee, .. }) => matches!(callee, CoreDef::Export(_)),
            _ => false,
        })
    }),
    ("an exported function of the host", |case| {
        case.exported()
            .any(|item| matches!(item, ExportItem::Imported(_)))
    }),
    ("an exported instance", |case| {
        case.world.exported_unit.is_some()
    }),
    ("a unit in 5 wrappers", |case| case.tree.depth() >= 5),
    ("an empty wrapper with a detour", |case| {
        case.wrappers()
            .any(|node| node.units.is_empty() && !node.detours.is_empty())
    }),
    ("a detour around units", |case| {
        case.wrappers()
            .any(|node| !node.units.is_empty() && !node.detours.is_empty())
    }),
    ("a re-exported instance", |case| {
        case.wrappers().any(|node| !node.bundles.is_empty())
    }),
    ("a leaf as an argument", |case| {
        let is_given = |style: &Style, leaf: &usize| contains(style.leaf_imports, *leaf);
        case.wrappers()
            .any(|node| node.leaves.1.iter().any(|leaf| is_given(&node.style, leaf)))
    }),
    ("a core module captured through 3 components", |case| {
        let is_captured = |leaf| {
            let nodes = case.tree.nodes.iter();
            let captures = |node: &&Node| {
                let is_given = contains(node.style.module_imports, leaf);
                node.modules.1.contains(&leaf) && !is_given
            };
            nodes.filter(captures).count() >= 3
        };
        (0..case.world.leaves.len()).any(is_captured)
    }),
];

impl Case<'_> {
    fn adapters(&self) -> impl Iterator<Item = (CoreDef, &Adapter)> {
        let adapters = self.plan.adapters.iter();
        adapters.map(|(id, adapter)| (CoreDef::Adapter(id), adapter))
    }

    fn dtors(&self) -> impl Iterator<Item = &CoreDef> {
        let resources = self.plan.resources.values();
        resources.filter_map(|resource| match &resource.origin {
            ResourceOrigin::Guest { dtor, .. } => dtor.as_ref(),
            ResourceOrigin::Host(_) => None,
        })
    }

    fn exported(&self) -> impl Iterator<Item = &ExportItem> {
        self.plan
            .exports
            .exports
            .values()
            .map(|export| &export.item)
    }

    fn wrappers(&self) -> impl Iterator<Item = &Node> {
        self.tree.nodes.iter().skip(1)
    }

    fn has_handle(&self, adapter: &Adapter) -> bool {
        let mut types = self.plan.types.func(adapter.lift.ty).val_types();
        types.any(|ty| matches!(ty, ValType::Own(_) | ValType::Borrow(_)))
    }
}
