//! A store: the instances that can reach each other, and the data of the embedder that functions of the host reach.
//!
//! Long for what is said at each step into a guest about why it is sound.
//!
//! Invariants: (1) `Inner` stays at one address from the creation of the store to its drop; nobody gets a reference to
//! all of it. (2) Who has a `StoreMut` may use the store until its lifetime ends; where one is made, there is no other in use:
//! the one that called the guest waits for it to return. (3) `StoreMut` stays on its thread, as its limit of the stack does.

use std::any::Any;
use std::io;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::ptr::NonNull;
use std::sync::Arc;

use thiserror::Error;

use crate::runtime::image::{Image, Minimum};
use crate::runtime::index::{ExternalFuncId, SignatureSlot};
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::address;
use crate::runtime::vm::builtins;
use crate::runtime::vm::code::Code;
use crate::runtime::vm::entry::{Arguments, enter};
use crate::runtime::vm::failure::{Failure, Note};
use crate::runtime::vm::group::{ExternalValues, Group};
use crate::runtime::vm::initialize::initialize;
use crate::runtime::vm::layout::{FuncRef, RawValue};
use crate::runtime::vm::limiter::{CountError, Counts, ResourceLimiter, in_data};
use crate::runtime::vm::link::{self, Found, LinkError};
use crate::runtime::vm::object::{FuncId, GroupId};
use crate::runtime::vm::shared::{Shared, StoreLimits};
use crate::runtime::vm::signal;
use crate::runtime::vm::signature::Signatures;
use crate::runtime::vm::stack;
use crate::runtime::vm::state::{CallBy, Callee, Objects, State};
use crate::runtime::vm::value::RawRef;

/// A store.
pub(in crate::runtime) struct Store<T: 'static> {
    inner: NonNull<Inner<T>>,
    /// Functions of the host take the data as `&mut T`: a store of another type of data is another thing, even if it is only a
    /// lifetime that differs.
    data: PhantomData<*mut T>,
}

/// What a store consists of. The order of the fields is that in which they are dropped.
pub(in crate::runtime::vm) struct Inner<T> {
    data: T,
    state: State,
    /// What somebody keeps with the store.
    attached: Option<Box<dyn Any + Send>>,
    /// Functions of the host.
    pub(in crate::runtime::vm) host_funcs: Vec<Box<dyn Any>>,
}

/// A store, for as long as nobody else uses it.
pub(in crate::runtime) struct StoreMut<'s, T: 'static> {
    inner: NonNull<Inner<T>>,
    lifetime: PhantomData<&'s mut Inner<T>>,
}

/// A group whose instances are not initialised: memories hold zeros, tables and globals nothing.
#[derive(Debug)]
pub(in crate::runtime) struct NewGroup(GroupId);

