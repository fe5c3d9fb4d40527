//! Functions that instances export.

use std::marker::PhantomData;
use std::sync::Arc;

use crate::adapt::ImportedFuncId;
use crate::fact::MAX_FLAT_PARAMS;
use crate::runtime::component::bounce::call_host;
use crate::runtime::component::call::{call, call_with_handles, call_with_vals};
use crate::runtime::component::canon::{LiftCx, LowerCx, lift_result, lower_params};
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::given::Given;
use crate::runtime::component::host::{HostFunc, Linked};
use crate::runtime::component::outline::LiftId;
use crate::runtime::component::running::Running;
use crate::runtime::component::state::{Lifted, State};
use crate::runtime::component::tracing::{Names, traced};
use crate::runtime::component::typed::func as typed;
use crate::runtime::component::typed::{ComponentNamedList, Lift, Lower};
use crate::runtime::component::val::Val;
use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// A function that an instance exports. Copies are cheap and mean the same function.
#[derive(Clone)]
pub struct Func {
    state: Arc<State>,
    kind: Kind,
}

/// Whose function it is.
#[derive(Clone, Copy)]
enum Kind {
    /// One of a guest.
    Lifted(LiftId),
    /// One of the host, which the component imports and exports again.
    Imported(ImportedFuncId),
}

/// A function with types that Rust knows, which makes calling it fast.
pub struct TypedFunc<P, R> {
    func: Func,
    target: Target,
    types: PhantomData<fn(P) -> R>,
}

/// What a function with types calls.
#[derive(Clone)]
enum Target {
    /// A function of a guest.
    Lifted(Arc<Lifted>),
    /// A function of the host.
    Imported(ImportedFuncId),
}

impl<P, R> Clone for TypedFunc<P, R> {
    fn clone(&self) -> TypedFunc<P, R> {
        TypedFunc {
            func: self.func.clone(),
            target: self.target.clone(),
            types: PhantomData,
        }
    }
}

impl Func {
    /// Makes one that a guest exports.
    pub(in crate::runtime) fn lifted(state: &Arc<State>, id: LiftId) -> Func {
        Func {
            state: Arc::clone(state),
            kind: Kind::Lifted(id),
        }
    }

    /// Makes one of the host.
    pub(in crate::runtime) fn imported(state: &Arc<State>, id: ImportedFuncId) -> Func {
        Func {
            state: Arc::clone(state),
            kind: Kind::Imported(id),
        }
    }

    /// Returns what others that are linked to it call, if it is a function of a guest.
    pub(in crate::runtime) fn linked(&self) -> Option<Linked> {
        match self.kind {
            Kind::Lifted(lift) => Some(Linked {
                state: Arc::clone(&self.state),
                lift,
            }),
            Kind::Imported(_) => None,
        }
    }

    /// Returns the function of the host, if it is one, with the type that it has here.
    ///
    /// # Errors
    ///
    /// Fails if the instance belongs to a store with data of another type.
    pub(in crate::runtime) fn host<T: 'static>(&self) -> Result<Option<HostFunc<T>>, Error> {
        let Kind::Imported(id) = self.kind else {
            return Ok(None);
        };
        let given: Option<&Given<T>> = self.state.given.downcast_ref();
        let given = given.ok_or_else(|| {
            Error::link("the instance belongs to a store with data of another type")
        })?;
        Ok(Some(HostFunc::passed_on(&given.funcs[id], self.ty())))
    }

    /// Returns its type.
    pub fn ty(&self) -> ComponentFunc {
        let outline = &self.state.code.outline;
        let ty = match self.kind {
            Kind::Lifted(id) => outline.lifts[id].ty,
            Kind::Imported(id) => outline.imported_funcs[id].ty,
        };
        ComponentFunc::of(&self.state.space, ty)
    }

    /// Calls it. `results` has as many places as there are results: one or none.
    ///
    /// # Errors
    ///
    /// Fails if `params` do not have its types, if it traps, or if a function of the host that it calls fails. What trapped
    /// cannot be called again.
    ///
    /// # Panics
    ///
    /// Panics if it belongs to another store, or with what a function of the host panics with.
    pub fn call(
        &self,
        mut store: impl AsContextMut,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<(), Error> {
        let mut store = store.as_context_mut();
        let ty = self.ty();
        let expected = usize::from(ty.result().is_some());
        if results.len() != expected {
            return Err(Error::call(format!(
                "room for {} results, there are {expected}",
                results.len()
            )));
        }
        let result = match self.kind {
            Kind::Lifted(id) => {
                let state = &*self.state;
                let outline = &state.code.outline;
                let lift = &outline.lifts[id];
                let callee = outline.sides[lift.side].instance;
                let names = Names {
                    caller: None,
                    callee: Some(&outline.instances[callee].name),
                    func: &lift.name,
                    ty: &ty,
                };
                let tracer = state.tracer.as_ref();
                traced(tracer, &mut store, names, params, |store| {
                    call_with_vals(store, state, id, &ty, params)
                })?
            }
            Kind::Imported(id) => self.call_host(&mut store, id, &ty, params)?,
        };
        for (place, result) in results.iter_mut().zip(result) {
            *place = result;
        }
        Ok(())
    }

    fn call_host<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        id: ImportedFuncId,
        ty: &ComponentFunc,
        params: &[Val],
    ) -> Result<Option<Val>, Error> {
        let state = &*self.state;
        let canon = state.code.imported(id);
        call_host(
            store,
            state,
            (id, &canon),
            |cx, values| lower_params(cx, &canon, ty, params, values),
            |cx, values| lift_result(cx, &canon, values),
        )
    }

    /// Returns the function with types that Rust knows.
    ///
    /// # Errors
    ///
    /// Fails if it has other types.
    pub fn typed<P, R>(&self, mut store: impl AsContextMut) -> Result<TypedFunc<P, R>, Error>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        let ty = self.ty();
        let checked = typed::typecheck::<P, R>(&ty);
        checked.map_err(|mismatch| Error::call(format!("the function is `{ty}`: {mismatch}")))?;
        let target = match self.kind {
            Kind::Lifted(id) => {
                let lifted = self.state.lifted(&mut store.as_context_mut(), id)?;
                Target::Lifted(Arc::clone(lifted))
            }
            Kind::Imported(id) => Target::Imported(id),
        };
        Ok(TypedFunc {
            func: self.clone(),
            target,
            types: PhantomData,
        })
    }
}

