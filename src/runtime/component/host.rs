//! Functions of the host that components import.

use std::sync::Arc;

use crate::adapt::FuncTypeId;
use crate::runtime::component::canon::{
    CanonFunc, CanonTypes, Guest, LiftCx, LowerCx, Options, lift_params, lower_result,
};
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::outline::LiftId;
use crate::runtime::component::state::State;
use crate::runtime::component::ty::TypeSpace;
use crate::runtime::component::typed::func as typed;
use crate::runtime::component::typed::{ComponentNamedList, Lift, Lower, TypeMismatch};
use crate::runtime::component::val::Val;
use crate::runtime::core::store::StoreContextMut;
use crate::runtime::error::{BoxError, Error};
use crate::runtime::vm::layout::RawValue;

/// The caller of a function of the host: where its values are, and the store, one at a time.
pub(in crate::runtime) trait Caller<T: 'static> {
    /// Returns what values are read from and written to.
    fn guest(&mut self) -> &mut dyn Guest;

    /// Returns the store.
    fn store(&mut self) -> StoreContextMut<'_, T>;
}

/// What a function of the host needs to know of the one that is imported.
pub(in crate::runtime) struct Imported<'a> {
    /// What its type speaks of.
    pub(in crate::runtime) space: &'a Arc<TypeSpace>,
    /// Its type.
    pub(in crate::runtime) ty: FuncTypeId,
    /// The types with their layouts.
    pub(in crate::runtime) types: &'a CanonTypes,
    /// How its values are passed.
    pub(in crate::runtime) canon: &'a CanonFunc,
    /// How they lie in the memory of the caller.
    pub(in crate::runtime) options: &'a Options,
}

type Check = dyn Fn(&ComponentFunc) -> Result<(), TypeMismatch> + Send + Sync;

type Run<T> =
    dyn Fn(&mut dyn Caller<T>, &Imported<'_>, &mut [RawValue]) -> Result<(), Error> + Send + Sync;

/// A function of the host.
pub(in crate::runtime) struct HostFunc<T: 'static> {
    check: Box<Check>,
    run: Box<Run<T>>,
    /// The function of an instance that it stands for, if it does.
    pub(in crate::runtime) linked: Option<Linked>,
}

/// A function of an instance that others are linked to.
#[derive(Clone)]
pub(in crate::runtime) struct Linked {
    /// The instance.
    pub(in crate::runtime) state: Arc<State>,
    /// Which function it is.
    pub(in crate::runtime) lift: LiftId,
}

impl Linked {
    /// Returns its type.
    pub(in crate::runtime) fn ty(&self) -> ComponentFunc {
        let ty = self.state.code.outline.lifts[self.lift].ty;
        ComponentFunc::of(&self.state.space, ty)
    }
}

impl<T: 'static> HostFunc<T> {
    /// Makes one with types that Rust knows.
    pub(in crate::runtime) fn typed<P, R, E, F>(func: F) -> HostFunc<T>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentNamedList + Lower + 'static,
        E: Into<BoxError>,
        F: Fn(StoreContextMut<'_, T>, P) -> Result<R, E> + Send + Sync + 'static,
    {
        HostFunc {
            linked: None,
            check: Box::new(typed::typecheck::<P, R>),
            run: Box::new(move |caller, imported, values| {
                let Imported {
                    types,
                    canon,
                    options,
                    ..
                } = *imported;
                let mut cx = LiftCx::new(caller.guest(), types, options);
                let params = typed::lift_params::<P>(&mut cx, canon, values)?;
                let result = func(caller.store(), params);
                let result = result.map_err(|error| Error::host(error.into()))?;
                let mut cx = LowerCx::new(caller.guest(), types, options);
                typed::lower_result::<P, R>(&mut cx, canon, &result, values)
            }),
        }
    }

    /// Makes one of any type.
    pub(in crate::runtime) fn dynamic<E, F>(func: F) -> HostFunc<T>
    where
        E: Into<BoxError>,
        F: Fn(StoreContextMut<'_, T>, &ComponentFunc, &[Val], &mut [Val]) -> Result<(), E>
            + Send
            + Sync
            + 'static,
    {
        HostFunc {
            linked: None,
            check: Box::new(|_| Ok(())),
            run: Box::new(move |caller, imported, values| {
                let Imported {
                    types,
                    canon,
                    options,
                    ..
                } = *imported;
                let ty = ComponentFunc::of(imported.space, imported.ty);
                let mut cx = LiftCx::new(caller.guest(), types, options);
                let params = lift_params(&mut cx, canon, values)?;
                let result = ty.result();
                let mut results = vec![Val::Bool(false); usize::from(result.is_some())];
                func(caller.store(), &ty, &params, &mut results)
                    .map_err(|error| Error::host(error.into()))?;
                let mut cx = LowerCx::new(caller.guest(), types, options);
                lower_result(&mut cx, canon, &ty, results.first(), values)
            }),
        }
    }

    /// Makes it stand for a function of an instance, which it calls.
    pub(in crate::runtime) fn linked_to(self, linked: Linked) -> HostFunc<T> {
        HostFunc {
            check: exactly(linked.ty()),
            linked: Some(linked),
            ..self
        }
    }

    /// Makes one that does what another does, for a component that got it with this type and passes it on.
    pub(in crate::runtime) fn passed_on(func: &Arc<HostFunc<T>>, ty: ComponentFunc) -> HostFunc<T> {
        let linked = func.linked.clone();
        let func = Arc::clone(func);
        HostFunc {
            check: exactly(ty),
            run: Box::new(move |caller, imported, values| func.run(caller, imported, values)),
            linked,
        }
    }

    /// Makes sure that it can be what is imported.
    pub(in crate::runtime) fn check(&self, ty: &ComponentFunc) -> Result<(), TypeMismatch> {
        (self.check)(ty)
    }

    /// Calls it with values from code, which its results replace.
    pub(in crate::runtime) fn run(
        &self,
        caller: &mut dyn Caller<T>,
        imported: &Imported<'_>,
        values: &mut [RawValue],
    ) -> Result<(), Error> {
        (self.run)(caller, imported, values)
    }
}

/// Returns what makes sure that a function is imported with exactly a type.
fn exactly(expected: ComponentFunc) -> Box<Check> {
    Box::new(move |ty| {
        if *ty == expected {
            return Ok(());
        }
        let message = format!("the function of the instance is `{expected}`");
        Err(TypeMismatch::saying(message))
    })
}
