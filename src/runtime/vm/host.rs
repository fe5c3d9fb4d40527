//! Functions of the host, which guests call by exits.
//!
//! Invariants: (1) a `HostFunc` lives as long as its store, at one address. (2) `shim` is called by an exit of the signature
//! of the function, with what the record says.

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
use crate::runtime::vm::layout::{FuncRef, HostContext, RawValue};
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
    shared: NonNull<Shared>,
    /// The number of its parameters or results, whichever are more.
    values: usize,
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
        let shim = address::of(shim::<T, F> as *const ());
        let funcs = funcs
            .into_iter()
            .map(|(slot, run)| HostFunc::new(code, slot, shim, shared, run));
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
    fn new(
        code: &Code,
        slot: SignatureSlot,
        shim: u64,
        shared: NonNull<Shared>,
        run: F,
    ) -> HostFunc<F> {
        let signature = &code.image().signatures[slot];
        let exit = signature.exit.expect("the code has an exit for the type");
        HostFunc {
            context: HostContext {
                func: shim,
                data: 0,
                raise: address::of(raise as *const ()),
            },
            func_ref: FuncRef {
                code: address::to_u64(code.address(exit)),
                signature: code.signature_id(slot).number(),
                context: 0,
            },
            shared,
            values: signature.ty.params.len().max(signature.ty.results.len()),
            func_results: func_positions(&signature.ty.results),
            run,
        }
    }
}

/// Calls a function of the host for a guest.
///
/// # Safety
///
/// Called by an exit with what the `HostContext` of a function says (invariant 2).
unsafe extern "C" fn shim<T, F>(func: *const HostFunc<F>, values: *mut RawValue) -> u64
where
    T: 'static,
    F: Fn(StoreMut<'_, T>, &mut [RawValue]) -> Result<(), Box<Failure>> + 'static,
{
    // SAFETY: the function lives as long as its store (invariant 1), and nobody changes it.
    let func = unsafe { &*func };
    let mut shared = func.shared;
    // SAFETY: an exit has room for so many, which nobody else uses meanwhile.
    let values = unsafe { slice::from_raw_parts_mut(values, func.values) };
    // SAFETY: the store exists; the reference is gone at the end of the line.
    let owner = unsafe { shared.as_ref() }.owner;
    let result = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the function was made for a store with data of this type, and a guest of it called.
        let store = unsafe { StoreMut::<T>::of_caller(owner) };
        (func.run)(store, values)?;
        if !func.func_results.is_empty() {
            // SAFETY: the store exists, and its guest waits.
            check_results(unsafe { shared.as_ref() }, &func.func_results, values);
        }
        Ok(())
    }));
    let note = match result {
        Ok(Ok(())) => return 0,
        Ok(Err(failure)) => Note::Failure(failure),
        Err(panic) => Note::Panic(panic),
    };
    // SAFETY: the store exists, and its guest waits.
    unsafe { shared.as_mut() }.note(note);
    1
}

/// Makes sure that results that should be references to functions are. Apart, so that who has none saves no registers.
#[inline(never)]
fn check_results(shared: &Shared, positions: &[usize], values: &[RawValue]) {
    for position in positions {
        let is_func = shared.is_func(RawRef(values[*position].as_u64()));
        assert!(is_func, "result {position} is no function of this store");
    }
}
