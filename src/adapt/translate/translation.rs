//! The translation: every static component as ordered initializers over its own index spaces.

use std::collections::HashMap;
use std::sync::Arc;

use cranelift_entity::PrimaryMap;
use indexmap::IndexMap;

use crate::adapt::adapter::{ResourceOp, StringEncoding};
use crate::adapt::index::{
    CaptureId, ComponentFuncIndex, ComponentIndex, ComponentInstanceIndex, CoreFuncIndex,
    CoreGlobalIndex, CoreInstanceIndex, CoreMemoryIndex, CoreModuleIndex, CoreTableIndex,
    CoreTagIndex, FuncTypeId, ResourceId, SignatureId, StaticComponentId, StaticModuleId,
};
use crate::adapt::module::{EntityKind, ModuleType, Span, StaticModule};
use crate::adapt::types::{Label, MemoryType, Types, ValType};

/// A component and the components supplied for its imports, translated but not yet instantiated.
#[derive(Clone, Debug)]
pub struct Translation {
    /// Types of everything below; resources in them are formal.
    pub(in crate::adapt) types: Types,
    /// Every formal resource type, with a name if one is known.
    pub(in crate::adapt) resources: PrimaryMap<ResourceId, Option<Label>>,
    /// Every core module.
    pub(in crate::adapt) modules: PrimaryMap<StaticModuleId, Arc<StaticModule>>,
    /// Every component, the outermost first, others after the one that contains them.
    pub(in crate::adapt) components: PrimaryMap<StaticComponentId, Component>,
    /// The component itself.
    pub(in crate::adapt) root: StaticComponentId,
    /// The types of the root's imports by name.
    pub(in crate::adapt) imports: IndexMap<Label, FormalType>,
    /// What is seen of the root's exports that are instances.
    pub(in crate::adapt) exports: HashMap<Label, Arc<ExportList>>,
    /// Components supplied for imports of the root.
    pub(in crate::adapt) supplied: IndexMap<Label, StaticComponentId>,
}

/// A component as it is written: what to do to instantiate it.
#[derive(Clone, Debug)]
pub(in crate::adapt) struct Component {
    pub name: Option<Label>,
    pub span: Span,
    /// What to do, in order. Each step adds at most one item to one index space.
    pub initializers: Vec<Initializer>,
    /// Names from the name section.
    pub names: Names,
}

impl Component {
    /// Returns a name for people: that of the name section, or the package of the first interface it exports.
    pub(in crate::adapt) fn name_or_package(&self) -> Option<&str> {
        self.name.as_deref().or_else(|| {
            self.initializers
                .iter()
                .find_map(|initializer| match initializer {
                    Initializer::Export { name, .. } => {
                        let (package, _interface) = name.name.split_once('/')?;
                        let (_namespace, package) = package.rsplit_once(':')?;
                        Some(package)
                    }
                    _ => None,
                })
        })
    }
}

/// Names that a component's name section gives, by index.
#[derive(Clone, Debug, Default)]
pub(in crate::adapt) struct Names {
    pub core_instances: IndexMap<CoreInstanceIndex, Label>,
    pub instances: IndexMap<ComponentInstanceIndex, Label>,
}

/// One step of instantiating a component.
#[derive(Clone, Debug)]
pub(in crate::adapt) enum Initializer {
    /// Takes an argument.
    Import {
        name: ExternName,
        kind: ItemKind,
        resources: Vec<ResourcePath>,
    },
    /// Makes a resource type.
    Resource {
        resource: ResourceId,
        dtor: Option<CoreFuncIndex>,
    },
    /// Adds a core module that is written here.
    Module(StaticModuleId),
    /// Adds a component that is written here, with what it captures.
    Component {
        component: StaticComponentId,
        captures: Vec<OuterItem>,
    },
    /// Adds a module or component once more, or one that was captured.
    Outer(OuterItem),
    /// Instantiates a core module.
    InstantiateModule {
        module: CoreModuleIndex,
        args: IndexMap<Label, CoreInstanceIndex>,
    },
    /// Makes a core instance of items at hand.
    CoreBundle(IndexMap<Label, CoreItemIndex>),
    /// Instantiates a component.
    InstantiateComponent {
        component: ComponentIndex,
        args: IndexMap<Label, ItemIndex>,
        resources: Vec<ResourcePath>,
    },
    /// Makes an instance of items at hand.
    Bundle(Vec<(ExternName, ItemIndex)>),
    /// Adds an export of a core instance.
    AliasCoreExport {
        instance: CoreInstanceIndex,
        kind: EntityKind,
        name: Label,
    },
    /// Adds an export of an instance.
    AliasExport {
        instance: ComponentInstanceIndex,
        name: Label,
    },
    /// Adds a component function made of a core function.
    Lift {
        name: Label,
        callee: CoreFuncIndex,
        signature: SignatureId,
        ty: FuncTypeId,
        options: Options,
    },
    /// Adds a core function made of a component function.
    Lower {
        name: Label,
        func: ComponentFuncIndex,
        signature: SignatureId,
        ty: FuncTypeId,
        options: Options,
    },
    /// Adds a canonical built-in for resources.
    ResourceBuiltin {
        op: ResourceOp,
        resource: ResourceId,
    },
    /// Exports an item, and adds it once more.
    Export {
        name: ExternName,
        item: ItemIndex,
        resources: Vec<ResourcePath>,
    },
}

