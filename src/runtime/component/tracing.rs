//! Calls that somebody is told of.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::state::Shared;
use crate::runtime::component::trace::{TraceCall, TraceEvent, Tracer};
use crate::runtime::component::val::Val;
use crate::runtime::core::store::StoreContextMut;
use crate::runtime::error::Error;

/// The names of a call.
#[derive(Clone, Copy)]
pub(in crate::runtime) struct Names<'a> {
    /// The instance that calls; none if it is the host.
    pub(in crate::runtime) caller: Option<&'a str>,
    /// The instance that is called; none if it is the host.
    pub(in crate::runtime) callee: Option<&'a str>,
    /// The function.
    pub(in crate::runtime) func: &'a str,
    /// Its type.
    pub(in crate::runtime) ty: &'a ComponentFunc,
}

/// Makes a call and tells of it.
///
/// # Errors
///
/// Fails if the call does.
pub(in crate::runtime) fn traced<T: 'static>(
    tracer: Option<&Tracer>,
    store: &mut StoreContextMut<'_, T>,
    names: Names<'_>,
    params: &[Val],
    call: impl FnOnce(&mut StoreContextMut<'_, T>) -> Result<Option<Val>, Error>,
) -> Result<Option<Val>, Error> {
    let Some(tracer) = tracer else {
        return call(store);
    };
    let depth = store.raw().into_attached::<Shared>().depth;
    let tell = |event| {
        tracer(&TraceCall {
            depth,
            caller: names.caller,
            callee: names.callee,
            func: names.func,
            ty: names.ty,
            event,
        });
    };
    tell(TraceEvent::Call(params));
    store.raw().into_attached::<Shared>().depth = depth + 1;
    let result = catch_unwind(AssertUnwindSafe(|| call(store)));
    store.raw().into_attached::<Shared>().depth = depth;
    let result = result.unwrap_or_else(|panic| resume_unwind(panic));
    match &result {
        Ok(result) => tell(TraceEvent::Return(result.as_ref())),
        Err(error) => tell(TraceEvent::Fail(error)),
    }
    result
}
