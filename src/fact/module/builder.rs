//! What a module consists of so far.

use cranelift_entity::{PrimaryMap, entity_impl};
use indexmap::IndexMap;
use wasm_encoder::{ConstExpr, GlobalType, MemoryType, ValType};

use crate::fact::emit::{Code, FuncId, Piece};
use crate::fact::spec::ImportName;

/// A memory of the module that is being written: its index is known from the beginning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::fact) struct MemoryId(u32);
entity_impl!(MemoryId, "memory");

/// A global of the module that is being written: its index is known from the beginning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::fact) struct GlobalId(u32);
entity_impl!(GlobalId, "global");

/// A function of the module.
#[derive(Debug)]
pub(in crate::fact::module) struct Func {
    pub(in crate::fact::module) name: String,
    pub(in crate::fact::module) ty: u32,
    pub(in crate::fact::module) body: FuncBody,
}

/// Where a function comes from.
#[derive(Debug)]
pub(in crate::fact::module) enum FuncBody {
    Imported(ImportName),
    /// Its body is still to be written.
    Declared,
    Defined {
        pieces: Vec<Piece>,
        locals: Vec<ValType>,
        /// Names of parameters and locals.
        names: Vec<String>,
    },
}

/// A memory or global of the module.
#[derive(Debug)]
pub(in crate::fact::module) struct Entity<T> {
    pub(in crate::fact::module) name: String,
    pub(in crate::fact::module) ty: T,
    /// Where it is imported; none if the module defines it.
    pub(in crate::fact::module) import: Option<ImportName>,
    /// Its first value, of a global that the module defines.
    pub(in crate::fact::module) init: Option<ConstExpr>,
}

/// The type of each global: a mutable `i32`.
const VARIABLE: GlobalType = GlobalType {
    val_type: ValType::I32,
    mutable: true,
    shared: false,
};

/// What is exported.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact::module) enum Exported {
    Func(FuncId),
    Global(GlobalId),
}

/// A core module that is being written.
#[derive(Debug, Default)]
pub(in crate::fact) struct ModuleBuilder {
    pub(in crate::fact::module) types: IndexMap<(Vec<ValType>, Vec<ValType>), u32>,
    pub(in crate::fact::module) funcs: PrimaryMap<FuncId, Func>,
    pub(in crate::fact::module) memories: PrimaryMap<MemoryId, Entity<MemoryType>>,
    pub(in crate::fact::module) globals: PrimaryMap<GlobalId, Entity<GlobalType>>,
    pub(in crate::fact::module) exports: IndexMap<String, Exported>,
    imported_funcs: IndexMap<ImportName, FuncId>,
    imported_memories: IndexMap<ImportName, MemoryId>,
    imported_globals: IndexMap<ImportName, GlobalId>,
}

impl ModuleBuilder {
    /// Imports a function, once per name.
    pub(in crate::fact) fn import_func(
        &mut self,
        import: &ImportName,
        params: &[ValType],
        results: &[ValType],
    ) -> FuncId {
        let ty = self.ty(params, results);
        if let Some(known) = self.imported_funcs.get(import) {
            assert_eq!(
                self.funcs[*known].ty, ty,
                "{import:?} is imported with two types"
            );
            return *known;
        }
        let name = format!("{}.{}", import.module, import.name);
        let body = FuncBody::Imported(import.clone());
        let id = self.funcs.push(Func { name, ty, body });
        self.imported_funcs.insert(import.clone(), id);
        id
    }

    /// Imports a memory, once per name. All imports of memories come before the first definition.
    pub(in crate::fact) fn import_memory(
        &mut self,
        import: &ImportName,
        ty: MemoryType,
    ) -> MemoryId {
        if let Some(known) = self.imported_memories.get(import) {
            return *known;
        }
        assert_eq!(
            self.imported_memories.len(),
            self.memories.len(),
            "definitions come later"
        );
        let id = self.memories.push(Entity {
            name: format!("{}.{}", import.module, import.name),
            ty,
            import: Some(import.clone()),
            init: None,
        });
        self.imported_memories.insert(import.clone(), id);
        id
    }

    /// Imports a mutable global of type `i32`, once per name. All imports of globals come before the first definition.
    pub(in crate::fact) fn import_flag(&mut self, import: &ImportName) -> GlobalId {
        if let Some(known) = self.imported_globals.get(import) {
            return *known;
        }
        assert_eq!(
            self.imported_globals.len(),
            self.globals.len(),
            "definitions come later"
        );
        let id = self.globals.push(Entity {
            name: format!("{}.{}", import.module, import.name),
            ty: VARIABLE,
            import: Some(import.clone()),
            init: None,
        });
        self.imported_globals.insert(import.clone(), id);
        id
    }

    /// Defines a memory.
    pub(in crate::fact) fn define_memory(&mut self, name: &str, ty: MemoryType) -> MemoryId {
        self.memories.push(Entity {
            name: name.to_owned(),
            ty,
            import: None,
            init: None,
        })
    }

    /// Defines a mutable global of type `i32` with its first value.
    pub(in crate::fact) fn define_variable(&mut self, name: &str, first: u32) -> GlobalId {
        self.globals.push(Entity {
            name: name.to_owned(),
            ty: VARIABLE,
            import: None,
            init: Some(ConstExpr::i32_const(first.cast_signed())),
        })
    }

    /// Adds a function whose body is still to be written, so that others can call it.
    pub(in crate::fact) fn declare(
        &mut self,
        name: &str,
        params: &[ValType],
        results: &[ValType],
    ) -> FuncId {
        let ty = self.ty(params, results);
        self.funcs.push(Func {
            name: name.to_owned(),
            ty,
            body: FuncBody::Declared,
        })
    }

    /// Writes the body of a function.
    pub(in crate::fact) fn define(&mut self, id: FuncId, code: Code) {
        let (pieces, locals, names) = code.finish();
        let body = FuncBody::Defined {
            pieces,
            locals,
            names,
        };
        let before = std::mem::replace(&mut self.funcs[id].body, body);
        assert!(
            matches!(before, FuncBody::Declared),
            "{} was defined before",
            self.funcs[id].name
        );
    }

    /// Exports a function.
    pub(in crate::fact) fn export_func(&mut self, name: &str, func: FuncId) {
        self.export(name, Exported::Func(func));
    }

    /// Exports a global.
    pub(in crate::fact) fn export_global(&mut self, name: &str, global: GlobalId) {
        self.export(name, Exported::Global(global));
    }

    fn export(&mut self, name: &str, item: Exported) {
        let before = self.exports.insert(name.to_owned(), item);
        assert!(before.is_none(), "`{name}` is exported twice");
    }

    fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let next = u32::try_from(self.types.len()).expect("a module has fewer than 2^32 types");
        *self
            .types
            .entry((params.to_vec(), results.to_vec()))
            .or_insert(next)
    }
}
