//! Types of what modules import and export.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::runtime::codegen::ItemType;
use crate::runtime::types::{FuncType, GlobalType, MemoryType, TableType};

/// The type of something that a module imports or exports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExternType {
    /// A function.
    Func(FuncType),
    /// A memory.
    Memory(MemoryType),
    /// A table.
    Table(TableType),
    /// A global.
    Global(GlobalType),
}

/// Something that a module imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportType {
    /// The first part of its name.
    pub module: String,
    /// The second part of its name.
    pub name: String,
    /// Its type.
    pub ty: ExternType,
}

/// Something that a module exports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportType {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: ExternType,
}

impl From<ItemType> for ExternType {
    fn from(ty: ItemType) -> ExternType {
        match ty {
            ItemType::Func(ty) => ExternType::Func(ty),
            ItemType::Memory(ty) => ExternType::Memory(ty),
            ItemType::Table(ty) => ExternType::Table(ty),
            ItemType::Global(ty) => ExternType::Global(ty),
        }
    }
}

impl fmt::Display for ExternType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExternType::Func(ty) => write!(f, "func {ty}"),
            ExternType::Memory(ty) => write!(f, "memory {ty}"),
            ExternType::Table(ty) => write!(f, "table {ty}"),
            ExternType::Global(ty) => write!(f, "global {ty}"),
        }
    }
}
