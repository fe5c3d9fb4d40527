//! Instances and resources in the JSON of a plan, and what core instances are given.

use std::borrow::Cow;

use serde::Serialize;

use crate::adapt::adapter::{CoreDef, CoreExport, CoreItem};
use crate::adapt::module::ModuleImport;
use crate::adapt::plan::{CoreInstance, CoreModule, ImportPath, ResourceOrigin};
use crate::adapt::print::json::module::{CoreModuleRef, Named, SpanView};
use crate::adapt::print::name::{Names, entity};

/// Something that a core instance exports.
#[derive(Clone, Debug, Serialize)]
pub struct CoreExportView<'a> {
    /// The instance, an element of `core_instances`.
    pub instance: Named<'a>,
    /// `"func"`, `"table"`, `"memory"`, `"global"` or `"tag"`.
    pub item: Option<String>,
    /// The position in the index space of its kind; `null` if the module is imported.
    pub index: Option<u32>,
    /// The first name by which the instance exports it.
    pub name: Option<&'a str>,
}

impl<'a> CoreExportView<'a> {
    /// Returns the view of an export.
    pub(crate) fn new(names: &Names<'a>, export: &'a CoreExport) -> Self {
        CoreExportView {
            instance: Named::core_instance(names, export.instance),
            item: names.export_kind(export).map(|kind| kind.to_string()),
            index: match export.item {
                CoreItem::Index(index) => Some(entity(index).1),
                CoreItem::Name(_) => None,
            },
            name: names.export_name(export),
        }
    }
}

/// Something of core WebAssembly that a core instance is given, or that is called; `kind` says which members
/// there are.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum CoreDefView<'a> {
    /// `export`: an export of a core instance.
    Export(CoreExportView<'a>),
    /// `adapter`: an element of `adapters`.
    Adapter(Named<'a>),
    /// `host-lowering`: an element of `host_lowerings`.
    HostLowering(Named<'a>),
    /// `resource`: a canonical built-in for resources.
    Resource {
        /// `"resource.new"`, `"resource.rep"` or `"resource.drop"`.
        op: String,
        /// The type, an element of `resources`.
        resource: Named<'a>,
        /// The instance whose handle table it works on, an element of `component_instances`.
        instance: Named<'a>,
    },
}

impl<'a> CoreDefView<'a> {
    /// Returns the view of a definition.
    pub(crate) fn new(names: &Names<'a>, def: &'a CoreDef) -> Self {
        match def {
            CoreDef::Export(export) => CoreDefView::Export(CoreExportView::new(names, export)),
            CoreDef::Adapter(id) => CoreDefView::Adapter(Named {
                id: id.as_u32(),
                name: names.adapter(*id).into(),
            }),
            CoreDef::HostLowering(id) => CoreDefView::HostLowering(Named {
                id: id.as_u32(),
                name: names.host_lowering(*id).into(),
            }),
            CoreDef::Resource(builtin) => CoreDefView::Resource {
                op: builtin.op.to_string(),
                resource: Named::resource(names, builtin.resource),
                instance: Named::component_instance(names, builtin.instance),
            },
        }
    }
}

/// A component that is written in an input file.
#[derive(Clone, Debug, Serialize)]
pub struct ComponentView<'a> {
    /// Its id, which is its position in `components`.
    pub id: u32,
    /// Its name, if it has one.
    pub name: Option<&'a str>,
    /// Its bytes, a whole component.
    pub span: SpanView,
}

/// Returns the components.
pub(crate) fn components<'a>(names: &Names<'a>) -> Vec<ComponentView<'a>> {
    let components = names.plan.components.iter();
    components
        .map(|(id, component)| ComponentView {
            id: id.as_u32(),
            name: component.name.as_deref(),
            span: (&component.span).into(),
        })
        .collect()
}

/// An instance of a component.
#[derive(Clone, Debug, Serialize)]
pub struct ComponentInstanceView<'a> {
    /// Its id, which is its position in `component_instances`; parents have smaller ids than children.
    pub id: u32,
    /// Its name, different from every other one.
    pub name: &'a str,
    /// The component it is an instance of, an element of `components`.
    pub component: u32,
    /// The instance in which it was instantiated; `null` for the root.
    pub parent: Option<Named<'a>>,
}

