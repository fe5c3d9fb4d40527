//! Adapters on wasmi: compiled, given scripted guests, run, and compared with the oracle.

pub(crate) mod spec;

pub(crate) mod host;

pub(crate) mod state;

pub(crate) mod run;

pub(crate) mod compare;
