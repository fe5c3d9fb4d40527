//! The loop over the payloads of the input files.

use std::sync::Arc;

use cranelift_entity::{EntityRef, PrimaryMap};
use indexmap::IndexMap;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::types::TypesRef;
use wasmparser::{
    Encoding, FromReader, KnownCustom, Parser, Payload, SectionLimited, ValidPayload, Validator,
};

use crate::adapt::index::{FileId, FuncTypeId, StaticComponentId, StaticModuleId};
use crate::adapt::module::{Span, StaticModule};
use crate::adapt::translate::body::{Body, check_bodies};
use crate::adapt::translate::canon::canonical_function;
use crate::adapt::translate::config::Config;
use crate::adapt::translate::error::{TranslateError, TranslateErrorKind};
use crate::adapt::translate::gauge::Gauge;
use crate::adapt::translate::module::ModuleReader;
use crate::adapt::translate::scope::Scope;
use crate::adapt::translate::section;
use crate::adapt::translate::translation::{
    Component, FormalType, Initializer, Interface, Translation,
};
use crate::adapt::translate::ty::{At, TypeConverter};
use crate::adapt::types::{Label, Types};

type Result<T> = std::result::Result<T, TranslateError>;

/// A component that is supplied for an import of another.
#[derive(Clone, Copy, Debug)]
pub struct Supplied<'a> {
    /// The name of the import.
    pub import: &'a str,
    /// The component, in the binary format.
    pub bytes: &'a [u8],
}

/// Translates a component in the binary format.
///
/// # Errors
///
/// Fails if `bytes` is not a valid component or uses what is not supported. The error says what and where.
///
/// # Examples
///
/// ```
/// use interfuse::adapt::{Config, translate};
///
/// let component = b"\0asm\x0d\0\x01\0";
/// assert!(translate(&Config::default(), component).is_ok());
/// let module = b"\0asm\x01\0\0\0";
/// let error = translate(&Config::default(), module).unwrap_err();
/// assert!(error.to_string().contains("core WebAssembly module"));
/// ```
pub fn translate(config: &Config, bytes: &[u8]) -> Result<Translation> {
    translate_with(config, bytes, &[])
}