/// Why there are no new instances.
#[derive(Debug, Error)]
pub(in crate::runtime) enum InstantiateError {
    /// They were given something else than they import.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The limiter or the system refused.
    #[error("failed to allocate: {0}")]
    Allocate(#[from] io::Error),
    /// The limiter does not allow so many things.
    #[error(transparent)]
    Count(#[from] CountError),
    /// One of them trapped or failed on its way.
    #[error(transparent)]
    Failure(#[from] Box<Failure>),
}

impl NewGroup {
    /// Returns what the group is called, now and when it is initialised.
    pub(in crate::runtime) fn id(&self) -> GroupId {
        self.0
    }
}

// SAFETY: what a store owns belongs to nobody else, and nothing of it depends on the thread between calls: host functions
// are `Send` and `Sync`, as is what `externref`s point to; what finds a limiter is `Send`, and finds it in the data.
unsafe impl<T: Send> Send for Store<T> {}

impl<T: 'static> Store<T> {
    /// Makes a store with its limits.
    ///
    /// # Errors
    ///
    /// Fails if the system refuses handlers for signals.
    pub(in crate::runtime) fn new(
        data: T,
        signatures: &Arc<Signatures>,
        limits: StoreLimits,
    ) -> io::Result<Store<T>> {
        signal::install()?;
        let shared = Shared::new(NonNull::dangling(), limits);
        let state = State::new(shared, Arc::clone(signatures));
        let host_funcs = Vec::new();
        let inner = Box::new(Inner {
            data,
            state,
            attached: None,
            host_funcs,
        });
        let inner = NonNull::from(Box::leak(inner));
        // SAFETY: nobody else knows the store so far.
        unsafe { inner.as_ref().state.shared.pointer().as_mut() }.owner = inner.cast();
        let data = PhantomData;
        Ok(Store { inner, data })
    }

    /// Returns the data of the embedder.
    pub(in crate::runtime) fn data(&self) -> &T {
        // SAFETY: the store exists, and is borrowed as long as the reference lives.
        unsafe { &(*self.inner.as_ptr()).data }
    }

    /// Returns the data of the embedder.
    pub(in crate::runtime) fn data_mut(&mut self) -> &mut T {
        // SAFETY: the store exists, and is borrowed as long as the reference lives.
        unsafe { &mut (*self.inner.as_ptr()).data }
    }

    /// Sets who decides about growth and numbers: something in the data of the embedder.
    pub(in crate::runtime) fn set_limiter(
        &mut self,
        find: impl (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + 'static,
    ) {
        // SAFETY: the store exists.
        let data = unsafe { NonNull::new_unchecked(&raw mut (*self.inner.as_ptr()).data) };
        // SAFETY: it is the data of this store.
        let limiter = unsafe { in_data(data, find) };
        // SAFETY: the store exists, and no guest runs.
        unsafe { self.as_mut().shared().as_mut() }.set_limiter(limiter);
    }

    /// Returns access to the store.
    #[inline]
    pub(in crate::runtime) fn as_mut(&mut self) -> StoreMut<'_, T> {
        let (inner, lifetime) = (self.inner, PhantomData);
        StoreMut { inner, lifetime }
    }
}

impl<T: 'static> Drop for Store<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer is that of a box that was leaked, and is dropped once. Every `StoreMut` borrows the store, so
        // there is none.
        drop(unsafe { Box::from_raw(self.inner.as_ptr()) });
    }
}

impl<'s, T: 'static> StoreMut<'s, T> {
    /// Returns what is kept with the store, made at first use.
    ///
    /// # Panics
    ///
    /// Panics if something of another type is kept with it.
    #[inline]
    pub(in crate::runtime) fn into_attached<A: Any + Send + Default>(self) -> &'s mut A {
        // SAFETY: the store exists, and is borrowed as long as the reference lives (invariant 2).
        let attached = unsafe { &mut (*self.inner.as_ptr()).attached };
        let kept = attached.get_or_insert_with(|| Box::new(A::default()));
        kept.downcast_mut().expect("one thing is kept with a store")
    }
}

impl<T: 'static> StoreMut<'_, T> {
    /// Gives a function of the host access to the store that called it.
    ///
    /// # Safety
    ///
    /// `owner` is that of a store with data of this type, a guest of which called the function that uses this.
    #[inline]
    pub(in crate::runtime::vm) unsafe fn of_caller(owner: NonNull<()>) -> Self {
        let (inner, lifetime) = (owner.cast(), PhantomData);
        StoreMut { inner, lifetime }
    }

