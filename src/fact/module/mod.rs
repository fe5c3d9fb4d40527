//! One core module that is being written: types, imports, functions, names.

pub(crate) mod builder;

pub(crate) mod encode;

pub(crate) mod traps;

pub(in crate::fact) use builder::{GlobalId, MemoryId, ModuleBuilder};
pub(in crate::fact) use traps::{Traps, trap_import};
