//! Components, compiled.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::adapt::{Import, ImportPath, Interface, Supplied, interface};
use crate::runtime::component::code::{Code, Files, formal_resources};
use crate::runtime::component::compile::Source;
use crate::runtime::component::core_module::CoreModule;
use crate::runtime::component::item::{ComponentItem, formal_exports, formal_imports};
use crate::runtime::component::ty::TypeSpace;
use crate::runtime::core::saved::{restore, save};
use crate::runtime::engine::Engine;
use crate::runtime::error::Error;
use crate::runtime::vm::artifact::Artifact;

/// A compiled component, to be instantiated in any number of stores. Copies are cheap and mean the same component.
///
/// One that imports core modules or components is compiled when they are known: by
/// [`Linker::instantiate_pre`](crate::component::Linker::instantiate_pre).
#[derive(Clone)]
pub struct Component {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    form: Form,
}

/// What components are called among artifacts.
const KIND: &str = "component";

/// What there is of a component.
enum Form {
    /// It is compiled.
    Compiled(Arc<Code>),
    /// It imports core modules or components, and is not compiled before they are known.
    Open(Box<Open>),
}

/// A component that is not compiled.
struct Open {
    bytes: Arc<[u8]>,
    interface: Interface,
    /// Its types.
    space: Arc<TypeSpace>,
}

/// The names of an import: its own, and the interface it implements where its name does not say that.
pub(in crate::runtime) type ImportNames<'a> = (&'a str, Option<&'a str>);

impl Open {
    fn new(source: &Source<'_>) -> Result<Open, Error> {
        let interface = interface(&source.features, source.bytes)?;
        let resources = formal_resources(interface.resources.keys());
        Ok(Open {
            bytes: source.bytes.into(),
            space: TypeSpace::new(Arc::new(interface.types.clone()), resources),
            interface,
        })
    }
}

impl Component {
    /// Compiles a component in the binary format.
    ///
    /// # Errors
    ///
    /// Fails if it is not valid, or uses what is not supported.
    pub fn new(engine: &Engine, bytes: &[u8]) -> Result<Component, Error> {
        let source = Source::new(engine, bytes);
        let form = match source.plan() {
            Ok(plan) if plan.imported_modules.is_empty() => {
                let (outline, image) = source.compile(engine, &plan)?;
                drop(plan);
                let image = engine.load(image)?;
                let files = Files {
                    components: vec![bytes.into()],
                    ..Files::default()
                };
                Form::Compiled(Arc::new(Code::new(engine, outline, image, files)))
            }
            Ok(_) => Form::Open(Box::new(Open::new(&source)?)),
            Err(error) if error.missing_component().is_some() => {
                Form::Open(Box::new(Open::new(&source)?))
            }
            Err(error) => return Err(error),
        };
        Ok(Component::of(engine, form))
    }

    /// Compiles the component in a file, in the binary format.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, or as [`Component::new`] does.
    pub fn from_file(engine: &Engine, path: impl AsRef<Path>) -> Result<Component, Error> {
        let path = path.as_ref();
        let bytes = std::fs::read(path);
        let bytes = bytes.map_err(|error| Error::call(format!("{}: {error}", path.display())))?;
        Component::new(engine, &bytes)
    }

    fn of(engine: &Engine, form: Form) -> Component {
        let engine = engine.clone();
        Component {
            inner: Arc::new(Inner { engine, form }),
        }
    }

