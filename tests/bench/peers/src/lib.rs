//! Benchmarks of the crate: how long adapters take to write and how large they are, and how fast the written code is on
//! an engine that is not ours, beside a bare `memory.copy` in the same run; and how fast our own engine is, beside Wasmtime.
//!
//! `src/main.rs` prints tables; `benches/fact.rs` gives the same cases to criterion.

pub mod sample;

pub mod spec;

pub mod world;

pub mod text;

pub mod list;

pub mod copy;

pub mod handle;

pub mod generate;

pub mod runtime;

pub mod component;

pub mod wasi;

pub mod report;
