//! Components for embedders: compiled, linked, instantiated and called, with values that pass to and from the host.
//!
//! The shapes are those that users know from `wasmtime::component`; what differs is said where it differs.
//!
//! A value of a component exists in three forms. [`Val`] is any value, with its type checked when it is passed. Types of
//! Rust that implement [`ComponentType`] are checked once, when a function is looked up, and then pass without looking
//! at types at all. And [`wave`] is text for people.

pub(crate) mod resource;

pub(crate) mod ty;

pub(crate) mod func_type;

pub(crate) mod packed;

pub(crate) mod val;

pub(crate) mod check;

pub(crate) mod canon;

pub(crate) mod typed;

pub mod wave;

pub(crate) mod outline;

pub(crate) mod sketch;

pub(crate) mod module_type;

pub(crate) mod compile;

pub(crate) mod name;

pub(crate) mod item;

pub(crate) mod code;

pub(crate) mod core_module;

#[expect(
    clippy::module_inception,
    reason = "it holds what the folder is named for"
)]
pub(crate) mod component;

pub(crate) mod dtor;

pub(crate) mod trace;

pub(crate) mod state;

pub(crate) mod tracing;

pub(crate) mod host;

pub(crate) mod given;

pub(crate) mod running;

pub(crate) mod call;

pub(crate) mod held;

pub(crate) mod bounce;

pub(crate) mod pairing;

pub(crate) mod fuse;

pub(crate) mod exit;

pub(crate) mod func;

pub(crate) mod instance;

pub(crate) mod definition;

pub(crate) mod pre;

pub(crate) mod link;

pub(crate) mod linker;

pub use check::Mismatch;
pub use component::Component;
pub use core_module::CoreModule;
pub use func::{Func, TypedFunc};
pub use func_type::ComponentFunc;
pub use instance::{ExportPath, Instance};
pub use item::ComponentItem;
pub use linker::{Linker, LinkerInstance};
pub use pre::InstancePre;
pub use resource::{
    Resource, ResourceAny, ResourceError, ResourceTable, ResourceTableError, ResourceType,
};
pub use trace::{TraceCall, TraceEvent};
pub use ty::{
    Case, Enum, Field, FixedList, Flags, List, Map, OptionType, Record, ResultType, Tuple, Type,
    Variant,
};
pub use typed::declare::{enumeration, flags, record, variant};
pub use typed::{ComponentNamedList, ComponentType, Lift, Lower, TypeMismatch};
pub use val::{Scalar, Val, ValList, ValListIter};

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
