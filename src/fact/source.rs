//! Where things come from that generated modules import, and the names under which they import them.

use std::collections::{HashMap, HashSet};

use cranelift_entity::SecondaryMap;

use crate::adapt::{
    AdapterId, AdapterModuleId, ComponentInstanceId, CoreDef, CoreExport, CoreInstanceId, CoreItem,
    CoreModule, EntityIndex, HostLoweringId, Partition, Plan, ResourceBuiltin, ResourceId,
    ResourceOp, ResourceOrigin, StaticModuleId,
};
use crate::fact::module::trap_import;
use crate::fact::resource::builtin_name;
use crate::fact::spec::ImportName;

/// Where something comes from that a core instance or a generated module imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportSource {
    /// A core instance exports it.
    Core {
        /// Which export it is.
        export: CoreExport,
        /// The first name under which it is exported.
        name: String,
    },
    /// It is an adapter, which its module exports under [`export_name`].
    Adapter(AdapterId),
    /// It is a built-in that a [resource module](crate::fact::resource_module) exports under
    /// [`builtin_name`].
    Resource(ResourceBuiltin),
    /// It is a function of the host, lowered.
    HostLowering(HostLoweringId),
    /// It is the destructor of a resource type of the host.
    HostDtor(ResourceId),
    /// A state module exports it under the name that is imported. Each component instance has an instance of it.
    State(ComponentInstanceId),
    /// It is the function that ends everything with a trap code.
    Trap,
}

/// Returns the name under which the module of an adapter exports it.
pub fn export_name(id: AdapterId) -> String {
    id.to_string()
}

/// The names under which things of a plan are imported.
#[derive(Debug)]
pub(in crate::fact) struct Names<'a> {
    plan: &'a Plan,
    partition: &'a Partition,
    /// The names of core instances, which nothing else has.
    taken: HashSet<&'a str>,
    /// The first name of each export.
    exports: HashMap<StaticModuleId, HashMap<EntityIndex, &'a str>>,
    states: SecondaryMap<ComponentInstanceId, String>,
}

impl<'a> Names<'a> {
    /// Takes note of the names in a plan.
    pub(in crate::fact) fn new(plan: &'a Plan, partition: &'a Partition) -> Names<'a> {
        let taken = plan.core_instances.values().map(|it| &*it.name).collect();
        let mut exports = HashMap::new();
        for instance in plan.core_instances.values() {
            if let CoreModule::Static(module) = instance.module {
                exports
                    .entry(module)
                    .or_insert_with(|| first_names(plan, module));
            }
        }
        let mut names = Names {
            plan,
            partition,
            taken,
            exports,
            states: SecondaryMap::new(),
        };
        for (id, instance) in &plan.component_instances {
            names.states[id] = names.new_name(format!("state {}", instance.name));
        }
        names
    }

    /// Returns the name of a component instance's state module.
    pub(in crate::fact) fn state(&self, instance: ComponentInstanceId) -> &str {
        &self.states[instance]
    }

    /// Returns the name of the resource module that has a built-in.
    ///
    /// There is one for each type and component instance. But where the destructor is not core code, which is there
    /// before all that comes into question, `resource.drop` has another one: adapters lie between the two.
    pub(in crate::fact) fn resource(&self, builtin: &ResourceBuiltin) -> String {
        let ResourceBuiltin { op, resource, .. } = builtin;
        let instance = &self.plan.component_instances[builtin.instance].name;
        let dtor = match &self.plan.resources[*resource].origin {
            ResourceOrigin::Guest { dtor, .. } => dtor.as_ref(),
            ResourceOrigin::Host(_) => None,
        };
        let is_core = matches!(dtor, None | Some(CoreDef::Export(_)));
        let own = if *op == ResourceOp::Drop && !is_core {
            "-drop"
        } else {
            ""
        };
        self.new_name(format!("{resource}{own} {instance}"))
    }

    /// Returns the module of an adapter.
    pub(in crate::fact) fn module_of(&self, id: AdapterId) -> AdapterModuleId {
        self.partition.module_of[id].expect("an adapter that is used")
    }

    /// Returns the name of an adapter module.
    pub(in crate::fact) fn adapters(&self, module: AdapterModuleId) -> String {
        self.new_name(module.to_string())
    }

    /// Returns the name of a core instance.
    pub(in crate::fact) fn core(&self, instance: CoreInstanceId) -> String {
        let name = &*self.plan.core_instances[instance].name;
        // What is imported to trap has a fixed name.
        if name == trap_import().module {
            return self.new_name(name.into());
        }
        name.into()
    }

    /// Returns a name that no core instance has.
    fn new_name(&self, mut name: String) -> String {
        while self.taken.contains(&*name) {
            name.push('\'');
        }
        name
    }

    /// Returns where a definition comes from.
    pub(in crate::fact) fn source(&self, def: &CoreDef) -> ImportSource {
        match def {
            CoreDef::Export(export) => ImportSource::Core {
                export: export.clone(),
                name: self.export(export).into(),
            },
            CoreDef::Adapter(id) => ImportSource::Adapter(*id),
            CoreDef::HostLowering(id) => ImportSource::HostLowering(*id),
            CoreDef::Resource(builtin) => ImportSource::Resource(*builtin),
        }
    }

    /// Returns the name under which a definition is imported.
    pub(in crate::fact) fn import(&self, def: &CoreDef) -> ImportName {
        match def {
            CoreDef::Export(export) => {
                ImportName::new(self.core(export.instance), self.export(export))
            }
            CoreDef::Adapter(id) => {
                ImportName::new(self.adapters(self.module_of(*id)), export_name(*id))
            }
            CoreDef::HostLowering(id) => self.host(id.to_string()),
            CoreDef::Resource(builtin) => {
                ImportName::new(self.resource(builtin), builtin_name(builtin.op))
            }
        }
    }

    /// Returns the name under which the destructor of the host's resource type is imported.
    pub(in crate::fact) fn host_dtor(&self, resource: ResourceId) -> ImportName {
        self.host(format!("drop {resource}"))
    }

    fn host(&self, name: String) -> ImportName {
        ImportName::new(self.new_name("host".into()), name)
    }

    /// Returns the first name by which a core instance exports something.
    fn export<'b>(&'b self, export: &'b CoreExport) -> &'b str {
        match (
            &export.item,
            self.plan.core_instances[export.instance].module,
        ) {
            (CoreItem::Name(name), _) => name,
            (CoreItem::Index(index), CoreModule::Static(module)) => self.exports[&module]
                .get(index)
                .expect("what is used is exported"),
            (CoreItem::Index(index), CoreModule::Imported(module)) => {
                unreachable!("exports of {module} are known by name, not as {index:?}")
            }
        }
    }
}

fn first_names(plan: &Plan, module: StaticModuleId) -> HashMap<EntityIndex, &str> {
    let mut names = HashMap::new();
    for (name, export) in &plan.modules[module].exports {
        names.entry(export.index).or_insert(&**name);
    }
    names
}
