//! A module as far as it is known before its functions are compiled.

use std::collections::{BTreeMap, BTreeSet};

use cranelift_codegen::entity::{EntityRef, PrimaryMap};
use cranelift_wasm::{FuncIndex, GlobalIndex, MemoryIndex, TableIndex, TypeIndex};
use indexmap::IndexMap;
use wasmparser_217::{FunctionBody, ValidatorResources};

use crate::runtime::image::ConstOp;
use crate::runtime::types::{FuncType, GlobalType, MemoryType, RefType, TableType};

/// A parsed module. It is valid, except for the bodies of its functions, which are validated when they are compiled.
#[derive(Default)]
pub(in crate::runtime) struct Module<'a> {
    /// The module in the binary format.
    pub(in crate::runtime::codegen) bytes: &'a [u8],
    /// The name that it gives itself.
    pub(in crate::runtime::codegen) name: Option<&'a str>,
    /// The signatures it names.
    pub(in crate::runtime::codegen) types: PrimaryMap<TypeIndex, FuncType>,
    /// What it imports, in order.
    pub(in crate::runtime::codegen) imports: Vec<Import<'a>>,
    /// Its functions, imported ones first.
    pub(in crate::runtime::codegen) funcs: PrimaryMap<FuncIndex, TypeIndex>,
    /// Its memories, imported ones first.
    pub(in crate::runtime::codegen) memories: PrimaryMap<MemoryIndex, MemoryType>,
    /// Its tables, imported ones first.
    pub(in crate::runtime::codegen) tables: PrimaryMap<TableIndex, TableType>,
    /// Its globals, imported ones first.
    pub(in crate::runtime::codegen) globals: PrimaryMap<GlobalIndex, GlobalType>,
    /// The values of the globals that it defines.
    pub(in crate::runtime::codegen) global_values: Vec<Expr>,
    /// The elements of the tables that it defines, if they are not null.
    pub(in crate::runtime::codegen) table_values: Vec<Option<Expr>>,
    /// What it exports.
    pub(in crate::runtime::codegen) exports: IndexMap<&'a str, Item>,
    /// The function that is called at the end of instantiation.
    pub(in crate::runtime::codegen) start: Option<FuncIndex>,
    /// Its element segments.
    pub(in crate::runtime::codegen) elements: Vec<Elements>,
    /// Its data segments.
    pub(in crate::runtime::codegen) data: Vec<Data<'a>>,
    /// The functions that it defines.
    pub(in crate::runtime::codegen) bodies: Vec<FunctionBody<'a>>,
    /// What validation of the functions needs; none if there are none.
    pub(in crate::runtime::codegen) resources: Option<ValidatorResources>,
    /// Names of functions for people.
    pub(in crate::runtime::codegen) func_names: BTreeMap<FuncIndex, &'a str>,
    /// The functions to which there may be references.
    pub(in crate::runtime::codegen) referenced: BTreeSet<FuncIndex>,
}

/// Something that a module imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runtime) struct Import<'a> {
    /// The first part of its name.
    pub(in crate::runtime) module: &'a str,
    /// The second part of its name.
    pub(in crate::runtime) name: &'a str,
    /// What it is.
    pub(in crate::runtime::codegen) item: Item,
}

/// Something that a module imports or exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime::codegen) enum Item {
    /// A function.
    Func(FuncIndex),
    /// A memory.
    Memory(MemoryIndex),
    /// A table.
    Table(TableIndex),
    /// A global.
    Global(GlobalIndex),
}

/// An element segment.
pub(in crate::runtime::codegen) struct Elements {
    /// What becomes of it.
    pub(in crate::runtime::codegen) mode: ElementsMode,
    /// The type of its elements.
    pub(in crate::runtime::codegen) ty: RefType,
    /// Its elements.
    pub(in crate::runtime::codegen) items: ElementsItems,
}

/// What becomes of an element segment.
pub(in crate::runtime::codegen) enum ElementsMode {
    /// It is copied to a table at this position.
    Active(TableIndex, Expr),
    /// It waits for `table.init`.
    Passive,
    /// It only declares references.
    Declared,
}

