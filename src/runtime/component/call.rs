//! Calls of exported functions.

use crate::fact::{MAX_FLAT_PARAMS, StateExport};
use crate::runtime::component::canon::{
    Guest, LiftCx, LowerCx, in_scope, lift_result, lower_params,
};
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::outline::LiftId;
use crate::runtime::component::running::Running;
use crate::runtime::component::state::{Entries, Lifted, State};
use crate::runtime::component::val::Val;
use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// A call under way. If it ends without an end, because somebody panics, its instance is broken.
struct Entered<'a, 's, T: 'static> {
    store: &'a mut StoreContextMut<'s, T>,
    state: &'a State,
    before: &'a Entries,
}

impl<T: 'static> Drop for Entered<'_, '_, T> {
    #[inline]
    fn drop(&mut self) {
        panicked(self.store.as_context_mut(), self.state, self.before);
    }
}

/// Calls an exported function that no handles are passed to or from: `lower` writes its parameters to the values, `lift`
/// reads its results from them.
///
/// What traps is broken: the instance cannot be called again. So is one that returned what the host does not take; but what
/// fails before the function is called leaves the instance as it was.
///
/// Spec: `canon_lift`.
///
/// # Errors
///
/// Fails if the instance is broken, or if `lower`, the function or `lift` fails.
#[inline]
pub(in crate::runtime) fn call<T: 'static, R>(
    store: &mut StoreContextMut<'_, T>,
    state: &State,
    lifted: &Lifted,
    values: &mut [RawValue],
    lower: impl FnOnce(&mut Running<'_, T>, &mut [RawValue]) -> Result<(), Error>,
    lift: impl FnOnce(&mut Running<'_, T>, &[RawValue]) -> Result<R, Error>,
) -> Result<R, Error> {
    guarded(store, state, |store| {
        let mut running = Running::new(store.as_context_mut(), state, &lifted.side);
        call_plainly(&mut running, lifted, values, lower, lift)
    })
}

/// Calls an exported function that handles are passed to or from, as [`call`] does with others.
///
/// # Errors
///
/// Fails as [`call`] does.
#[inline(never)]
pub(in crate::runtime) fn call_with_handles<T: 'static, R>(
    store: &mut StoreContextMut<'_, T>,
    state: &State,
    lifted: &Lifted,
    values: &mut [RawValue],
    lower: impl FnOnce(&mut Running<'_, T>, &mut [RawValue]) -> Result<(), Error>,
    lift: impl FnOnce(&mut Running<'_, T>, &[RawValue]) -> Result<R, Error>,
) -> Result<R, Error> {
    let borrows = lifted.passing.borrows;
    let lower = |running: &mut Running<'_, T>, values: &mut [RawValue]| {
        let scope = running.resources().enter();
        let error = match lower(running, values) {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        running.resources().take_back(scope);
        running.take_back()?;
        if borrows {
            running.operate(StateExport::ExitScope, &[])?;
        }
        Err(error)
    };
    let lift = |running: &mut Running<'_, T>, values: &[RawValue]| {
        let result = lift(running, values)?;
        if borrows {
            running.operate(StateExport::ExitScope, &[])?;
        }
        Ok(result)
    };
    guarded(store, state, |store| {
        let mut running = Running::new(store.as_context_mut(), state, &lifted.side);
        in_scope(&mut running, |running| {
            if borrows {
                running.operate(StateExport::EnterScope, &[])?;
            }
            call_plainly(running, lifted, values, lower, lift)
        })
    })
}

/// Calls an exported function with any values.
///
/// # Errors
///
/// Fails as [`call`] does, or if the parameters do not have the function's types.
pub(in crate::runtime) fn call_with_vals<T: 'static>(
    store: &mut StoreContextMut<'_, T>,
    state: &State,
    id: LiftId,
    ty: &ComponentFunc,
    params: &[Val],
) -> Result<Option<Val>, Error> {
    let lifted = state.lifted(store, id)?;
    let types = &state.code.types;
    let canon = &lifted.passing.canon;
    let mut values = [RawValue::ZERO; MAX_FLAT_PARAMS];
    let lower = |running: &mut Running<'_, T>, values: &mut [RawValue]| {
        let options = running.options();
        let mut cx = LowerCx::new(running, types, options);
        lower_params(&mut cx, canon, ty, params, values)
    };
    let lift = |running: &mut Running<'_, T>, values: &[RawValue]| {
        let options = running.options();
        let mut cx = LiftCx::new(running, types, options);
        lift_result(&mut cx, canon, values)
    };
    match lifted.passing.passes_handles {
        true => call_with_handles(store, state, lifted, &mut values, lower, lift),
        false => call(store, state, lifted, &mut values, lower, lift),
    }
}

/// Calls into an instance by `enter`. If that does not return, the instance is broken, and so are those that it called and
/// that did not return.
///
/// # Errors
///
/// Fails if the instance is broken already, or if `enter` does.
#[inline]
pub(in crate::runtime) fn guarded<T: 'static, R>(
    store: &mut StoreContextMut<'_, T>,
    state: &State,
    enter: impl FnOnce(&mut StoreContextMut<'_, T>) -> Result<R, Error>,
) -> Result<R, Error> {
    state.check_whole()?;
    let before = state.entries(store);
    let entered = Entered {
        store,
        state,
        before: &before,
    };
    // Taken apart and put together again, so that what is returned need not pass through memory.
    let result = match enter(entered.store) {
        Ok(value) => Ok(value),
        Err(error) => {
            if error.is_failure() {
                break_down(entered.store.as_context_mut(), state, &before);
            }
            Err(error)
        }
    };
    std::mem::forget(entered);
    result
}

/// Notes what broke: the instance, and those that it called. Takes the store as a value, so that who calls it can keep it in
/// registers.
#[cold]
#[inline(never)]
fn break_down<T: 'static>(mut store: StoreContextMut<'_, T>, state: &State, before: &Entries) {
    state.break_down(&mut store);
    state.break_entered(&mut store, before);
}

/// Notes what broke because somebody panicked.
#[cold]
#[inline(never)]
fn panicked<T: 'static>(mut store: StoreContextMut<'_, T>, state: &State, before: &Entries) {
    // Who uses it with another store learns that by a panic, and does no harm.
    if state.is_in(&mut store) {
        break_down(store, state, before);
    }
}

/// Calls a function.
#[inline(always)]
fn call_plainly<T: 'static, R>(
    running: &mut Running<'_, T>,
    lifted: &Lifted,
    values: &mut [RawValue],
    lower: impl FnOnce(&mut Running<'_, T>, &mut [RawValue]) -> Result<(), Error>,
    lift: impl FnOnce(&mut Running<'_, T>, &[RawValue]) -> Result<R, Error>,
) -> Result<R, Error> {
    lower(running, values)?;
    running.call(&lifted.callee, values)?;
    // The call is not over before the result was read and everything after that was called.
    let result = lift(running, values).inspect_err(|_| running.break_down())?;
    if let Some(post_return) = &lifted.post_return {
        running.call_inside(post_return, values)?;
    }
    Ok(result)
}
