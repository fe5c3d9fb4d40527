//! One core module that is being written: types, imports, functions, names.

pub(crate) mod builder;

pub(crate) mod encode;

pub(in crate::fact) use builder::{GlobalId, MemoryId, ModuleBuilder};
