//! What core code asks of the host.

use crate::adapt::{AdapterId, HostLoweringId};
use crate::fact::{StateExport, TrapCode};
use crate::runtime::component::bounce::call_host;
use crate::runtime::component::call::call_with_vals;
use crate::runtime::component::canon::{
    CanonFunc, LiftCx, LowerCx, in_scope, lift_params, lift_result, lower_params, lower_result,
};
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::given::Given;
use crate::runtime::component::host::Caller;
use crate::runtime::component::outline::External;
use crate::runtime::component::running::Running;
use crate::runtime::component::state::State;
use crate::runtime::component::tracing::{Names, traced};
use crate::runtime::component::val::Val;
use crate::runtime::core::store::StoreContextMut;
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// Does what core code of an instance asks of the host, with values that the results replace.
///
/// # Errors
///
/// Fails if the instance may not leave, if values cannot be moved, or if a function of the host fails.
pub(in crate::runtime) fn exit<T: 'static>(
    given: &Given<T>,
    state: &State,
    external: External,
    store: StoreContextMut<'_, T>,
    values: &mut [RawValue],
) -> Result<(), Error> {
    match external {
        External::Trap => Err(explained(values[0].as_u32(), state, store)),
        External::Lowering(id) if state.tracer.is_some() => {
            traced_lowering(state, id, store, values)
        }
        External::Lowering(id) => lowering(given, state, id, store, values),
        External::Dtor(id) => (given.resources[&id].1)(store, values[0].as_u32()),
        External::Traced(id) => crossing(state, id, store, values),
    }
}

/// Returns the error with which generated code ends everything.
pub(in crate::runtime) fn trap(number: u32) -> Error {
    Error::abi_trap(trap_code(number))
}

fn trap_code(number: u32) -> TrapCode {
    TrapCode::from_number(number).expect("generated code traps with codes")
}

/// Returns the error with which code of an instance ends everything. If it has to do with a handle, it says which.
#[cold]
fn explained<T: 'static>(number: u32, state: &State, mut store: StoreContextMut<'_, T>) -> Error {
    let code = trap_code(number);
    let mut handle = || state.take_fault(&mut store);
    let text = match code {
        TrapCode::UnknownHandle => format!("unknown handle index {}", handle()),
        TrapCode::WrongHandleType => {
            format!("handle index {} used with the wrong type", handle())
        }
        TrapCode::NotOwned | TrapCode::HandleLent => format!("{code}: handle index {}", handle()),
        other => return Error::abi_trap(other),
    };
    Error::abi_trap_saying(code, text)
}

/// Calls a function of the host.
///
/// Spec: `canon_lower`.
fn lowering<T: 'static>(
    given: &Given<T>,
    state: &State,
    id: HostLoweringId,
    store: StoreContextMut<'_, T>,
    values: &mut [RawValue],
) -> Result<(), Error> {
    let outline = &state.code.outline.lowerings[id];
    let func = &given.funcs[outline.func];
    let mut running = Running::at(store, state, outline.side)?;
    running.check_may_leave()?;
    let passing = &state.code.lowerings[id];
    let imported = running.imported(outline.ty, &passing.canon);
    while_lent(&mut running, passing.passes_handles, |running| {
        func.run(running, &imported, values)
    })
}

/// Calls a function of the host and tells of it.
fn traced_lowering<T: 'static>(
    state: &State,
    id: HostLoweringId,
    store: StoreContextMut<'_, T>,
    values: &mut [RawValue],
) -> Result<(), Error> {
    let outline = &state.code.outline.lowerings[id];
    let mut running = Running::at(store, state, outline.side)?;
    running.check_may_leave()?;
    let passing = &state.code.lowerings[id];
    let ty = ComponentFunc::of(&state.space, outline.ty);
    let names = Names {
        caller: Some(running.name()),
        callee: None,
        func: &outline.name,
        ty: &ty,
    };
    while_lent(&mut running, passing.passes_handles, |running| {
        with_vals(running, &passing.canon, &ty, values, |running, params| {
            let mut store = running.store();
            traced(state.tracer.as_ref(), &mut store, names, params, |store| {
                let canon = &state.code.imported(outline.func);
                call_host(
                    store,
                    state,
                    (outline.func, canon),
                    |cx, values| lower_params(cx, canon, &ty, params, values),
                    |cx, values| lift_result(cx, canon, values),
                )
            })
        })
    })
}

/// Carries out an adapter.
fn crossing<T: 'static>(
    state: &State,
    id: AdapterId,
    store: StoreContextMut<'_, T>,
    values: &mut [RawValue],
) -> Result<(), Error> {
    let outline = &state.code.outline;
    let traced_outline = &outline.traced[&id];
    let lift = &outline.lifts[traced_outline.lift];
    let mut running = Running::at(store, state, traced_outline.side)?;
    running.check_may_leave()?;
    let passing = &state.code.lifts[traced_outline.lift];
    let ty = ComponentFunc::of(&state.space, traced_outline.ty);
    let callee = outline.sides[lift.side].instance;
    let names = Names {
        caller: Some(running.name()),
        callee: Some(&outline.instances[callee].name),
        func: &lift.name,
        ty: &ty,
    };
    while_lent(&mut running, passing.passes_handles, |running| {
        with_vals(running, &passing.canon, &ty, values, |running, params| {
            let mut store = running.store();
            traced(state.tracer.as_ref(), &mut store, names, params, |store| {
                call_with_vals(store, state, traced_outline.lift, &ty, params)
            })
        })
    })
}

/// Does something while handles of the instance are lent.
///
/// Spec: `Subtask.deliver_resolve`.
fn while_lent<'a, T: 'static>(
    running: &mut Running<'a, T>,
    passes_handles: bool,
    call: impl FnOnce(&mut Running<'a, T>) -> Result<(), Error>,
) -> Result<(), Error> {
    if !passes_handles {
        return call(running);
    }
    let mark = running.lent();
    in_scope(running, call)?;
    running.operate(StateExport::Release, &[mark])?;
    Ok(())
}

/// Makes a call with values of any type, which an instance passed.
fn with_vals<'a, T: 'static>(
    running: &mut Running<'a, T>,
    canon: &CanonFunc,
    ty: &ComponentFunc,
    values: &mut [RawValue],
    call: impl FnOnce(&mut Running<'a, T>, &[Val]) -> Result<Option<Val>, Error>,
) -> Result<(), Error> {
    let (types, options) = (&running.code().types, running.options());
    let params = lift_params(&mut LiftCx::new(running, types, options), canon, values)?;
    let result = call(running, &params)?;
    let mut cx = LowerCx::new(running, types, options);
    lower_result(&mut cx, canon, ty, result.as_ref(), values)
}
