//! From a plan and its image to an outline.

use std::collections::HashMap;
use std::sync::Arc;

use cranelift_entity::PrimaryMap;
use indexmap::{IndexMap, IndexSet};

use crate::adapt::{
    Bundle, CanonOptions, ComponentInstanceId, CoreDef, CoreMemory, CoreModule, ExportItem,
    IndexType, Lift, Plan, ResourceId, ResourceOrigin,
};
use crate::fact::{
    Assembly, CoreStep, ImportSource as Source, StateExport, builtin_name, export_name,
};
use crate::runtime::component::outline::{
    BundleOutline, ExportOutline, External, InstanceOutline, LiftId, LiftOutline, LowerOutline,
    Origin, Outline, ResourceOutline, SideId, SideOutline, StateOutline, TracedOutline,
};
use crate::runtime::image::{ExportSite, FuncSite, Image, MemorySite};
use crate::runtime::index::{ExternalFuncId, InstanceId};

/// Where everything of a plan is.
pub(in crate::runtime) struct Places<'a> {
    /// The plan.
    pub(in crate::runtime) plan: &'a Plan,
    /// Its modules.
    pub(in crate::runtime) assembly: &'a Assembly<'a>,
    /// What was compiled.
    pub(in crate::runtime) image: &'a Image,
    /// The instances in it.
    pub(in crate::runtime) ids: &'a HashMap<CoreStep, InstanceId>,
    /// What core code gets of the host.
    pub(in crate::runtime) externals: &'a IndexSet<External>,
}

/// Returns what the runtime keeps of a plan.
pub(in crate::runtime) fn sketch(places: &Places<'_>) -> Outline {
    let plan = places.plan;
    let mut sketcher = Sketcher {
        places,
        sides: IndexSet::new(),
        lifts: IndexSet::new(),
    };
    let lowerings = plan.host_lowerings.values().map(|lowering| LowerOutline {
        func: lowering.func,
        name: lowering.lower.name.clone(),
        ty: lowering.lower.ty,
        side: sketcher.side(lowering.lower.instance, &lowering.lower.options),
    });
    let lowerings = lowerings.collect();
    let bundles = plan.bundles.values().map(|bundle| sketcher.bundle(bundle));
    let bundles = bundles.collect();
    let exports = sketcher.bundle(&plan.exports);
    let traced = places
        .externals
        .iter()
        .filter_map(|external| match external {
            External::Traced(id) => Some(*id),
            _ => None,
        });
    let traced = traced.map(|id| {
        let adapter = &plan.adapters[id];
        let outline = TracedOutline {
            lift: sketcher.lift(&adapter.lift),
            ty: adapter.lower.ty,
            side: sketcher.side(adapter.lower.instance, &adapter.lower.options),
        };
        (id, outline)
    });
    Outline {
        traced: traced.collect(),
        types: Arc::new(plan.types.clone()),
        resources: places.resources(),
        imports: plan.imports.clone(),
        imported_funcs: plan.imported_funcs.clone(),
        instances: places.instances(),
        externals: places.externals.iter().copied().collect(),
        lowerings,
        lifts: sketcher.lifts.into_iter().collect(),
        sides: sketcher.sides.into_iter().collect(),
        bundles,
        exports,
    }
}

/// Makes the parts of an outline that are named by number.
struct Sketcher<'a> {
    places: &'a Places<'a>,
    sides: IndexSet<SideOutline>,
    lifts: IndexSet<LiftOutline>,
}

impl Sketcher<'_> {
    fn side(&mut self, instance: ComponentInstanceId, options: &CanonOptions) -> SideId {
        let memory = options.memory.as_ref();
        let side = SideOutline {
            instance,
            encoding: options.encoding,
            width: memory.map_or(IndexType::I32, |memory| memory.ty.index_type),
            memory: memory.map(|memory| self.places.memory(memory)),
            page_size_log2: memory.map_or(16, |memory| memory.ty.page_size_log2),
            realloc: options.realloc.as_ref().map(|def| self.places.func(def)),
        };
        SideId::from_u32(number(self.sides.insert_full(side).0))
    }

    fn lift(&mut self, lift: &Lift) -> LiftId {
        let post_return = lift.options.post_return.as_ref();
        let outline = LiftOutline {
            name: lift.name.clone(),
            ty: lift.ty,
            callee: self.places.func(&lift.callee),
            post_return: post_return.map(|def| self.places.func(def)),
            side: self.side(lift.instance, &lift.options),
        };
        LiftId::from_u32(number(self.lifts.insert_full(outline).0))
    }

    fn bundle(&mut self, bundle: &Bundle) -> BundleOutline {
        let plan = self.places.plan;
        let exports = bundle.exports.iter().map(|(name, export)| {
            let outline = match &export.item {
                ExportItem::Lifted(lift) => ExportOutline::Lifted(self.lift(lift)),
                ExportItem::Imported(id) => ExportOutline::Imported(*id),
                ExportItem::Instance(id) => ExportOutline::Instance(*id),
                ExportItem::Module(CoreModule::Static(id)) => {
                    ExportOutline::Module(plan.modules[*id].span.clone())
                }
                ExportItem::Module(CoreModule::Imported(id)) => {
                    ExportOutline::ImportedModule(plan.imported_modules[*id].path.clone())
                }
                ExportItem::Component(id) => {
                    let closure = &plan.closures[*id];
                    let is_closed = closure.captures.is_empty();
                    let span = &plan.components[closure.component].span;
                    ExportOutline::Component(is_closed.then(|| span.clone()))
                }
                ExportItem::Type(ty) => ExportOutline::Type(*ty),
            };
            (name.clone(), outline)
        });
        BundleOutline {
            exports: exports.collect::<IndexMap<_, _>>(),
        }
    }
}

