//! Plans made by hand of core modules in the text format.

use std::sync::Arc;

use cranelift_entity::EntityRef;
use interfuse::adapt::{
    Adapter, AdapterId, ComponentInstance, CoreDef, CoreExport, CoreInstance, CoreInstanceId,
    CoreItem, CoreModule, CoreType, EntityIndex, EntityType, FileId, FuncIndex, FuncType,
    GlobalIndex, GlobalType, IndexType, MemoryIndex, MemoryType, ModuleExport, ModuleImport, Plan,
    Resource, ResourceBuiltin, ResourceId, ResourceOp, ResourceOrigin, Signature, SignatureId,
    Span, StaticModule, TableIndex, TableType, TagIndex,
};
use wasmparser::types::{self, CoreTypeId};
use wasmparser::{ExternalKind, Parser, Payload, ValType, Validator, WasmFeatures};

use crate::sketch;

/// A plan in the making: core instances of one component instance, and an input file with their modules.
pub(crate) struct PlanBuilder {
    pub(crate) plan: Plan,
    pub(crate) file: Vec<u8>,
}

impl PlanBuilder {
    /// Returns a plan with two component instances, without core instances, with one resource and with the type of
    /// functions without parameters.
    pub(crate) fn new() -> Self {
        let mut plan = Plan::default();
        plan.types.define_func(FuncType::default());
        plan.types.define_signature(Signature::default());
        for name in ["callee", "caller"] {
            plan.component_instances.push(ComponentInstance {
                component: EntityRef::new(0),
                parent: None,
                name: name.into(),
            });
        }
        let mut this = PlanBuilder {
            plan,
            file: Vec::new(),
        };
        this.resource(0, None);
        this
    }

    /// Adds an instance of a module in the text format.
    pub(crate) fn instance(&mut self, text: &str, args: Vec<CoreDef>) -> CoreInstanceId {
        let bytes = wat::parse_str(text).expect("the module is well-formed");
        let mut module = self.read(&bytes);
        let start = self.file.len();
        self.file.extend(bytes);
        module.span.bytes = start..self.file.len();
        let module = self.plan.modules.push(Arc::new(module));
        self.plan.core_instances.push(CoreInstance {
            owner: EntityRef::new(0),
            name: "instance".into(),
            module: CoreModule::Static(module),
            args,
        })
    }

    /// Returns an export of a core instance.
    pub(crate) fn export(&self, instance: CoreInstanceId, name: &str) -> CoreDef {
        let CoreModule::Static(module) = self.plan.core_instances[instance].module else {
            panic!("{instance:?} has no bytes");
        };
        let export = &self.plan.modules[module].exports[name];
        CoreDef::Export(CoreExport {
            instance,
            item: CoreItem::Index(export.index),
        })
    }

    /// Adds an adapter for a function.
    pub(crate) fn adapter(&mut self, callee: CoreDef) -> AdapterId {
        self.plan.adapters.push(Adapter {
            lift: sketch::lift(0, callee),
            lower: sketch::lower(1, None),
        })
    }

    /// Adds a resource of a component instance.
    pub(crate) fn resource(&mut self, owner: usize, dtor: Option<CoreDef>) -> ResourceId {
        self.plan.resources.push(Resource {
            name: "r".into(),
            origin: ResourceOrigin::Guest {
                owner: EntityRef::new(owner),
                dtor,
            },
        })
    }

    /// Returns `resource.new`, `.rep` or `.drop` of the first resource.
    pub(crate) fn builtin(&self, op: ResourceOp) -> CoreDef {
        CoreDef::Resource(ResourceBuiltin {
            op,
            resource: EntityRef::new(0),
            instance: EntityRef::new(0),
        })
    }

    fn read(&mut self, bytes: &[u8]) -> StaticModule {
        let mut validator = Validator::new_with_features(WasmFeatures::all());
        let types = validator.validate_all(bytes).expect("the module is valid");
        let mut module = StaticModule {
            name: None,
            span: Span {
                file: FileId::new(0),
                bytes: 0..0,
            },
            imports: Vec::new(),
            exports: Default::default(),
            has_start: false,
        };
        for payload in Parser::new(0).parse_all(bytes) {
            match payload.unwrap() {
                Payload::ImportSection(section) => {
                    for import in section.into_imports().map(Result::unwrap) {
                        let ty = types.as_ref().entity_type_from_import(&import).unwrap();
                        module.imports.push(ModuleImport {
                            module: import.module.into(),
                            name: import.name.into(),
                            ty: self.entity(&types, ty),
                        });
                    }
                }
                Payload::ExportSection(section) => {
                    for export in section.into_iter().map(Result::unwrap) {
                        let ty = types.as_ref().entity_type_from_export(&export).unwrap();
                        let ty = self.entity(&types, ty);
                        let index = entity_index(export.kind, export.index);
                        let export_name = export.name.into();
                        module
                            .exports
                            .insert(export_name, ModuleExport { index, ty });
                    }
                }
                _ => {}
            }
        }
        module
    }

    fn entity(&mut self, types: &types::Types, ty: types::EntityType) -> EntityType {
        match ty {
            types::EntityType::Func(id) | types::EntityType::FuncExact(id) => {
                EntityType::Func(self.signature(types, id))
            }
            types::EntityType::Tag(id) => EntityType::Tag(self.signature(types, id)),
            types::EntityType::Table(table) => EntityType::Table(TableType {
                index_type: IndexType::I32,
                element: core_type(ValType::Ref(table.element_type)),
                min: table.initial,
                max: table.maximum,
            }),
            types::EntityType::Memory(memory) => EntityType::Memory(MemoryType {
                index_type: IndexType::I32,
                shared: memory.shared,
                min_pages: memory.initial,
                max_pages: memory.maximum,
                page_size_log2: 16,
            }),
            types::EntityType::Global(global) => EntityType::Global(GlobalType {
                content: core_type(global.content_type),
                mutable: global.mutable,
            }),
        }
    }

    fn signature(&mut self, types: &types::Types, id: CoreTypeId) -> SignatureId {
        let ty = types[id].unwrap_func();
        let list = |types: &[ValType]| types.iter().copied().map(core_type).collect();
        self.plan.types.define_signature(Signature {
            params: list(ty.params()),
            results: list(ty.results()),
        })
    }
}

fn entity_index(kind: ExternalKind, index: u32) -> EntityIndex {
    match kind {
        ExternalKind::Func | ExternalKind::FuncExact => {
            EntityIndex::Func(FuncIndex::from_u32(index))
        }
        ExternalKind::Table => EntityIndex::Table(TableIndex::from_u32(index)),
        ExternalKind::Memory => EntityIndex::Memory(MemoryIndex::from_u32(index)),
        ExternalKind::Global => EntityIndex::Global(GlobalIndex::from_u32(index)),
        ExternalKind::Tag => EntityIndex::Tag(TagIndex::from_u32(index)),
    }
}

fn core_type(ty: ValType) -> CoreType {
    match ty {
        ValType::I32 => CoreType::I32,
        ValType::I64 => CoreType::I64,
        ValType::F32 => CoreType::F32,
        ValType::F64 => CoreType::F64,
        ValType::V128 => CoreType::V128,
        ValType::Ref(ty) => CoreType::Ref(ty.to_string().into()),
    }
}
