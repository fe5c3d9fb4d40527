//! Imports and exports of the root component in the JSON of a plan.

use serde::Serialize;

use crate::adapt::plan::{Bundle, Captured, ExportItem, ImportType, TypeExport};
use crate::adapt::print::json::func::LiftView;
use crate::adapt::print::json::instance::ImportPathView;
use crate::adapt::print::json::module::{CoreModuleRef, Named};
use crate::adapt::print::json::types::{FuncTypeRef, ValTypeView};
use crate::adapt::print::name::Names;
use crate::adapt::print::used::{ImportTypes, InstanceType};

/// A type that is exported, or imported as equal to a known one; `kind` says which members there are.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TypeExportView<'a> {
    /// `resource`: an element of `resources`.
    Resource(Named<'a>),
    /// `value`: the type of values.
    Value {
        /// The type.
        #[serde(rename = "type")]
        ty: ValTypeView,
    },
    /// `func`: the type of functions.
    Func {
        /// The type.
        #[serde(rename = "type")]
        ty: FuncTypeRef,
    },
    /// `instance`: the type of instances.
    Instance,
    /// `component`: the type of components.
    Component,
}

impl<'a> TypeExportView<'a> {
    fn new(names: &Names<'a>, ty: TypeExport) -> Self {
        match ty {
            TypeExport::Resource(id) => TypeExportView::Resource(Named::resource(names, id)),
            TypeExport::Value(ty) => TypeExportView::Value { ty: ty.into() },
            TypeExport::Func(id) => TypeExportView::Func {
                ty: FuncTypeRef::new(&names.plan.types, id),
            },
            TypeExport::Instance => TypeExportView::Instance,
            TypeExport::Component => TypeExportView::Component,
        }
    }
}

/// What the host must give; `kind` says which members there are.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ImportTypeView<'a> {
    /// `func`: a function.
    Func {
        /// Its type.
        #[serde(rename = "type")]
        ty: FuncTypeRef,
    },
    /// `instance`: an instance.
    Instance {
        /// What it must export: the id of an element of `instance_types`.
        #[serde(rename = "type")]
        ty: usize,
    },
    /// `module`: a core module.
    Module {
        /// The id of an element of `module_types`.
        #[serde(rename = "type")]
        ty: usize,
    },
    /// `component`: a component, which was supplied.
    Component,
    /// `resource`: a resource type that the host defines, an element of `resources`.
    Resource(Named<'a>),
    /// `type`: a type that the component knows already.
    Type {
        /// The type.
        #[serde(rename = "type")]
        ty: TypeExportView<'a>,
    },
}

impl<'a> ImportTypeView<'a> {
    fn new(names: &Names<'a>, types: &ImportTypes<'a>, ty: &ImportType) -> Self {
        match ty {
            ImportType::Func(id) => ImportTypeView::Func {
                ty: FuncTypeRef::new(&names.plan.types, *id),
            },
            ImportType::Instance(ty) => ImportTypeView::Instance {
                ty: types.instance(ty),
            },
            ImportType::Module(ty) => ImportTypeView::Module {
                ty: types.module(ty),
            },
            ImportType::Component => ImportTypeView::Component,
            ImportType::Resource(id) => ImportTypeView::Resource(Named::resource(names, *id)),
            ImportType::Type(ty) => ImportTypeView::Type {
                ty: TypeExportView::new(names, *ty),
            },
        }
    }
}

/// An import of the root component.
#[derive(Clone, Debug, Serialize)]
pub struct ImportView<'a> {
    /// Its id, which is its position in `imports`.
    pub id: u32,
    /// Its name.
    pub name: &'a str,
    /// The interface it implements, where its name does not say that.
    pub implements: Option<&'a str>,
    /// An identifier that means something to other tools.
    pub external_id: Option<&'a str>,
    /// What the host must give.
    #[serde(rename = "type")]
    pub ty: ImportTypeView<'a>,
}

/// Returns the imports.
pub(crate) fn imports<'a>(names: &Names<'a>, types: &ImportTypes<'a>) -> Vec<ImportView<'a>> {
    let imports = names.plan.imports.iter();
    imports
        .map(|(id, import)| ImportView {
            id: id.as_u32(),
            name: &import.name,
            implements: import.implements.as_deref(),
            external_id: import.external_id.as_deref(),
            ty: ImportTypeView::new(names, types, &import.ty),
        })
        .collect()
}

/// An export of an imported instance.
#[derive(Clone, Debug, Serialize)]
pub struct InstanceTypeExportView<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is.
    #[serde(rename = "type")]
    pub ty: ImportTypeView<'a>,
}

/// The type of an imported instance.
#[derive(Clone, Debug, Serialize)]
pub struct InstanceTypeView<'a> {
    /// Its id, which is its position in `instance_types`.
    pub id: u32,
    /// Its exports in their order.
    pub exports: Vec<InstanceTypeExportView<'a>>,
}

/// Returns the types of imported instances.
pub(crate) fn instance_types<'a>(
    names: &Names<'a>,
    types: &ImportTypes<'a>,
) -> Vec<InstanceTypeView<'a>> {
    let view = |(id, ty): (u32, &'a InstanceType)| InstanceTypeView {
        id,
        exports: ty
            .iter()
            .map(|(name, ty)| InstanceTypeExportView {
                name,
                ty: ImportTypeView::new(names, types, ty),
            })
            .collect(),
    };
    (0..).zip(types.instances()).map(view).collect()
}

