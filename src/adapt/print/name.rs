//! Names of what a plan consists of, for people.

use std::collections::HashMap;

use cranelift_entity::PrimaryMap;

use crate::adapt::adapter::{Adapter, CoreDef, CoreExport, CoreItem, Lift, Lower, ResourceBuiltin};
use crate::adapt::index::{
    AdapterId, ComponentInstanceId, CoreInstanceId, HostLoweringId, ImportedFuncId, ResourceId,
    StaticModuleId,
};
use crate::adapt::module::{EntityIndex, EntityKind};
use crate::adapt::plan::{CoreModule, ImportPath, Plan};
use crate::adapt::print::escape;

/// Returns the name of an adapter for people, `caller.import → callee.export`, escaped for a terminal.
pub fn adapter_name(plan: &Plan, adapter: &Adapter) -> String {
    format!(
        "{} → {}",
        lower_name(plan, &adapter.lower),
        lift_name(plan, &adapter.lift)
    )
}

/// Returns the name of a function as its caller knows it.
pub(crate) fn lower_name(plan: &Plan, lower: &Lower) -> String {
    member(&plan.component_instances[lower.instance].name, &lower.name)
}

/// Returns the name of a function as its callee offers it.
pub(crate) fn lift_name(plan: &Plan, lift: &Lift) -> String {
    member(&plan.component_instances[lift.instance].name, &lift.name)
}

/// Returns `container.item`, each part escaped.
pub(crate) fn member(container: &str, item: &str) -> String {
    format!("{}.{}", escape::name(container), escape::name(item))
}

/// Returns the kind of a position in a core module, and its number.
pub(crate) fn entity(index: EntityIndex) -> (EntityKind, u32) {
    match index {
        EntityIndex::Func(index) => (EntityKind::Func, index.as_u32()),
        EntityIndex::Table(index) => (EntityKind::Table, index.as_u32()),
        EntityIndex::Memory(index) => (EntityKind::Memory, index.as_u32()),
        EntityIndex::Global(index) => (EntityKind::Global, index.as_u32()),
        EntityIndex::Tag(index) => (EntityKind::Tag, index.as_u32()),
    }
}

/// Names of one plan, escaped for a terminal.
pub(crate) struct Names<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// The first name of everything that a module exports.
    exports: PrimaryMap<StaticModuleId, HashMap<EntityIndex, &'a str>>,
}

impl<'a> Names<'a> {
    /// Returns the names of a plan.
    pub(crate) fn new(plan: &'a Plan) -> Self {
        let exports = plan.modules.values().map(|module| {
            let mut names = HashMap::with_capacity(module.exports.len());
            for (name, export) in &module.exports {
                names.entry(export.index).or_insert(&**name);
            }
            names
        });
        Names {
            plan,
            exports: exports.collect(),
        }
    }

    /// Returns the name of a component instance.
    pub(crate) fn component_instance(&self, id: ComponentInstanceId) -> String {
        escape::name(&self.plan.component_instances[id].name)
    }

    /// Returns the name of a core instance.
    pub(crate) fn core_instance(&self, id: CoreInstanceId) -> String {
        escape::name(&self.plan.core_instances[id].name)
    }

    /// Returns the name of a resource.
    pub(crate) fn resource(&self, id: ResourceId) -> String {
        escape::name(&self.plan.resources[id].name)
    }

    /// Returns the name of an adapter.
    pub(crate) fn adapter(&self, id: AdapterId) -> String {
        adapter_name(self.plan, &self.plan.adapters[id])
    }

    /// Returns the name of a function of the host.
    pub(crate) fn imported_func(&self, id: ImportedFuncId) -> String {
        self.import_path(&self.plan.imported_funcs[id].path)
    }

    /// Returns the name of a function of the host as an instance lowers it.
    pub(crate) fn host_lowering(&self, id: HostLoweringId) -> String {
        let lowering = &self.plan.host_lowerings[id];
        format!(
            "{} → host {}",
            lower_name(self.plan, &lowering.lower),
            self.imported_func(lowering.func)
        )
    }

    /// Returns the name of a place among the imports: `import`, then `#` and a name for each step into it, as
    /// WIT tools write a function of an interface.
    pub(crate) fn import_path(&self, path: &ImportPath) -> String {
        let mut text = escape::name(&self.plan.imports[path.import].name);
        for name in &path.path {
            text.push('#');
            text.push_str(&escape::name(name));
        }
        text
    }

    /// Returns the name of a core module.
    pub(crate) fn module(&self, module: CoreModule) -> String {
        match module {
            CoreModule::Static(id) => match &self.plan.modules[id].name {
                Some(name) => format!("{id} {}", escape::name(name)),
                None => id.to_string(),
            },
            CoreModule::Imported(id) => {
                let path = &self.plan.imported_modules[id].path;
                format!("imported {}", self.import_path(path))
            }
        }
    }

    /// Returns the name by which a core instance exports something, if that is known.
    pub(crate) fn export_name(&self, export: &'a CoreExport) -> Option<&'a str> {
        let index = match &export.item {
            CoreItem::Name(name) => return Some(name),
            CoreItem::Index(index) => index,
        };
        match self.plan.core_instances[export.instance].module {
            CoreModule::Static(id) => self.exports[id].get(index).copied(),
            CoreModule::Imported(_) => None,
        }
    }

    /// Returns the kind of something that a core instance exports, if that is known.
    pub(crate) fn export_kind(&self, export: &CoreExport) -> Option<EntityKind> {
        let name = match &export.item {
            CoreItem::Index(index) => return Some(entity(*index).0),
            CoreItem::Name(name) => name,
        };
        let ty = match self.plan.core_instances[export.instance].module {
            CoreModule::Static(id) => &self.plan.modules[id].exports.get(name)?.ty,
            CoreModule::Imported(id) => self.plan.imported_modules[id].ty.exports.get(name)?,
        };
        Some(ty.kind())
    }

    /// Returns the name of an export of a core instance.
    pub(crate) fn core_export(&self, export: &'a CoreExport) -> String {
        let instance = &self.plan.core_instances[export.instance].name;
        match (self.export_name(export), &export.item) {
            (None, CoreItem::Index(index)) => {
                let (kind, number) = entity(*index);
                format!("{}.({kind} {number})", escape::name(instance))
            }
            (Some(name), _) => member(instance, name),
            (None, CoreItem::Name(name)) => member(instance, name),
        }
    }

    /// Returns the name of a built-in for resources: `resource.new r`.
    pub(crate) fn resource_builtin(&self, builtin: &ResourceBuiltin) -> String {
        format!("{} {}", builtin.op, self.resource(builtin.resource))
    }

    /// Returns the name of a definition of core WebAssembly.
    pub(crate) fn core_def(&self, def: &'a CoreDef) -> String {
        match def {
            CoreDef::Export(export) => self.core_export(export),
            CoreDef::Adapter(id) => format!("{id} ({})", self.adapter(*id)),
            CoreDef::HostLowering(id) => {
                let lowering = &self.plan.host_lowerings[*id];
                format!("host {}", self.imported_func(lowering.func))
            }
            CoreDef::Resource(builtin) => self.resource_builtin(builtin),
        }
    }
}
