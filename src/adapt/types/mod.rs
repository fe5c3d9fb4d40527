//! Component-model types, interned; core types; how both print.
//!
//! A [`Types`] owns every type of a translation or a plan: equal types have equal ids, and parts come before what is
//! made of them, so there are no cycles and every recursion is bounded by [`TYPE_DEPTH_MAX`].

pub(crate) mod core_type;

pub(crate) mod value;

pub(crate) mod name;

pub(crate) mod store;

pub(crate) mod shape;

pub(crate) mod wit;

pub use core_type::{CoreType, GlobalType, IndexType, MemoryType, Signature, TableType};
pub(in crate::adapt) use name::{NameSet, cut};
pub use shape::{FuncShape, Shape, Shapes};
pub use store::{FLAGS_MAX, InvalidType, TYPE_COUNT_MAX, TYPE_DEPTH_MAX, TYPE_NAMES_MAX, Types};
pub use value::{DefinedType, FuncType, Label, ValType};
pub use wit::PRINT_NODES_MAX;
