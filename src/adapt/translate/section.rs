//! Sections of a component: each item becomes an initializer.

use cranelift_entity::EntityRef;
use indexmap::IndexMap;
use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};
use wasmparser::types::TypesRef;
use wasmparser::{
    ComponentAlias, ComponentExport, ComponentExternName, ComponentExternalKind, ComponentImport,
    ComponentInstance, ComponentName, ComponentNameSectionReader, ComponentOuterAliasKind,
    ComponentType, ComponentTypeRef, ExternalKind, Instance, NameMap,
};

use crate::adapt::index::{
    ComponentFuncIndex, ComponentIndex, ComponentInstanceIndex, CoreFuncIndex, CoreGlobalIndex,
    CoreInstanceIndex, CoreMemoryIndex, CoreModuleIndex, CoreTableIndex, CoreTagIndex,
};
use crate::adapt::module::EntityKind;
use crate::adapt::translate::error::TranslateError;
use crate::adapt::translate::scope::{OuterTarget, Scope, resolve_outer};
use crate::adapt::translate::translation::{
    CoreItemIndex, ExternName, Initializer, ItemIndex, ItemKind, ResourcePath,
};
use crate::adapt::translate::ty::{At, TypeConverter};
use crate::adapt::types::Label;
use crate::adapt::types::name::{qualified, short};

type Result<T> = std::result::Result<T, TranslateError>;

/// Translates an item of a component type section: only resource types do anything.
pub(in crate::adapt::translate) fn component_type(
    scope: &mut Scope,
    converter: &mut TypeConverter,
    from: TypesRef<'_>,
    ty: &ComponentType<'_>,
    offset: u64,
) -> Result<()> {
    if let ComponentType::Resource { rep, dtor } = ty {
        if *rep != wasmparser::ValType::I32 {
            let what = format!("resources that are represented by an `{rep}`");
            return Err(TranslateError::unsupported(what, offset));
        }
        let ComponentAnyTypeId::Resource(id) = from.component_any_type_at(scope.type_count) else {
            unreachable!("the validator knows {ty:?} as another type")
        };
        let resource = converter.resource(id);
        scope.bound.insert(resource);
        let dtor = dtor.map(|index| CoreFuncIndex::new(index as usize));
        scope.push(Initializer::Resource { resource, dtor });
    }
    scope.type_count += 1;
    Ok(())
}

/// Translates an import.
pub(in crate::adapt::translate) fn import(
    scope: &mut Scope,
    converter: &mut TypeConverter,
    from: TypesRef<'_>,
    import: &ComponentImport<'_>,
    offset: u64,
) -> Result<()> {
    let name = extern_name(&import.name);
    let kind = match import.ty {
        ComponentTypeRef::Func(_) => ItemKind::Func,
        ComponentTypeRef::Instance(_) => ItemKind::Instance,
        ComponentTypeRef::Module(_) => ItemKind::Module,
        ComponentTypeRef::Component(_) => ItemKind::Component,
        ComponentTypeRef::Type(_) => ItemKind::Type,
        ComponentTypeRef::Value(_) => {
            let error = TranslateError::unsupported("imports of values", offset);
            return Err(error.about(&name.name));
        }
    };
    let item = from.component_item_for_import(import.name.name);
    let ty = item.expect("the import was validated").ty;
    let resources = new_resources(scope, converter, from, &name.name, ty);
    add_names(scope, kind, &name.name);
    scope.push(Initializer::Import {
        name,
        kind,
        resources,
    });
    Ok(())
}

/// Translates an export.
pub(in crate::adapt::translate) fn export(
    scope: &mut Scope,
    converter: &mut TypeConverter,
    from: TypesRef<'_>,
    export: &ComponentExport<'_>,
    offset: u64,
) -> Result<()> {
    let name = extern_name(&export.name);
    let item = item_index(converter, from, export.kind, export.index, offset);
    let item = item.map_err(|error| error.about(&name.name))?;
    let exported = from.component_item_for_export(export.name.name);
    let ty = exported.expect("the export was validated").ty;
    let resources = new_resources(scope, converter, from, &name.name, ty);
    let kind = item_kind(&item);
    add_names(scope, kind, &name.name);
    scope.push(Initializer::Export {
        name,
        item,
        resources,
    });
    Ok(())
}

/// Adds the names for people that the item `name` of the given kind has in its index space.
fn add_names(scope: &mut Scope, kind: ItemKind, name: &Label) {
    match kind {
        ItemKind::Func => scope.func_names.push(short(name)),
        ItemKind::Instance => scope.instance_names.push(Some(name.clone())),
        ItemKind::Type => scope.type_count += 1,
        ItemKind::Module | ItemKind::Component => {}
    }
}

