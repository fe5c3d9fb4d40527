//! The adapter modules of a plan: specifications of its adapters, and where what they import comes from.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use cranelift_entity::{PrimaryMap, SecondaryMap};
use indexmap::IndexMap;

use crate::adapt::{
    Adapter, AdapterId, AdapterModuleId, CanonOptions, ComponentInstanceId, CoreDef, CoreExport,
    CoreItem, CoreModule, Effects, ExportItem, Partition, Plan, PlanEffects, ResourceBuiltin,
    ResourceId, ResourceOrigin, adapter_name,
};
use crate::fact::compile::{CompiledModule, InvalidSpec, compile};
use crate::fact::config::FactConfig;
use crate::fact::spec::{
    AdapterSpec, Callee, Guard, HandlesSpec, ImportName, MemorySpec, PostReturn, ReallocSpec,
    SideSpec,
};
use crate::fact::table::StateExport;

/// An adapter module of a plan.
#[derive(Clone, Debug)]
pub struct PlannedModule {
    /// The adapters, in the order of the specifications.
    pub adapters: Vec<AdapterId>,
    /// What each of them does.
    pub specs: Vec<AdapterSpec>,
    /// Where the things come from that the specifications name by themselves.
    imports: IndexMap<ImportName, ImportSource>,
    /// The names under which state modules are imported.
    states: BTreeMap<String, ComponentInstanceId>,
}

/// Where something comes from that an adapter module imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportSource {
    /// A core instance exports it.
    Core(CoreExport),
    /// It is an adapter of an earlier module, exported under the name that is imported.
    Adapter(AdapterId),
    /// It is a function that the plan defines by itself: a host lowering or a built-in for resources.
    Defined(CoreDef),
    /// It is the function that ends everything with a trap code.
    Trap,
    /// A state module exports it, of which each component instance has an instance. Everything is imported from it
    /// that an adapter uses of the instance's handle table.
    State(ComponentInstanceId),
}

impl PlannedModule {
    /// Returns where something comes from that the compiled module imports.
    pub fn source(&self, import: &ImportName) -> ImportSource {
        let state = self
            .states
            .get(&import.module)
            .map(|id| ImportSource::State(*id));
        let found = self.imports.get(import).cloned().or(state);
        found.unwrap_or(ImportSource::Trap)
    }

    /// Compiles the module.
    ///
    /// # Errors
    ///
    /// Fails if an adapter moves what is not supported.
    pub fn compile(&self, plan: &Plan, config: &FactConfig) -> Result<CompiledModule, InvalidSpec> {
        compile(&plan.types, &self.specs, config)
    }
}

/// Returns the adapter modules of a plan.
///
/// An adapter is exported, and imported by other modules, under its id. Flags are guarded where the effects say that
/// it can be told.
pub fn plan_modules(
    plan: &Plan,
    partition: &Partition,
    effects: &PlanEffects,
) -> PrimaryMap<AdapterModuleId, PlannedModule> {
    let guarded = guarded_instances(plan, effects);
    let state_names = state_names(plan);
    let implements = implements(plan);
    let planner = Planner {
        plan,
        partition,
        effects,
        guarded,
        state_names,
        implements,
    };
    partition
        .modules
        .iter()
        .map(|(id, module)| planner.module(id, &module.adapters))
        .collect()
}

/// Returns the instances whose flag `may_leave` is cleared at some time: those with a function that allocates, or runs
/// after results were read, and that could try to leave.
fn guarded_instances(plan: &Plan, effects: &PlanEffects) -> HashSet<ComponentInstanceId> {
    let mut guarded = HashSet::new();
    let mut add = |instance: ComponentInstanceId, options: &CanonOptions| {
        if options.funcs().any(|func| effects.func(func).leave) {
            guarded.insert(instance);
        }
    };
    for adapter in plan.adapters.values() {
        add(adapter.lift.instance, &adapter.lift.options);
        add(adapter.lower.instance, &adapter.lower.options);
    }
    for lowering in plan.host_lowerings.values() {
        add(lowering.lower.instance, &lowering.lower.options);
    }
    for bundle in plan.bundles.values().chain([&plan.exports]) {
        for export in bundle.exports.values() {
            if let ExportItem::Lifted(lift) = &export.item {
                add(lift.instance, &lift.options);
            }
        }
    }
    guarded
}

/// Returns under which name the state of each component instance is imported: none is that of a core instance.
fn state_names(plan: &Plan) -> SecondaryMap<ComponentInstanceId, String> {
    let taken: HashSet<&str> = plan.core_instances.values().map(|it| &*it.name).collect();
    let mut names = SecondaryMap::new();
    for (id, instance) in &plan.component_instances {
        let mut name = format!("state {}", instance.name);
        while taken.contains(&*name) {
            name.push('\'');
        }
        names[id] = name;
    }
    names
}

struct Planner<'a> {
    plan: &'a Plan,
    partition: &'a Partition,
    effects: &'a PlanEffects,
    guarded: HashSet<ComponentInstanceId>,
    state_names: SecondaryMap<ComponentInstanceId, String>,
    implements: SecondaryMap<ComponentInstanceId, Arc<BTreeSet<ResourceId>>>,
}

/// Returns the resource types that each component instance implements.
fn implements(plan: &Plan) -> SecondaryMap<ComponentInstanceId, Arc<BTreeSet<ResourceId>>> {
    let mut all: SecondaryMap<ComponentInstanceId, BTreeSet<ResourceId>> = SecondaryMap::new();
    for (id, resource) in &plan.resources {
        if let ResourceOrigin::Guest { owner, .. } = &resource.origin {
            all[*owner].insert(id);
        }
    }
    let mut shared = SecondaryMap::new();
    for id in plan.component_instances.keys() {
        shared[id] = Arc::new(std::mem::take(&mut all[id]));
    }
    shared
}