/// Translates a component in the binary format together with components for those of its imports that are
/// components.
///
/// # Errors
///
/// Fails as [`translate`] does, also for the supplied components; if the component imports a component that is not
/// supplied, or supplied twice; or if what is supplied has not the type of the import.
pub fn translate_with(
    config: &Config,
    bytes: &[u8],
    supplied: &[Supplied<'_>],
) -> Result<Translation> {
    check_magic(bytes)?;
    let mut driver = Driver::new(config);
    if supplied.is_empty() {
        let root = driver.file(FileId::new(0), bytes)?;
        return driver.finish(root, IndexMap::new());
    }
    // One validator must know all files to compare their types: to it they are nested in a component around them.
    driver.open_wrapper()?;
    let root = driver.nested_file(FileId::new(0), bytes)?;
    let mut components = IndexMap::new();
    for (i, supplied) in supplied.iter().enumerate() {
        let name = Label::from(supplied.import);
        if !matches!(driver.imports.get(&name), Some(FormalType::Component)) {
            let kind = TranslateErrorKind::NoSuchImport(supplied.import.to_owned());
            return Err(TranslateError::new(kind, 0));
        }
        if components.contains_key(&name) {
            let kind = TranslateErrorKind::SuppliedTwice(supplied.import.to_owned());
            return Err(TranslateError::new(kind, 0));
        }
        let blame = |error| TranslateError {
            supplied_for: Some(supplied.import.into()),
            ..error
        };
        check_magic(supplied.bytes).map_err(blame)?;
        let component = driver
            .nested_file(FileId::new(i + 1), supplied.bytes)
            .map_err(blame)?;
        driver.check_supplied(supplied.import, i + 1)?;
        components.insert(name, component);
    }
    driver.finish(root, components)
}

/// Reads what a component in the binary format imports and exports, also if it imports components that are not supplied.
///
/// # Errors
///
/// Fails if `bytes` is not a valid component or uses what is not supported.
pub(crate) fn interface(config: &Config, bytes: &[u8]) -> Result<Interface> {
    check_magic(bytes)?;
    let mut driver = Driver::new(config);
    driver.exports = Some(IndexMap::new());
    let root = driver.file(FileId::new(0), bytes)?;
    let root = driver.components[root].take();
    let root = root.expect("the validator saw the end of every component");
    let initializers = root.initializers.into_iter();
    let names = initializers.filter_map(|initializer| match initializer {
        Initializer::Import { name, .. } => Some(name),
        _ => None,
    });
    Ok(Interface {
        imports: names
            .map(|name| (name.clone(), driver.imports[&name.name].clone()))
            .collect(),
        types: driver.converter.types,
        resources: driver.converter.resources,
        exports: driver.exports.unwrap_or_default(),
    })
}

/// Reads the last type of a component in the binary format, which must be a function type. What else the component
/// contains does not matter.
///
/// # Errors
///
/// Fails if `bytes` is not a valid component, or its last type is not a function type or not supported.
///
/// # Examples
///
/// ```
/// use interfuse::adapt::{Config, func_type};
///
/// let component = wat::parse_str(r#"(component (type (func (param "s" string) (result (list u8)))))"#)?;
/// let (types, func) = func_type(&Config::default(), &component)?;
/// assert_eq!(types.display_func(func).to_string(), "func(s: string) -> list<u8>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn func_type(config: &Config, bytes: &[u8]) -> Result<(Types, FuncTypeId)> {
    check_magic(bytes)?;
    let mut driver = Driver::new(config);
    driver.open_component(0..bytes.len());
    let mut parser = Parser::new(0);
    parser.set_features(*driver.validator.features());
    let mut offset = 0;
    for payload in parser.parse_all(bytes) {
        match payload? {
            Payload::End(end) if driver.scopes.len() == 1 && driver.module.is_none() => {
                offset = end
            }
            payload => driver.payload(payload)?,
        }
    }
    let Driver {
        validator,
        mut converter,
        scopes,
        ..
    } = driver;
    let types = validator.types(0).expect("a component is open");
    let last = scopes
        .last()
        .and_then(|scope| scope.type_count.checked_sub(1));
    match last.map(|last| types.component_any_type_at(last)) {
        Some(ComponentAnyTypeId::Func(id)) => {
            let func = converter.func(types, id).at(offset)?;
            Ok((converter.types, func))
        }
        _ => Err(TranslateError::unsupported(
            "a last type that is not a function type",
            offset,
        )),
    }
}

/// Checks that `bytes` begin as a component does.
fn check_magic(bytes: &[u8]) -> Result<()> {
    if Parser::is_core_wasm(bytes) {
        return Err(TranslateError::new(TranslateErrorKind::CoreModule, 0));
    }
    if !bytes.starts_with(b"\0asm") {
        return Err(TranslateError::new(TranslateErrorKind::NotWasm, 0));
    }
    Ok(())
}

struct Driver<'a> {
    validator: Validator,
    /// What goes ahead of the validator, and knows what is too much for it.
    gauge: Gauge,
    converter: TypeConverter,
    modules: PrimaryMap<StaticModuleId, Arc<StaticModule>>,
    components: PrimaryMap<StaticComponentId, Option<Component>>,
    /// Types of the imports of the root.
    imports: IndexMap<Label, FormalType>,
    /// Types of the exports of the root, if they are wanted.
    exports: Option<IndexMap<Label, FormalType>>,
    /// Components that are open, outermost first.
    scopes: Vec<Scope>,
    /// The core module that is open.
    module: Option<ModuleReader>,
    /// The file that is being read.
    file: FileId,
    /// Function bodies to validate at the end.
    bodies: Vec<Body<'a>>,
}

