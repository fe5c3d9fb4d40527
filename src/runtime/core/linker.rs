//! Linkers: imports by name.

use std::collections::HashMap;

use crate::runtime::core::instance::{Extern, Instance};
use crate::runtime::core::module::Module;
use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::core::typed::IntoFunc;
use crate::runtime::core::types::ImportType;
use crate::runtime::core::val::{Func, Val};
use crate::runtime::error::{BoxError, Error};
use crate::runtime::types::FuncType;

/// Imports by name, for instances of one store.
#[derive(Clone, Debug, Default)]
pub struct Linker {
    items: HashMap<(String, String), Extern>,
}

impl Linker {
    /// Begins with nothing.
    pub fn new() -> Linker {
        Linker::default()
    }

    /// Defines an import. What had that name before is forgotten.
    pub fn define(&mut self, module: &str, name: &str, item: Extern) -> &mut Linker {
        self.items
            .insert((module.to_owned(), name.to_owned()), item);
        self
    }

    /// Defines all exports of an instance as imports from `module`.
    ///
    /// # Panics
    ///
    /// Panics if the instance is not one of `code`, or belongs to another store.
    pub fn instance(
        &mut self,
        mut store: impl AsContextMut,
        module: &str,
        code: &Module,
        instance: Instance,
    ) -> &mut Linker {
        for export in code.exports() {
            let item = instance.get_export(&mut store, &export.name);
            self.define(module, &export.name, item.expect("the module exports it"));
        }
        self
    }

    /// Defines a function of the host.
    ///
    /// # Errors
    ///
    /// Fails as [`Func::new`] does.
    pub fn func_new<C, E, F>(
        &mut self,
        store: C,
        (module, name): (&str, &str),
        ty: FuncType,
        func: F,
    ) -> Result<&mut Linker, Error>
    where
        C: AsContextMut,
        E: Into<BoxError>,
        F: Fn(StoreContextMut<'_, C::Data>, &[Val], &mut [Val]) -> Result<(), E>
            + Send
            + Sync
            + 'static,
    {
        let func = Func::new(store, ty, func)?;
        Ok(self.define(module, name, Extern::Func(func)))
    }

    /// Defines a function of the host with types that Rust knows.
    ///
    /// # Errors
    ///
    /// Fails as [`Func::wrap`] does.
    pub fn func_wrap<C: AsContextMut, P, R>(
        &mut self,
        store: C,
        (module, name): (&str, &str),
        func: impl IntoFunc<C::Data, P, R>,
    ) -> Result<&mut Linker, Error> {
        let func = Func::wrap(store, func)?;
        Ok(self.define(module, name, Extern::Func(func)))
    }

    /// Returns what an import is.
    pub fn get(&self, module: &str, name: &str) -> Option<Extern> {
        let key = (module.to_owned(), name.to_owned());
        self.items.get(&key).copied()
    }

    /// Makes an instance.
    ///
    /// # Errors
    ///
    /// Fails if an import is not defined, or as [`Instance::new`] does.
    pub fn instantiate(
        &self,
        store: impl AsContextMut,
        module: &Module,
    ) -> Result<Instance, Error> {
        let imports = self.find(module.imports())?;
        Instance::new(store, module, &imports)
    }

    /// Returns what is defined for each import.
    pub(in crate::runtime) fn find(&self, imports: &[ImportType]) -> Result<Vec<Extern>, Error> {
        let found = imports.iter().map(|import| {
            let item = self.get(&import.module, &import.name);
            item.ok_or_else(|| {
                let (module, name, ty) = (&import.module, &import.name, &import.ty);
                Error::link(format!(
                    "unknown import: `{module}` `{name}` is not defined, its type is {ty}"
                ))
            })
        });
        found.collect()
    }
}