/// The name of an import or export with its attributes.
#[derive(Clone, Debug)]
pub(crate) struct ExternName {
    pub(crate) name: Label,
    pub(crate) implements: Option<Label>,
    pub(crate) external_id: Option<Label>,
}

/// A formal resource type, and where to find what it stands for: the names that lead to it from the item it came
/// with.
#[derive(Clone, Debug)]
pub(in crate::adapt) struct ResourcePath {
    pub resource: ResourceId,
    pub path: Vec<Label>,
}

/// What kind of item an import or export is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::adapt) enum ItemKind {
    Func,
    Instance,
    Module,
    Component,
    Type,
}

/// An item of a component, by its place in an index space.
#[derive(Clone, Debug)]
pub(in crate::adapt) enum ItemIndex {
    Func(ComponentFuncIndex),
    Instance(ComponentInstanceIndex),
    Module(CoreModuleIndex),
    Component(ComponentIndex),
    Type(FormalTypeDef),
}

/// An item of core WebAssembly, by its place in an index space of a component.
#[derive(Clone, Copy, Debug)]
pub(in crate::adapt) enum CoreItemIndex {
    Func(CoreFuncIndex),
    Table(CoreTableIndex),
    Memory(CoreMemoryIndex),
    Global(CoreGlobalIndex),
    Tag(CoreTagIndex),
}

/// A module or component that is at hand, or was captured by the component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::adapt) enum OuterItem {
    Module(CoreModuleIndex),
    Component(ComponentIndex),
    CapturedModule(CaptureId),
    CapturedComponent(CaptureId),
}

/// A type that an export names. Resources in it are formal.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FormalTypeDef {
    Resource(ResourceId),
    Value(ValType),
    Func(FuncTypeId),
    Instance,
    Component,
}

/// What a component imports and exports, whatever it does with it.
#[derive(Clone, Debug)]
pub(crate) struct Interface {
    /// Types of everything below; resources in them are formal.
    pub(crate) types: Types,
    /// Every formal resource type, with a name if one is known.
    pub(crate) resources: PrimaryMap<ResourceId, Option<Label>>,
    /// What is imported, in its order.
    pub(crate) imports: Vec<(ExternName, FormalType)>,
    /// What is exported, in its order.
    pub(crate) exports: IndexMap<Label, FormalType>,
}

/// The type of an import or export of the root. Resources in it are formal.
#[derive(Clone, Debug)]
pub(crate) enum FormalType {
    Func(FuncTypeId),
    Instance(Arc<IndexMap<Label, FormalType>>),
    Module(Arc<ModuleType>),
    Component,
    Type(FormalTypeDef),
}

/// The exports that the type of an instance has: the instance may have more. For each that is an instance, its exports.
#[derive(Debug)]
pub(in crate::adapt) struct ExportList(pub IndexMap<Label, Option<Arc<ExportList>>>);

/// Canonical options over index spaces.
#[derive(Clone, Debug, Default)]
pub(in crate::adapt) struct Options {
    pub encoding: StringEncoding,
    pub memory: Option<(CoreMemoryIndex, MemoryType)>,
    pub realloc: Option<CoreFuncIndex>,
    pub post_return: Option<CoreFuncIndex>,
}
