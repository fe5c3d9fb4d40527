//! What becomes of resources that the host holds: they are dropped, or turn out to be the host's own.

use std::sync::Arc;

use crate::adapt::ResourceId;
use crate::runtime::component::call::guarded;
use crate::runtime::component::canon::resource_error;
use crate::runtime::component::given::Given;
use crate::runtime::component::outline::Origin;
use crate::runtime::component::resource::{
    Resource, ResourceAny, ResourceError, ResourceType, Taken,
};
use crate::runtime::component::state::{Shared, State};
use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

impl ResourceAny {
    /// Drops the handle, and the resource with it if the handle owns it.
    ///
    /// # Errors
    ///
    /// Fails if the handle is not there any more or is lent, or if the destructor fails.
    ///
    /// # Panics
    ///
    /// Panics with what a function of the host panics with.
    pub fn resource_drop(self, mut store: impl AsContextMut) -> Result<(), Error> {
        let mut store = store.as_context_mut();
        let shared = store.raw().into_attached::<Shared>();
        if !self.owned() {
            let dropped = shared.resources.drop_borrow(self);
            return dropped.map_err(resource_error);
        }
        let taken = shared.resources.take(self);
        let taken = taken.map_err(resource_error)?;
        drop_resource(&mut store, self.ty(), taken)
    }
}

impl ResourceAny {
    /// Returns the handle as one of a resource that the host implements by a `T`. This one is gone then, if it owns the
    /// resource.
    ///
    /// # Errors
    ///
    /// Fails if the handle is not there any more or is lent, or if the resource is of another type.
    pub fn try_into_resource<T: 'static>(
        self,
        mut store: impl AsContextMut,
    ) -> Result<Resource<T>, Error> {
        if self.ty() != ResourceType::host::<T>() {
            return Err(resource_error(ResourceError::WrongType));
        }
        let mut store = store.as_context_mut();
        let resources = &mut store.raw().into_attached::<Shared>().resources;
        let resource = match self.owned() {
            true => resources
                .take(self)
                .map(|taken| Resource::new_own(taken.rep)),
            false => resources.rep(self).map(Resource::new_borrow),
        };
        resource.map_err(resource_error)
    }
}

impl<R: 'static> Resource<R> {
    /// Returns the handle, which owns its resource, as one of a resource of any type.
    ///
    /// # Errors
    ///
    /// Fails if the handle does not own its resource.
    pub fn try_into_resource_any(self, mut store: impl AsContextMut) -> Result<ResourceAny, Error> {
        let rep = self.give().map_err(resource_error)?;
        let mut store = store.as_context_mut();
        let resources = &mut store.raw().into_attached::<Shared>().resources;
        let ty = ResourceType::host::<R>();
        resources
            .insert_own(ty, Taken::made(rep))
            .map_err(resource_error)
    }
}

/// Calls the destructor of a resource, if it has one. For a resource of the host it is the one that the instance was given
/// which gave the resource to the host; else that of the first instance that was given one for the type.
///
/// # Errors
///
/// Fails if the destructor does.
pub(in crate::runtime) fn drop_resource<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    ty: ResourceType,
    Taken { rep, giver }: Taken,
) -> Result<(), Error> {
    let shared = store.raw().into_attached::<Shared>();
    if let Some((instance, id)) = ty.as_guest() {
        let state = shared.instance(instance);
        let state = state.ok_or_else(|| Error::call("the resource belongs to another store"))?;
        return call_dtor(store, &state, id, rep);
    }
    let given = giver.and_then(|giver| {
        let state = shared.instance(giver.instance)?;
        let (_, dtor) = Given::<T>::of(&state).resources.get(&giver.resource)?;
        Some(Arc::clone(dtor))
    });
    match given.or_else(|| shared.dtor::<T>(ty)) {
        Some(dtor) => dtor(store.as_context_mut(), rep),
        None => Ok(()),
    }
}

fn call_dtor<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    state: &State,
    id: ResourceId,
    rep: u32,
) -> Result<(), Error> {
    let Origin::Guest { dtor, .. } = state.code.outline.resources[id].origin else {
        unreachable!("{id} was said to be a guest's")
    };
    let Some(dtor) = dtor else {
        return Ok(());
    };
    guarded(store, state, |store| {
        let dtor = state.callee(store, dtor)?;
        store
            .raw()
            .call(&dtor, &mut [RawValue::from_u32(rep)])
            .map_err(Error::from)
    })
}
