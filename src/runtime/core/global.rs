//! Globals.

use crate::runtime::core::store::AsContextMut;
use crate::runtime::core::val::Val;
use crate::runtime::error::Error;
use crate::runtime::types::GlobalType;
use crate::runtime::vm::object::GlobalId;

/// A global in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Global(pub(in crate::runtime) GlobalId);

impl Global {
    /// Makes a global.
    ///
    /// # Errors
    ///
    /// Fails if the value has another type.
    pub fn new(mut store: impl AsContextMut, ty: GlobalType, value: Val) -> Result<Global, Error> {
        check(ty, value)?;
        let mut store = store.as_context_mut();
        let mut objects = store.objects();
        let raw = value.to_raw(&mut objects);
        Ok(Global(objects.new_global(ty, raw)))
    }

    /// Returns its type.
    pub fn ty(self) -> GlobalType {
        self.0.ty()
    }

    /// Returns its value.
    pub fn get(self, mut store: impl AsContextMut) -> Val {
        let mut store = store.as_context_mut();
        let mut objects = store.objects();
        let raw = objects.global_get(self.0);
        Val::from_raw(raw, self.ty().content, &mut objects)
    }

    /// Sets its value.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be changed, or the value has another type.
    pub fn set(self, mut store: impl AsContextMut, value: Val) -> Result<(), Error> {
        if !self.ty().mutable {
            return Err(Error::call("the global cannot be changed"));
        }
        check(self.ty(), value)?;
        let mut store = store.as_context_mut();
        let mut objects = store.objects();
        let raw = value.to_raw(&mut objects);
        objects.global_set(self.0, raw);
        Ok(())
    }
}

fn check(ty: GlobalType, value: Val) -> Result<(), Error> {
    if value.ty() == ty.content {
        return Ok(());
    }
    let (found, expected) = (value.ty(), ty.content);
    Err(Error::call(format!(
        "a value of type {found} in a global of type {expected}"
    )))
}
