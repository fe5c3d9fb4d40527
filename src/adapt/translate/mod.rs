//! From bytes to a translation: validation, and the component binary format.
//!
//! wasmparser's validator and this translation read the same payloads, the validator first: what arrives here is
//! valid, and the validator knows the type of everything. Each static component becomes a list of initializers over
//! its own index spaces; nothing is instantiated and no name is resolved yet. Function bodies are validated at the
//! end, on all cores.
//!
//! **Architecture invariant:** wasmparser's component types and events are mentioned here only.

pub(crate) mod config;

pub(crate) mod error;

pub(crate) mod translation;

mod memory;

mod export;

mod ty;

mod size;

mod gauge;

mod scope;

mod module;

mod canon;

mod section;

mod body;

mod driver;

pub use config::{Config, ITEM_SIZE_MAX};
pub(crate) use driver::interface;
pub use driver::{Supplied, func_type, translate, translate_with};
pub use error::{TranslateError, TranslateErrorKind};
pub use translation::Translation;
pub(crate) use translation::{FormalType, FormalTypeDef, Interface};
