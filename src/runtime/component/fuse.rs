//! Adapters between running instances, made when one is linked to others.
//!
//! They are a group of their own, which imports from all of the instances, and take the place of what the host would do
//! instead. Which they are is known before the instance that calls: they are compiled once for all that are made of one
//! [`Given`].

use std::collections::HashMap;
use std::sync::Arc;

use crate::adapt::{ComponentInstanceId, FuncTypeId, HostLoweringId, MemoryType, ResourceId};
use crate::fact::{
    AdapterSpec, Callback, Callee, FactConfig, Guard, HandlesSpec, ImportName, MemorySpec,
    PostReturn, ReallocSpec, SideSpec, StateExport, compile,
};
use crate::runtime::codegen::Module as Parsed;
use crate::runtime::component::code::Code;
use crate::runtime::component::given::Given;
use crate::runtime::component::outline::{External, LiftId, Outline, SideId};
use crate::runtime::component::pairing::{Ids, Pairing};
use crate::runtime::component::state::State;
use crate::runtime::core::store::StoreContextMut;
use crate::runtime::error::Error;
use crate::runtime::image::{FuncSite, MemorySite};
use crate::runtime::index::{ExternalFuncId, InstanceId};
use crate::runtime::vm::code::Code as Image;
use crate::runtime::vm::group::ExternalValues;
use crate::runtime::vm::object::{Extern, FuncId};
use crate::runtime::vm::store::{InstantiateError, NewGroup};

/// Number of adapters in one module (ours: each needs two memories, and a module has at most 100).
const ADAPTERS_MAX: usize = 50;

/// The adapters through which instances of a component call those that they are linked to.
#[derive(Default)]
pub(in crate::runtime) struct Links {
    callees: Vec<Arc<State>>,
    modules: Vec<LinkModule>,
}

/// A compiled module of adapters.
struct LinkModule {
    image: Arc<Image>,
    /// What it imports, in its order.
    imports: Vec<Source>,
    /// The functions of the caller's imports that its exports take the place of.
    places: Vec<(ExternalFuncId, String)>,
}

/// One of the instances that a module of adapters stands between.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum End {
    Caller,
    /// The callee with this position.
    Callee(usize),
}

/// Where a module of adapters gets something that it imports.
#[derive(Clone, Copy)]
enum Source {
    /// What ends everything with a trap code.
    Trap,
    /// How many calls are in a callee.
    Standing(usize),
    Func(End, FuncSite),
    Memory(End, MemorySite),
    State(End, ComponentInstanceId, StateExport),
}

/// A function of a running instance that a component lowers.
struct Link {
    number: ExternalFuncId,
    lowering: HostLoweringId,
    callee: usize,
    lift: LiftId,
}