/// A core module of the host that something uses.
#[derive(Clone, Debug, Serialize)]
pub struct ImportedModuleView<'a> {
    /// Its id, which is its position in `imported_modules`.
    pub id: u32,
    /// Where it is imported.
    pub place: ImportPathView<'a>,
    /// The id of its type, an element of `module_types`.
    #[serde(rename = "type")]
    pub ty: usize,
}

/// Returns the core modules of the host.
pub(crate) fn imported_modules<'a>(
    names: &Names<'a>,
    types: &ImportTypes<'a>,
) -> Vec<ImportedModuleView<'a>> {
    let modules = names.plan.imported_modules.iter();
    modules
        .map(|(id, module)| ImportedModuleView {
            id: id.as_u32(),
            place: ImportPathView::new(names, &module.path),
            ty: types.module(&module.ty),
        })
        .collect()
}

/// An exported component with what it takes from around it.
#[derive(Clone, Debug, Serialize)]
pub struct ClosureView {
    /// Its id, which is its position in `closures`.
    pub id: u32,
    /// The component, an element of `components`.
    pub component: u32,
    /// What it captures, in the order in which it asks for it.
    pub captures: Vec<CapturedView>,
}

/// A module or component that was captured; `kind` says which members there are.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CapturedView {
    /// `module`: a core module.
    Module {
        /// The module.
        module: CoreModuleRef,
    },
    /// `component`: a component.
    Component {
        /// The id of an element of `closures`.
        closure: u32,
    },
}

/// Returns the exported components.
pub(crate) fn closures(names: &Names<'_>) -> Vec<ClosureView> {
    let view = |captured: &Captured| match captured {
        Captured::Module(module) => CapturedView::Module {
            module: (*module).into(),
        },
        Captured::Component(id) => CapturedView::Component {
            closure: id.as_u32(),
        },
    };
    let closures = names.plan.closures.iter();
    closures
        .map(|(id, closure)| ClosureView {
            id: id.as_u32(),
            component: closure.component.as_u32(),
            captures: closure.captures.iter().map(view).collect(),
        })
        .collect()
}

/// Something that an instance exports.
#[derive(Clone, Debug, Serialize)]
pub struct ExportView<'a> {
    /// Its name.
    pub name: &'a str,
    /// The interface it implements, where its name does not say that.
    pub implements: Option<&'a str>,
    /// An identifier that means something to other tools.
    pub external_id: Option<&'a str>,
    /// What it is.
    pub item: ExportItemView<'a>,
}

/// What an export is; `kind` says which members there are.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ExportItemView<'a> {
    /// `lifted`: a function of a core instance.
    Lifted(Box<LiftView<'a>>),
    /// `imported`: a function of the host, passed through.
    Imported {
        /// The function, an element of `imported_funcs`.
        func: u32,
    },
    /// `instance`: an instance.
    Instance {
        /// Its exports, an element of `bundles`.
        bundle: u32,
    },
    /// `module`: a core module.
    Module {
        /// The module.
        module: CoreModuleRef,
    },
    /// `component`: a component.
    Component {
        /// The component, an element of `closures`.
        closure: u32,
    },
    /// `type`: a type.
    Type {
        /// The type.
        #[serde(rename = "type")]
        ty: TypeExportView<'a>,
    },
}

impl<'a> ExportItemView<'a> {
    fn new(names: &Names<'a>, item: &'a ExportItem) -> Self {
        match item {
            ExportItem::Lifted(lift) => {
                ExportItemView::Lifted(Box::new(LiftView::new(names, lift)))
            }
            ExportItem::Imported(id) => ExportItemView::Imported { func: id.as_u32() },
            ExportItem::Instance(id) => ExportItemView::Instance {
                bundle: id.as_u32(),
            },
            ExportItem::Module(module) => ExportItemView::Module {
                module: (*module).into(),
            },
            ExportItem::Component(id) => ExportItemView::Component {
                closure: id.as_u32(),
            },
            ExportItem::Type(ty) => ExportItemView::Type {
                ty: TypeExportView::new(names, *ty),
            },
        }
    }
}

/// Returns the items of a bundle.
pub(crate) fn exports<'a>(names: &Names<'a>, bundle: &'a Bundle) -> Vec<ExportView<'a>> {
    let exports = bundle.exports.iter();
    exports
        .map(|(name, export)| ExportView {
            name,
            implements: export.implements.as_deref(),
            external_id: export.external_id.as_deref(),
            item: ExportItemView::new(names, &export.item),
        })
        .collect()
}

/// An instance that is exported.
#[derive(Clone, Debug, Serialize)]
pub struct BundleView<'a> {
    /// Its id, which is its position in `bundles`; contents have smaller ids than containers.
    pub id: u32,
    /// Its exports in their order.
    pub exports: Vec<ExportView<'a>>,
}

/// Returns the bundles.
pub(crate) fn bundles<'a>(names: &Names<'a>) -> Vec<BundleView<'a>> {
    let bundles = names.plan.bundles.iter();
    bundles
        .map(|(id, bundle)| BundleView {
            id: id.as_u32(),
            exports: exports(names, bundle),
        })
        .collect()
}
