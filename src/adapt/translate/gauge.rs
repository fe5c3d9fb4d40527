//! Reads ahead of the validator, and stops where validation would take too long: see `translate/size.rs`.
//!
//! What is not valid is no concern here: the validator sees it next.

use std::rc::Rc;

use wasmparser::{
    ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind,
    ComponentType, ComponentTypeDeclaration, ComponentTypeRef, CoreType, FromReader, Instance,
    InstanceTypeDeclaration, Payload, SectionLimited, TypeBounds,
};

use crate::adapt::translate::error::{TranslateError, TranslateErrorKind};
use crate::adapt::translate::size::{Exports, Item, Signature, defined, func};

type Result<T> = std::result::Result<T, TranslateErrorKind>;

/// The index spaces of a component, or of a type of one.
#[derive(Default)]
struct Space {
    types: Vec<Item>,
    core_types: Vec<u64>,
    instances: Vec<Item>,
    components: Vec<Item>,
    modules: Vec<Item>,
    imports: u64,
    exports: Exports,
}

/// Adds up the sizes of what the validator is going to work on.
pub(in crate::adapt::translate) struct Gauge {
    spaces: Vec<Space>,
    /// The imports and exports of the core module that is open.
    module: Option<u64>,
    size: u64,
    limit: u64,
}

impl Gauge {
    /// Begins with nothing added up.
    pub(in crate::adapt::translate) fn new(limit: u64) -> Gauge {
        Gauge {
            spaces: Vec::new(),
            module: None,
            size: 0,
            limit,
        }
    }

    /// Looks at the next payload.
    // tidy: dispatch
    pub(in crate::adapt::translate) fn payload(
        &mut self,
        payload: &Payload<'_>,
    ) -> std::result::Result<(), TranslateError> {
        match payload {
            Payload::Version {
                encoding: wasmparser::Encoding::Module,
                ..
            } => self.module = Some(0),
            Payload::Version { .. } => self.spaces.push(Space::default()),
            Payload::ImportSection(section) => self.module_items(section.count()),
            Payload::ExportSection(section) => self.module_items(section.count()),
            Payload::CoreTypeSection(section) => each(section, |ty| {
                self.core_type(&ty);
                Ok(())
            })?,
            Payload::ComponentTypeSection(section) => each(section, |ty| self.ty(&ty))?,
            Payload::ComponentImportSection(section) => {
                each(section, |import| self.import(&import.ty))?;
            }
            Payload::ComponentExportSection(section) => each(section, |export| {
                let item = match &export.ty {
                    Some(ty) => self.referred(ty),
                    None => self.item(export.kind, export.index),
                };
                self.export(export.name.name, export.kind, item)
            })?,
            Payload::InstanceSection(section) => each(section, |it| self.core_instance(&it))?,
            Payload::ComponentInstanceSection(section) => each(section, |it| self.instance(&it))?,
            Payload::ComponentAliasSection(section) => each(section, |alias| self.alias(&alias))?,
            Payload::End(_) => self.end(),
            _ => {}
        }
        Ok(())
    }

    fn module_items(&mut self, count: u32) {
        if let Some(module) = &mut self.module {
            *module += u64::from(count);
        }
    }

    /// Ends the module or component that is open.
    fn end(&mut self) {
        if let Some(size) = self.module.take() {
            self.space().modules.push(Item::Leaf(size));
        } else {
            let component = self.close();
            if let Some(outer) = self.spaces.last_mut() {
                outer.components.push(component);
            }
        }
    }

    fn space(&mut self) -> &mut Space {
        if self.spaces.is_empty() {
            self.spaces.push(Space::default());
        }
        self.spaces.last_mut().expect("there is one")
    }

    fn close(&mut self) -> Item {
        let space = self.spaces.pop().unwrap_or_default();
        Item::Component(Rc::new(Signature {
            imports: space.imports,
            exports: Rc::new(space.exports),
        }))
    }

    /// Takes note of work that an item means to the validator.
    fn take(&mut self, size: u64) -> Result<()> {
        self.size = self.size.saturating_add(size).saturating_add(1);
        let limit = self.limit;
        if self.size > limit {
            return Err(TranslateErrorKind::ItemsTooLarge { limit });
        }
        Ok(())
    }

