//! How moves are written as core wasm: one place per kind of move.

pub(crate) mod endpoint;

pub(crate) mod check;

pub(crate) mod place;

pub(crate) mod access;

pub(crate) mod string;

pub(crate) mod writer;

pub(crate) mod copy;

pub(crate) mod scalar;

pub(crate) mod choice;

pub(crate) mod variant;

pub(crate) mod bulk;

pub(crate) mod masked;

pub(crate) mod list;

pub(crate) mod text;

pub(in crate::fact) use endpoint::{Channel, Endpoint, Handles, Lends, Strings};
pub(in crate::fact) use place::{Place, Slot};
pub(in crate::fact) use writer::{Shared, Writer};
