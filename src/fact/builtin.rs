//! The resource modules of a plan: what each component instance uses of each resource type.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use crate::adapt::{
    ComponentInstanceId, CoreDef, Partition, Plan, ResourceBuiltin, ResourceId, ResourceOp,
    ResourceOrigin, other_called_funcs,
};
use crate::fact::config::FactConfig;
use crate::fact::resource::{ResourceSpec, resource_module};
use crate::fact::source::{ImportSource, Names};
use crate::fact::spec::ImportName;

/// A resource module of a plan.
#[derive(Clone, Debug)]
pub struct PlannedResource {
    /// The component instance that uses the type.
    pub instance: ComponentInstanceId,
    /// The type.
    pub resource: ResourceId,
    /// What the module does.
    pub spec: ResourceSpec,
    /// Where the destructor comes from.
    pub dtor: Option<ImportSource>,
}

impl PlannedResource {
    /// Returns where something comes from that the module imports.
    pub fn source(&self, import: &ImportName) -> ImportSource {
        if import.module == self.spec.state {
            return ImportSource::State(self.instance);
        }
        match &self.dtor {
            Some(source) if self.spec.dtor.as_ref() == Some(import) => source.clone(),
            _ => ImportSource::Trap,
        }
    }

    /// Writes the module.
    pub fn compile(&self, config: &FactConfig) -> Vec<u8> {
        resource_module(&self.spec, config)
    }
}

/// Returns the resource modules of a plan by their names, with each built-in that something uses.
pub(in crate::fact) fn plan_resources(
    plan: &Plan,
    partition: &Partition,
    names: &Names<'_>,
) -> IndexMap<String, PlannedResource> {
    let mut modules = IndexMap::new();
    for builtin in builtins(plan, partition) {
        let ResourceBuiltin {
            op,
            resource,
            instance,
        } = builtin;
        let name = names.resource(&builtin);
        let module = modules
            .entry(name.clone())
            .or_insert_with(|| PlannedResource {
                instance,
                resource,
                spec: ResourceSpec {
                    name,
                    resource,
                    state: names.state(instance).into(),
                    ops: BTreeSet::new(),
                    dtor: None,
                },
                dtor: None,
            });
        module.spec.ops.insert(op);
        if op == ResourceOp::Drop {
            (module.spec.dtor, module.dtor) = dtor(plan, resource, names).unzip();
        }
    }
    modules
}

/// Returns the built-ins that core instances, adapters, exports and destructors use, by type, instance and operation.
fn builtins(plan: &Plan, partition: &Partition) -> impl Iterator<Item = ResourceBuiltin> {
    let mut uses = BTreeSet::new();
    let mut add = |def: &CoreDef| {
        if let CoreDef::Resource(it) = def {
            uses.insert((it.resource, it.instance, it.op));
        }
    };
    let instances = plan.core_instances.values();
    instances.for_each(|instance| instance.args.iter().for_each(&mut add));
    let modules = partition.modules.values();
    let adapters = modules.flat_map(|module| &module.adapters);
    adapters.for_each(|id| plan.adapters[*id].uses().for_each(|def| add(&def)));
    other_called_funcs(plan).for_each(&mut add);
    let builtin = |(resource, instance, op)| ResourceBuiltin {
        op,
        resource,
        instance,
    };
    uses.into_iter().map(builtin)
}

/// Returns the destructor of a resource type, if it has one: the host may want to know of each drop.
fn dtor(
    plan: &Plan,
    resource: ResourceId,
    names: &Names<'_>,
) -> Option<(ImportName, ImportSource)> {
    match &plan.resources[resource].origin {
        ResourceOrigin::Guest { dtor, .. } => {
            let dtor = dtor.as_ref()?;
            Some((names.import(dtor), names.source(dtor)))
        }
        ResourceOrigin::Host(_) => {
            Some((names.host_dtor(resource), ImportSource::HostDtor(resource)))
        }
    }
}
