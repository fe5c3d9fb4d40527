//! Components with everything that they import.

use std::any::Any;
use std::sync::Arc;

use crate::runtime::component::call::guarded;
use crate::runtime::component::exit::{exit, trap};
use crate::runtime::component::fuse::Links;
use crate::runtime::component::given::Given;
use crate::runtime::component::instance::Instance;
use crate::runtime::component::state::{Shared, State};
use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::engine::{Engine, ONLY};
use crate::runtime::error::Error;
use crate::runtime::types::{FuncType, ValType};
use crate::runtime::vm::group::ExternalValues;
use crate::runtime::vm::layout::RawValue;
use crate::runtime::vm::object::FuncId;
use crate::runtime::vm::store::{InstantiateError, StoreMut};

/// A component with everything that it imports, to be instantiated in any number of stores.
pub struct InstancePre<T: 'static> {
    given: Arc<Given<T>>,
    links: Arc<Links>,
}

impl<T: 'static> Clone for InstancePre<T> {
    fn clone(&self) -> InstancePre<T> {
        InstancePre {
            given: Arc::clone(&self.given),
            links: Arc::clone(&self.links),
        }
    }
}

impl<T: 'static> InstancePre<T> {
    /// Puts together what was found. Functions of other instances, which the host would call, are called by adapters; but if
    /// somebody is told of calls, the host calls them.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory for the adapters.
    pub(in crate::runtime) fn new(given: Given<T>) -> Result<InstancePre<T>, Error> {
        let links = match given.tracer {
            None => Links::new(&given)?,
            Some(_) => Links::default(),
        };
        Ok(InstancePre {
            given: Arc::new(given),
            links: Arc::new(links),
        })
    }

    /// Makes an instance.
    ///
    /// # Errors
    ///
    /// Fails if the limiter or the system refuses memory, if a function is imported of an instance in another store, or if
    /// a start function fails.
    ///
    /// # Panics
    ///
    /// Panics with what a function of the host panics with.
    pub fn instantiate(&self, mut store: impl AsContextMut<Data = T>) -> Result<Instance, Error> {
        let mut store = store.as_context_mut();
        let given = &self.given;
        let code = &given.code;
        if !Engine::same(store.engine(), &code.engine) {
            return Err(Error::link(
                "the component and the store belong to different engines",
            ));
        }
        self.check_store(&mut store)?;
        let state = State::new(
            code,
            |id| given.resources[&id].0,
            Arc::clone(given) as Arc<dyn Any + Send + Sync>,
            given.tracer.clone(),
        );
        let state = Arc::new(state);
        let engine = &code.engine;
        let slots = code.image.image().externals.funcs.values().copied();
        let externals = slots.zip(&code.outline.externals).map(|(slot, external)| {
            let (external, state, given) = (*external, Arc::clone(&state), Arc::clone(given));
            let engine = engine.clone();
            let run = move |raw: StoreMut<'_, T>, values: &mut [RawValue]| {
                let store = StoreContextMut::new(&engine, raw);
                let done = exit(&given, &state, external, store, values);
                done.map_err(Error::into_failure)
            };
            (slot, run)
        });
        let funcs = store.raw().new_funcs(&code.image, externals);
        let externals = ExternalValues {
            funcs: funcs.into_iter().collect(),
            ..ExternalValues::default()
        };
        let group = store.raw().new_group(&code.image, externals);
        let group = group.map_err(instantiate_error)?;
        state.set_group(group.id());
        let linked = given.funcs.values().filter_map(|func| func.linked.as_ref());
        state.set_callees(linked.map(|linked| &linked.state));
        if !self.links.is_empty() {
            let trap = self.trap(&mut store)?;
            self.links.instantiate(&mut store, &state, &group, trap)?;
        }
        let shared = store.raw().into_attached::<Shared>();
        shared.add(&state);
        for (ty, dtor) in given.resources.values() {
            shared.add_dtor(*ty, dtor);
        }
        guarded(&mut store, &state, |store| {
            let initialized = store.raw().initialize_group(group);
            initialized.map_err(instantiate_error)
        })?;
        Ok(Instance::new(state))
    }
}

impl<T: 'static> InstancePre<T> {
    /// Makes sure that all instances whose functions and resource types are imported are in a store.
    fn check_store(&self, store: &mut StoreContextMut<'_, T>) -> Result<(), Error> {
        let outline = &self.given.code.outline;
        for (id, func) in &self.given.funcs {
            if func.linked.as_ref().is_none_or(|it| it.state.is_in(store)) {
                continue;
            }
            let import = &outline.imports[outline.imported_funcs[id].path.import];
            return Err(Error::link(format!(
                "the import `{}` is a function of an instance in another store",
                import.name
            )));
        }
        let shared = store.raw().into_attached::<Shared>();
        for (ty, _) in self.given.resources.values() {
            if ty
                .as_guest()
                .is_some_and(|(instance, _)| shared.instance(instance).is_none())
            {
                return Err(Error::link(format!(
                    "{ty} is imported, and the instance is in another store"
                )));
            }
        }
        Ok(())
    }

    /// Returns what ends everything with a trap code.
    fn trap(&self, store: &mut StoreContextMut<'_, T>) -> Result<FuncId, Error> {
        let ty = FuncType {
            params: [ValType::I32].into(),
            results: [].into(),
        };
        let code = store.engine().trampolines(&ty)?;
        let run = |_: StoreMut<'_, T>, values: &mut [RawValue]| {
            Err(trap(values[0].as_u32()).into_failure())
        };
        Ok(store.raw().new_func(&code, ONLY, run))
    }
}

fn instantiate_error(error: InstantiateError) -> Error {
    match error {
        InstantiateError::Link(error) => {
            unreachable!("functions of the host have the types that are imported: {error}")
        }
        InstantiateError::Allocate(error) => Error::from(error),
        InstantiateError::Count(error) => Error::from(error),
        InstantiateError::Failure(failure) => Error::from(failure),
    }
}
