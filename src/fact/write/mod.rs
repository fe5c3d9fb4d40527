//! How moves are written as core wasm: one place per kind of move.

pub(crate) mod endpoint;

pub(in crate::fact) use endpoint::{Endpoint, Traps};
