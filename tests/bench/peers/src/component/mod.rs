//! The engine of the crate beside Wasmtime on components: calls from one to another, calls of the host, lives of large
//! compositions. The inputs lie beside the project; without them there is nothing to measure, which is said.

pub mod row;

pub mod input;

pub mod contest;

pub mod guest;

pub mod host;

pub mod life;

pub use row::Row;
