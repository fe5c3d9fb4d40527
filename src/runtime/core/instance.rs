//! Instances.

use crate::runtime::core::global::Global;
use crate::runtime::core::memory::Memory;
use crate::runtime::core::module::Module;
use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::core::table::Table;
use crate::runtime::core::typed::{TypedFunc, WasmParams, WasmResults};
use crate::runtime::core::types::{ExternType, ImportType};
use crate::runtime::core::val::Func;
use crate::runtime::engine::Engine;
use crate::runtime::error::Error;
use crate::runtime::image::{MemorySite, Minimum, TableSite};
use crate::runtime::index::InstanceId;
use crate::runtime::vm::group::ExternalValues;
use crate::runtime::vm::link::LinkError;
use crate::runtime::vm::object::{Extern as RawExtern, GroupId};
use crate::runtime::vm::store::InstantiateError;

/// An instance of a module, in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instance {
    group: GroupId,
    id: InstanceId,
}

/// Something that is imported or exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extern {
    /// A function.
    Func(Func),
    /// A memory.
    Memory(Memory),
    /// A table.
    Table(Table),
    /// A global.
    Global(Global),
}

impl Instance {
    /// Makes an instance with something for each import, in the order of the imports.
    ///
    /// # Errors
    ///
    /// Fails if the imports do not fit, if the limiter refuses it or the system memory, or if the start function fails.
    ///
    /// # Panics
    ///
    /// Panics if something belongs to another store, or with what a function of the host panics with.
    pub fn new(
        mut store: impl AsContextMut,
        module: &Module,
        imports: &[Extern],
    ) -> Result<Instance, Error> {
        let mut store = store.as_context_mut();
        if !Engine::same(store.engine(), module.engine()) {
            return Err(Error::link(
                "the module and the store belong to different engines",
            ));
        }
        let expected = module.imports();
        if expected.len() != imports.len() {
            let (found, expected) = (imports.len(), expected.len());
            return Err(Error::link(format!(
                "{found} imports were given, the module has {expected}"
            )));
        }
        let externals = external_values(&mut store, expected, imports)?;
        let group = store.raw().instantiate(module.code(), externals);
        let group = group.map_err(|error| instantiate_error(expected, error))?;
        Ok(Instance::new_in(group, InstanceId::FIRST))
    }

    pub(in crate::runtime) fn new_in(group: GroupId, id: InstanceId) -> Instance {
        Instance { group, id }
    }

    /// Returns an export.
    pub fn get_export(self, mut store: impl AsContextMut, name: &str) -> Option<Extern> {
        let mut store = store.as_context_mut();
        let raw = store.objects().export(self.group, self.id, name)?;
        Some(match raw {
            RawExtern::Func(id) => Extern::Func(Func(id)),
            RawExtern::Memory(id) => Extern::Memory(Memory(id)),
            RawExtern::Table(id) => Extern::Table(Table(id)),
            RawExtern::Global(id) => Extern::Global(Global(id)),
        })
    }

    /// Returns an exported function.
    pub fn get_func(self, store: impl AsContextMut, name: &str) -> Option<Func> {
        match self.get_export(store, name)? {
            Extern::Func(func) => Some(func),
            _ => None,
        }
    }

    /// Returns an exported function with types that Rust knows.
    ///
    /// # Errors
    ///
    /// Fails if there is no such function, or it has other types.
    pub fn get_typed_func<P: WasmParams, R: WasmResults>(
        self,
        mut store: impl AsContextMut,
        name: &str,
    ) -> Result<TypedFunc<P, R>, Error> {
        let func = self.get_func(&mut store, name);
        let func = func.ok_or_else(|| Error::call(format!("there is no function `{name}`")))?;
        func.typed(store)
    }

    /// Returns an exported memory.
    pub fn get_memory(self, store: impl AsContextMut, name: &str) -> Option<Memory> {
        match self.get_export(store, name)? {
            Extern::Memory(memory) => Some(memory),
            _ => None,
        }
    }

    /// Returns an exported table.
    pub fn get_table(self, store: impl AsContextMut, name: &str) -> Option<Table> {
        match self.get_export(store, name)? {
            Extern::Table(table) => Some(table),
            _ => None,
        }
    }

