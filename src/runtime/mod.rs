//! From core WebAssembly to running code, and from components to running instances.
//!
//! **Architecture invariant:** nothing below `component` knows components, but for the code in an error that says which
//! rule of the canonical ABI a guest broke; an adapter module is a module like any other.

pub(crate) mod trap;

pub(crate) mod types;

pub(crate) mod index;

pub(crate) mod builtin;

pub(crate) mod bulk;

pub(crate) mod image;

pub(crate) mod record;

pub(crate) mod data;

pub(crate) mod vm;

pub(crate) mod codegen;

pub(crate) mod error;

pub(crate) mod perf_map;

pub(crate) mod engine;

pub(crate) mod core;

pub mod component;

#[cfg(feature = "wasi")]
pub mod wasi;

#[cfg(feature = "wast")]
pub mod wast;

pub use core::global::Global;
pub use core::group::{Group, GroupBuilder, Instances};
pub use core::instance::{Extern, Instance};
pub use core::linker::Linker;
pub use core::memory::{Memory, MemoryAccessError};
pub use core::module::Module;
pub use core::store::{AsContextMut, InterruptHandle, Store, StoreContextMut};
pub use core::table::Table;
pub use core::typed::{HostResults, IntoFunc, TypedFunc, WasmParams, WasmResults, WasmTy};
pub use core::types::{ExportType, ExternType, ImportType};
pub use core::val::{ExternRef, Func, Val};
pub use engine::{Config, Engine};
pub use error::{BoxError, Error, ErrorKind, Frame};
pub use trap::TrapKind;
pub use types::{FuncType, GlobalType, Limits, MemoryType, RefType, TableType, ValType};
pub use vm::artifact::{Artifact, ArtifactError};
pub use vm::limiter::ResourceLimiter;
