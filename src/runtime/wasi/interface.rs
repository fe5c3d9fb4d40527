//! Defining the functions of an interface for data of any store.

use std::io;

use rustix::io::Errno;

use crate::runtime::component::{
    ComponentNamedList, ComponentType, Lift, Linker, LinkerInstance, Lower, Resource,
    ResourceTableError, ResourceType,
};
use crate::runtime::core::store::StoreContextMut;
use crate::runtime::error::{BoxError, Error};
use crate::runtime::wasi::ctx::{WasiCtx, WasiCtxView, WasiView};

/// The version of the interfaces: whatever version of 0.2 a component imports is compatible with it.
const VERSION: &str = "0.2.12";

/// What a function of the host returns: an error is a trap of the guest.
pub(in crate::runtime::wasi) type Outcome<T> = Result<T, BoxError>;

/// Why a function does not do what a guest asks for.
pub(in crate::runtime::wasi) enum Raised<E> {
    /// The guest is told this.
    Code(E),
    /// The guest traps.
    Trap(BoxError),
}

impl<E: From<io::Error>> From<io::Error> for Raised<E> {
    fn from(error: io::Error) -> Raised<E> {
        Raised::Code(E::from(error))
    }
}

impl<E: From<io::Error>> From<Errno> for Raised<E> {
    fn from(error: Errno) -> Raised<E> {
        Raised::Code(E::from(io::Error::from(error)))
    }
}

impl<E> From<ResourceTableError> for Raised<E> {
    fn from(error: ResourceTableError) -> Raised<E> {
        Raised::Trap(error.into())
    }
}

/// An interface that is being defined.
pub(in crate::runtime::wasi) struct Interface<'a, T: 'static> {
    instance: LinkerInstance<'a, T>,
}

impl<'a, T: WasiView + 'static> Interface<'a, T> {
    /// Begins to define an interface, named like `io/poll`.
    pub(in crate::runtime::wasi) fn new(
        linker: &'a mut Linker<T>,
        name: &str,
    ) -> Result<Interface<'a, T>, Error> {
        let instance = linker.instance(&format!("wasi:{name}@{VERSION}"))?;
        Ok(Interface { instance })
    }

    /// Defines a function with a result.
    pub(in crate::runtime::wasi) fn func<P, R>(
        &mut self,
        name: &str,
        func: fn(WasiCtxView<'_>, P) -> Outcome<R>,
    ) -> Result<(), Error>
    where
        P: ComponentNamedList + Lift + 'static,
        R: ComponentType + Lower + 'static,
        (R,): ComponentNamedList + Lower,
    {
        let run = move |mut store: StoreContextMut<'_, T>, params: P| {
            func(store.data_mut().ctx(), params).map(|result| (result,))
        };
        self.instance.func_wrap(name, run)
    }

    /// Defines a function whose result says what went wrong.
    pub(in crate::runtime::wasi) fn fallible<P, R, E>(
        &mut self,
        name: &str,
        func: fn(WasiCtxView<'_>, P) -> Result<R, Raised<E>>,
    ) -> Result<(), Error>
    where
        P: ComponentNamedList + Lift + 'static,
        R: 'static,
        E: 'static,
        (Result<R, E>,): ComponentNamedList + Lower,
    {
        let run = move |mut store: StoreContextMut<'_, T>, params: P| match func(
            store.data_mut().ctx(),
            params,
        ) {
            Ok(value) => Ok((Ok(value),)),
            Err(Raised::Code(code)) => Ok((Err(code),)),
            Err(Raised::Trap(error)) => Err(error),
        };
        self.instance.func_wrap(name, run)
    }

    /// Defines a function without a result.
    pub(in crate::runtime::wasi) fn action<P>(
        &mut self,
        name: &str,
        func: fn(WasiCtxView<'_>, P) -> Outcome<()>,
    ) -> Result<(), Error>
    where
        P: ComponentNamedList + Lift + 'static,
    {
        let run = move |mut store: StoreContextMut<'_, T>, params: P| {
            func(store.data_mut().ctx(), params)
        };
        self.instance.func_wrap(name, run)
    }

    /// Defines a resource type whose resources are in the table as an `R`.
    pub(in crate::runtime::wasi) fn resource<R: Send + 'static>(
        &mut self,
        name: &str,
    ) -> Result<(), Error> {
        self.ending_resource::<R>(name, |_, _| Ok(()))
    }

    /// Defines a resource type whose resources are in the table as an `R`, and with which something is done before a guest
    /// drops them.
    pub(in crate::runtime::wasi) fn ending_resource<R: Send + 'static>(
        &mut self,
        name: &str,
        end: fn(&WasiCtx, &mut R) -> Outcome<()>,
    ) -> Result<(), Error> {
        let dtor = move |mut store: StoreContextMut<'_, T>, rep: u32| -> Outcome<()> {
            let view = store.data_mut().ctx();
            let resource = Resource::new_own(rep);
            end(view.ctx, view.table.get_mut(&resource)?)?;
            view.table.delete(resource)?;
            Ok(())
        };
        self.instance
            .resource(name, ResourceType::host::<R>(), dtor)
    }
}
