//! A component instance as lifting and lowering see it: its memory, its allocator and its handles, in a store.

use crate::adapt::{FuncTypeId, ResourceId};
use crate::fact::emit::Width;
use crate::fact::{StateExport, TrapCode};
use crate::runtime::component::canon::{CanonFunc, Guest, Options};
use crate::runtime::component::code::Code;
use crate::runtime::component::host::{Caller, Imported};
use crate::runtime::component::outline::{Origin, SideId};
use crate::runtime::component::resource::{Giver, HostResources, ResourceType};
use crate::runtime::component::state::{Shared, Side, State};
use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::error::Error;
use crate::runtime::vm::failure::Failure;
use crate::runtime::vm::layout::RawValue;
use crate::runtime::vm::state::Callee;

/// One side of a component instance, in a store.
pub(in crate::runtime) struct Running<'a, T: 'static> {
    store: StoreContextMut<'a, T>,
    state: &'a State,
    side: &'a Side,
    /// The handles that the guest was given for the call.
    given: Vec<GivenHandle>,
}

/// A handle that a guest was given for a call.
struct GivenHandle {
    ty: ResourceId,
    handle: u32,
    owned: bool,
}

impl<'a, T: 'static> Running<'a, T> {
    /// Looks at a side of an instance.
    #[inline]
    pub(in crate::runtime) fn new(
        store: StoreContextMut<'a, T>,
        state: &'a State,
        side: &'a Side,
    ) -> Running<'a, T> {
        Running {
            store,
            state,
            side,
            given: Vec::new(),
        }
    }

    /// Finds a side and looks at it.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory for what calls need.
    pub(in crate::runtime) fn at(
        mut store: StoreContextMut<'a, T>,
        state: &'a State,
        id: SideId,
    ) -> Result<Running<'a, T>, Error> {
        let side = state.side(&mut store, id)?;
        Ok(Running::new(store, state, side))
    }

    /// Returns the compiled component.
    #[inline]
    pub(in crate::runtime) fn code(&self) -> &'a Code {
        &self.state.code
    }

    /// Returns the name of the component instance.
    pub(in crate::runtime) fn name(&self) -> &'a str {
        &self.state.code.outline.instances[self.side.instance].name
    }

    /// Returns how values lie in the memory.
    #[inline]
    pub(in crate::runtime) fn options(&self) -> &'a Options {
        &self.side.options
    }

    /// Returns what a function of the host has to know of the one that is imported.
    pub(in crate::runtime) fn imported(
        &self,
        ty: FuncTypeId,
        canon: &'a CanonFunc,
    ) -> Imported<'a> {
        Imported {
            space: &self.state.space,
            ty,
            types: &self.state.code.types,
            canon,
            options: self.options(),
        }
    }

    /// Makes sure that the instance may leave.
    ///
    /// # Errors
    ///
    /// Fails if it may not.
    pub(in crate::runtime) fn check_may_leave(&mut self) -> Result<(), Error> {
        let Some(flags) = self.side.flags else {
            return Ok(());
        };
        match self.store.objects().global_get(flags.may_leave).as_u32() {
            0 => Err(Error::abi_trap(TrapCode::CannotLeave)),
            _ => Ok(()),
        }
    }

    /// Calls a function of the instance, which may not leave meanwhile.
    ///
    /// # Errors
    ///
    /// Fails if it traps.
    #[inline(always)]
    pub(in crate::runtime) fn call_inside(
        &mut self,
        callee: &Callee,
        values: &mut [RawValue],
    ) -> Result<(), Error> {
        inside(self.store.as_context_mut(), self.side, |store| {
            store.raw().call(callee, values)
        })
    }

    /// Calls a function of the instance, which may leave.
    ///
    /// # Errors
    ///
    /// Fails if it traps.
    #[inline(always)]
    pub(in crate::runtime) fn call(
        &mut self,
        callee: &Callee,
        values: &mut [RawValue],
    ) -> Result<(), Error> {
        Ok(self.store.raw().call(callee, values)?)
    }

    /// Does something with the handles of the instance.
    ///
    /// # Errors
    ///
    /// Fails if that traps.
    pub(in crate::runtime) fn operate(
        &mut self,
        op: StateExport,
        params: &[u32],
    ) -> Result<u32, Error> {
        let instance = self.side.instance;
        self.state.operate(&mut self.store, instance, op, params)
    }

    /// Takes back the handles that the instance was given for a call that does not take place.
    ///
    /// # Errors
    ///
    /// Fails if that traps.
    pub(in crate::runtime) fn take_back(&mut self) -> Result<(), Error> {
        let Some(flags) = self.side.flags else {
            return Ok(());
        };
        // It is not the instance that drops what it borrowed: it may have trapped where it must not leave.
        let may_leave = self.store.objects().global_get(flags.may_leave);
        let yes = RawValue::from_u32(1);
        self.store.objects().global_set(flags.may_leave, yes);
        while let Some(GivenHandle { ty, handle, owned }) = self.given.pop() {
            let operation = match owned {
                true => StateExport::TakeOwn,
                false => StateExport::ResourceDrop,
            };
            self.operate(operation, &[ty.as_u32(), handle])?;
        }
        self.store.objects().global_set(flags.may_leave, may_leave);
        Ok(())
    }

    /// Notes that a call of the instance ended in the middle.
    pub(in crate::runtime) fn break_down(&mut self) {
        self.state.break_down(&mut self.store);
    }

    /// Returns the handle that the instance lent last.
    pub(in crate::runtime) fn lent(&mut self) -> u32 {
        let flags = self.side.flags.expect("an instance with handles has state");
        self.store.objects().global_get(flags.lent).as_u32()
    }
}