    /// Returns the same access for a shorter time.
    #[inline]
    pub(in crate::runtime) fn reborrow(&mut self) -> StoreMut<'_, T> {
        let (inner, lifetime) = (self.inner, PhantomData);
        StoreMut { inner, lifetime }
    }

    /// Returns the data of the embedder.
    pub(in crate::runtime) fn data(&self) -> &T {
        // SAFETY: the store exists, and is borrowed as long as the reference lives (invariant 2).
        unsafe { &(*self.inner.as_ptr()).data }
    }

    /// Returns the data of the embedder.
    pub(in crate::runtime) fn data_mut(&mut self) -> &mut T {
        // SAFETY: the store exists, and is borrowed as long as the reference lives (invariant 2).
        unsafe { &mut (*self.inner.as_ptr()).data }
    }

    /// Returns the things in the store.
    #[inline]
    pub(in crate::runtime) fn objects(&mut self) -> Objects<'_> {
        // SAFETY: the store exists, and is borrowed as long as the reference lives (invariant 2).
        Objects::new(unsafe { &mut (*self.inner.as_ptr()).state })
    }

    #[inline]
    fn shared(&self) -> NonNull<Shared> {
        // SAFETY: the store exists; the reference is gone at the end of the line.
        unsafe { &(*self.inner.as_ptr()).state }.shared.pointer()
    }

    /// Keeps something as long as the store.
    pub(in crate::runtime::vm) fn keep(&mut self, func: Box<dyn Any>) {
        // SAFETY: the store exists; the reference is gone at the end of the line.
        unsafe { &mut (*self.inner.as_ptr()).host_funcs }.push(func);
    }

    /// Calls a function. `values` holds its parameters, and its results afterwards.
    ///
    /// # Errors
    ///
    /// Returns why the function did not return. If a function of the host panicked, so does this.
    ///
    /// # Panics
    ///
    /// Panics if `callee` belongs to another store, `values` is too short, or has something else than a reference where
    /// one to a function should be.
    // A call of this would save all registers, and what calls it has saved those that it needs.
    #[inline(always)]
    pub(in crate::runtime) fn call(
        &mut self,
        callee: &Callee,
        values: &mut [RawValue],
    ) -> Result<(), Box<Failure>> {
        let mut pointer = self.shared();
        // SAFETY: the store exists, and no guest runs.
        let shared = unsafe { pointer.as_mut() };
        assert!(
            callee.store == shared.id(),
            "used with a store it does not belong to"
        );
        assert!(values.len() >= callee.values, "{} values", values.len());
        if !callee.func_params.is_empty() {
            check_params(shared, callee, values);
        }
        let context = address::to_u64(callee.context);
        let (code, arguments) = match callee.by {
            CallBy::Registers => {
                let value = |index| values.get(index).map_or(0, RawValue::as_u64);
                let arguments = [context, value(0), value(1), value(2), value(3), value(4)];
                (callee.code, arguments)
            }
            CallBy::Entry(entry) => {
                let values = address::of(values.as_mut_ptr());
                (
                    entry,
                    [context, address::to_u64(callee.code), values, 0, 0, 0],
                )
            }
        };
        // SAFETY: only `Objects::callee` makes a `Callee`, of a function of this store, and finds out how it is called. The
        // values were checked above; the other references of the function are not used any more.
        let result = unsafe { self.enter(code, arguments) }?;
        if let (CallBy::Registers, Some(first)) = (callee.by, values.first_mut()) {
            first.set_u64(result);
        }
        Ok(())
    }

    /// Calls a function that takes integers and returns one.
    ///
    /// # Errors
    ///
    /// As [`call`](StoreMut::call).
    ///
    /// # Panics
    ///
    /// Panics if `callee` belongs to another store, or takes or returns something else.
    #[inline(always)]
    pub(in crate::runtime) fn call_with_integers<const N: usize>(
        &mut self,
        callee: &Callee,
        integers: [u64; N],
    ) -> Result<u64, Box<Failure>> {
        // SAFETY: the store exists, and no guest runs.
        let id = unsafe { self.shared().as_ref() }.id();
        assert!(
            callee.store == id,
            "used with a store it does not belong to"
        );
        assert!(
            callee.by == CallBy::Registers,
            "more than registers have room for"
        );
        let mut arguments = Arguments::default();
        let (context, params) = arguments.split_at_mut(1);
        context[0] = address::to_u64(callee.context);
        params[..N].copy_from_slice(&integers);
        // SAFETY: as in `call`, of a function that takes and returns nothing but integers: any are good.
        unsafe { self.enter(callee.code, arguments) }
    }

    /// Calls a function.
    ///
    /// # Safety
    ///
    /// As that of [`enter`], for this store.
    #[inline(always)]
    unsafe fn enter(&mut self, code: usize, arguments: Arguments) -> Result<u64, Box<Failure>> {
        let mut shared = self.shared();
        // SAFETY: the store exists, and no guest runs.
        let before = unsafe { shared.as_mut() };
        let depth = before.depth;
        let has_room = match depth {
            0 => before.update_stack_limit(),
            _ => stack::has_room(),
        };
        if !has_room {
            return Err(Failure::trap(TrapKind::StackExhausted));
        }
        before.depth = depth + 1;
        // SAFETY: passes on what the caller says.
        let result = unsafe { enter(code, arguments, shared) };
        // SAFETY: the store exists, and no guest runs any more.
        let after = unsafe { shared.as_mut() };
        after.depth = depth;
        result.ok_or_else(|| failure(after))
    }

    /// Makes the instances of a group and initialises one after the other.
    ///
    /// # Errors
    ///
    /// Fails as [`new_group`](StoreMut::new_group) and [`initialize_group`](StoreMut::initialize_group) do.
    ///
    /// # Panics
    ///
    /// Panics as those do.
    pub(in crate::runtime) fn instantiate(
        &mut self,
        code: &Arc<Code>,
        externals: ExternalValues,
    ) -> Result<GroupId, InstantiateError> {
        let group = self.new_group(code, externals)?;
        self.initialize_group(group)
    }

    /// Makes the instances of a group without initialising them: functions of the host can learn what they are before a
    /// start function calls them.
    ///
    /// # Errors
    ///
    /// Fails if `externals` do not have the types that the image asks for, or if the limiter or the system refuses.
    ///
    /// # Panics
    ///
    /// Panics if `code` belongs to another engine, or `externals` to another store.
    pub(in crate::runtime) fn new_group(
        &mut self,
        code: &Arc<Code>,
        externals: ExternalValues,
    ) -> Result<NewGroup, InstantiateError> {
        self.check(code.image(), &externals)?;
        let counts = counts(code.image());
        // SAFETY: the store exists, and no guest runs.
        unsafe { self.shared().as_mut() }.check_counts(counts)?;
        self.objects().add_code(code);
        let (store, shared) = (self.objects().id(), self.shared());
        // SAFETY: the externals were checked; names of another store would have made that panic. Groups are dropped before
        // `shared`, and there is no reference to it now.
        let group = unsafe { Group::new(shared, store, code, externals, builtins::addresses()) }?;
        let place = address::of(group.pointer().as_ptr());
        // SAFETY: the store exists; the reference is gone at the end of the line.
        unsafe { &mut (*self.inner.as_ptr()).state }
            .groups
            .push(group);
        // SAFETY: as before.
        unsafe { self.shared().as_mut() }.add_counts(counts);
        Ok(NewGroup(GroupId::new(store, address::to_usize(place))))
    }

    /// Replaces a function that a group imports.
    ///
    /// # Panics
    ///
    /// Panics if something belongs to another store, or the function is of another type.
    pub(in crate::runtime) fn set_external_func(
        &mut self,
        group: &NewGroup,
        id: ExternalFuncId,
        func: FuncId,
    ) {
        let place = group.id().within(self.objects().id());
        let group = address::at::<Group>(address::to_u64(place));
        // SAFETY: the group is one of this store, and no guest runs; the reference is gone at the end of the line.
        unsafe { &mut *group }.set_external_func(id, func);
    }

    /// Initialises the instances of a group, one after the other, and calls their start functions.
    ///
    /// # Errors
    ///
    /// Fails if an instance traps: then those before it are initialised.
    ///
    /// # Panics
    ///
    /// Panics if the group belongs to another store.
    pub(in crate::runtime) fn initialize_group(
        &mut self,
        group: NewGroup,
    ) -> Result<GroupId, InstantiateError> {
        let id = group.id();
        let place = id.within(self.objects().id());
        let group = address::at::<Group>(address::to_u64(place));
        // SAFETY: the group is one of this store, and no guest runs; the reference is gone at the end of the line.
        let code = Arc::clone(unsafe { &*group }.code());
        // SAFETY: as above.
        unsafe { &*group }.hold_elements();
        for (instance, plan) in &code.image().instances {
            // SAFETY: as above; the reference is not used any more when the start function is called.
            let group = unsafe { &mut *group };
            check_minimums(group, &plan.minimums)?;
            initialize(group, instance).map_err(Failure::trap)?;
            if let Some(start) = plan.start {
                let start = group.func(start);
                self.start(start)?;
            }
        }
        Ok(id)
    }

    fn start(&mut self, func: FuncRef) -> Result<(), Box<Failure>> {
        let FuncRef { code, context, .. } = func;
        let code = address::to_usize(code);
        // SAFETY: the function is one of the store, of a valid module: it has neither parameters nor results, so that it is
        // called by `CallBy::Registers`. There are no references.
        unsafe { self.enter(code, [context, 0, 0, 0, 0, 0]) }?;
        Ok(())
    }

    fn check(&mut self, image: &Image, externals: &ExternalValues) -> Result<(), LinkError> {
        let mut objects = self.objects();
        let funcs = externals.funcs.values();
        let memories = externals.memories.values();
        let tables = externals.tables.values();
        let found = Found {
            funcs: funcs.map(|id| (*objects.func_type(*id)).clone()).collect(),
            memories: memories.map(|id| objects.memory_type(*id)).collect(),
            tables: tables.map(|id| objects.table_type(*id)).collect(),
            globals: externals.globals.values().map(|id| id.ty()).collect(),
        };
        for id in externals.globals.values() {
            objects.global_get(*id);
        }
        let type_of = |slot: SignatureSlot| &image.signatures[slot].ty;
        link::check(&image.externals, type_of, found)
    }
}

