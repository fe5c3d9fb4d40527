//! Programs with WASI on the engine of the crate beside Wasmtime with its own: how long they take from their start to their
//! end, and how fast bytes go through streams.

pub mod host;

pub mod program;

pub mod start;

pub mod stream;