/// Calls something of the instance, which may not leave meanwhile. It is told no more than that, so that who calls it need
/// not have a [`Running`] in memory.
#[inline(always)]
fn inside<T: 'static, R>(
    mut store: StoreContextMut<'_, T>,
    side: &Side,
    call: impl FnOnce(&mut StoreContextMut<'_, T>) -> Result<R, Box<Failure>>,
) -> Result<R, Error> {
    if let Some(flags) = &side.flags {
        let mut objects = store.objects();
        objects.global_set(flags.may_leave, RawValue::from_u32(0));
    }
    let result = call(&mut store)?;
    if let Some(flags) = &side.flags {
        let mut objects = store.objects();
        objects.global_set(flags.may_leave, RawValue::from_u32(1));
    }
    Ok(result)
}

impl<T: 'static> Caller<T> for Running<'_, T> {
    fn store(&mut self) -> StoreContextMut<'_, T> {
        self.store.as_context_mut()
    }

    fn guest(&mut self) -> &mut dyn Guest {
        self
    }
}

impl<T: 'static> Guest for Running<'_, T> {
    #[inline(always)]
    fn memory(&mut self) -> &mut [u8] {
        match self.side.memory {
            Some(memory) => self.store.memory_bytes(memory),
            None => &mut [],
        }
    }

    /// Spec: `realloc` of `LiftLowerOptions`.
    #[inline(always)]
    fn realloc(&mut self, align: u32, len: u64) -> Result<(u64, &mut [u8]), Error> {
        let side = self.side;
        let realloc = side.realloc.as_ref();
        let realloc = realloc.expect("validation asks for a function that allocates");
        let integers = [0, 0, u64::from(align), len];
        let result = inside(self.store.as_context_mut(), side, |store| {
            store.raw().call_with_integers(realloc, integers)
        })?;
        let address = match side.options.width {
            Width::W64 => result,
            Width::W32 => result & u64::from(u32::MAX),
        };
        Ok((address, self.memory()))
    }

    fn resource_type(&self, id: ResourceId) -> ResourceType {
        self.state.space.resource(id)
    }

    fn giver(&self, id: ResourceId) -> Option<Giver> {
        Some(Giver {
            instance: self.state.number,
            resource: id,
        })
    }

    fn resources(&mut self) -> &mut HostResources {
        &mut self.store.raw().into_attached::<Shared>().resources
    }

    fn take_own(&mut self, id: ResourceId, handle: u32) -> Result<u32, Error> {
        self.operate(StateExport::TakeOwn, &[id.as_u32(), handle])
    }

    fn lend(&mut self, id: ResourceId, handle: u32) -> Result<u32, Error> {
        self.operate(StateExport::Lend, &[id.as_u32(), handle])
    }

    fn put_own(&mut self, id: ResourceId, rep: u32) -> Result<u32, Error> {
        let handle = self.operate(StateExport::PutOwn, &[id.as_u32(), rep])?;
        self.given.push(GivenHandle {
            ty: id,
            handle,
            owned: true,
        });
        Ok(handle)
    }

    /// Spec: `lower_borrow`.
    fn put_borrow(&mut self, id: ResourceId, rep: u32) -> Result<u32, Error> {
        match self.state.code.outline.resources[id].origin {
            Origin::Guest { owner, .. } if owner == self.side.instance => Ok(rep),
            _ => {
                let handle = self.operate(StateExport::PutBorrow, &[id.as_u32(), rep])?;
                self.given.push(GivenHandle {
                    ty: id,
                    handle,
                    owned: false,
                });
                Ok(handle)
            }
        }
    }
}
