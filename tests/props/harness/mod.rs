//! Adapters on wasmi and on the engine of this crate: compiled, given scripted guests, run, and compared with the oracle. Also
//! interpreted, with the same guests.

pub(crate) mod spec;

pub(crate) mod host;

pub(crate) mod state;

pub(crate) mod run;

pub(crate) mod interpreted;

pub(crate) mod compiled;

pub(crate) mod compare;
