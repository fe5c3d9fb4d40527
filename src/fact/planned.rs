//! The adapter modules of a plan: specifications of its adapters, and where what they import comes from.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use cranelift_entity::{PrimaryMap, SecondaryMap};
use indexmap::IndexMap;

use crate::adapt::{
    Adapter, AdapterId, AdapterModuleId, CanonOptions, ComponentInstanceId, CoreDef, Effects,
    ExportItem, Partition, Plan, PlanEffects, ResourceId, ResourceOrigin, adapter_name,
};
use crate::fact::compile::{CompiledModule, InvalidSpec, compile};
use crate::fact::config::FactConfig;
use crate::fact::source::{ImportSource, Names, export_name};
use crate::fact::spec::{
    AdapterSpec, Callback, Callee, Guard, HandlesSpec, ImportName, MemorySpec, PostReturn,
    ReallocSpec, SideSpec,
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

impl PlannedModule {
    /// Returns the component instances whose state the module may import.
    pub fn states(&self) -> impl Iterator<Item = ComponentInstanceId> {
        self.states.values().copied()
    }

    /// Returns where the things come from that the specifications name by themselves.
    pub fn sources(&self) -> impl Iterator<Item = &ImportSource> {
        self.imports.values()
    }

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
    let names = Names::new(plan, partition);
    plan_named_modules(plan, partition, effects, &names)
}

/// Returns the adapter modules of a plan whose names are known.
pub(in crate::fact) fn plan_named_modules(
    plan: &Plan,
    partition: &Partition,
    effects: &PlanEffects,
    names: &Names<'_>,
) -> PrimaryMap<AdapterModuleId, PlannedModule> {
    let planner = Planner {
        plan,
        partition,
        effects,
        guarded: guarded_instances(plan, effects),
        names,
        implements: implements(plan),
    };
    partition
        .modules
        .iter()
        .map(|(id, module)| planner.module(id, &module.adapters))
        .collect()
}

/// Returns the instances whose flag `may_leave` is cleared at some time: those with a function that allocates, or runs
/// after results were read, and that could try to leave.
pub(in crate::fact) fn guarded_instances(
    plan: &Plan,
    effects: &PlanEffects,
) -> HashSet<ComponentInstanceId> {
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

struct Planner<'a> {
    plan: &'a Plan,
    partition: &'a Partition,
    effects: &'a PlanEffects,
    guarded: HashSet<ComponentInstanceId>,
    names: &'a Names<'a>,
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
            for (side, instance) in [(&spec.lift, lift.instance), (&spec.lower, lower.instance)] {
                if side.handles.is_some() || side.may_leave.is_some() {
                    let name = self.names.state(instance);
                    module.states.insert(name.into(), instance);
                }
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
        let ty = self.plan.types.func(lift.ty);
        let mut values = ty.params.iter().map(|(_, ty)| *ty).chain(ty.result);
        let has_handles = values.any(|ty| self.plan.types.has_handles(ty));
        AdapterSpec {
            standing: None,
            export: export_name(id),
            name: adapter_name(self.plan, adapter),
            ty: lift.ty,
            lower: self.side(
                (adapter.lower.instance, has_handles),
                &adapter.lower.options,
                effects.lower_realloc,
                imports,
            ),
            lift: self.side(
                (lift.instance, has_handles),
                &lift.options,
                effects.lift_realloc,
                imports,
            ),
            callee,
            post_return,
            callback: if effects.calls_back {
                Callback::Possible
            } else {
                Callback::Impossible
            },
        }
    }

    fn side(
        &self,
        (instance, has_handles): (ComponentInstanceId, bool),
        options: &CanonOptions,
        realloc: Effects,
        imports: &mut IndexMap<ImportName, ImportSource>,
    ) -> SideSpec {
        let is_guarded = self.guarded.contains(&instance);
        let state = self.names.state(instance);
        let may_leave = is_guarded.then(|| ImportName::new(state, StateExport::MayLeave.name()));
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
            handles: has_handles.then(|| HandlesSpec {
                numbers: BTreeMap::new(),
                module: state.into(),
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
        let name = self.names.import(def);
        imports.insert(name.clone(), self.names.source(def));
        name
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