    fn item(&mut self, kind: ComponentExternalKind, index: u32) -> Item {
        let space = self.space();
        let items = match kind {
            ComponentExternalKind::Type => &space.types,
            ComponentExternalKind::Instance => &space.instances,
            ComponentExternalKind::Component => &space.components,
            ComponentExternalKind::Module => &space.modules,
            ComponentExternalKind::Func | ComponentExternalKind::Value => return Item::Leaf(1),
        };
        items.get(index as usize).unwrap_or(&Item::INVALID).clone()
    }

    fn add(&mut self, kind: ComponentExternalKind, item: Item) {
        let space = self.space();
        match kind {
            ComponentExternalKind::Type => space.types.push(item),
            ComponentExternalKind::Instance => space.instances.push(item),
            ComponentExternalKind::Component => space.components.push(item),
            ComponentExternalKind::Module => space.modules.push(item),
            ComponentExternalKind::Func | ComponentExternalKind::Value => {}
        }
    }

    /// Returns what a reference to a type stands for.
    fn referred(&mut self, ty: &ComponentTypeRef) -> Item {
        match *ty {
            ComponentTypeRef::Func(index)
            | ComponentTypeRef::Instance(index)
            | ComponentTypeRef::Component(index)
            | ComponentTypeRef::Type(TypeBounds::Eq(index)) => {
                self.item(ComponentExternalKind::Type, index)
            }
            ComponentTypeRef::Type(TypeBounds::SubResource) => Item::RESOURCE,
            ComponentTypeRef::Module(index) => {
                let core_types = &self.space().core_types;
                Item::Leaf(core_types.get(index as usize).copied().unwrap_or(0))
            }
            ComponentTypeRef::Value(_) => Item::Leaf(1),
        }
    }

    fn import(&mut self, ty: &ComponentTypeRef) -> Result<()> {
        let item = self.referred(ty);
        self.take(item.size())?;
        let space = self.space();
        space.imports = space.imports.saturating_add(1).saturating_add(item.size());
        self.add(ty.kind(), item);
        Ok(())
    }

    fn export(&mut self, name: &str, kind: ComponentExternalKind, item: Item) -> Result<()> {
        self.take(item.size())?;
        self.space().exports.add(name, item.clone());
        self.add(kind, item);
        Ok(())
    }

    fn core_type(&mut self, ty: &CoreType<'_>) {
        let size = match ty {
            CoreType::Rec(group) => {
                let count = group.types().len();
                self.space()
                    .core_types
                    .extend(std::iter::repeat_n(1, count));
                return;
            }
            CoreType::Module(declarations) => declarations.len(),
        };
        let size = u64::try_from(size).expect("a vector is shorter");
        self.space().core_types.push(size);
    }

    /// Adds a type; those that declare items are index spaces of their own.
    fn ty(&mut self, ty: &ComponentType<'_>) -> Result<()> {
        let item = match ty {
            ComponentType::Defined(ty) => defined(&self.space().types, ty),
            ComponentType::Func(ty) => func(&self.space().types, ty),
            ComponentType::Resource { .. } => Item::RESOURCE,
            ComponentType::Instance(declarations) => {
                self.spaces.push(Space::default());
                for declaration in declarations {
                    self.declaration(declaration)?;
                }
                let space = self.spaces.pop().unwrap_or_default();
                Item::Instance(Rc::new(space.exports))
            }
            ComponentType::Component(declarations) => {
                self.spaces.push(Space::default());
                for declaration in declarations {
                    match declaration {
                        ComponentTypeDeclaration::Import(import) => self.import(&import.ty)?,
                        ComponentTypeDeclaration::CoreType(ty) => self.core_type(ty),
                        ComponentTypeDeclaration::Type(ty) => self.ty(ty)?,
                        ComponentTypeDeclaration::Alias(alias) => self.alias(alias)?,
                        ComponentTypeDeclaration::Export { name, ty } => {
                            let item = self.referred(ty);
                            self.export(name.name, ty.kind(), item)?;
                        }
                    }
                }
                self.close()
            }
        };
        self.add(ComponentExternalKind::Type, item);
        Ok(())
    }

