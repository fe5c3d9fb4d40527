//! The host's side of the canonical ABI: lifting what guests send, lowering what they get.
//!
//! What a guest sends is hostile until it was checked: pointers, lengths, discriminants, the memory that a `realloc`
//! returned, and how much memory of the host's the values of one call would take. Guests trap, the host goes on.

pub(crate) mod guest;

pub(crate) mod types;

pub(crate) mod context;

pub(crate) mod string;

pub(crate) mod lift;

pub(crate) mod lower;

pub(crate) mod func;

pub(in crate::runtime) use context::{HANDLE_BYTES, resource_error};
pub use context::{LiftCx, LowerCx};
pub(in crate::runtime) use func::{lift_params, lift_result, lower_params, lower_result};
pub(in crate::runtime) use guest::{Guest, LIFT_BYTES_MAX, Options, in_scope};
pub(in crate::runtime) use lift::lift_char;
pub(in crate::runtime) use string::{lift_string, lower_string};
pub(in crate::runtime) use types::{CanonFunc, CanonTypes};
