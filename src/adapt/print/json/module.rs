//! Core WebAssembly in the JSON of a plan: modules, instances, and what they are given.

use std::borrow::Cow;

use serde::Serialize;

use crate::adapt::index::{ComponentInstanceId, CoreInstanceId, ResourceId};
use crate::adapt::module::{EntityType, ModuleImport, ModuleType, Span};
use crate::adapt::plan::CoreModule;
use crate::adapt::print::name::{Names, entity};
use crate::adapt::print::used::ImportTypes;
use crate::adapt::types::{IndexType, MemoryType};

/// A mention of an element of one of the lists.
#[derive(Clone, Debug, Serialize)]
pub struct Named<'a> {
    /// The position of the element in its list.
    pub id: u32,
    /// Its name, for people.
    pub name: Cow<'a, str>,
}

impl<'a> Named<'a> {
    /// Returns the mention of a component instance.
    pub(crate) fn component_instance(names: &Names<'a>, id: ComponentInstanceId) -> Self {
        let name = &*names.plan.component_instances[id].name;
        Named {
            id: id.as_u32(),
            name: name.into(),
        }
    }

    /// Returns the mention of a core instance.
    pub(crate) fn core_instance(names: &Names<'a>, id: CoreInstanceId) -> Self {
        let name = &*names.plan.core_instances[id].name;
        Named {
            id: id.as_u32(),
            name: name.into(),
        }
    }

    /// Returns the mention of a resource type.
    pub(crate) fn resource(names: &Names<'a>, id: ResourceId) -> Self {
        let name = &*names.plan.resources[id].name;
        Named {
            id: id.as_u32(),
            name: name.into(),
        }
    }
}

/// A range of bytes of an input file.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct SpanView {
    /// The file: 0 is the component itself, the others are those that were supplied for its imports.
    pub file: u32,
    /// The offset of the first byte.
    pub start: usize,
    /// The offset after the last byte.
    pub end: usize,
}

impl From<&Span> for SpanView {
    fn from(span: &Span) -> Self {
        SpanView {
            file: span.file.as_u32(),
            start: span.bytes.start,
            end: span.bytes.end,
        }
    }
}

/// The type of a linear memory.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct MemoryTypeView {
    /// Whether its addresses are 64 bits wide.
    pub memory64: bool,
    /// Whether threads share it.
    pub shared: bool,
    /// Its initial size in pages.
    pub min_pages: u64,
    /// Its largest size in pages, if there is one.
    pub max_pages: Option<u64>,
    /// The base-2 logarithm of the size of a page in bytes.
    pub page_size_log2: u8,
}

impl From<&MemoryType> for MemoryTypeView {
    fn from(ty: &MemoryType) -> Self {
        MemoryTypeView {
            memory64: ty.index_type == IndexType::I64,
            shared: ty.shared,
            min_pages: ty.min_pages,
            max_pages: ty.max_pages,
            page_size_log2: ty.page_size_log2,
        }
    }
}

/// The type of something that core modules import or export.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum EntityTypeView {
    /// `func`
    Func {
        /// The id of its signature.
        signature: u32,
    },
    /// `table`
    Table {
        /// Whether its indices are 64 bits wide.
        table64: bool,
        /// The type of its elements in the text format.
        element: String,
        /// Its initial number of elements.
        min: u64,
        /// Its largest number of elements, if there is one.
        max: Option<u64>,
    },
    /// `memory`
    Memory(MemoryTypeView),
    /// `global`
    Global {
        /// The type of its value in the text format.
        content: String,
        /// Whether it can be changed.
        mutable: bool,
    },
    /// `tag`
    Tag {
        /// The id of its signature.
        signature: u32,
    },
}

