//! From a component to a plan: which adapters exist, and which module each lives in.
//!
//! **Architecture invariant:** nothing here mentions wasm-encoder, Cranelift or machine code; only
//! `adapt/translate` mentions wasmparser's component types; only `adapt/graph.rs`, `adapt/partition.rs`
//! and `adapt/effect` mention petgraph.

pub(crate) mod index;

pub(crate) mod types;

pub(crate) mod module;

pub(crate) mod adapter;

pub(crate) mod plan;

pub(crate) mod translate;

pub(crate) mod inline;

pub(crate) mod graph;

pub(crate) mod partition;

pub(crate) mod effect;

pub(crate) mod print;

pub use adapter::{
    Adapter, CanonOptions, CoreDef, CoreExport, CoreItem, CoreMemory, HostLowering, Lift, Lower,
    ResourceBuiltin, ResourceOp, StringEncoding,
};
pub use effect::{
    AdapterEffects, Effects, PlanEffects, analyze as analyze_effects, estimate as estimate_effects,
};
pub(crate) use graph::other_called_funcs;
pub use graph::{Dependencies, DependencyGraph, Node};
pub use index::*;
pub use inline::{InlineError, Limits, MAX_INSTANCES, MAX_STEPS, inline};
pub use module::{
    EntityIndex, EntityKind, EntityType, ModuleExport, ModuleImport, ModuleType, Span, StaticModule,
};
pub use partition::{
    AdapterModule, MODULE_FUNCTIONS_MAX, MODULE_IMPORTS_MAX, MODULE_MEMORIES_MAX, Partition,
    PartitionConfig, Step, partition, partition_graph,
};
pub use plan::{
    Bundle, Captured, ComponentClosure, ComponentInstance, CoreInstance, CoreModule, Export,
    ExportItem, Import, ImportPath, ImportType, ImportedFunc, ImportedModule, Plan, Resource,
    ResourceOrigin, StaticComponent, TypeExport,
};
pub use print::{Detail, adapter_name, json, plan_dot, plan_json, plan_mermaid, plan_text};
pub use translate::{
    Config, ITEM_SIZE_MAX, Supplied, TranslateError, TranslateErrorKind, Translation, func_type,
    translate, translate_with,
};
pub(crate) use translate::{FormalType, FormalTypeDef, Interface, interface};
pub use types::{
    CoreType, DefinedType, FLAGS_MAX, FuncShape, FuncType, GlobalType, IndexType, InvalidType,
    Label, MemoryType, PRINT_NODES_MAX, Shape, Shapes, Signature, TYPE_COUNT_MAX, TYPE_DEPTH_MAX,
    TYPE_NAMES_MAX, TableType, Types, ValType,
};
