//! Components for embedders: their types and values, and what passes between them and the host.
//!
//! The shapes are those that users know from `wasmtime::component`; what differs is said where it differs.
//!
//! A value of a component exists in three forms. [`Val`] is any value, with its type checked when it is passed. Types of
//! Rust that implement [`ComponentType`] are checked once, when a function is looked up, and then pass without looking
//! at types at all. And [`wave`] is text for people.

pub(crate) mod resource;

pub(crate) mod ty;

pub(crate) mod func_type;

pub(crate) mod val;

pub(crate) mod canon;

pub(crate) mod typed;

pub mod wave;

pub use func_type::ComponentFunc;
pub use resource::{
    Resource, ResourceAny, ResourceError, ResourceTable, ResourceTableError, ResourceType,
};
pub use ty::{
    Case, Enum, Field, FixedList, Flags, List, Map, OptionType, Record, ResultType, Tuple, Type,
    Variant,
};

pub use typed::declare::{enumeration, flags, record, variant};
pub use typed::{ComponentNamedList, ComponentType, Lift, Lower, TypeMismatch};
pub use val::{Mismatch, Val};

/// What the macros that define types expand to.
#[doc(hidden)]
pub mod __private {
    pub use crate::runtime::component::canon::{LiftCx, LowerCx};
    pub use crate::runtime::component::typed::abi::Abi;
    pub use crate::runtime::component::typed::cases::{
        case_of_bytes, case_of_flat, flat_case, invalid_discriminant, plain_case,
    };
    pub use crate::runtime::component::typed::declare::{
        Part, check_enum, check_flags, check_record, check_variant, flat_flags, index_of,
        write_flat_flags,
    };
    pub use crate::runtime::component::typed::traits::TypeRef;
    pub use crate::runtime::error::Error;
    pub use crate::runtime::vm::layout::RawValue;
}

#[cfg(feature = "proptest")]
#[cfg(test)]
mod tests;
