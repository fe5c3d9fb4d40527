//! Parameters and results as wholes: flat, or in memory where there are too many.
//!
//! Spec: `lift_flat_values`, `lower_flat_values`, as `canon lift` and `canon lower` call them.

use crate::adapt::ValType;
use crate::runtime::component::canon::context::{LiftCx, LowerCx};
use crate::runtime::component::canon::lift::{Source, lift};
use crate::runtime::component::canon::lower::{Fault, Target, lower};
use crate::runtime::component::canon::types::CanonFunc;
use crate::runtime::component::check::{Mismatch, check_params, check_result};
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::val::Val;
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// Lowers the arguments of a call of a guest's export into `values`, of which there are [`CanonFunc::param_slots`] or more.
///
/// # Errors
///
/// Fails if an argument is not of its type, the guest gives no memory, or a handle is not what it should be.
pub(in crate::runtime) fn lower_params(
    cx: &mut LowerCx<'_>,
    func: &CanonFunc,
    ty: &ComponentFunc,
    params: &[Val],
    values: &mut [RawValue],
) -> Result<(), Error> {
    let check = || check_params(params, ty.params());
    // What is given away is gone, so nothing is before all was looked at.
    let has_handles = func
        .params
        .iter()
        .any(|ty| cx.types().types().has_handles(*ty));
    if has_handles || params.len() != func.params.len() {
        check().map_err(mismatch)?;
    }
    let lowered = lower_all_params(cx, func, params, values);
    lowered.map_err(|fault| explain(fault, check))
}

fn lower_all_params(
    cx: &mut LowerCx<'_>,
    func: &CanonFunc,
    params: &[Val],
    mut values: &mut [RawValue],
) -> Result<(), Fault> {
    let params = func.params.iter().zip(params);
    if func.flat_params.is_some() {
        for (ty, val) in params {
            lower(cx, *ty, val, &mut Target::Flat(&mut values))?;
        }
        return Ok(());
    }
    let at = lower_tuple_pointer(cx, func, values)?;
    for ((ty, val), offset) in params.zip(func.param_offsets(cx.width())) {
        lower(cx, *ty, val, &mut Target::Memory(at + position(*offset)))?;
    }
    Ok(())
}

/// Allocates memory for the parameters of a call, passes its address, and returns it.
pub(in crate::runtime) fn lower_tuple_pointer(
    cx: &mut LowerCx<'_>,
    func: &CanonFunc,
    values: &mut [RawValue],
) -> Result<usize, Error> {
    let layout = func.params_layout(cx.width());
    let at = cx.allocate(layout.align, u64::from(layout.size))?;
    values[0].set_u64(u64::try_from(at).expect("an address fits into 64 bits"));
    Ok(at)
}

/// Lifts the result of a call of a guest's export from `values`.
///
/// # Errors
///
/// Traps if the guest returned what no value of the type is, and fails if that is too much.
pub(in crate::runtime) fn lift_result(
    cx: &mut LiftCx<'_>,
    func: &CanonFunc,
    values: &[RawValue],
) -> Result<Option<Val>, Error> {
    let Some(ty) = func.result else {
        return Ok(None);
    };
    let mut flat = values;
    let mut source = if func.is_result_in_memory {
        Source::Memory(lift_result_pointer(cx, ty, values)?)
    } else {
        Source::Flat(&mut flat)
    };
    lift(cx, ty, &mut source).map(Some)
}

/// Returns where the result of a call is that a guest returned in memory.
pub(in crate::runtime) fn lift_result_pointer(
    cx: &mut LiftCx<'_>,
    ty: ValType,
    values: &[RawValue],
) -> Result<usize, Error> {
    let layout = cx.types().layout(ty, cx.width());
    let pointer = cx.pointer(&values[0]);
    cx.tuple(pointer, layout)
}

/// Lifts the arguments that a guest calls an import with.
///
/// # Errors
///
/// Traps if the guest passed what no value of the type is, and fails if that is too much.
pub(in crate::runtime) fn lift_params(
    cx: &mut LiftCx<'_>,
    func: &CanonFunc,
    mut values: &[RawValue],
) -> Result<Vec<Val>, Error> {
    let mut params = Vec::with_capacity(func.params.len());
    if func.flat_params.is_some() {
        for ty in &func.params {
            params.push(lift(cx, *ty, &mut Source::Flat(&mut values))?);
        }
        return Ok(params);
    }
    let at = lift_tuple_pointer(cx, func, values)?;
    for (ty, offset) in func.params.iter().zip(func.param_offsets(cx.width())) {
        let mut source = Source::Memory(at + position(*offset));
        params.push(lift(cx, *ty, &mut source)?);
    }
    Ok(params)
}

/// Returns where the parameters are that a guest passed in memory.
pub(in crate::runtime) fn lift_tuple_pointer(
    cx: &mut LiftCx<'_>,
    func: &CanonFunc,
    values: &[RawValue],
) -> Result<usize, Error> {
    let layout = func.params_layout(cx.width());
    let pointer = cx.pointer(&values[0]);
    cx.tuple(pointer, layout)
}

/// Lowers the result of an import that a guest called, with `values` as it passed them: behind the parameters is the
/// address for a result in memory.
///
/// # Errors
///
/// Fails if the result is not of its type, and traps if the guest gave no memory for it.
pub(in crate::runtime) fn lower_result(
    cx: &mut LowerCx<'_>,
    func: &CanonFunc,
    ty: &ComponentFunc,
    result: Option<&Val>,
    mut values: &mut [RawValue],
) -> Result<(), Error> {
    let check = || check_result(result, ty.result().as_ref());
    let has_handles = func
        .result
        .is_some_and(|ty| cx.types().types().has_handles(ty));
    if has_handles || result.is_some() != func.result.is_some() {
        check().map_err(mismatch)?;
    }
    let (Some(ty), Some(val)) = (func.result, result) else {
        return Ok(());
    };
    let mut target = if func.is_result_in_memory {
        Target::Memory(lower_result_pointer(cx, func, ty, values)?)
    } else {
        Target::Flat(&mut values)
    };
    lower(cx, ty, val, &mut target).map_err(|fault| explain(fault, check))
}

/// Returns where a guest wants the result of an import that it called.
pub(in crate::runtime) fn lower_result_pointer(
    cx: &mut LowerCx<'_>,
    func: &CanonFunc,
    ty: ValType,
    values: &[RawValue],
) -> Result<usize, Error> {
    let layout = cx.types().layout(ty, cx.width());
    let pointer = cx.pointer(&values[func.param_slots()]);
    cx.tuple(pointer, layout)
}

/// Returns the error for a fault; what is wrong with the values a check finds out.
fn explain(fault: Fault, check: impl FnOnce() -> Result<(), Mismatch>) -> Error {
    match fault {
        Fault::Error(error) => error,
        Fault::Mismatch => {
            let found = check().expect_err("what cannot be lowered is not of its type");
            mismatch(found)
        }
    }
}

fn mismatch(mismatch: Mismatch) -> Error {
    Error::call(mismatch.to_string())
}

fn position(offset: u32) -> usize {
    usize::try_from(offset).expect("an offset of 32 bits is a position")
}
