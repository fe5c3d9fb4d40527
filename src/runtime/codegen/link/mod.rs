//! What every name in a group means: imports are resolved, and everything has its place in the context.

mod def;

mod compat;

mod shim;

mod resolve;

pub(in crate::runtime::codegen) use def::{Callee, Constant, Group, Linked, Symbol};
pub(in crate::runtime::codegen) use resolve::link;