impl Planner<'_> {
    fn module(&self, id: AdapterModuleId, adapters: &[AdapterId]) -> PlannedModule {
        let mut positions = SecondaryMap::new();
        let mut module = PlannedModule {
            adapters: adapters.to_vec(),
            specs: Vec::with_capacity(adapters.len()),
            imports: IndexMap::new(),
            states: BTreeMap::new(),
        };
        for (position, adapter) in adapters.iter().enumerate() {
            let spec = self.spec(id, &positions, *adapter, &mut module.imports);
            let Adapter { lift, lower } = &self.plan.adapters[*adapter];
            for instance in [lift.instance, lower.instance] {
                module
                    .states
                    .insert(self.state_names[instance].clone(), instance);
            }
            positions[*adapter] = Some(position);
            module.specs.push(spec);
        }
        module
    }

    fn spec(
        &self,
        module: AdapterModuleId,
        positions: &SecondaryMap<AdapterId, Option<usize>>,
        id: AdapterId,
        imports: &mut IndexMap<ImportName, ImportSource>,
    ) -> AdapterSpec {
        let adapter = &self.plan.adapters[id];
        let effects = self.effects.adapter(id);
        let lift = &adapter.lift;
        let callee = match &lift.callee {
            CoreDef::Adapter(callee) if self.partition.module_of[*callee] == Some(module) => {
                let position = positions[*callee];
                Callee::Adapter(position.expect("callees come before their callers"))
            }
            callee => Callee::Import(self.import(callee, imports)),
        };
        let post_return = lift.options.post_return.as_ref().map(|func| PostReturn {
            func: self.import(func, imports),
            guard: guard(effects.post_return),
        });
        AdapterSpec {
            export: export_name(id),
            name: adapter_name(self.plan, adapter),
            ty: lift.ty,
            lower: self.side(
                adapter.lower.instance,
                &adapter.lower.options,
                effects.lower_realloc,
                imports,
            ),
            lift: self.side(lift.instance, &lift.options, effects.lift_realloc, imports),
            callee,
            post_return,
        }
    }

    fn side(
        &self,
        instance: ComponentInstanceId,
        options: &CanonOptions,
        realloc: Effects,
        imports: &mut IndexMap<ImportName, ImportSource>,
    ) -> SideSpec {
        let is_guarded = self.guarded.contains(&instance);
        let flag = StateExport::MayLeave.name();
        let may_leave = is_guarded.then(|| ImportName::new(&*self.state_names[instance], flag));
        let memory = options.memory.as_ref().map(|memory| MemorySpec {
            import: self.import(&CoreDef::Export(memory.export.clone()), imports),
            ty: memory.ty,
        });
        let realloc = options.realloc.as_ref().map(|func| ReallocSpec {
            func: self.import(func, imports),
            guard: guard(realloc),
        });
        SideSpec {
            instance: instance.as_u32(),
            ancestors: ancestors(self.plan, instance),
            encoding: options.encoding,
            memory,
            realloc,
            may_leave,
            handles: Some(HandlesSpec {
                module: self.state_names[instance].clone(),
                implements: Arc::clone(&self.implements[instance]),
            }),
        }
    }

    /// Returns the name under which a definition is imported, and notes where it comes from.
    fn import(
        &self,
        def: &CoreDef,
        imports: &mut IndexMap<ImportName, ImportSource>,
    ) -> ImportName {
        let (name, source) = match def {
            CoreDef::Export(export) => {
                let instance = &self.plan.core_instances[export.instance].name;
                let name = ImportName::new(&**instance, core_export_name(self.plan, export));
                (name, ImportSource::Core(export.clone()))
            }
            CoreDef::Adapter(id) => {
                let module = self.partition.module_of[*id].expect("an adapter that is used");
                let name = ImportName::new(module.to_string(), export_name(*id));
                (name, ImportSource::Adapter(*id))
            }
            CoreDef::HostLowering(id) => {
                let name = ImportName::new("host", id.to_string());
                (name, ImportSource::Defined(def.clone()))
            }
            CoreDef::Resource(ResourceBuiltin {
                op,
                resource,
                instance,
            }) => {
                let module = &*self.state_names[*instance];
                let name = ImportName::new(module, format!("{op} {resource}"));
                (name, ImportSource::Defined(def.clone()))
            }
        };
        imports.insert(name.clone(), source);
        name
    }
}

/// Returns the name under which the module of an adapter exports it.
pub fn export_name(id: AdapterId) -> String {
    id.to_string()
}

/// Returns the first name by which a core instance exports something.
fn core_export_name<'a>(plan: &'a Plan, export: &'a CoreExport) -> &'a str {
    match (&export.item, plan.core_instances[export.instance].module) {
        (CoreItem::Name(name), _) => name,
        (CoreItem::Index(index), CoreModule::Static(module)) => {
            let exports = &plan.modules[module].exports;
            let found = exports.iter().find(|(_, export)| export.index == *index);
            found
                .map(|(name, _)| &**name)
                .expect("what is used is exported")
        }
        (CoreItem::Index(index), CoreModule::Imported(module)) => {
            unreachable!("exports of {module} are known by name, not as {index:?}")
        }
    }
}

/// Returns the instances around one.
fn ancestors(plan: &Plan, instance: ComponentInstanceId) -> Arc<[u32]> {
    let parent = |id: &ComponentInstanceId| plan.component_instances[*id].parent;
    let first = parent(&instance);
    std::iter::successors(first, parent)
        .map(|id| id.as_u32())
        .collect()
}

fn guard(effects: Effects) -> Guard {
    if effects.leave {
        Guard::Clear
    } else {
        Guard::Keep
    }
}