impl From<&EntityType> for EntityTypeView {
    fn from(ty: &EntityType) -> Self {
        match ty {
            EntityType::Func(id) => EntityTypeView::Func {
                signature: id.as_u32(),
            },
            EntityType::Table(ty) => EntityTypeView::Table {
                table64: ty.index_type == IndexType::I64,
                element: ty.element.to_string(),
                min: ty.min,
                max: ty.max,
            },
            EntityType::Memory(ty) => EntityTypeView::Memory(ty.into()),
            EntityType::Global(ty) => EntityTypeView::Global {
                content: ty.content.to_string(),
                mutable: ty.mutable,
            },
            EntityType::Tag(id) => EntityTypeView::Tag {
                signature: id.as_u32(),
            },
        }
    }
}

/// An import of a core module.
#[derive(Clone, Debug, Serialize)]
pub struct ModuleImportView<'a> {
    /// The first half of its name.
    pub module: &'a str,
    /// The second half of its name.
    pub name: &'a str,
    /// What must be given for it.
    #[serde(rename = "type")]
    pub ty: EntityTypeView,
}

/// An export of a core module.
#[derive(Clone, Debug, Serialize)]
pub struct ModuleExportView<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its position in the index space of its kind; `null` if the module is imported.
    pub index: Option<u32>,
    /// What it is.
    #[serde(rename = "type")]
    pub ty: EntityTypeView,
}

/// A core module that is written in an input file.
#[derive(Clone, Debug, Serialize)]
pub struct ModuleView<'a> {
    /// Its id, which is its position in `modules`.
    pub id: u32,
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// Its bytes, a whole core module.
    pub span: SpanView,
    /// Whether it has a start function.
    pub has_start: bool,
    /// Its imports in their order.
    pub imports: Vec<ModuleImportView<'a>>,
    /// Its exports in their order.
    pub exports: Vec<ModuleExportView<'a>>,
}

/// Returns the core modules.
pub(crate) fn modules<'a>(names: &Names<'a>) -> Vec<ModuleView<'a>> {
    let modules = names.plan.modules.iter();
    modules
        .map(|(id, module)| ModuleView {
            id: id.as_u32(),
            name: module.name.as_deref(),
            span: (&module.span).into(),
            has_start: module.has_start,
            imports: imports(&module.imports),
            exports: module
                .exports
                .iter()
                .map(|(name, export)| ModuleExportView {
                    name,
                    index: Some(entity(export.index).1),
                    ty: (&export.ty).into(),
                })
                .collect(),
        })
        .collect()
}

/// The type of a core module that is imported.
#[derive(Clone, Debug, Serialize)]
pub struct ModuleTypeView<'a> {
    /// Its id, which is its position in `module_types`.
    pub id: u32,
    /// What it may import at most.
    pub imports: Vec<ModuleImportView<'a>>,
    /// What it exports at least.
    pub exports: Vec<ModuleExportView<'a>>,
}

/// Returns the types of imported modules.
pub(crate) fn module_types<'a>(types: &ImportTypes<'a>) -> Vec<ModuleTypeView<'a>> {
    let view = |(id, ty): (u32, &'a ModuleType)| ModuleTypeView {
        id,
        imports: imports(&ty.imports),
        exports: ty
            .exports
            .iter()
            .map(|(name, ty)| ModuleExportView {
                name,
                index: None,
                ty: ty.into(),
            })
            .collect(),
    };
    (0..).zip(types.modules()).map(view).collect()
}

fn imports(imports: &[ModuleImport]) -> Vec<ModuleImportView<'_>> {
    imports
        .iter()
        .map(|import| ModuleImportView {
            module: &import.module,
            name: &import.name,
            ty: (&import.ty).into(),
        })
        .collect()
}

/// A core module.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "kind", content = "id", rename_all = "kebab-case")]
pub enum CoreModuleRef {
    /// An element of `modules`.
    Static(u32),
    /// An element of `imported_modules`.
    Imported(u32),
}

impl From<CoreModule> for CoreModuleRef {
    fn from(module: CoreModule) -> Self {
        match module {
            CoreModule::Static(id) => CoreModuleRef::Static(id.as_u32()),
            CoreModule::Imported(id) => CoreModuleRef::Imported(id.as_u32()),
        }
    }
}
