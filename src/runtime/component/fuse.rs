//! Adapters between two running instances, made when one is linked to the other.
//!
//! The adapter is a group of its own: it imports from both sides, and takes the place of what the host would do instead.

use std::sync::Arc;

use crate::adapt::{ComponentInstanceId, HostLoweringId, MemoryType, ResourceId};
use crate::fact::{
    AdapterSpec, Callback, Callee, FactConfig, Guard, HandlesSpec, ImportName, MemorySpec,
    PostReturn, ReallocSpec, SideSpec, StateExport, compile,
};
use crate::runtime::codegen::Module as Parsed;
use crate::runtime::component::host::Linked;
use crate::runtime::component::outline::{LiftOutline, SideOutline};
use crate::runtime::component::paired::{Ids, Paired};
use crate::runtime::component::state::State;
use crate::runtime::core::store::StoreContextMut;
use crate::runtime::error::Error;
use crate::runtime::index::InstanceId;
use crate::runtime::vm::group::ExternalValues;
use crate::runtime::vm::object::{Extern, FuncId};
use crate::runtime::vm::store::InstantiateError;

/// The module under whose name an adapter imports what belongs to neither side.
const LINK: &str = "link";

/// A function of one running instance that another one lowers.
pub(in crate::runtime) struct Link<'a> {
    /// The instance that calls.
    pub(in crate::runtime) caller: &'a State,
    /// What it lowers.
    pub(in crate::runtime) lowering: HostLoweringId,
    /// What is called.
    pub(in crate::runtime) callee: &'a Linked,
    /// What ends everything with a trap code.
    pub(in crate::runtime) trap: FuncId,
}

/// One side of a link.
#[derive(Clone, Copy)]
struct Side<'a> {
    name: &'static str,
    state_name: &'static str,
    state: &'a State,
    outline: &'a SideOutline,
}

impl<'a> Link<'a> {
    fn lift(&self) -> &'a LiftOutline {
        &self.callee.state.code.outline.lifts[self.callee.lift]
    }

    fn lower_side(&self) -> Side<'a> {
        let outline = &self.caller.code.outline;
        Side {
            name: "lower",
            state_name: "lower-state",
            state: self.caller,
            outline: &outline.sides[outline.lowerings[self.lowering].side],
        }
    }

    fn lift_side(&self) -> Side<'a> {
        Side {
            name: "lift",
            state_name: "lift-state",
            state: &self.callee.state,
            outline: &self.callee.state.code.outline.sides[self.lift().side],
        }
    }

    /// Makes the adapter.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory for it.
    pub(in crate::runtime) fn fuse<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
    ) -> Result<FuncId, Error> {
        let engine = store.engine().clone();
        let config = FactConfig {
            reentrance: engine.components().reentrance,
            ..FactConfig::default()
        };
        let paired = self.paired();
        let spec = self.spec(&paired);
        let compiled = compile(&paired.types, std::slice::from_ref(&spec), &config);
        let wasm = compiled.expect("what was validated can be adapted").wasm;
        let code = engine.generated("adapter", &wasm)?;
        let parsed = Parsed::parse(&wasm)?;
        let mut externals = ExternalValues::default();
        for (import, _) in parsed.imports() {
            match self.import(store, import.module, import.name) {
                Extern::Func(id) => drop(externals.funcs.push(id)),
                Extern::Memory(id) => drop(externals.memories.push(id)),
                Extern::Table(id) => drop(externals.tables.push(id)),
                Extern::Global(id) => drop(externals.globals.push(id)),
            }
        }
        let group = store.raw().instantiate(&code, externals);
        let group = group.map_err(|error| match error {
            InstantiateError::Link(error) => {
                unreachable!("an adapter imports what both sides have: {error}")
            }
            InstantiateError::Allocate(error) => Error::from(error),
            InstantiateError::Count(error) => Error::from(error),
            InstantiateError::Failure(failure) => Error::from(failure),
        })?;
        let mut objects = store.objects();
        match objects.export(group, InstanceId::FIRST, &spec.export) {
            Some(Extern::Func(id)) => Ok(id),
            other => unreachable!("an adapter is exported as {other:?}"),
        }
    }

    /// Returns the type of the function, for both sides.
    fn paired(&self) -> Paired {
        let (here, there) = (&self.callee.state.code.outline, &self.caller.code.outline);
        let lower = there.lowerings[self.lowering].ty;
        Paired::new((&here.types, self.lift().ty), (&there.types, lower))
    }

    fn spec(&self, paired: &Paired) -> AdapterSpec {
        let lift = self.lift();
        let has_handles = !paired.resources.is_empty();
        let side = |side: Side<'_>, id: fn(&Ids) -> ResourceId| SideSpec {
            handles: has_handles.then(|| side.handles(paired, id)),
            ..side.spec()
        };
        AdapterSpec {
            export: "adapter".to_owned(),
            name: lift.name.to_string(),
            ty: paired.ty,
            lower: side(self.lower_side(), |ids| ids.lower),
            lift: side(self.lift_side(), |ids| ids.lift),
            callee: Callee::Import(ImportName::new("lift", "callee")),
            post_return: lift.post_return.map(|_| PostReturn {
                func: ImportName::new("lift", "post-return"),
                guard: Guard::Clear,
            }),
            standing: Some(ImportName::new(LINK, "standing")),
            callback: Callback::Possible,
        }
    }

    /// Returns what the adapter imports by a name.
    fn import<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        module: &str,
        name: &str,
    ) -> Extern {
        let lift = self.lift();
        let callee = &self.callee.state;
        let found = match (module, name) {
            (LINK, "standing") => return Extern::Global(callee.standing(store)),
            ("lift", "callee") => return callee.extern_func(store, lift.callee),
            ("lift", "post-return") => {
                let site = lift.post_return.expect("it is in the specification");
                return callee.extern_func(store, site);
            }
            ("interfuse", "trap") => return Extern::Func(self.trap),
            _ => [self.lower_side(), self.lift_side()]
                .into_iter()
                .find_map(|side| side.import(store, module, name)),
        };
        found.unwrap_or_else(|| unreachable!("an adapter imports `{module}` `{name}`"))
    }
}

