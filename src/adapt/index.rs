//! Every index and id of the crate, each with the space it names.
//!
//! A `*Index` is a position in an index space of the binary format; a `*Id` is a key into one of our own arenas.

use cranelift_entity::entity_impl;
use serde::{Deserialize, Serialize};

macro_rules! entities {
    ($( $(#[$doc:meta])* $name:ident($prefix:literal); )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            pub struct $name(u32);
            entity_impl!($name, $prefix);
        )*
    };
}

// Index spaces of one static component.
entities! {
    /// A position in the core function index space of a component.
    CoreFuncIndex("core func ");
    /// A position in the core memory index space of a component.
    CoreMemoryIndex("core memory ");
    /// A position in the core table index space of a component.
    CoreTableIndex("core table ");
    /// A position in the core global index space of a component.
    CoreGlobalIndex("core global ");
    /// A position in the core tag index space of a component.
    CoreTagIndex("core tag ");
    /// A position in the core module index space of a component.
    CoreModuleIndex("core module ");
    /// A position in the core instance index space of a component.
    CoreInstanceIndex("core instance ");
    /// A position in the function index space of a component.
    ComponentFuncIndex("func ");
    /// A position in the instance index space of a component.
    ComponentInstanceIndex("instance ");
    /// A position in the component index space of a component.
    ComponentIndex("component ");
}

// Index spaces of one core module.
entities! {
    /// A position in the function index space of a core module.
    FuncIndex("func ");
    /// A position in the table index space of a core module.
    TableIndex("table ");
    /// A position in the memory index space of a core module.
    MemoryIndex("memory ");
    /// A position in the global index space of a core module.
    GlobalIndex("global ");
    /// A position in the tag index space of a core module.
    TagIndex("tag ");
}

// Arenas shared by a translation and the plan made of it.
entities! {
    /// A compound value type in a [`Types`](crate::adapt::Types).
    TypeId("type");
    /// A function type in a [`Types`](crate::adapt::Types).
    FuncTypeId("functype");
    /// A core function signature in a [`Types`](crate::adapt::Types).
    SignatureId("sig");
    /// A despecialised type in a [`Shapes`](crate::adapt::Shapes).
    ShapeId("shape");
    /// A resource type. In a translation it is formal: a name for whatever resource
    /// an instantiation will bring. In a [`Plan`](crate::adapt::Plan) it is actual: a key into
    /// [`Plan::resources`](crate::adapt::Plan::resources).
    ResourceId("resource");
    /// An input file: the component itself first, then those that were supplied for its imports.
    FileId("file");
    /// A core module written in an input file.
    StaticModuleId("module");
    /// A component written in an input file, the outermost included.
    StaticComponentId("component");
}

// Arenas of a translation.
entities! {
    /// A module or component that a static component takes from the components around it.
    CaptureId("capture");
}

// Arenas of a plan.
entities! {
    /// An instance of a static component.
    ComponentInstanceId("component-instance");
    /// A core instance.
    CoreInstanceId("core-instance");
    /// A fused adapter: a lifted function as another instance lowers it.
    AdapterId("adapter");
    /// A function of the host as one instance lowers it.
    HostLoweringId("host-lowering");
    /// An import of the root component.
    ImportId("import");
    /// A function that the root component imports, by itself or inside an instance.
    ImportedFuncId("imported-func");
    /// A core module that the root component imports, by itself or inside an instance.
    ImportedModuleId("imported-module");
    /// A component that is exported, with what it captures.
    ClosureId("closure");
    /// A component instance as a bundle of exported items.
    BundleId("bundle");
}

// Arenas of a partition.
entities! {
    /// An adapter module: a set of adapters that are compiled to one core module.
    AdapterModuleId("adapter-module");
}

// Arenas of an assembly.
entities! {
    /// A generated core module with built-ins for a resource type.
    ResourceModuleId("resource-module");
}
