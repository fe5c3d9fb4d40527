//! The plan: a component as one flat world, every name resolved.
//!
//! It says which core modules are instantiated in which order with what, which functions join them, and what the
//! host gives and gets. Instances that components synthesize from exports have dissolved: what referred to one
//! refers to what it contained.

use std::sync::Arc;

use cranelift_entity::PrimaryMap;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::adapt::adapter::{Adapter, CoreDef, HostLowering, Lift};
use crate::adapt::index::{
    AdapterId, BundleId, ClosureId, ComponentInstanceId, CoreInstanceId, FuncTypeId,
    HostLoweringId, ImportId, ImportedFuncId, ImportedModuleId, ResourceId, StaticComponentId,
    StaticModuleId,
};
use crate::adapt::module::{ModuleType, Span, StaticModule};
use crate::adapt::types::{Label, Types, ValType};

/// A component, flat. Made by [`inline`](crate::adapt::inline()).
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// Types of everything below; resources in them are keys into `resources`.
    pub types: Types,
    /// Every core module written in the input files.
    pub modules: PrimaryMap<StaticModuleId, Arc<StaticModule>>,
    /// Every component written in the input files.
    pub components: PrimaryMap<StaticComponentId, StaticComponent>,
    /// Every instance of a component, parents before children; the root comes first.
    pub component_instances: PrimaryMap<ComponentInstanceId, ComponentInstance>,
    /// Every core instance, in the order of instantiation.
    pub core_instances: PrimaryMap<CoreInstanceId, CoreInstance>,
    /// Every resource type.
    pub resources: PrimaryMap<ResourceId, Resource>,
    /// The imports of the root component, in their order.
    pub imports: PrimaryMap<ImportId, Import>,
    /// Functions the host gives that something in the plan uses.
    pub imported_funcs: PrimaryMap<ImportedFuncId, ImportedFunc>,
    /// Core modules the host gives that something in the plan uses.
    pub imported_modules: PrimaryMap<ImportedModuleId, ImportedModule>,
    /// Functions of the host as instances lower them.
    pub host_lowerings: PrimaryMap<HostLoweringId, HostLowering>,
    /// Fused adapters.
    pub adapters: PrimaryMap<AdapterId, Adapter>,
    /// Components that are exported, captured ones before those that capture them.
    pub closures: PrimaryMap<ClosureId, ComponentClosure>,
    /// Component instances as bundles of exported items, contents before containers.
    pub bundles: PrimaryMap<BundleId, Bundle>,
    /// The exports of the root component.
    pub exports: Bundle,
}

/// A component written in an input file.
#[derive(Clone, Debug)]
pub struct StaticComponent {
    /// Its name, if it has a name section that gives one.
    pub name: Option<Label>,
    /// Its bytes, a whole component.
    pub span: Span,
}

/// An instance of a static component. It has an identity: its own handle table and its own flags.
#[derive(Clone, Debug)]
pub struct ComponentInstance {
    /// The component it is an instance of.
    pub component: StaticComponentId,
    /// The instance in which it was instantiated; none for the root.
    pub parent: Option<ComponentInstanceId>,
    /// A name for people, different from every other in the plan.
    pub name: Label,
}

/// A core instance.
#[derive(Clone, Debug)]
pub struct CoreInstance {
    /// The component instance that it belongs to.
    pub owner: ComponentInstanceId,
    /// A name for people, different from every other in the plan.
    pub name: Label,
    /// What is instantiated.
    pub module: CoreModule,
    /// What is given for each import, in the order of the module's imports.
    pub args: Vec<CoreDef>,
}

/// A core module, written in the component or imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CoreModule {
    /// One that is written in an input file.
    Static(StaticModuleId),
    /// One that the host gives. Arguments are in the order of the imports of its declared type.
    Imported(ImportedModuleId),
}

/// A resource type.
#[derive(Clone, Debug)]
pub struct Resource {
    /// A name for people.
    pub name: Label,
    /// Who defines it.
    pub origin: ResourceOrigin,
}

/// Who defines a resource type.
#[derive(Clone, Debug)]
pub enum ResourceOrigin {
    /// A component instance: representations are its own.
    Guest {
        /// The instance, which alone may make handles from representations.
        owner: ComponentInstanceId,
        /// The destructor, a core function that takes the representation.
        dtor: Option<CoreDef>,
    },
    /// The host, by an import of the root component.
    Host(ImportPath),
}

/// A place among the imports of the root component.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ImportPath {
    /// The import.
    pub import: ImportId,
    /// Names of exports that lead from it to the place, through instances in instances; mostly one or none.
    pub path: Vec<Label>,
}

/// An import of the root component.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Import {
    /// Its name.
    pub name: Label,
    /// The interface it implements, where its name does not say that (`implements`).
    pub implements: Option<Label>,
    /// An identifier that means something to other tools (`external-id`).
    pub external_id: Option<Label>,
    /// What the host must give.
    pub ty: ImportType,
}

/// The type of something the host must give.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ImportType {
    /// A function.
    Func(FuncTypeId),
    /// An instance with these exports.
    Instance(Arc<IndexMap<Label, ImportType>>),
    /// A core module.
    Module(Arc<ModuleType>),
    /// A component; only where one was supplied for it.
    Component,
    /// A resource type, which the host defines.
    Resource(ResourceId),
    /// A type that the component knows already.
    Type(TypeExport),
}

/// A function of the host.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ImportedFunc {
    /// Where it is imported.
    pub path: ImportPath,
    /// Its type.
    pub ty: FuncTypeId,
}

/// A core module of the host.
#[derive(Clone, Debug)]
pub struct ImportedModule {
    /// Where it is imported.
    pub path: ImportPath,
    /// Its type.
    pub ty: Arc<ModuleType>,
}

/// The items that an instance exports, by name, in their order.
#[derive(Clone, Debug, Default)]
pub struct Bundle {
    /// The items.
    pub exports: IndexMap<Label, Export>,
}

/// Something that an instance exports.
#[derive(Clone, Debug)]
pub struct Export {
    /// The interface it implements, where its name does not say that (`implements`).
    pub implements: Option<Label>,
    /// An identifier that means something to other tools (`external-id`).
    pub external_id: Option<Label>,
    /// What is exported.
    pub item: ExportItem,
}

/// What an export is.
#[derive(Clone, Debug)]
pub enum ExportItem {
    /// A function of a core instance, lifted.
    Lifted(Lift),
    /// A function of the host, passed through.
    Imported(ImportedFuncId),
    /// An instance.
    Instance(BundleId),
    /// A core module.
    Module(CoreModule),
    /// A component.
    Component(ClosureId),
    /// A type.
    Type(TypeExport),
}

/// A type that is exported, or imported as equal to a known one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum TypeExport {
    /// A resource type.
    Resource(ResourceId),
    /// A value type.
    Value(ValType),
    /// A function type.
    Func(FuncTypeId),
    /// The type of an instance.
    Instance,
    /// The type of a component.
    Component,
}

/// An exported component with everything it takes from around it.
#[derive(Clone, Debug)]
pub struct ComponentClosure {
    /// The component.
    pub component: StaticComponentId,
    /// What it captures, in the order in which it asks for it.
    pub captures: Vec<Captured>,
}

/// A module or component that was captured.
#[derive(Clone, Debug)]
pub enum Captured {
    /// A core module.
    Module(CoreModule),
    /// A component.
    Component(ClosureId),
}
