//! Adapters on the engine of this crate, given the same scripted guests as on the other one.

pub(crate) mod host;

pub(crate) mod state;

pub(crate) mod run;
