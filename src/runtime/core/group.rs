//! Several modules that are compiled together.

use std::collections::HashMap;
use std::sync::Arc;

use crate::runtime::codegen::{
    GroupSource, ImportSource, InstanceSource, Module as Parsed, Tables, compile_group,
};
use crate::runtime::core::instance::{Extern, Instance, external_values, instantiate_error};
use crate::runtime::core::linker::Linker;
use crate::runtime::core::saved::{restore, save};
use crate::runtime::core::store::AsContextMut;
use crate::runtime::core::types::{ExternType, ImportType};
use crate::runtime::engine::Engine;
use crate::runtime::error::Error;
use crate::runtime::index::InstanceId;
use crate::runtime::vm::artifact::Artifact;
use crate::runtime::vm::code::Code;

/// Instances of modules that are compiled together: calls from one to another are as fast as within one, and
/// small functions are inlined.
///
/// # Examples
///
/// ```
/// use interfuse::runtime::{Config, Engine, GroupBuilder, Linker, Store};
///
/// let callee = wat::parse_str(r#"(module (func (export "two") (result i32) i32.const 2))"#)?;
/// let caller = wat::parse_str(
///     r#"(module
///         (import "callee" "two" (func $two (result i32)))
///         (func (export "four") (result i32) (i32.add (call $two) (call $two))))"#,
/// )?;
/// let engine = Engine::new(&Config::new())?;
/// let mut group = GroupBuilder::new(&engine);
/// group.instance("callee", &callee).instance("caller", &caller);
/// let group = group.compile()?;
///
/// let mut store = Store::new(&engine, ())?;
/// let instances = group.instantiate(&mut store, &Linker::new())?;
/// let caller = instances.get("caller").expect("it was named so");
/// let four = caller.get_typed_func::<(), i32>(&mut store, "four")?;
/// assert_eq!(four.call(&mut store, ())?, 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct GroupBuilder<'a> {
    engine: Engine,
    instances: Vec<(&'a str, &'a [u8])>,
}

/// A compiled group, to be instantiated in any number of stores. Copies are cheap and mean the same group.
#[derive(Clone)]
pub struct Group {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    code: Arc<Code>,
    names: Vec<String>,
    imports: Vec<ImportType>,
}

/// The instances of a group, in a store.
#[derive(Clone, Debug)]
pub struct Instances {
    by_name: HashMap<String, Instance>,
}

impl<'a> GroupBuilder<'a> {
    /// Begins with no instance.
    pub fn new(engine: &Engine) -> GroupBuilder<'a> {
        GroupBuilder {
            engine: engine.clone(),
            instances: Vec::new(),
        }
    }

    /// Adds an instance of a module in the binary format. What it imports from a module with the name of an earlier
    /// instance is what that one exports; everything else comes from outside the group.
    pub fn instance(&mut self, name: &'a str, wasm: &'a [u8]) -> &mut GroupBuilder<'a> {
        self.instances.push((name, wasm));
        self
    }

    /// Compiles the group.
    ///
    /// # Errors
    ///
    /// Fails if a module is not valid or uses what is not supported, if two instances have one name, or if one imports
    /// what another does not export.
    pub fn compile(&self) -> Result<Group, Error> {
        let mut ids = HashMap::new();
        for (id, (name, _)) in (0..).map(InstanceId::from_u32).zip(&self.instances) {
            if ids.insert(*name, id).is_some() {
                return Err(Error::link(format!("two instances are called `{name}`")));
            }
        }
        let modules = self.instances.iter().map(|(_, wasm)| Parsed::parse(wasm));
        let modules = modules.collect::<Result<Vec<_>, _>>()?;
        let mut outside = Outside::default();
        let instances = (0..)
            .map(InstanceId::from_u32)
            .zip(&self.instances)
            .zip(&modules);
        let instances = instances.map(|((id, (name, _)), module)| {
            let imports = module
                .imports()
                .map(|(import, ty)| match ids.get(import.module) {
                    Some(from) if *from < id => ImportSource::Export(*from, import.name.to_owned()),
                    _ => outside.number(import.module, import.name, ty.into()),
                });
            InstanceSource {
                name: (*name).to_owned(),
                imports: imports.collect(),
                module,
            }
        });
        let source = GroupSource {
            instances: instances.collect(),
            tables: Tables::Exported,
        };
        let image = compile_group(self.engine.target(), self.engine.codegen(), &source)?;
        let names = self.instances.iter().map(|(name, _)| (*name).to_owned());
        let inner = Inner {
            engine: self.engine.clone(),
            code: self.engine.load(image)?,
            names: names.collect(),
            imports: outside.imports,
        };
        Ok(Group {
            inner: Arc::new(inner),
        })
    }
}