/// Returns the formal resources that come into being with an item, and gives types the names the item has for them.
fn new_resources(
    scope: &mut Scope,
    converter: &mut TypeConverter,
    from: TypesRef<'_>,
    name: &Label,
    ty: ComponentEntityType,
) -> Vec<ResourcePath> {
    let mut resources = Vec::new();
    converter.walk(from, name, ty, &mut |found| {
        if scope.bound.insert(found.resource) {
            resources.push(found);
        }
    });
    resources
}

/// Translates an instantiation of a core module, or a core instance made of items.
pub(in crate::adapt::translate) fn core_instance(scope: &mut Scope, instance: &Instance<'_>) {
    scope.push(match instance {
        Instance::Instantiate { module_index, args } => {
            let arg = |arg: &wasmparser::InstantiationArg<'_>| {
                (arg.name.into(), CoreInstanceIndex::new(arg.index as usize))
            };
            Initializer::InstantiateModule {
                module: CoreModuleIndex::new(*module_index as usize),
                args: args.iter().map(arg).collect(),
            }
        }
        Instance::FromExports(exports) => {
            let export = |export: &wasmparser::Export<'_>| {
                (
                    export.name.into(),
                    core_item_index(export.kind, export.index as usize),
                )
            };
            Initializer::CoreBundle(exports.iter().map(export).collect())
        }
    });
}

fn core_item_index(kind: ExternalKind, index: usize) -> CoreItemIndex {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => {
            CoreItemIndex::Func(CoreFuncIndex::new(index))
        }
        ExternalKind::Table => CoreItemIndex::Table(CoreTableIndex::new(index)),
        ExternalKind::Memory => CoreItemIndex::Memory(CoreMemoryIndex::new(index)),
        ExternalKind::Global => CoreItemIndex::Global(CoreGlobalIndex::new(index)),
        ExternalKind::Tag => CoreItemIndex::Tag(CoreTagIndex::new(index)),
    }
}

/// Translates an instantiation of a component, or an instance made of items.
pub(in crate::adapt::translate) fn component_instance(
    scope: &mut Scope,
    converter: &mut TypeConverter,
    from: TypesRef<'_>,
    instance: &ComponentInstance<'_>,
    offset: u64,
) -> Result<()> {
    let index = u32::try_from(scope.instance_names.len()).expect("at most 4,096 instances");
    scope.instance_names.push(None);
    let initializer = match instance {
        ComponentInstance::Instantiate {
            component_index,
            args,
        } => {
            let mut items = IndexMap::with_capacity(args.len());
            for arg in args {
                let item = item_index(converter, from, arg.kind, arg.index, offset)?;
                items.insert(arg.name.into(), item);
            }
            let ty = ComponentEntityType::Instance(from.component_instance_at(index));
            let resources = new_resources(scope, converter, from, &"".into(), ty);
            let component = ComponentIndex::new(*component_index as usize);
            Initializer::InstantiateComponent {
                component,
                args: items,
                resources,
            }
        }
        ComponentInstance::FromExports(exports) => {
            let mut items = Vec::with_capacity(exports.len());
            for export in exports {
                let item = item_index(converter, from, export.kind, export.index, offset)?;
                items.push((extern_name(&export.name), item));
            }
            Initializer::Bundle(items)
        }
    };
    scope.push(initializer);
    Ok(())
}

fn item_index(
    converter: &mut TypeConverter,
    from: TypesRef<'_>,
    kind: ComponentExternalKind,
    index: u32,
    offset: u64,
) -> Result<ItemIndex> {
    let at = index as usize;
    Ok(match kind {
        ComponentExternalKind::Func => ItemIndex::Func(ComponentFuncIndex::new(at)),
        ComponentExternalKind::Instance => ItemIndex::Instance(ComponentInstanceIndex::new(at)),
        ComponentExternalKind::Module => ItemIndex::Module(CoreModuleIndex::new(at)),
        ComponentExternalKind::Component => ItemIndex::Component(ComponentIndex::new(at)),
        ComponentExternalKind::Type => {
            let ty = converter
                .type_def(from, from.component_any_type_at(index))
                .at(offset)?;
            ItemIndex::Type(ty)
        }
        ComponentExternalKind::Value => {
            return Err(TranslateError::unsupported(
                "exports and arguments that are values",
                offset,
            ));
        }
    })
}

fn item_kind(item: &ItemIndex) -> ItemKind {
    match item {
        ItemIndex::Func(_) => ItemKind::Func,
        ItemIndex::Instance(_) => ItemKind::Instance,
        ItemIndex::Module(_) => ItemKind::Module,
        ItemIndex::Component(_) => ItemKind::Component,
        ItemIndex::Type(_) => ItemKind::Type,
    }
}