impl Places<'_> {
    fn resources(&self) -> PrimaryMap<ResourceId, ResourceOutline> {
        let resources = self.plan.resources.values().map(|resource| {
            let origin = match &resource.origin {
                ResourceOrigin::Guest { owner, dtor } => Origin::Guest {
                    owner: *owner,
                    dtor: dtor.as_ref().map(|def| self.func(def)),
                },
                ResourceOrigin::Host(path) => Origin::Host(path.clone()),
            };
            let name = resource.name.clone();
            ResourceOutline { name, origin }
        });
        resources.collect()
    }

    fn instances(&self) -> PrimaryMap<ComponentInstanceId, InstanceOutline> {
        let instances = self.plan.component_instances.iter();
        let instances = instances.map(|(id, instance)| {
            let state = self.ids.get(&CoreStep::State(id));
            InstanceOutline {
                name: instance.name.clone(),
                state: state.map(|state| self.state(*state)),
            }
        });
        instances.collect()
    }

    fn state(&self, id: InstanceId) -> StateOutline {
        let global = |export: StateExport| match self.export(id, export.name()) {
            ExportSite::Global(site) => site,
            other => unreachable!("{export:?} is {other:?}"),
        };
        let ops = StateOutline::OPS.map(|export| self.exported_func(id, export.name()));
        StateOutline {
            may_leave: global(StateExport::MayLeave),
            lent: global(StateExport::Lent),
            fault: global(StateExport::Fault),
            ops: ops.into(),
        }
    }

    fn export(&self, id: InstanceId, name: &str) -> ExportSite {
        let exports = &self.image.instances[id].exports;
        *exports.get(name).expect("an import that was linked exists")
    }

    fn exported_func(&self, id: InstanceId, name: &str) -> FuncSite {
        match self.export(id, name) {
            ExportSite::Func(reference) => self.image.func_site(id, reference),
            other => unreachable!("`{name}` is {other:?}, not a function"),
        }
    }

    /// Returns where a function is.
    fn func(&self, def: &CoreDef) -> FuncSite {
        let (step, name) = match self.assembly.source(def) {
            Source::Core { export, name } => (CoreStep::Instance(export.instance), name),
            Source::Resource(builtin) => {
                let module = self.assembly.resource_module_of(&builtin);
                (
                    CoreStep::Resource(module),
                    builtin_name(builtin.op).to_owned(),
                )
            }
            Source::Adapter(id) => {
                let step = CoreStep::Adapters(self.assembly.module_of(id));
                if !self.ids.contains_key(&step) {
                    return self.external(External::Traced(id));
                }
                (step, export_name(id))
            }
            Source::HostLowering(id) => return self.external(External::Lowering(id)),
            Source::HostDtor(id) => return self.external(External::Dtor(id)),
            other @ (Source::State(_) | Source::Trap) => {
                unreachable!("no definition comes from {other:?}")
            }
        };
        self.exported_func(self.ids[&step], &name)
    }

    fn external(&self, external: External) -> FuncSite {
        let position = self.externals.get_index_of(&external);
        let position = position.expect("what the host calls is imported by something");
        FuncSite::External(ExternalFuncId::from_u32(number(position)))
    }

    fn memory(&self, memory: &CoreMemory) -> MemorySite {
        let def = CoreDef::Export(memory.export.clone());
        let Source::Core { export, name } = self.assembly.source(&def) else {
            unreachable!("a memory is exported by a core instance")
        };
        match self.export(self.ids[&CoreStep::Instance(export.instance)], &name) {
            ExportSite::Memory(site) => site,
            other => unreachable!("`{name}` is {other:?}, not a memory"),
        }
    }
}

fn number(index: usize) -> u32 {
    u32::try_from(index).expect("everything is counted in 32 bits")
}
