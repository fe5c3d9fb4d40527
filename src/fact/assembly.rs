//! Everything that carries out a plan on an engine for core WebAssembly: which modules are instantiated, in which order,
//! and with what.

use std::collections::{HashMap, HashSet};

use cranelift_entity::PrimaryMap;

use crate::adapt::{
    AdapterId, AdapterModuleId, ComponentInstanceId, CoreDef, CoreInstanceId, ExportItem,
    FuncTypeId, Partition, Plan, PlanEffects, ResourceBuiltin, ResourceModuleId, Step,
};
use crate::fact::builtin::{PlannedResource, plan_resources};
use crate::fact::planned::{PlannedModule, guarded_instances, plan_named_modules};
use crate::fact::source::{ImportSource, Names};

/// The modules of a plan, those of the component and those that are generated.
#[derive(Debug)]
pub struct Assembly<'a> {
    /// The adapter modules.
    pub modules: PrimaryMap<AdapterModuleId, PlannedModule>,
    /// The resource modules.
    pub resources: PrimaryMap<ResourceModuleId, PlannedResource>,
    resource_ids: HashMap<String, ResourceModuleId>,
    /// What is instantiated, in this order: each needs earlier ones and the host only.
    pub steps: Vec<CoreStep>,
    plan: &'a Plan,
    names: Names<'a>,
    /// The instances whose flag `may_leave` is cleared at some time.
    guarded: HashSet<ComponentInstanceId>,
}

/// Something that is instantiated. Each is instantiated once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CoreStep {
    /// The [state module](crate::fact::state_module), for a component instance.
    State(ComponentInstanceId),
    /// A resource module.
    Resource(ResourceModuleId),
    /// A core instance of the component.
    Instance(CoreInstanceId),
    /// An adapter module.
    Adapters(AdapterModuleId),
}

/// Returns the modules of a plan and the order in which they are instantiated.
///
/// State modules and resource modules come directly before what first needs them.
pub fn assemble<'a>(
    plan: &'a Plan,
    partition: &'a Partition,
    effects: &PlanEffects,
) -> Assembly<'a> {
    let names = Names::new(plan, partition);
    let mut resources = PrimaryMap::new();
    let mut resource_ids = HashMap::new();
    for (name, module) in plan_resources(plan, partition, &names) {
        resource_ids.insert(name, resources.push(module));
    }
    let mut assembly = Assembly {
        modules: plan_named_modules(plan, partition, effects, &names),
        resources,
        resource_ids,
        steps: Vec::new(),
        plan,
        names,
        guarded: guarded_instances(plan, effects),
    };
    let mut order = Order {
        assembly: &assembly,
        done: HashSet::new(),
        steps: Vec::new(),
    };
    for step in &partition.steps {
        order.add(match *step {
            Step::Instance(id) => CoreStep::Instance(id),
            Step::Adapters(id) => CoreStep::Adapters(id),
        });
    }
    // What only the host calls comes last.
    for id in assembly.resources.keys() {
        order.add(CoreStep::Resource(id));
    }
    for bundle in plan.bundles.values().chain([&plan.exports]) {
        for export in bundle.exports.values() {
            if let ExportItem::Lifted(lift) = &export.item {
                let state = assembly.state_for_host(lift.instance, lift.ty);
                state.into_iter().for_each(|state| order.add(state));
            }
        }
    }
    assembly.steps = order.steps;
    assembly
}

impl Assembly<'_> {
    /// Returns the name of what is instantiated, different from every other. Generated modules import by these names.
    pub fn name(&self, step: CoreStep) -> String {
        match step {
            CoreStep::State(instance) => self.names.state(instance).into(),
            CoreStep::Resource(id) => self.resources[id].spec.name.clone(),
            CoreStep::Instance(id) => self.names.core(id),
            CoreStep::Adapters(id) => self.names.adapters(id),
        }
    }

    /// Returns the module of a built-in that is used.
    pub fn resource_module_of(&self, builtin: &ResourceBuiltin) -> ResourceModuleId {
        self.resource_ids[&self.names.resource(builtin)]
    }

    /// Returns the module of an adapter that is used.
    pub fn module_of(&self, id: AdapterId) -> AdapterModuleId {
        self.names.module_of(id)
    }

    /// Returns where a definition comes from.
    pub fn source(&self, def: &CoreDef) -> ImportSource {
        self.names.source(def)
    }

    /// Returns the state module of the instance that lifts or lowers a function for the host, if handles are passed.
    pub fn state_for_host(
        &self,
        instance: ComponentInstanceId,
        ty: FuncTypeId,
    ) -> Option<CoreStep> {
        passes_handles(self.plan, ty).then_some(CoreStep::State(instance))
    }

    /// Returns the state modules and resource modules that a step needs.
    fn needs(&self, step: CoreStep) -> Vec<CoreStep> {
        let generated = |source: &ImportSource| match source {
            ImportSource::Resource(it) => Some(CoreStep::Resource(self.resource_module_of(it))),
            ImportSource::HostLowering(id) => {
                let lower = &self.plan.host_lowerings[*id].lower;
                let is_guarded = self.guarded.contains(&lower.instance);
                let flag = is_guarded.then_some(CoreStep::State(lower.instance));
                flag.or_else(|| self.state_for_host(lower.instance, lower.ty))
            }
            ImportSource::Core { .. }
            | ImportSource::Adapter(_)
            | ImportSource::HostDtor(_)
            | ImportSource::State(_)
            | ImportSource::Trap => None,
        };
        match step {
            CoreStep::State(_) => Vec::new(),
            CoreStep::Resource(id) => {
                let module = &self.resources[id];
                let dtor = module.dtor.as_ref();
                let state = CoreStep::State(module.instance);
                dtor.and_then(generated)
                    .into_iter()
                    .chain([state])
                    .collect()
            }
            CoreStep::Instance(id) => {
                let args = self.plan.core_instances[id].args.iter();
                args.filter_map(|def| generated(&self.source(def)))
                    .collect()
            }
            CoreStep::Adapters(id) => {
                let module = &self.modules[id];
                let states = module.states().map(CoreStep::State);
                module
                    .sources()
                    .filter_map(generated)
                    .chain(states)
                    .collect()
            }
        }
    }
}

fn passes_handles(plan: &Plan, ty: FuncTypeId) -> bool {
    let ty = plan.types.func(ty);
    let mut values = ty.params.iter().map(|(_, ty)| *ty).chain(ty.result);
    values.any(|ty| plan.types.has_handles(ty))
}

/// The order of instantiation, as far as it is known.
struct Order<'a> {
    assembly: &'a Assembly<'a>,
    done: HashSet<CoreStep>,
    steps: Vec<CoreStep>,
}

impl Order<'_> {
    /// Adds a step after what it needs. Destructors that drop something else form chains as long as the component
    /// likes, so there is no recursion.
    fn add(&mut self, step: CoreStep) {
        let mut stack = vec![(step, false)];
        while let Some((step, has_all)) = stack.pop() {
            if has_all {
                self.steps.push(step);
            } else if self.done.insert(step) {
                stack.push((step, true));
                let needs = self.assembly.needs(step).into_iter().rev();
                stack.extend(needs.map(|need| (need, false)));
            }
        }
    }
}