    fn declaration(&mut self, declaration: &InstanceTypeDeclaration<'_>) -> Result<()> {
        match declaration {
            InstanceTypeDeclaration::CoreType(ty) => self.core_type(ty),
            InstanceTypeDeclaration::Type(ty) => self.ty(ty)?,
            InstanceTypeDeclaration::Alias(alias) => self.alias(alias)?,
            InstanceTypeDeclaration::Export { name, ty } => {
                let item = self.referred(ty);
                self.export(name.name, ty.kind(), item)?;
            }
        }
        Ok(())
    }

    fn core_instance(&mut self, instance: &Instance<'_>) -> Result<()> {
        match instance {
            Instance::Instantiate { module_index, .. } => {
                let module = self.item(ComponentExternalKind::Module, *module_index);
                self.take(module.size())
            }
            Instance::FromExports(_) => Ok(()),
        }
    }

    fn instance(&mut self, instance: &ComponentInstance<'_>) -> Result<()> {
        let exports = match instance {
            ComponentInstance::Instantiate {
                component_index, ..
            } => {
                let component = self.item(ComponentExternalKind::Component, *component_index);
                self.take(component.size())?;
                match component {
                    Item::Component(signature) => Rc::clone(&signature.exports),
                    Item::Leaf(_) | Item::Instance(_) => Rc::default(),
                }
            }
            ComponentInstance::FromExports(items) => {
                let mut exports = Exports::default();
                for export in items {
                    let item = self.item(export.kind, export.index);
                    exports.add(export.name.name, item);
                }
                Rc::new(exports)
            }
        };
        self.add(ComponentExternalKind::Instance, Item::Instance(exports));
        Ok(())
    }

    fn alias(&mut self, alias: &ComponentAlias<'_>) -> Result<()> {
        match *alias {
            ComponentAlias::InstanceExport {
                kind,
                instance_index,
                name,
            } => {
                let instance = self.item(ComponentExternalKind::Instance, instance_index);
                self.add(kind, instance.export(name));
            }
            ComponentAlias::Outer { kind, count, index } => {
                // Every component on the way captures it.
                let on_the_way = self.spaces.len().min(count as usize);
                self.take(u64::try_from(on_the_way).expect("a vector is shorter"))?;
                self.alias_outer(kind, count, index);
            }
            ComponentAlias::CoreInstanceExport { .. } => {}
        }
        Ok(())
    }

    fn alias_outer(&mut self, kind: ComponentOuterAliasKind, count: u32, index: u32) {
        let index = index as usize;
        let outer = self.spaces.iter().rev().nth(count as usize);
        let find = |items: fn(&Space) -> &Vec<Item>| {
            let found = outer.and_then(|space| items(space).get(index));
            found.unwrap_or(&Item::INVALID).clone()
        };
        match kind {
            ComponentOuterAliasKind::CoreType => {
                let size = outer.and_then(|space| space.core_types.get(index).copied());
                self.space().core_types.push(size.unwrap_or(0));
            }
            ComponentOuterAliasKind::Type => {
                let item = find(|space| &space.types);
                self.add(ComponentExternalKind::Type, item);
            }
            ComponentOuterAliasKind::CoreModule => {
                let item = find(|space| &space.modules);
                self.add(ComponentExternalKind::Module, item);
            }
            ComponentOuterAliasKind::Component => {
                let item = find(|space| &space.components);
                self.add(ComponentExternalKind::Component, item);
            }
        }
    }
}

/// Calls `look` with each item of a section that can be read.
fn each<'a, T: FromReader<'a>>(
    section: &SectionLimited<'a, T>,
    mut look: impl FnMut(T) -> Result<()>,
) -> std::result::Result<(), TranslateError> {
    for item in section.clone().into_iter_with_offsets() {
        let Ok((offset, item)) = item else {
            break;
        };
        look(item).map_err(|kind| TranslateError::new(kind, offset))?;
    }
    Ok(())
}