impl<'a> Driver<'a> {
    fn new(config: &Config) -> Driver<'a> {
        Driver {
            validator: Validator::new_with_features(config.features()),
            gauge: Gauge::new(config.max_item_size),
            converter: TypeConverter::default(),
            modules: PrimaryMap::new(),
            components: PrimaryMap::new(),
            imports: IndexMap::new(),
            exports: None,
            scopes: Vec::new(),
            module: None,
            file: FileId::new(0),
            bodies: Vec::new(),
        }
    }

    /// Makes the validator believe that a component has begun.
    fn open_wrapper(&mut self) -> Result<()> {
        Ok(self.validator.version(0xd, Encoding::Component, &(0..8))?)
    }

    /// Reads a file as a component nested in the wrapper.
    fn nested_file(&mut self, file: FileId, bytes: &'a [u8]) -> Result<StaticComponentId> {
        self.validator.component_section(&(0..bytes.len() as u64))?;
        self.file(file, bytes)
    }

    /// Checks that the `n`-th file after the first has the type that the first one's import has.
    fn check_supplied(&self, import: &str, n: usize) -> Result<()> {
        let wrapper = self.types();
        let n = u32::try_from(n).expect("the validator allows 1,000 components");
        let root = &wrapper[wrapper.component_at(0)];
        let expected = root.imports.get(import).expect("the import was found").ty;
        let found = ComponentEntityType::Component(wrapper.component_at(n));
        if ComponentEntityType::is_subtype_of(&found, wrapper, &expected, wrapper) {
            return Ok(());
        }
        let kind = TranslateErrorKind::SuppliedType(import.to_owned());
        Err(TranslateError::new(kind, 0))
    }

    /// Returns the types of the module or component that is open.
    fn types(&self) -> TypesRef<'_> {
        self.validator
            .types(0)
            .expect("a module or component is open")
    }

    /// Reads a whole file.
    fn file(&mut self, file: FileId, bytes: &'a [u8]) -> Result<StaticComponentId> {
        self.file = file;
        let root = self.open_component(0..bytes.len());
        let mut parser = Parser::new(0);
        parser.set_features(*self.validator.features());
        for payload in parser.parse_all(bytes) {
            self.payload(payload?)?;
        }
        check_bodies(std::mem::take(&mut self.bodies))?;
        Ok(root)
    }

    fn open_component(&mut self, bytes: std::ops::Range<usize>) -> StaticComponentId {
        let id = self.components.push(None);
        self.scopes.push(Scope::new(
            id,
            Span {
                file: self.file,
                bytes,
            },
        ));
        id
    }

    fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("a component is open")
    }

    /// Takes one payload of the file: the validator first.
    // tidy: dispatch
    fn payload(&mut self, payload: Payload<'a>) -> Result<()> {
        self.gauge.payload(&payload)?;
        if let Payload::End(_) = payload {
            return self.end(&payload);
        }
        if let ValidPayload::Func(func, body) = self.validator.payload(&payload)? {
            self.bodies.push((func, body));
            return Ok(());
        }
        match payload {
            Payload::ModuleSection {
                unchecked_range, ..
            } => {
                let range = usize_range(unchecked_range);
                self.module = Some(ModuleReader::new(self.file, range));
            }
            Payload::ComponentSection {
                unchecked_range, ..
            } => {
                self.open_component(usize_range(unchecked_range));
            }
            Payload::ExportSection(section) => self.module_reader().export_section(section)?,
            Payload::StartSection { .. } => self.module_reader().start_section(),
            Payload::CustomSection(section) => match (&mut self.module, section.as_known()) {
                (Some(module), _) => module.custom_section(&section),
                (None, KnownCustom::ComponentName(names)) => section::names(self.scope(), names),
                (None, _) => {}
            },
            Payload::InstanceSection(section) => {
                for instance in section {
                    section::core_instance(self.scope(), &instance?);
                }
            }
            Payload::ComponentTypeSection(section) => self.each(section, |cx, ty, offset| {
                section::component_type(cx.scope, cx.converter, cx.types, &ty, offset)
            })?,
            Payload::ComponentImportSection(section) => self.imports(section)?,
            Payload::ComponentExportSection(section) => {
                self.exports(section)?;
            }
            Payload::ComponentInstanceSection(section) => {
                self.each(section, |cx, instance, offset| {
                    section::component_instance(cx.scope, cx.converter, cx.types, &instance, offset)
                })?;
            }
            Payload::ComponentCanonicalSection(section) => {
                self.each(section, |cx, func, offset| {
                    canonical_function(cx.scope, cx.converter, cx.types, &func, offset)
                })?
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section.into_iter_with_offsets() {
                    let (offset, alias) = alias?;
                    section::alias(&mut self.scopes, &alias, offset)?;
                }
            }
            Payload::ComponentStartSection { range, .. } => {
                let what = "start functions of components";
                return Err(TranslateError::unsupported(what, range.start));
            }
            _ => {}
        }
        Ok(())
    }

    fn module_reader(&mut self) -> &mut ModuleReader {
        self.module
            .as_mut()
            .expect("the validator allows this section in modules only")
    }

    /// Calls `item` for each item of a section of the innermost component.
    fn each<T: FromReader<'a>>(
        &mut self,
        section: SectionLimited<'a, T>,
        mut item: impl FnMut(Context<'_>, T, u64) -> Result<()>,
    ) -> Result<()> {
        let types = self.validator.types(0).expect("a component is open");
        let scope = self.scopes.last_mut().expect("a component is open");
        let converter = &mut self.converter;
        for it in section.into_iter_with_offsets() {
            let (offset, it) = it?;
            item(
                Context {
                    scope,
                    converter,
                    types,
                },
                it,
                offset,
            )?;
        }
        Ok(())
    }

    fn imports(&mut self, section: wasmparser::ComponentImportSectionReader<'a>) -> Result<()> {
        let is_root = self.is_root();
        let mut found = Vec::new();
        self.each(section, |cx, import, offset| {
            section::import(cx.scope, cx.converter, cx.types, &import, offset)?;
            if is_root {
                let item = cx.types.component_item_for_import(import.name.name);
                let ty = item.expect("the import was validated").ty;
                let ty = cx.converter.item(cx.types, ty).at(offset);
                let ty = ty.map_err(|error| error.about(import.name.name))?;
                found.push((import.name.full_name().into(), ty));
            }
            Ok(())
        })?;
        self.imports.extend(found);
        Ok(())
    }

    fn exports(&mut self, section: wasmparser::ComponentExportSectionReader<'a>) -> Result<()> {
        let is_root = self.is_root();
        let mut exports = self.exports.take();
        self.each(section, |cx, export, offset| {
            section::export(cx.scope, cx.converter, cx.types, &export, offset)?;
            if is_root {
                cx.converter.export_lists.add(cx.types, &export.name);
            }
            if let Some(exports) = exports.as_mut().filter(|_| is_root) {
                let item = cx.types.component_item_for_export(export.name.name);
                let ty = item.expect("the export was validated").ty;
                let ty = cx.converter.item(cx.types, ty).at(offset);
                let ty = ty.map_err(|error| error.about(export.name.name))?;
                exports.insert(export.name.full_name().into(), ty);
            }
            Ok(())
        })?;
        self.exports = exports;
        Ok(())
    }

    /// Returns whether the innermost component is the root.
    fn is_root(&self) -> bool {
        self.scopes.len() == 1 && self.file == FileId::new(0)
    }

    /// Takes the end of a module, a component or the file.
    fn end(&mut self, payload: &Payload<'a>) -> Result<()> {
        if let Some(module) = self.module.take() {
            let types = self.validator.types(0).expect("a module is open");
            let id = module.finish(types, &mut self.converter, &mut self.modules);
            self.validator.payload(payload)?;
            self.scope().push(Initializer::Module(id));
            return Ok(());
        }
        self.validator.payload(payload)?;
        let scope = self.scopes.pop().expect("a component is open");
        let (id, component, captures) = scope.finish();
        self.components[id] = Some(component);
        if let Some(parent) = self.scopes.last_mut() {
            parent.push(Initializer::Component {
                component: id,
                captures,
            });
        }
        Ok(())
    }

    fn finish(
        self,
        root: StaticComponentId,
        supplied: IndexMap<Label, StaticComponentId>,
    ) -> Result<Translation> {
        for (name, ty) in &self.imports {
            if matches!(ty, FormalType::Component) && !supplied.contains_key(name) {
                let kind = TranslateErrorKind::ComponentNotSupplied(name.to_string());
                return Err(TranslateError::new(kind, 0));
            }
        }
        let components = self
            .components
            .into_iter()
            .map(|(_, component)| component.expect("the validator saw the end of every component"));
        Ok(Translation {
            types: self.converter.types,
            resources: self.converter.resources,
            modules: self.modules,
            components: components.collect(),
            root,
            imports: self.imports,
            exports: self.converter.export_lists.root,
            supplied,
        })
    }
}

/// What the translation of an item needs.
struct Context<'b> {
    scope: &'b mut Scope,
    converter: &'b mut TypeConverter,
    types: TypesRef<'b>,
}

fn usize_range(range: std::ops::Range<u64>) -> std::ops::Range<usize> {
    let offset = |offset| usize::try_from(offset).expect("the file is in memory");
    offset(range.start)..offset(range.end)
}
