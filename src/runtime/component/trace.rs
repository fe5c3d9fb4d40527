//! Calls that cross the boundary of a component instance, told to somebody while they happen.

use std::sync::Arc;

use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::val::Val;
use crate::runtime::error::Error;

/// Something about a call that crosses the boundary of a component instance.
#[derive(Clone, Copy, Debug)]
pub struct TraceCall<'a> {
    /// How many such calls it is in.
    pub depth: usize,
    /// The name of the instance that calls; none if it is the host.
    pub caller: Option<&'a str>,
    /// The name of the instance that is called; none if it is the host.
    pub callee: Option<&'a str>,
    /// The name of the function.
    pub func: &'a str,
    /// Its type.
    pub ty: &'a ComponentFunc,
    /// What happens.
    pub event: TraceEvent<'a>,
}

/// What happens to a call.
#[derive(Clone, Copy, Debug)]
pub enum TraceEvent<'a> {
    /// It begins, with these parameters.
    Call(&'a [Val]),
    /// It returns, with this result if it has one.
    Return(Option<&'a Val>),
    /// It fails.
    Fail(&'a Error),
}

/// Who is told of calls.
pub(in crate::runtime) type Tracer = Arc<dyn Fn(&TraceCall<'_>) + Send + Sync>;
