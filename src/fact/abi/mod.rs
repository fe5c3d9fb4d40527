//! The canonical ABI as data: limits, layouts, flattening, signatures.
//!
//! **Architecture invariant:** all arithmetic of the canonical ABI is here. An offset or size that is written down
//! elsewhere is a bug.

pub(crate) mod limit;

pub(crate) mod layout;

pub(crate) mod flat;

pub(in crate::fact) use flat::{FlatType, FlatTypes, Flattener};
pub(in crate::fact) use layout::{Layout, Layouts, discriminant_size, flags_size};
pub use limit::{
    MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, MAX_LIST_BYTES, MAX_STRING_BYTES, MAX_VALUE_BYTES,
};