/// Returns the component instances.
pub(crate) fn component_instances<'a>(names: &Names<'a>) -> Vec<ComponentInstanceView<'a>> {
    let instances = names.plan.component_instances.iter();
    instances
        .map(|(id, instance)| ComponentInstanceView {
            id: id.as_u32(),
            name: &instance.name,
            component: instance.component.as_u32(),
            parent: instance
                .parent
                .map(|parent| Named::component_instance(names, parent)),
        })
        .collect()
}

/// An import of a core instance with what is given for it.
#[derive(Clone, Debug, Serialize)]
pub struct ArgView<'a> {
    /// The first half of the name of the import.
    pub module: &'a str,
    /// The second half of the name of the import.
    pub name: &'a str,
    /// What is given for it.
    pub value: CoreDefView<'a>,
}

/// A core instance.
#[derive(Clone, Debug, Serialize)]
pub struct CoreInstanceView<'a> {
    /// Its id, which is its position in `core_instances` and in the order in which they are instantiated.
    pub id: u32,
    /// Its name, different from every other one.
    pub name: &'a str,
    /// The component instance it belongs to.
    pub owner: Named<'a>,
    /// What is instantiated.
    pub module: CoreModuleRef,
    /// What is given for each import, in the order of the module's imports.
    pub args: Vec<ArgView<'a>>,
}

/// Returns the core instances.
pub(crate) fn core_instances<'a>(names: &Names<'a>) -> Vec<CoreInstanceView<'a>> {
    let view = |(import, arg): (&'a ModuleImport, &'a CoreDef)| ArgView {
        module: &import.module,
        name: &import.name,
        value: CoreDefView::new(names, arg),
    };
    let instances = names.plan.core_instances.iter();
    instances
        .map(|(id, instance)| CoreInstanceView {
            id: id.as_u32(),
            name: &instance.name,
            owner: Named::component_instance(names, instance.owner),
            module: instance.module.into(),
            args: imports(names, instance)
                .iter()
                .zip(&instance.args)
                .map(view)
                .collect(),
        })
        .collect()
}

fn imports<'a>(names: &Names<'a>, instance: &CoreInstance) -> &'a [ModuleImport] {
    match instance.module {
        CoreModule::Static(id) => &names.plan.modules[id].imports,
        CoreModule::Imported(id) => &names.plan.imported_modules[id].ty.imports,
    }
}

/// A place among the imports.
#[derive(Clone, Debug, Serialize)]
pub struct ImportPathView<'a> {
    /// The import, an element of `imports`.
    pub import: Named<'a>,
    /// The names of exports that lead from it to the place, through instances in instances.
    pub path: Vec<&'a str>,
}

impl<'a> ImportPathView<'a> {
    /// Returns the view of a place.
    pub(crate) fn new(names: &Names<'a>, path: &'a ImportPath) -> Self {
        ImportPathView {
            import: Named {
                id: path.import.as_u32(),
                name: Cow::Borrowed(&names.plan.imports[path.import].name),
            },
            path: path.path.iter().map(|name| &**name).collect(),
        }
    }
}

/// A resource type.
#[derive(Clone, Debug, Serialize)]
pub struct ResourceView<'a> {
    /// Its id, which is its position in `resources`.
    pub id: u32,
    /// Its name.
    pub name: &'a str,
    /// Who defines it.
    pub origin: ResourceOriginView<'a>,
}

/// Who defines a resource type; `kind` says which members there are.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ResourceOriginView<'a> {
    /// `guest`: a component instance.
    Guest {
        /// The instance.
        owner: Named<'a>,
        /// The destructor.
        destructor: Option<CoreDefView<'a>>,
    },
    /// `host`: an import.
    Host(ImportPathView<'a>),
}

/// Returns the resource types.
pub(crate) fn resources<'a>(names: &Names<'a>) -> Vec<ResourceView<'a>> {
    let resources = names.plan.resources.iter();
    resources
        .map(|(id, resource)| ResourceView {
            id: id.as_u32(),
            name: &resource.name,
            origin: match &resource.origin {
                ResourceOrigin::Guest { owner, dtor } => ResourceOriginView::Guest {
                    owner: Named::component_instance(names, *owner),
                    destructor: dtor.as_ref().map(|dtor| CoreDefView::new(names, dtor)),
                },
                ResourceOrigin::Host(path) => {
                    ResourceOriginView::Host(ImportPathView::new(names, path))
                }
            },
        })
        .collect()
}