/// The elements of a segment.
pub(in crate::runtime::codegen) enum ElementsItems {
    /// Functions.
    Funcs(Vec<FuncIndex>),
    /// Expressions.
    Exprs(Vec<Expr>),
}

/// A data segment.
pub(in crate::runtime::codegen) struct Data<'a> {
    /// Where it is copied.
    pub(in crate::runtime::codegen) active: Option<(MemoryIndex, Expr)>,
    /// Its bytes.
    pub(in crate::runtime::codegen) bytes: &'a [u8],
}

/// An expression that instantiation evaluates.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::runtime::codegen) struct Expr {
    /// The operators.
    pub(in crate::runtime::codegen) ops: Vec<Op>,
}

/// An operator of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::runtime::codegen) enum Op {
    /// One that means the same everywhere.
    Plain(ConstOp),
    /// `global.get`
    GlobalGet(GlobalIndex),
    /// `ref.func`
    RefFunc(FuncIndex),
}

/// The type of something that is imported or exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runtime) enum ItemType {
    /// That of a function.
    Func(FuncType),
    /// That of a memory.
    Memory(MemoryType),
    /// That of a table.
    Table(TableType),
    /// That of a global.
    Global(GlobalType),
}

impl Item {
    /// Returns the position of its kind among functions, memories, tables and globals.
    pub(in crate::runtime::codegen) fn kind(self) -> usize {
        match self {
            Item::Func(_) => 0,
            Item::Memory(_) => 1,
            Item::Table(_) => 2,
            Item::Global(_) => 3,
        }
    }
}

impl<'a> Module<'a> {
    /// Returns what the module imports, with the types, in order.
    pub(in crate::runtime) fn imports(&self) -> impl Iterator<Item = (&Import<'a>, ItemType)> {
        self.imports
            .iter()
            .map(|import| (import, self.item_type(import.item)))
    }

    /// Returns what the module exports, with the types, in order.
    pub(in crate::runtime) fn exports(&self) -> impl Iterator<Item = (&'a str, ItemType)> {
        self.exports
            .iter()
            .map(|(name, item)| (*name, self.item_type(*item)))
    }

    /// Returns the type of something that the module imports or exports.
    pub(in crate::runtime::codegen) fn item_type(&self, item: Item) -> ItemType {
        match item {
            Item::Func(index) => ItemType::Func(self.types[self.funcs[index]].clone()),
            Item::Memory(index) => ItemType::Memory(self.memories[index]),
            Item::Table(index) => ItemType::Table(self.tables[index]),
            Item::Global(index) => ItemType::Global(self.globals[index]),
        }
    }

    /// Returns the body of a function that the module defines.
    pub(in crate::runtime::codegen) fn body(&self, func: FuncIndex) -> &FunctionBody<'a> {
        let imported = self.funcs.len() - self.bodies.len();
        &self.bodies[func.index() - imported]
    }

    /// Returns the memories that the module defines.
    pub(in crate::runtime::codegen) fn own_memories(&self) -> impl Iterator<Item = MemoryType> {
        let imports = self.imports.iter();
        let imported = imports.filter(|import| matches!(import.item, Item::Memory(_)));
        self.memories.values().skip(imported.count()).copied()
    }

    /// Returns the tables that the module defines, with the values of their elements.
    pub(in crate::runtime::codegen) fn own_tables(
        &self,
    ) -> impl Iterator<Item = (TableType, Option<&Expr>)> {
        let imported = self.tables.len() - self.table_values.len();
        let values = self.table_values.iter().map(Option::as_ref);
        self.tables.values().skip(imported).copied().zip(values)
    }

    /// Returns the globals that the module defines, with their values.
    pub(in crate::runtime::codegen) fn own_globals(
        &self,
    ) -> impl Iterator<Item = (GlobalType, &Expr)> {
        let imported = self.globals.len() - self.global_values.len();
        let values = self.global_values.iter();
        self.globals.values().skip(imported).copied().zip(values)
    }
}
