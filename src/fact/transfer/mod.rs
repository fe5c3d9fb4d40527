//! *What moves*: the transfer of a value from one side to the other, as data.
//!
//! A transfer says where the parts of a value are on both sides and what must be checked or changed on the way. It is
//! built by pure functions and knows nothing of wasm; the writing step turns it into instructions.

pub(crate) mod data;

pub(crate) mod build;

pub(in crate::fact) use build::{OUTLINE_COST, Transfers};
pub(in crate::fact) use data::{
    At, List, Number, Part, PlaceKind, Route, Scalar, Transfer, TransferId, TransferKind, Variant,
};
