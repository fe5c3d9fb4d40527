//! Components for embedders: their types and values, and what passes between them and the host.
//!
//! The shapes are those that users know from `wasmtime::component`; what differs is said where it differs.
//!
//! A value of a component exists in three forms. [`Val`] is any value, with its type checked when it is passed. Types of
//! Rust that implement [`ComponentType`] are checked once, when a function is looked up, and then pass without looking
//! at types at all. And [`wave`] is text for people.

pub(crate) mod resource;

pub(crate) mod ty;

pub(crate) mod val;

pub(crate) mod canon;

pub(crate) mod typed;

pub mod wave;

pub use resource::{
    Resource, ResourceAny, ResourceError, ResourceTable, ResourceTableError, ResourceType,
};
pub use ty::{
    Case, ComponentFunc, Enum, Field, FixedList, Flags, List, Map, OptionType, Record, ResultType,
    Tuple, Type, Variant,
};

pub use val::{Mismatch, Val};