impl Links {
    /// Compiles the adapters for what a component was given.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory for them.
    pub(in crate::runtime) fn new<T: 'static>(given: &Given<T>) -> Result<Links, Error> {
        let outline = &given.code.outline;
        let mut callees: Vec<Arc<State>> = Vec::new();
        let mut positions = HashMap::new();
        let mut links = Vec::new();
        for (number, external) in (0..).zip(&outline.externals) {
            let External::Lowering(lowering) = *external else {
                continue;
            };
            let Some(linked) = &given.funcs[outline.lowerings[lowering].func].linked else {
                continue;
            };
            let callee = *positions.entry(linked.state.number).or_insert_with(|| {
                callees.push(Arc::clone(&linked.state));
                callees.len() - 1
            });
            links.push(Link {
                number: ExternalFuncId::from_u32(number),
                lowering,
                callee,
                lift: linked.lift,
            });
        }
        let modules = links
            .chunks(ADAPTERS_MAX)
            .map(|links| LinkModule::new(&given.code, &callees, links));
        let modules = modules.collect::<Result<_, _>>()?;
        Ok(Links { callees, modules })
    }

    /// Returns whether there are none.
    pub(in crate::runtime) fn is_empty(&self) -> bool {
        self.modules.is_empty()
    }

    /// Makes the adapters of an instance and puts them in their places.
    ///
    /// # Errors
    ///
    /// Fails if the limiter or the system refuses memory.
    pub(in crate::runtime) fn instantiate<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        caller: &State,
        group: &NewGroup,
        trap: FuncId,
    ) -> Result<(), Error> {
        for module in &self.modules {
            let mut externals = ExternalValues::default();
            for source in &module.imports {
                match self.import(store, caller, trap, *source) {
                    Extern::Func(id) => drop(externals.funcs.push(id)),
                    Extern::Memory(id) => drop(externals.memories.push(id)),
                    Extern::Table(id) => drop(externals.tables.push(id)),
                    Extern::Global(id) => drop(externals.globals.push(id)),
                }
            }
            let adapters = store.raw().instantiate(&module.image, externals);
            let adapters = adapters.map_err(|error| match error {
                InstantiateError::Link(error) => {
                    unreachable!("adapters import what both sides have: {error}")
                }
                InstantiateError::Allocate(error) => Error::from(error),
                InstantiateError::Count(error) => Error::from(error),
                InstantiateError::Failure(failure) => Error::from(failure),
            })?;
            for (number, name) in &module.places {
                let mut objects = store.objects();
                let Some(Extern::Func(id)) = objects.export(adapters, InstanceId::FIRST, name)
                else {
                    unreachable!("`{name}` is an adapter")
                };
                store.raw().set_external_func(group, *number, id);
            }
        }
        Ok(())
    }

    fn import<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        caller: &State,
        trap: FuncId,
        source: Source,
    ) -> Extern {
        let state = |end| match end {
            End::Caller => caller,
            End::Callee(callee) => &*self.callees[callee],
        };
        match source {
            Source::Trap => Extern::Func(trap),
            Source::Standing(callee) => Extern::Global(self.callees[callee].standing(store)),
            Source::Func(end, site) => state(end).extern_func(store, site),
            Source::Memory(end, site) => state(end).extern_memory(store, site),
            Source::State(end, instance, export) => {
                let state = state(end);
                let places = state.code.outline.instances[instance].state.as_ref();
                let places = places.expect("an adapter uses the state that there is");
                match export {
                    StateExport::MayLeave => state.extern_global(store, places.may_leave),
                    StateExport::Lent => state.extern_global(store, places.lent),
                    op => state.extern_func(store, places.op(op)),
                }
            }
        }
    }
}

impl LinkModule {
    fn new(caller: &Code, callees: &[Arc<State>], links: &[Link]) -> Result<LinkModule, Error> {
        let engine = &caller.engine;
        let config = FactConfig {
            reentrance: engine.components().reentrance,
            ..FactConfig::default()
        };
        let mut pairing = Pairing::default();
        let lower = &caller.outline;
        let types = links.iter().map(|link| {
            let lift = &callees[link.callee].code.outline;
            let here = (&*lift.types, lift.lifts[link.lift].ty);
            let there = (&*lower.types, lower.lowerings[link.lowering].ty);
            pairing.func(link.callee, here, there)
        });
        let types: Vec<_> = types.collect();
        let mut specifier = Specifier {
            caller,
            callees,
            pairing: &pairing,
            sources: HashMap::new(),
        };
        let specs = links.iter().zip(types);
        let specs = specs.map(|(link, ty)| specifier.spec(link, ty));
        let specs: Vec<_> = specs.collect();
        let mut sources = specifier.sources;
        sources.insert(ImportName::new("interfuse", "trap"), Source::Trap);
        let compiled = compile(&pairing.types, &specs, &config);
        let wasm = compiled.expect("what was validated can be adapted").wasm;
        let parsed = Parsed::parse(&wasm)?;
        let imports = parsed.imports().map(|(import, _)| {
            let name = ImportName::new(import.module, import.name);
            let source = sources.get(&name).copied();
            source.unwrap_or_else(|| unreachable!("adapters do not import {name:?}"))
        });
        let places = links.iter().zip(&specs);
        let places = places.map(|(link, spec)| (link.number, spec.export.clone()));
        Ok(LinkModule {
            image: engine.generated("adapter", &wasm)?,
            imports: imports.collect(),
            places: places.collect(),
        })
    }
}

/// Says what adapters of a module are, and notes where they get what they import.
struct Specifier<'a> {
    caller: &'a Code,
    callees: &'a [Arc<State>],
    pairing: &'a Pairing,
    sources: HashMap<ImportName, Source>,
}