impl Side<'_> {
    fn instance(&self) -> ComponentInstanceId {
        self.outline.instance
    }

    /// Returns the handle table, which knows the resource types of the function by the ids of the component.
    fn handles(&self, paired: &Paired, id: fn(&Ids) -> ResourceId) -> HandlesSpec {
        let resources = &self.state.code.outline.resources;
        let here = || paired.resources.iter().map(|(it, ids)| (it, id(ids)));
        let implemented =
            here().filter(|(_, id)| resources[*id].origin.owner() == Some(self.instance()));
        HandlesSpec {
            module: self.state_name.to_owned(),
            implements: Arc::new(implemented.map(|(it, _)| it).collect()),
            numbers: here().map(|(it, id)| (it, id.as_u32())).collect(),
        }
    }

    fn spec(&self) -> SideSpec {
        let has_state = self.state.code.outline.instances[self.instance()]
            .state
            .is_some();
        let ty = MemoryType {
            index_type: self.outline.width,
            shared: false,
            min_pages: 0,
            max_pages: None,
            page_size_log2: self.outline.page_size_log2,
        };
        SideSpec {
            // Both sides are instances of their own: only that the numbers differ matters.
            instance: u32::from(self.name == "lift"),
            ancestors: Arc::new([]),
            encoding: self.outline.encoding,
            memory: self.outline.memory.map(|_| MemorySpec {
                import: ImportName::new(self.name, "memory"),
                ty,
            }),
            realloc: self.outline.realloc.map(|_| ReallocSpec {
                func: ImportName::new(self.name, "realloc"),
                guard: Guard::Clear,
            }),
            may_leave: has_state
                .then(|| ImportName::new(self.state_name, StateExport::MayLeave.name())),
            handles: None,
        }
    }

    /// Returns what the adapter imports by a name, if it is of this side.
    fn import<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        module: &str,
        name: &str,
    ) -> Option<Extern> {
        let state = self.state;
        if module == self.name {
            return match name {
                "memory" => Some(state.extern_memory(store, self.outline.memory?)),
                "realloc" => Some(state.extern_func(store, self.outline.realloc?)),
                _ => None,
            };
        }
        if module != self.state_name {
            return None;
        }
        let places = state.code.outline.instances[self.instance()]
            .state
            .as_ref()?;
        let export = StateExport::ALL.iter().find(|it| it.name() == name)?;
        Some(match export {
            StateExport::MayLeave => state.extern_global(store, places.may_leave),
            StateExport::Lent => state.extern_global(store, places.lent),
            op => state.extern_func(store, places.op(*op)),
        })
    }
}
