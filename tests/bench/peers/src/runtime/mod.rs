//! The engine of the crate beside Wasmtime, in one process and in turn: code, compilation, calls, lives of instances.

pub mod row;

pub mod kernel;

pub mod call;

pub mod life;

pub mod compile;

pub mod load;

pub use row::Row;
