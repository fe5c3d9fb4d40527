//! Core modules as linking sees them: where they are, what they import and export.

use std::fmt;
use std::ops::Range;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::adapt::index::{
    FileId, FuncIndex, GlobalIndex, MemoryIndex, SignatureId, TableIndex, TagIndex,
};
use crate::adapt::types::{GlobalType, Label, MemoryType, TableType};

/// A range of bytes of an input file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Offsets in it, in bytes.
    pub bytes: Range<usize>,
}

/// The type of something that core modules import and export.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum EntityType {
    /// A function.
    Func(SignatureId),
    /// A table.
    Table(TableType),
    /// A memory.
    Memory(MemoryType),
    /// A global.
    Global(GlobalType),
    /// An exception tag, with the signature of its payload.
    Tag(SignatureId),
}

impl EntityType {
    /// Returns the word for this kind of thing.
    pub fn kind(&self) -> EntityKind {
        match self {
            EntityType::Func(_) => EntityKind::Func,
            EntityType::Table(_) => EntityKind::Table,
            EntityType::Memory(_) => EntityKind::Memory,
            EntityType::Global(_) => EntityKind::Global,
            EntityType::Tag(_) => EntityKind::Tag,
        }
    }
}

/// A kind of thing that core modules import and export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntityKind {
    /// A function.
    Func,
    /// A table.
    Table,
    /// A memory.
    Memory,
    /// A global.
    Global,
    /// An exception tag.
    Tag,
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            EntityKind::Func => "func",
            EntityKind::Table => "table",
            EntityKind::Memory => "memory",
            EntityKind::Global => "global",
            EntityKind::Tag => "tag",
        })
    }
}

/// A position in one of the index spaces of a core module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntityIndex {
    /// A function.
    Func(FuncIndex),
    /// A table.
    Table(TableIndex),
    /// A memory.
    Memory(MemoryIndex),
    /// A global.
    Global(GlobalIndex),
    /// An exception tag.
    Tag(TagIndex),
}

/// An import of a core module.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModuleImport {
    /// The first half of its name.
    pub module: Label,
    /// The second half of its name.
    pub name: Label,
    /// What must be given for it.
    pub ty: EntityType,
}

/// An export of a core module whose bytes are known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModuleExport {
    /// Where in the module it is.
    pub index: EntityIndex,
    /// What it is.
    pub ty: EntityType,
}

/// A core module written in an input file.
#[derive(Clone, Debug)]
pub struct StaticModule {
    /// Its name, if it has a name section that gives one.
    pub name: Option<Label>,
    /// Its bytes, a whole core module.
    pub span: Span,
    /// Its imports in their order; no two have the same pair of names.
    pub imports: Vec<ModuleImport>,
    /// Its exports by name.
    pub exports: IndexMap<Label, ModuleExport>,
    /// Whether it has a start function, which runs when it is instantiated.
    pub has_start: bool,
}

/// The type of a core module whose bytes the component does not contain.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModuleType {
    /// What it may import at most; no two imports have the same pair of names.
    pub imports: Vec<ModuleImport>,
    /// What it exports at least.
    pub exports: IndexMap<Label, EntityType>,
}