    /// Returns an exported global.
    pub fn get_global(self, store: impl AsContextMut, name: &str) -> Option<Global> {
        match self.get_export(store, name)? {
            Extern::Global(global) => Some(global),
            _ => None,
        }
    }
}

impl Extern {
    /// Returns its type, with the size it has now.
    pub fn ty<T: 'static>(self, store: &mut StoreContextMut<'_, T>) -> ExternType {
        match self {
            Extern::Func(func) => ExternType::Func(func.ty(store)),
            Extern::Memory(memory) => ExternType::Memory(memory.ty(store)),
            Extern::Table(table) => ExternType::Table(table.ty(store)),
            Extern::Global(global) => ExternType::Global(global.ty()),
        }
    }
}

/// Returns imports by their kinds.
///
/// # Errors
///
/// Fails if something is of another kind than what is imported.
pub(in crate::runtime) fn external_values<T>(
    store: &mut StoreContextMut<'_, T>,
    imports: &[ImportType],
    given: &[Extern],
) -> Result<ExternalValues, Error> {
    let mut externals = ExternalValues::default();
    for (import, given) in imports.iter().zip(given) {
        match (&import.ty, given) {
            (ExternType::Func(_), Extern::Func(func)) => {
                externals.funcs.push(func.0);
            }
            (ExternType::Memory(_), Extern::Memory(memory)) => {
                externals.memories.push(memory.0);
            }
            (ExternType::Table(_), Extern::Table(table)) => {
                externals.tables.push(table.0);
            }
            (ExternType::Global(_), Extern::Global(global)) => {
                externals.globals.push(global.0);
            }
            (expected, given) => {
                let found = given.ty(store);
                let (module, name) = (&import.module, &import.name);
                return Err(Error::link(format!(
                    "incompatible import type: import `{module}` `{name}` is {found}, the module expects {expected}"
                )));
            }
        }
    }
    Ok(externals)
}

/// Returns an error that names imports.
pub(in crate::runtime) fn instantiate_error(all: &[ImportType], error: InstantiateError) -> Error {
    let link = match error {
        InstantiateError::Failure(failure) => return Error::from(failure),
        InstantiateError::Allocate(error) => return Error::from(error),
        InstantiateError::Count(error) => return Error::from(error),
        InstantiateError::Link(link) => link,
    };
    let nth = |index: u32, is_kind: fn(&ExternType) -> bool| {
        let index = usize::try_from(index).expect("a usize has 32 bits or more");
        let mut imports = all.iter().filter(|it| is_kind(&it.ty));
        imports.nth(index).expect("what does not fit is imported")
    };
    let func = |ty: &ExternType| matches!(ty, ExternType::Func(_));
    let memory = |ty: &ExternType| matches!(ty, ExternType::Memory(_));
    let table = |ty: &ExternType| matches!(ty, ExternType::Table(_));
    let global = |ty: &ExternType| matches!(ty, ExternType::Global(_));
    let (import, found) = match &link {
        LinkError::Func { id, found, .. } => (nth(id.as_u32(), func), found.to_string()),
        LinkError::Memory { id, found, .. } => (nth(id.as_u32(), memory), found.to_string()),
        LinkError::Table { id, found, .. } => (nth(id.as_u32(), table), found.to_string()),
        LinkError::Global { id, found, .. } => (nth(id.as_u32(), global), found.to_string()),
        LinkError::TooSmall { minimum, found } => match minimum {
            Minimum::Memory(MemorySite::External(id), _) => {
                (nth(id.as_u32(), memory), format!("{found} pages"))
            }
            Minimum::Table(TableSite::External(id), _) => {
                (nth(id.as_u32(), table), format!("{found} elements"))
            }
            Minimum::Memory(MemorySite::Own(..), _) | Minimum::Table(TableSite::Own(..), _) => {
                return Error::link(format!("incompatible import type: {link}"));
            }
        },
    };
    let ImportType { module, name, ty } = import;
    Error::link(format!(
        "incompatible import type: import `{module}` `{name}` is {found}, the module expects {ty}"
    ))
}