/// Translates an alias of the innermost of `scopes`.
pub(in crate::adapt::translate) fn alias(
    scopes: &mut [Scope],
    alias: &ComponentAlias<'_>,
    offset: u64,
) -> Result<()> {
    match *alias {
        ComponentAlias::CoreInstanceExport {
            kind,
            instance_index,
            name,
        } => {
            let instance = CoreInstanceIndex::new(instance_index as usize);
            let scope = innermost(scopes);
            let name = Label::from(name);
            let kind = entity_kind(kind);
            if kind == EntityKind::Func {
                scope.core_func_names.push(short(&name));
            }
            scope.push(Initializer::AliasCoreExport {
                instance,
                kind,
                name,
            });
        }
        ComponentAlias::InstanceExport {
            kind,
            instance_index,
            name,
        } => {
            let instance = ComponentInstanceIndex::new(instance_index as usize);
            alias_export(innermost(scopes), kind, instance, name.into(), offset)?;
        }
        ComponentAlias::Outer { kind, count, index } => {
            let target = match kind {
                // Types need no step: the validator knows what they are.
                ComponentOuterAliasKind::CoreType => return Ok(()),
                ComponentOuterAliasKind::Type => {
                    innermost(scopes).type_count += 1;
                    return Ok(());
                }
                ComponentOuterAliasKind::CoreModule => {
                    OuterTarget::Module(CoreModuleIndex::new(index as usize))
                }
                ComponentOuterAliasKind::Component => {
                    OuterTarget::Component(ComponentIndex::new(index as usize))
                }
            };
            let count = count as usize;
            if count >= scopes.len() {
                let what = "an outer alias that leaves the supplied component";
                return Err(TranslateError::unsupported(what, offset));
            }
            let item = resolve_outer(scopes, count, target);
            innermost(scopes).push(Initializer::Outer(item));
        }
    }
    Ok(())
}

fn innermost(scopes: &mut [Scope]) -> &mut Scope {
    scopes.last_mut().expect("sections are inside a component")
}

fn alias_export(
    scope: &mut Scope,
    kind: ComponentExternalKind,
    instance: ComponentInstanceIndex,
    name: Label,
    offset: u64,
) -> Result<()> {
    match kind {
        ComponentExternalKind::Func => {
            let func_name = match scope.instance_name(instance) {
                Some(instance) => qualified(instance, "#", &name),
                None => short(&name),
            };
            scope.func_names.push(func_name);
        }
        ComponentExternalKind::Instance => scope.instance_names.push(Some(name.clone())),
        ComponentExternalKind::Module | ComponentExternalKind::Component => {}
        ComponentExternalKind::Type => {
            // The resources in it were bound with the instance.
            scope.type_count += 1;
            return Ok(());
        }
        ComponentExternalKind::Value => {
            return Err(TranslateError::unsupported("aliases of values", offset));
        }
    }
    scope.push(Initializer::AliasExport { instance, name });
    Ok(())
}

fn entity_kind(kind: ExternalKind) -> EntityKind {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => EntityKind::Func,
        ExternalKind::Table => EntityKind::Table,
        ExternalKind::Memory => EntityKind::Memory,
        ExternalKind::Global => EntityKind::Global,
        ExternalKind::Tag => EntityKind::Tag,
    }
}

fn extern_name(name: &ComponentExternName<'_>) -> ExternName {
    ExternName {
        name: name.full_name().into(),
        implements: name.full_implements().map(Into::into),
        external_id: name.external_id.map(Into::into),
    }
}

/// Takes names for people from a name section. A broken name section is as good as none.
pub(in crate::adapt::translate) fn names(
    scope: &mut Scope,
    section: ComponentNameSectionReader<'_>,
) {
    for subsection in section.into_iter().map_while(std::result::Result::ok) {
        match subsection {
            ComponentName::Component { name, .. } => scope.component.name = Some(name.into()),
            ComponentName::CoreInstances(map) => {
                let names = index_names(map).map(|(n, name)| (CoreInstanceIndex::new(n), name));
                scope.component.names.core_instances.extend(names);
            }
            ComponentName::Instances(map) => {
                let names =
                    index_names(map).map(|(n, name)| (ComponentInstanceIndex::new(n), name));
                scope.component.names.instances.extend(names);
            }
            _ => {}
        }
    }
}

/// Returns the names that a name section gives in one index space. They may be for items that do not exist.
fn index_names(map: NameMap<'_>) -> impl Iterator<Item = (usize, Label)> {
    map.into_iter()
        .map_while(std::result::Result::ok)
        // No index is so large, and no index type can hold it.
        .filter(|naming| naming.index != u32::MAX)
        .map(|naming| (naming.index as usize, naming.name.into()))
}
