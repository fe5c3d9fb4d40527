//! Functions of the host, which guests call by exits.
//!
//! Invariants: (1) a `HostFunc` lives as long as its store, at one address. (2) `shim` and `checking_shim` are called by an
//! exit of the signature of the function, with what the record says.

use std::mem::offset_of;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;
use std::slice;
use std::sync::Arc;

use crate::runtime::index::SignatureSlot;
use crate::runtime::vm::address;
use crate::runtime::vm::code::Code;
use crate::runtime::vm::entry::raise;
use crate::runtime::vm::failure::{Failure, Note};
use crate::runtime::vm::layout::{FuncRef, HostContext, HostReturn, RawValue};
use crate::runtime::vm::object::FuncId;
use crate::runtime::vm::owned::Owned;
use crate::runtime::vm::shared::{FuncRefs, Shared};
use crate::runtime::vm::state::func_positions;
use crate::runtime::vm::store::StoreMut;
use crate::runtime::vm::value::RawRef;

/// A function of the host.
struct HostFunc<F> {
    context: HostContext,
    func_ref: FuncRef,
    /// What [`Shared`] has as well, for fewer steps on the way.
    owner: NonNull<()>,
    shared: NonNull<Shared>,
    /// The number of its parameters or results, whichever are more.
    values: usize,
    has_results: bool,
    /// The results that are references to functions.
    func_results: Box<[usize]>,
    run: F,
}