    /// Returns the compiled component as bytes, to be kept in a file: see [`Artifact`].
    ///
    /// # Errors
    ///
    /// Fails if it imports core modules or components, so that it is not compiled yet.
    ///
    /// # Examples
    ///
    /// ```
    /// use interfuse::component::{Component, Linker};
    /// use interfuse::runtime::{Artifact, Config, Engine, Store};
    ///
    /// let component = wat::parse_str(r#"
    ///     (component
    ///       (core module $m (func (export "answer") (result i32) i32.const 42))
    ///       (core instance $i (instantiate $m))
    ///       (func (export "answer") (result u32) (canon lift (core func $i "answer"))))
    /// "#)?;
    /// let engine = Engine::new(&Config::new())?;
    /// let bytes = Component::new(&engine, &component)?.serialize()?;
    ///
    /// // SAFETY: the bytes were made by `serialize`, just now.
    /// let artifact = unsafe { Artifact::deserialize(&bytes) }?;
    /// let component = Component::from_artifact(&engine, &artifact)?;
    /// let mut store = Store::new(&engine, ())?;
    /// let instance = Linker::new(&engine).instantiate(&mut store, &component)?;
    /// let answer = instance.get_typed_func::<(), (u32,)>(&mut store, "answer")?;
    /// assert_eq!(answer.call(&mut store, ())?, (42,));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn serialize(&self) -> Result<Vec<u8>, Error> {
        let code = self.code()?;
        Ok(save(&code.engine, &code.image, KIND, &code.outline))
    }

    /// Makes a component of compiled code.
    ///
    /// # Errors
    ///
    /// Fails if the code is not that of a component, or is for another processor or for an engine with other settings.
    pub fn from_artifact(engine: &Engine, artifact: &Artifact) -> Result<Component, Error> {
        let (image, outline) = restore(engine, artifact, KIND)?;
        let code = Code::new(engine, outline, image, Files::default());
        Ok(Component::of(engine, Form::Compiled(Arc::new(code))))
    }

    /// Returns the engine.
    pub fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    /// Returns what the component imports, in its order.
    pub fn imports(&self) -> IndexMap<String, ComponentItem> {
        match &self.inner.form {
            Form::Compiled(code) => code.items().imports(),
            Form::Open(open) => formal_imports(&open.interface, &open.space),
        }
    }

    /// Returns what the component exports, in its order.
    pub fn exports(&self) -> IndexMap<String, ComponentItem> {
        match &self.inner.form {
            Form::Compiled(code) => code.items().exports(),
            Form::Open(open) => formal_exports(&open.interface, &open.space),
        }
    }

    /// Returns the names of what the component imports, in its order.
    pub(in crate::runtime) fn import_names(&self) -> Vec<ImportNames<'_>> {
        match &self.inner.form {
            Form::Compiled(code) => {
                let imports = code.outline.imports.values();
                let names = imports.map(|it| (&*it.name, it.implements.as_deref()));
                names.collect()
            }
            Form::Open(open) => {
                let names = open.interface.imports.iter();
                let names = names.map(|(it, _)| (&*it.name, it.implements.as_deref()));
                names.collect()
            }
        }
    }

    /// Returns the compiled code, made with the modules and components that it imports if there are such.
    ///
    /// # Errors
    ///
    /// Fails if one of them is not there, or it cannot be compiled with them.
    pub(in crate::runtime) fn linked<'a>(
        &'a self,
        component: impl Fn(&str) -> Option<&'a Component>,
        module: impl Fn(&Import, &ImportPath) -> Option<&'a CoreModule>,
    ) -> Result<Arc<Code>, Error> {
        let bytes = match &self.inner.form {
            Form::Compiled(code) => return Ok(Arc::clone(code)),
            Form::Open(open) => &open.bytes,
        };
        let mut files = vec![Arc::clone(bytes)];
        let mut given: Vec<(String, &[u8])> = Vec::new();
        let (mut source, plan) = loop {
            let mut source = Source::new(&self.inner.engine, bytes);
            let supplied = given.iter();
            let supplied = supplied.map(|(import, bytes)| Supplied { import, bytes });
            source.components = supplied.collect();
            let error = match source.plan() {
                Ok(plan) => break (source, plan),
                Err(error) => error,
            };
            let Some(name) = error.missing_component() else {
                return Err(error);
            };
            let found = component(name).ok_or_else(|| {
                Error::link(format!(
                    "unknown import: `{name}` is not defined, the component imports a component"
                ))
            })?;
            let bytes = found.bytes()?;
            files.push(Arc::clone(bytes));
            given.push((name.to_owned(), bytes));
        };
        for imported in plan.imported_modules.values() {
            let import = &plan.imports[imported.path.import];
            if let Some(module) = module(import, &imported.path) {
                let bytes = Arc::clone(module.shared_bytes());
                source.modules.insert(imported.path.clone(), bytes);
            }
        }
        let (outline, image) = source.compile(&self.inner.engine, &plan)?;
        let image = self.inner.engine.load(image)?;
        let files = Files {
            components: files,
            modules: source.modules,
        };
        let code = Code::new(&self.inner.engine, outline, image, files);
        Ok(Arc::new(code))
    }

    /// Returns the compiled code.
    ///
    /// # Errors
    ///
    /// Fails if the component imports core modules or components.
    fn code(&self) -> Result<&Arc<Code>, Error> {
        match &self.inner.form {
            Form::Compiled(code) => Ok(code),
            Form::Open(_) => Err(Error::link(
                "the component imports core modules or components: it is compiled when they are linked",
            )),
        }
    }

    /// Returns the binary format.
    fn bytes(&self) -> Result<&Arc<[u8]>, Error> {
        let bytes = match &self.inner.form {
            Form::Compiled(code) => code.files.components.first(),
            Form::Open(open) => Some(&open.bytes),
        };
        bytes.ok_or_else(|| {
            Error::link("a component that was loaded as machine code cannot be linked into another")
        })
    }
}