impl<'a> Specifier<'a> {
    fn spec(&mut self, link: &Link, ty: FuncTypeId) -> AdapterSpec {
        let callee = link.callee;
        let outline = &self.callees[callee].code.outline;
        let lift = &outline.lifts[link.lift];
        let lower = &self.caller.outline.lowerings[link.lowering];
        let types = &self.pairing.types;
        let has_handles = types.func(ty).val_types().any(|ty| types.has_handles(ty));
        let end = End::Callee(callee);
        let names = end.name();
        let mut func = |name: String, site| {
            let import = ImportName::new(&*names, name);
            self.sources.insert(import.clone(), Source::Func(end, site));
            import
        };
        let callee_func = func(link.lift.to_string(), lift.callee);
        let post_return = lift.post_return.map(|site| PostReturn {
            func: func(format!("{}, post-return", link.lift), site),
            guard: Guard::Clear,
        });
        let standing = ImportName::new(&*names, "standing");
        self.sources
            .insert(standing.clone(), Source::Standing(callee));
        AdapterSpec {
            export: link.lowering.to_string(),
            name: lift.name.to_string(),
            ty,
            lower: self.side(End::Caller, lower.side, has_handles),
            lift: self.side(end, lift.side, has_handles),
            callee: Callee::Import(callee_func),
            post_return,
            standing: Some(standing),
            callback: Callback::Possible,
        }
    }

    fn outline(&self, end: End) -> &'a Outline {
        match end {
            End::Caller => &self.caller.outline,
            End::Callee(callee) => &self.callees[callee].code.outline,
        }
    }

    fn side(&mut self, end: End, id: SideId, has_handles: bool) -> SideSpec {
        let outline = self.outline(end);
        let side = &outline.sides[id];
        let name = end.name();
        let memory = side.memory.map(|site| {
            let import = ImportName::new(&*name, format!("{id}, memory"));
            let source = Source::Memory(end, site);
            self.sources.insert(import.clone(), source);
            let ty = MemoryType {
                index_type: side.width,
                shared: false,
                min_pages: 0,
                max_pages: None,
                page_size_log2: side.page_size_log2,
            };
            MemorySpec { import, ty }
        });
        let realloc = side.realloc.map(|site| {
            let func = ImportName::new(&*name, format!("{id}, realloc"));
            self.sources.insert(func.clone(), Source::Func(end, site));
            ReallocSpec {
                func,
                guard: Guard::Clear,
            }
        });
        let has_state = outline.instances[side.instance].state.is_some();
        let state = self.state(end, side.instance);
        SideSpec {
            // Both sides are instances of their own: only that the numbers differ matters.
            instance: u32::from(end != End::Caller),
            ancestors: Arc::new([]),
            encoding: side.encoding,
            memory,
            realloc,
            may_leave: has_state.then(|| ImportName::new(&*state, StateExport::MayLeave.name())),
            handles: has_handles.then(|| self.handles(end, side.instance, state)),
        }
    }

    /// Returns the name of the module that stands for the state of an instance.
    fn state(&mut self, end: End, instance: ComponentInstanceId) -> String {
        let name = format!("{}, {instance}", end.name());
        for export in StateExport::ALL {
            let import = ImportName::new(&*name, export.name());
            let source = Source::State(end, instance, *export);
            self.sources.insert(import, source);
        }
        name
    }

    /// Returns the handle table, which knows resource types by the ids of the component.
    fn handles(&self, end: End, instance: ComponentInstanceId, module: String) -> HandlesSpec {
        let resources = &self.outline(end).resources;
        let ids = self.pairing.resources.iter();
        let ids = ids.filter_map(|(id, ids)| Some((id, end.id(ids)?)));
        let ids: Vec<(ResourceId, ResourceId)> = ids.collect();
        let implemented = ids
            .iter()
            .filter(|(_, here)| resources[*here].origin.owner() == Some(instance));
        HandlesSpec {
            module,
            implements: Arc::new(implemented.map(|(id, _)| *id).collect()),
            numbers: ids.iter().map(|(id, here)| (*id, here.as_u32())).collect(),
        }
    }
}

impl End {
    fn name(self) -> String {
        match self {
            End::Caller => "caller".to_owned(),
            End::Callee(callee) => format!("callee {callee}"),
        }
    }

    /// Returns what a resource type is here, if it is known here.
    fn id(self, ids: &Ids) -> Option<ResourceId> {
        match self {
            End::Caller => Some(ids.lower),
            End::Callee(callee) => (callee == ids.callee).then_some(ids.lift),
        }
    }
}
