//! Functions, with values of any type.

use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::core::val::{Func, Val};
use crate::runtime::engine::ONLY;
use crate::runtime::error::{BoxError, Error};
use crate::runtime::types::{FuncType, ValType};
use crate::runtime::vm::layout::RawValue;
use crate::runtime::vm::object::FuncId;
use crate::runtime::vm::store::StoreMut;

impl Func {
    /// Makes a function of the host. It gets access to the store, its parameters, and room for its results, which hold zeros
    /// or nothing at first.
    ///
    /// What it returns as an error, or panics with, goes through the guests that called it to the host that called them.
    ///
    /// # Errors
    ///
    /// Fails if the code that guests call it by cannot be made.
    pub fn new<C, E, F>(mut store: C, ty: FuncType, func: F) -> Result<Func, Error>
    where
        C: AsContextMut,
        E: Into<BoxError>,
        F: Fn(StoreContextMut<'_, C::Data>, &[Val], &mut [Val]) -> Result<(), E>
            + Send
            + Sync
            + 'static,
    {
        let mut store = store.as_context_mut();
        let engine = store.engine().clone();
        let code = engine.trampolines(&ty)?;
        let run = move |raw: StoreMut<'_, C::Data>, values: &mut [RawValue]| {
            let mut store = StoreContextMut::new(&engine, raw);
            call_host(&mut store, &ty, values, &func).map_err(Error::into_failure)
        };
        Ok(Func(store.raw().new_func(&code, ONLY, run)))
    }

    /// Returns its type.
    ///
    /// # Panics
    ///
    /// Panics if it belongs to another store.
    pub fn ty(self, mut store: impl AsContextMut) -> FuncType {
        let mut store = store.as_context_mut();
        (*store.objects().func_type(self.0)).clone()
    }

    /// Calls it.
    ///
    /// # Errors
    ///
    /// Fails if `params` or `results` do not have its types, if it traps, or if a function of the host that it calls fails.
    ///
    /// # Panics
    ///
    /// Panics if something belongs to another store, or with what a function of the host panics with.
    pub fn call(
        self,
        mut store: impl AsContextMut,
        params: &[Val],
        results: &mut [Val],
    ) -> Result<(), Error> {
        let mut store = store.as_context_mut();
        let ty = store.objects().func_type(self.0);
        check_types("parameters", &ty.params, params)?;
        if results.len() != ty.results.len() {
            let (found, expected) = (results.len(), ty.results.len());
            return Err(Error::call(format!(
                "room for {found} results, there are {expected}"
            )));
        }
        let mut values = vec![RawValue::default(); params.len().max(results.len())];
        let mut objects = store.objects();
        for (value, param) in values.iter_mut().zip(params) {
            *value = param.to_raw(&mut objects);
        }
        let code = self.with_entry(&mut store, &ty)?;
        let callee = store.objects().callee(code);
        let callee = callee.expect("there is an entry for its type");
        store.raw().call(&callee, &mut values)?;
        let mut objects = store.objects();
        for ((result, value), ty) in results.iter_mut().zip(values).zip(&ty.results) {
            *result = Val::from_raw(value, *ty, &mut objects);
        }
        Ok(())
    }

    /// Makes sure that the store has an entry for functions of this type.
    pub(in crate::runtime) fn with_entry<T>(
        self,
        store: &mut StoreContextMut<'_, T>,
        ty: &FuncType,
    ) -> Result<FuncId, Error> {
        if store.objects().callee(self.0).is_none() {
            let code = store.engine().trampolines(ty)?;
            store.objects().add_code(&code);
        }
        Ok(self.0)
    }
}

/// Calls a function of the host with values from code.
fn call_host<T, E: Into<BoxError>>(
    store: &mut StoreContextMut<'_, T>,
    ty: &FuncType,
    values: &mut [RawValue],
    func: impl Fn(StoreContextMut<'_, T>, &[Val], &mut [Val]) -> Result<(), E>,
) -> Result<(), Error> {
    let mut objects = store.objects();
    let given = values.iter().zip(&ty.params);
    let params: Vec<Val> = given
        .map(|(value, ty)| Val::from_raw(*value, *ty, &mut objects))
        .collect();
    let mut results: Vec<Val> = ty.results.iter().map(|ty| Val::default_of(*ty)).collect();
    func(store.as_context_mut(), &params, &mut results)
        .map_err(|error| Error::host(error.into()))?;
    check_types("results", &ty.results, &results)?;
    let mut objects = store.objects();
    for (value, result) in values.iter_mut().zip(results) {
        *value = result.to_raw(&mut objects);
    }
    Ok(())
}

fn check_types(what: &str, expected: &[ValType], found: &[Val]) -> Result<(), Error> {
    let found = found.iter().map(Val::ty);
    if found.clone().eq(expected.iter().copied()) {
        return Ok(());
    }
    let list = |types: &mut dyn Iterator<Item = ValType>| {
        let types: Vec<_> = types.map(|ty| ty.to_string()).collect();
        types.join(", ")
    };
    let (found, expected) = (
        list(&mut found.into_iter()),
        list(&mut expected.iter().copied()),
    );
    Err(Error::call(format!(
        "{what} of types ({found}), the function has ({expected})"
    )))
}
