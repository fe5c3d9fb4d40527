//! Core modules for embedders: compile, link, instantiate, call.
//!
//! The shapes are those that users know from the crate `wasmtime`; what differs is said where it differs.

pub(crate) mod store;

pub(crate) mod val;

pub(crate) mod types;

pub(crate) mod func;

pub(crate) mod typed;

pub(crate) mod memory;

pub(crate) mod table;

pub(crate) mod global;

pub(crate) mod saved;

pub(crate) mod module;

pub(crate) mod instance;

pub(crate) mod linker;

pub(crate) mod group;

#[cfg(test)]
mod tests;