/// Returns how many things the instances of a group are and define.
fn counts(image: &Image) -> Counts {
    let instances = image.instances.values();
    Counts {
        instances: image.instances.len(),
        memories: instances.clone().map(|plan| plan.memories.len()).sum(),
        tables: instances.map(|plan| plan.tables.len()).sum(),
    }
}

/// Makes sure that parameters that should be references to functions are.
#[inline(never)]
fn check_params(shared: &Shared, callee: &Callee, values: &[RawValue]) {
    for position in &*callee.func_params {
        let is_func = shared.is_func(RawRef(values[*position].as_u64()));
        assert!(is_func, "parameter {position} is no function of this store");
    }
}

/// Returns why the guest was unwound, or panics on.
#[cold]
#[inline(never)]
fn failure(shared: &mut Shared) -> Box<Failure> {
    match shared.take_note() {
        Note::Trap(kind) => unreachable!("{kind:?} became a failure"),
        Note::Failure(failure) => failure,
        Note::Panic(panic) => resume_unwind(panic),
    }
}

fn check_minimums(group: &Group, minimums: &[Minimum]) -> Result<(), LinkError> {
    for &minimum in minimums {
        let (found, expected) = match minimum {
            // SAFETY: the memory is one of the store of the group, and nobody changes it meanwhile.
            Minimum::Memory(site, pages) => (unsafe { group.memory(site).as_ref() }.pages(), pages),
            // SAFETY: the table is one of the store of the group, and nobody changes it meanwhile.
            Minimum::Table(site, len) => (unsafe { group.table(site).as_ref() }.len(), len),
        };
        if found < expected {
            return Err(LinkError::TooSmall { minimum, found });
        }
    }
    Ok(())
}