impl<P, R> TypedFunc<P, R>
where
    P: ComponentNamedList + Lower,
    R: ComponentNamedList + Lift,
{
    /// Returns the function without its types.
    pub fn func(&self) -> &Func {
        &self.func
    }

    /// Calls it.
    ///
    /// # Errors
    ///
    /// Fails if it traps, or if a function of the host that it calls fails. What trapped cannot be called again.
    ///
    /// # Panics
    ///
    /// Panics if it belongs to another store, or with what a function of the host panics with.
    #[inline]
    pub fn call(&self, mut store: impl AsContextMut, params: P) -> Result<R, Error> {
        let mut store = store.as_context_mut();
        // Which array is long enough is known when this is compiled.
        let slots = const { typed::export_slots::<P, R>() };
        if slots == 0 {
            self.call_with(&mut store, &params, &mut [])
        } else if slots == 1 {
            self.call_with(&mut store, &params, &mut [RawValue::ZERO; 1])
        } else if slots == 2 {
            self.call_with(&mut store, &params, &mut [RawValue::ZERO; 2])
        } else if slots <= 4 {
            self.call_with(&mut store, &params, &mut [RawValue::ZERO; 4])
        } else {
            self.call_with(&mut store, &params, &mut [RawValue::ZERO; MAX_FLAT_PARAMS])
        }
    }

    #[inline]
    fn call_with<T: 'static>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        params: &P,
        values: &mut [RawValue],
    ) -> Result<R, Error> {
        let state = &*self.func.state;
        let types = &state.code.types;
        let lifted = match &self.target {
            Target::Lifted(lifted) => lifted,
            Target::Imported(id) => {
                // As a value, so that the store can be in registers where a guest is called.
                return self.call_host(store.as_context_mut(), *id, params);
            }
        };
        let canon = &lifted.passing.canon;
        let lower = |running: &mut Running<'_, T>, values: &mut [RawValue]| {
            let options = running.options();
            let mut cx = LowerCx::new(running, types, options);
            typed::lower_params(&mut cx, canon, params, values)
        };
        let lift = |running: &mut Running<'_, T>, values: &[RawValue]| {
            let options = running.options();
            let mut cx = LiftCx::new(running, types, options);
            typed::lift_result::<R>(&mut cx, canon, values)
        };
        match const { typed::pass_handles::<P, R>() } {
            true => call_with_handles(store, state, lifted, values, lower, lift),
            false => call(store, state, lifted, values, lower, lift),
        }
    }

    #[inline(never)]
    fn call_host<T: 'static>(
        &self,
        mut store: StoreContextMut<'_, T>,
        id: ImportedFuncId,
        params: &P,
    ) -> Result<R, Error> {
        let state = &*self.func.state;
        let canon = state.code.imported(id);
        call_host(
            &mut store,
            state,
            (id, &canon),
            |cx, values| typed::lower_params(cx, &canon, params, values),
            |cx, values| typed::lift_result::<R>(cx, &canon, values),
        )
    }
}
