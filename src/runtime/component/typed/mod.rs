//! Types of Rust that are types of components.
//!
//! A type of Rust knows its layout when it is compiled, and is checked against that of the component once, when a function
//! is looked up. After that nothing looks at types, but for handles, whose resource types differ from instance to
//! instance. Numbers, and records, variants, enums and flags of nothing but such, are *plain*: they are read and written
//! as bytes, lists of them in one go.

pub(crate) mod abi;

pub(crate) mod mismatch;

pub(crate) mod traits;

pub(crate) mod number;

pub(crate) mod text;

pub(crate) mod list;

pub(crate) mod fields;

pub(crate) mod cases;

pub(crate) mod handle;

pub(crate) mod forward;

pub(crate) mod map;

pub(crate) mod declare;

pub(crate) mod func;

pub use mismatch::TypeMismatch;
pub use traits::{ComponentNamedList, ComponentType, Lift, Lower};
