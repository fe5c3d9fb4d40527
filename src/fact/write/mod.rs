//! How moves are written as core wasm: one place per kind of move.

pub(crate) mod endpoint;

pub(crate) mod string;

pub(in crate::fact) use endpoint::{Endpoint, Traps};
pub(in crate::fact) use string::{StringHelpers, StringKey, string_helper};
