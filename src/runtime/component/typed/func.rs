//! Parameters and results as wholes, of types of Rust.
//!
//! Spec: `lift_flat_values`, `lower_flat_values`, as `canon lift` and `canon lower` call them.

use crate::fact::{MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use crate::runtime::component::canon::{CanonFunc, LiftCx, LowerCx};
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::ty::Type;
use crate::runtime::component::typed::mismatch::TypeMismatch;
use crate::runtime::component::typed::traits::{ComponentNamedList, Lift, Lower, TypeRef};
use crate::runtime::error::Error;
use crate::runtime::vm::layout::RawValue;

/// Checks that a function has such parameters and such a result. What it was checked for is what the functions below may
/// be called with.
pub(in crate::runtime) fn typecheck<P: ComponentNamedList, R: ComponentNamedList>(
    func: &ComponentFunc,
) -> Result<(), TypeMismatch> {
    let params: Vec<_> = func.params().map(|(_, ty)| ty).collect();
    P::typecheck_list(&params).map_err(|it| it.within("parameters"))?;
    let result: Vec<Type> = func.result().into_iter().collect();
    R::typecheck_list(&result).map_err(|it| it.within("result"))
}

/// Returns how many core values a call of a guest's export needs room for. It is known when the host is compiled.
#[inline]
pub(in crate::runtime) const fn export_slots<P: ComponentNamedList, R: ComponentNamedList>() -> usize
{
    let params = param_slots::<P>();
    // A result is one value, or a pointer.
    let results = if R::ABI.flat_count() == 0 { 0 } else { 1 };
    if params > results { params } else { results }
}

/// Returns whether handles are passed to or from a function. It is known when the host is compiled.
#[inline]
pub(in crate::runtime) const fn pass_handles<P: ComponentNamedList, R: ComponentNamedList>() -> bool
{
    P::ABI.has_handles() || R::ABI.has_handles()
}

/// Returns how many core values are the parameters.
#[inline]
const fn param_slots<P: ComponentNamedList>() -> usize {
    if P::ABI.flat_count() > MAX_FLAT_PARAMS {
        1
    } else {
        P::ABI.flat_count()
    }
}

/// Lowers the arguments of a call of a guest's export into `values`, of which there are [`export_slots`] or more.
///
/// # Errors
///
/// Fails if the guest gives no memory, or a handle is not what it should be.
#[inline(always)]
pub(in crate::runtime) fn lower_params<P: ComponentNamedList + Lower>(
    cx: &mut LowerCx<'_>,
    func: &CanonFunc,
    params: &P,
    values: &mut [RawValue],
) -> Result<(), Error> {
    let ty = TypeRef::List(&func.params);
    if P::ABI.flat_count() <= MAX_FLAT_PARAMS {
        return params.lower_flat(cx, ty, &mut values[..P::ABI.flat_count()]);
    }
    let layout = P::ABI.layout(cx.width());
    let at = cx.allocate(layout.align, u64::from(layout.size))?;
    values[0].set_u64(u64::try_from(at).expect("an address fits into 64 bits"));
    params.lower_memory(cx, ty, at)
}

/// Lifts the result of a call of a guest's export from `values`.
///
/// # Errors
///
/// Traps if the guest returned what no value of the type is, and fails if that is too much.
#[inline]
pub(in crate::runtime) fn lift_result<R: ComponentNamedList + Lift>(
    cx: &mut LiftCx<'_>,
    func: &CanonFunc,
    values: &[RawValue],
) -> Result<R, Error> {
    let ty = TypeRef::List(func.result.as_slice());
    if R::ABI.flat_count() <= MAX_FLAT_RESULTS {
        return R::lift_flat(cx, ty, &values[..R::ABI.flat_count()]);
    }
    let pointer = cx.pointer(&values[0]);
    let at = cx.tuple(pointer, R::ABI.layout(cx.width()))?;
    R::lift_memory(cx, ty, at)
}

/// Lifts the arguments that a guest calls an import with.
///
/// # Errors
///
/// Traps if the guest passed what no value of the type is, and fails if that is too much.
#[inline]
pub(in crate::runtime) fn lift_params<P: ComponentNamedList + Lift>(
    cx: &mut LiftCx<'_>,
    func: &CanonFunc,
    values: &[RawValue],
) -> Result<P, Error> {
    let ty = TypeRef::List(&func.params);
    if P::ABI.flat_count() <= MAX_FLAT_PARAMS {
        return P::lift_flat(cx, ty, &values[..P::ABI.flat_count()]);
    }
    let pointer = cx.pointer(&values[0]);
    let at = cx.tuple(pointer, P::ABI.layout(cx.width()))?;
    P::lift_memory(cx, ty, at)
}

/// Lowers the result of an import that a guest called with parameters `P`, with `values` as it passed them: behind the
/// parameters is the address for a result in memory.
///
/// # Errors
///
/// Traps if the guest gave no memory for the result.
#[inline]
pub(in crate::runtime) fn lower_result<P: ComponentNamedList, R: ComponentNamedList + Lower>(
    cx: &mut LowerCx<'_>,
    func: &CanonFunc,
    result: &R,
    values: &mut [RawValue],
) -> Result<(), Error> {
    let ty = TypeRef::List(func.result.as_slice());
    if R::ABI.flat_count() <= MAX_FLAT_RESULTS {
        return result.lower_flat(cx, ty, &mut values[..R::ABI.flat_count()]);
    }
    let pointer = cx.pointer(&values[param_slots::<P>()]);
    let at = cx.tuple(pointer, R::ABI.layout(cx.width()))?;
    result.lower_memory(cx, ty, at)
}
