//! The canonical ABI as data: limits, layouts, flattening, signatures.
//!
//! **Architecture invariant:** all arithmetic of the canonical ABI is here. An offset or size that is written down
//! elsewhere is a bug.

pub(crate) mod limit;

pub(crate) mod layout;

pub(crate) mod flat;

pub(crate) use flat::{FlatType, FlatTypes, Flattener};
pub(crate) use layout::{Layout, Layouts, discriminant_size, flags_size};
#[cfg(feature = "runtime")]
pub(crate) use layout::{number, pointer_pair, record_layout, variant_layout};
pub use limit::{
    MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, MAX_LIST_BYTES, MAX_STRING_BYTES, MAX_VALUE_BYTES,
};
