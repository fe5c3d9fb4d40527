//! What components import and export, to look at.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::adapt::{FormalType, FormalTypeDef, ImportType, Interface, Label, TypeExport};
use crate::runtime::component::func_type::ComponentFunc;
use crate::runtime::component::name::track;
use crate::runtime::component::outline::{BundleOutline, ExportOutline, Outline};
use crate::runtime::component::resource::ResourceType;
use crate::runtime::component::ty::{Type, TypeSpace};

/// Something that a component imports or exports.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ComponentItem {
    /// A function.
    Func(ComponentFunc),
    /// An instance with these exports, in their order.
    Instance(IndexMap<String, ComponentItem>),
    /// A core module.
    CoreModule,
    /// A component.
    Component,
    /// A resource type.
    Resource(ResourceType),
    /// The type of a value.
    Type(Type),
    /// Some other type: of a function, an instance or a component.
    OtherType,
}

/// Looks at the items of a component or an instance.
pub(in crate::runtime) struct Items<'a> {
    /// What the runtime keeps of its plan.
    pub(in crate::runtime) outline: &'a Outline,
    /// Its types.
    pub(in crate::runtime) space: &'a Arc<TypeSpace>,
}

impl Items<'_> {
    /// Returns what is imported.
    pub(in crate::runtime) fn imports(&self) -> IndexMap<String, ComponentItem> {
        let imports = self.outline.imports.values();
        imports
            .map(|import| (import.name.to_string(), self.import(&import.ty)))
            .collect()
    }

    /// Returns what is exported.
    pub(in crate::runtime) fn exports(&self) -> IndexMap<String, ComponentItem> {
        self.bundle(&self.outline.exports)
    }

    fn import(&self, ty: &ImportType) -> ComponentItem {
        match ty {
            ImportType::Func(id) => ComponentItem::Func(ComponentFunc::of(self.space, *id)),
            ImportType::Instance(items) => {
                let items = items.iter();
                let items =
                    items.map(|(name, ty): (&Label, _)| (name.to_string(), self.import(ty)));
                ComponentItem::Instance(items.collect())
            }
            ImportType::Module(_) => ComponentItem::CoreModule,
            ImportType::Component => ComponentItem::Component,
            ImportType::Resource(id) => ComponentItem::Resource(self.space.resource(*id)),
            ImportType::Type(ty) => self.ty(*ty),
        }
    }

    fn bundle(&self, bundle: &BundleOutline) -> IndexMap<String, ComponentItem> {
        let exports = bundle.exports.iter();
        exports
            .map(|(name, export)| (name.to_string(), self.export(export)))
            .collect()
    }

    fn export(&self, export: &ExportOutline) -> ComponentItem {
        match export {
            ExportOutline::Lifted(id) => {
                ComponentItem::Func(ComponentFunc::of(self.space, self.outline.lifts[*id].ty))
            }
            ExportOutline::Imported(id) => {
                let ty = self.outline.imported_funcs[*id].ty;
                ComponentItem::Func(ComponentFunc::of(self.space, ty))
            }
            ExportOutline::Instance(id) => {
                ComponentItem::Instance(self.bundle(&self.outline.bundles[*id]))
            }
            ExportOutline::Module(_) | ExportOutline::ImportedModule(_) => {
                ComponentItem::CoreModule
            }
            ExportOutline::Component(_) => ComponentItem::Component,
            ExportOutline::Type(ty) => self.ty(*ty),
        }
    }

    fn ty(&self, ty: TypeExport) -> ComponentItem {
        match ty {
            TypeExport::Resource(id) => ComponentItem::Resource(self.space.resource(id)),
            TypeExport::Value(ty) => ComponentItem::Type(Type::of(self.space, ty)),
            TypeExport::Func(_) | TypeExport::Instance | TypeExport::Component => {
                ComponentItem::OtherType
            }
        }
    }
}

/// Returns what is imported, of a component that is not compiled.
pub(in crate::runtime) fn formal_imports(
    interface: &Interface,
    space: &Arc<TypeSpace>,
) -> IndexMap<String, ComponentItem> {
    let imports = interface.imports.iter();
    imports
        .map(|(name, ty)| (name.name.to_string(), formal(space, ty)))
        .collect()
}

/// Returns what is exported, of a component that is not compiled.
pub(in crate::runtime) fn formal_exports(
    interface: &Interface,
    space: &Arc<TypeSpace>,
) -> IndexMap<String, ComponentItem> {
    formal_items(space, &interface.exports)
}

fn formal_items(
    space: &Arc<TypeSpace>,
    items: &IndexMap<Label, FormalType>,
) -> IndexMap<String, ComponentItem> {
    items
        .iter()
        .map(|(name, ty)| (name.to_string(), formal(space, ty)))
        .collect()
}

fn formal(space: &Arc<TypeSpace>, ty: &FormalType) -> ComponentItem {
    match ty {
        FormalType::Func(id) => ComponentItem::Func(ComponentFunc::of(space, *id)),
        FormalType::Instance(items) => ComponentItem::Instance(formal_items(space, items)),
        FormalType::Module(_) => ComponentItem::CoreModule,
        FormalType::Component => ComponentItem::Component,
        FormalType::Type(FormalTypeDef::Resource(id)) => {
            ComponentItem::Resource(space.resource(*id))
        }
        FormalType::Type(FormalTypeDef::Value(ty)) => ComponentItem::Type(Type::of(space, *ty)),
        FormalType::Type(
            FormalTypeDef::Func(_) | FormalTypeDef::Instance | FormalTypeDef::Component,
        ) => ComponentItem::OtherType,
    }
}

/// Returns what the names of exports lead to.
pub(in crate::runtime) fn export_at<'a>(
    outline: &'a Outline,
    path: &[&str],
) -> Option<&'a ExportOutline> {
    let (name, outer) = path.split_last()?;
    let mut bundle = &outline.exports;
    for name in outer {
        match find(bundle, name)? {
            ExportOutline::Instance(id) => bundle = &outline.bundles[*id],
            _ => return None,
        }
    }
    find(bundle, name)
}

/// Returns what has a name, or one of a compatible version.
fn find<'a>(bundle: &'a BundleOutline, name: &str) -> Option<&'a ExportOutline> {
    if let Some(found) = bundle.exports.get(name) {
        return Some(found);
    }
    let (wanted, _) = track(name)?;
    let candidates = bundle.exports.iter().filter_map(|(name, export)| {
        let (track, version) = track(name)?;
        (track == wanted).then_some((version, export))
    });
    let best = candidates.max_by(|(a, _), (b, _)| a.cmp(b));
    best.map(|(_, export)| export)
}