impl<T: 'static> StoreMut<'_, T> {
    /// Makes a function of the host. It gets its parameters, with room for its results, and replaces them by the results.
    ///
    /// What it returns or panics with instead goes to the caller of the guest that called it.
    ///
    /// # Panics
    ///
    /// Panics if `code`, of which `slot` is the signature of the function, has no exit for it.
    pub(in crate::runtime) fn new_func<F>(
        &mut self,
        code: &Arc<Code>,
        slot: SignatureSlot,
        run: F,
    ) -> FuncId
    where
        F: Fn(StoreMut<'_, T>, &mut [RawValue]) -> Result<(), Box<Failure>> + Send + Sync + 'static,
    {
        let ids = self.new_funcs(code, [(slot, run)]);
        *ids.first().expect("one was made")
    }

    /// Makes functions of the host of one type of closure, with signatures of one code, in one piece of memory.
    ///
    /// Each is as [`new_func`](StoreMut::new_func) makes it.
    ///
    /// # Panics
    ///
    /// Panics if `code` has no exit for one of the signatures.
    pub(in crate::runtime) fn new_funcs<F>(
        &mut self,
        code: &Arc<Code>,
        funcs: impl IntoIterator<Item = (SignatureSlot, F)>,
    ) -> Vec<FuncId>
    where
        F: Fn(StoreMut<'_, T>, &mut [RawValue]) -> Result<(), Box<Failure>> + Send + Sync + 'static,
    {
        let mut objects = self.objects();
        objects.add_code(code);
        let (store, shared) = (objects.id(), objects.shared_pointer());
        let funcs = funcs
            .into_iter()
            .map(|(slot, run)| HostFunc::new::<T>(code, slot, shared, run));
        let funcs: Owned<[HostFunc<F>]> = Owned::from(funcs.collect::<Box<[_]>>());
        // SAFETY: nobody else knows the functions so far.
        let all = unsafe { funcs.pointer().as_mut() };
        if all.is_empty() {
            return Vec::new();
        }
        let start = address::to_usize(address::of(funcs.pointer().as_ptr()));
        let stride = size_of::<HostFunc<F>>();
        let ids = all.iter_mut().enumerate().map(|(position, func)| {
            let place = start + position * stride;
            func.context.data = address::to_u64(place);
            let context = place + offset_of!(HostFunc<F>, context);
            func.func_ref.context = address::to_u64(context);
            FuncId::new(store, place + offset_of!(HostFunc<F>, func_ref))
        });
        let ids: Vec<FuncId> = ids.collect();
        objects.add_func_refs(FuncRefs {
            start: start + offset_of!(HostFunc<F>, func_ref),
            stride,
            count: ids.len(),
        });
        self.keep(Box::new(funcs));
        ids
    }
}

impl<F> HostFunc<F> {
    /// Makes a function that does not know its address so far.
    fn new<T>(code: &Code, slot: SignatureSlot, shared: NonNull<Shared>, run: F) -> HostFunc<F>
    where
        T: 'static,
        F: Fn(StoreMut<'_, T>, &mut [RawValue]) -> Result<(), Box<Failure>> + 'static,
    {
        let signature = &code.image().signatures[slot];
        let exit = signature.exit.expect("the code has an exit for the type");
        let func_results = func_positions(&signature.ty.results);
        let shim = match func_results.is_empty() {
            true => shim::<T, F> as *const (),
            false => checking_shim::<T, F> as *const (),
        };
        HostFunc {
            context: HostContext {
                func: address::of(shim),
                data: 0,
                raise: address::of(raise as *const ()),
            },
            func_ref: FuncRef {
                code: address::to_u64(code.address(exit)),
                signature: code.signature_id(slot).number(),
                context: 0,
            },
            // SAFETY: the store exists, and no guest runs; the reference is gone at the end of the line.
            owner: unsafe { shared.as_ref() }.owner,
            shared,
            values: signature.ty.params.len().max(signature.ty.results.len()),
            has_results: !signature.ty.results.is_empty(),
            func_results,
            run,
        }
    }
}

/// Calls a function of the host, without results that are references to functions, for a guest.
///
/// # Safety
///
/// Called by an exit with what the `HostContext` of a function says (invariant 2).
unsafe extern "C" fn shim<T, F>(func: *const HostFunc<F>, values: *mut RawValue) -> HostReturn
where
    T: 'static,
    F: Fn(StoreMut<'_, T>, &mut [RawValue]) -> Result<(), Box<Failure>> + 'static,
{
    // SAFETY: the function lives as long as its store (invariant 1), and nobody changes it.
    let func = unsafe { &*func };
    // SAFETY: passes on what the caller says.
    let run = || unsafe { func.run::<T>(values) };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(returned) => returned,
        Err(panic) => fail(func.shared, Note::Panic(panic)),
    }
}

/// Does what [`shim`] does for a function with results that are references to functions.
///
/// # Safety
///
/// As that of [`shim`].
unsafe extern "C" fn checking_shim<T, F>(
    func: *const HostFunc<F>,
    values: *mut RawValue,
) -> HostReturn
where
    T: 'static,
    F: Fn(StoreMut<'_, T>, &mut [RawValue]) -> Result<(), Box<Failure>> + 'static,
{
    // SAFETY: the function lives as long as its store (invariant 1), and nobody changes it.
    let func = unsafe { &*func };
    let run = || {
        // SAFETY: passes on what the caller says.
        let returned = unsafe { func.run::<T>(values) };
        if returned.status == 0 {
            // SAFETY: an exit has room for so many.
            let values = unsafe { slice::from_raw_parts(values, func.values) };
            // SAFETY: the store exists, and its guest waits.
            check_results(unsafe { func.shared.as_ref() }, &func.func_results, values);
        }
        returned
    };
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(returned) => returned,
        Err(panic) => fail(func.shared, Note::Panic(panic)),
    }
}

impl<F> HostFunc<F> {
    /// Calls the function.
    ///
    /// # Safety
    ///
    /// An exit passes `values`, for a guest of a store with data of type `T`, for which the function was made.
    #[inline(always)]
    unsafe fn run<T>(&self, values: *mut RawValue) -> HostReturn
    where
        T: 'static,
        F: Fn(StoreMut<'_, T>, &mut [RawValue]) -> Result<(), Box<Failure>> + 'static,
    {
        // SAFETY: an exit has room for so many, which nobody else uses meanwhile.
        let values = unsafe { slice::from_raw_parts_mut(values, self.values) };
        // SAFETY: the caller says so.
        let store = unsafe { StoreMut::<T>::of_caller(self.owner) };
        if let Err(failure) = (self.run)(store, values) {
            return fail(self.shared, Note::Failure(failure));
        }
        // Without results, a value may be one that the exit wrote just now, of fewer bits than these.
        let first = match (self.has_results, values.first()) {
            (true, Some(first)) => first.as_u64(),
            (false, _) | (_, None) => 0,
        };
        HostReturn { status: 0, first }
    }
}

/// Notes why a function of the host did not do what it should.
#[cold]
#[inline(never)]
fn fail(mut shared: NonNull<Shared>, note: Note) -> HostReturn {
    // SAFETY: the store exists, and its guest waits.
    unsafe { shared.as_mut() }.note(note);
    HostReturn {
        status: 1,
        first: 0,
    }
}

/// Makes sure that results that should be references to functions are.
fn check_results(shared: &Shared, positions: &[usize], values: &[RawValue]) {
    for position in positions {
        let is_func = shared.is_func(RawRef(values[*position].as_u64()));
        assert!(is_func, "result {position} is no function of this store");
    }
}
