//! From adapters to core WebAssembly: what each adapter does.
//!
//! An adapter is compiled in two steps, and the first is data: *what moves*, then *how it is written*.
//!
//! **Architecture invariant:** nothing here knows in which order, or whether, anything is instantiated. The same
//! input gives the same bytes.

pub(crate) mod config;

pub(crate) mod trap;

pub(crate) mod spec;

pub(crate) mod emit;

pub(crate) mod module;

pub(crate) mod write;

pub(crate) mod table;

pub use config::FactConfig;
pub use spec::{
    AdapterSpec, Callee, Guard, ImportName, MemorySpec, PostReturn, ReallocSpec, SideSpec,
};
pub use table::{RESOURCE_TYPES_MAX, StateExport, StateSignature, state_module};
pub use trap::TrapCode;