/// What comes from outside a group.
#[derive(Default)]
struct Outside {
    imports: Vec<ImportType>,
    /// The number of each import among those of its kind.
    numbers: HashMap<(String, String, String), u32>,
    counts: HashMap<&'static str, u32>,
}

impl Outside {
    /// Returns an import that several instances may have.
    fn number(&mut self, module: &str, name: &str, ty: ExternType) -> ImportSource {
        let kind = match &ty {
            ExternType::Func(_) => "func",
            ExternType::Memory(_) => "memory",
            ExternType::Table(_) => "table",
            ExternType::Global(_) => "global",
        };
        let key = (module.to_owned(), name.to_owned(), ty.to_string());
        if let Some(known) = self.numbers.get(&key) {
            return ImportSource::External(*known);
        }
        let count = self.counts.entry(kind).or_default();
        let number = *count;
        *count += 1;
        self.numbers.insert(key, number);
        self.imports.push(ImportType {
            module: module.to_owned(),
            name: name.to_owned(),
            ty,
        });
        ImportSource::External(number)
    }
}

impl Group {
    /// Returns what the group imports from outside.
    pub fn imports(&self) -> &[ImportType] {
        &self.inner.imports
    }

    /// Returns the compiled group as bytes, to be kept in a file: see [`Artifact`].
    pub fn serialize(&self) -> Vec<u8> {
        let Inner {
            engine,
            code,
            names,
            imports,
        } = &*self.inner;
        save(engine, code, "group", &(names, imports))
    }

    /// Makes a group of compiled code.
    ///
    /// # Errors
    ///
    /// Fails if the code is not that of a group, or is for another processor or for an engine with other settings.
    pub fn from_artifact(engine: &Engine, artifact: &Artifact) -> Result<Group, Error> {
        let (code, (names, imports)) = restore(engine, artifact, "group")?;
        let inner = Inner {
            engine: engine.clone(),
            code,
            names,
            imports,
        };
        Ok(Group {
            inner: Arc::new(inner),
        })
    }

    /// Makes the instances, in order, with what the linker has for the imports.
    ///
    /// # Errors
    ///
    /// Fails if an import is not defined or does not fit, if the limiter or the system refuses memory, or if a start
    /// function fails.
    ///
    /// # Panics
    ///
    /// Panics if something belongs to another store, or with what a function of the host panics with.
    pub fn instantiate(
        &self,
        mut store: impl AsContextMut,
        linker: &Linker,
    ) -> Result<Instances, Error> {
        let mut store = store.as_context_mut();
        let Inner {
            engine,
            code,
            names,
            imports,
        } = &*self.inner;
        if !Engine::same(store.engine(), engine) {
            return Err(Error::link(
                "the group and the store belong to different engines",
            ));
        }
        let given: Vec<Extern> = linker.find(imports)?;
        let externals = external_values(&mut store, imports, &given)?;
        let group = store.raw().instantiate(code, externals);
        let group = group.map_err(|error| instantiate_error(imports, error))?;
        let ids = (0..).map(InstanceId::from_u32);
        let named = names.iter().cloned().zip(ids);
        Ok(Instances {
            by_name: named
                .map(|(name, id)| (name, Instance::new_in(group, id)))
                .collect(),
        })
    }
}

impl Instances {
    /// Returns an instance.
    pub fn get(&self, name: &str) -> Option<Instance> {
        self.by_name.get(name).copied()
    }
}
