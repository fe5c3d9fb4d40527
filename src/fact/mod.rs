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

pub(crate) mod abi;

pub(crate) mod transfer;

pub(crate) mod module;

pub(crate) mod table;

pub(crate) mod resource;

pub(crate) mod source;

pub(crate) mod write;

pub(crate) mod name;

pub(crate) mod keep;

pub(crate) mod call;

pub(crate) mod need;

pub(crate) mod schedule;

pub(crate) mod compile;

pub(crate) mod interpret;

pub mod explain;

pub(crate) mod planned;

pub(crate) mod builtin;

pub(crate) mod relay;

pub(crate) mod assembly;

pub use abi::{
    MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, MAX_LIST_BYTES, MAX_STRING_BYTES, MAX_VALUE_BYTES,
};
pub use assembly::{Assembly, CoreStep, assemble};
pub use builtin::PlannedResource;
pub use compile::{CompiledModule, InvalidSpec, InvalidSpecKind, compile};
pub use config::{FactConfig, Reentrance};
pub use interpret::Interpreter;
pub use planned::{PlannedModule, plan_modules};
pub use relay::relay_module;
pub use resource::{ResourceSpec, builtin_name, resource_module};
pub use source::{ImportSource, export_name};
pub use spec::{
    AdapterSpec, Callback, Callee, Guard, HandlesSpec, ImportName, MemorySpec, PostReturn,
    ReallocSpec, SideSpec,
};
pub use table::{NO_HANDLE, RESOURCE_TYPES_MAX, StateExport, StateSignature, state_module};
pub use transfer::{CallSide, CoreValue, HandleCall, ReallocCall, World};
pub use trap::TrapCode;
