//! A plan made by hand that has one of everything.
//!
//! Component `a` calls `b`, whose inner instance `b.c` gives it a memory; a host logs; some names are hostile.

use std::sync::Arc;

use cranelift_entity::EntityRef;
use indexmap::IndexMap;

use crate::adapt::adapter::{
    Adapter, CanonOptions, CoreDef, CoreExport, CoreItem, CoreMemory, HostLowering, Lift, Lower,
    ResourceBuiltin, ResourceOp, StringEncoding,
};
use crate::adapt::index::{
    AdapterId, AdapterModuleId, ClosureId, ComponentInstanceId, CoreInstanceId, FileId, FuncIndex,
    FuncTypeId, HostLoweringId, ImportId, ImportedFuncId, ImportedModuleId, MemoryIndex,
    ResourceId, SignatureId, StaticComponentId, StaticModuleId,
};
use crate::adapt::module::{
    EntityIndex, EntityType, ModuleExport, ModuleImport, ModuleType, Span, StaticModule,
};
use crate::adapt::partition::{AdapterModule, Partition, Step};
use crate::adapt::plan::{
    Bundle, Captured, ComponentClosure, ComponentInstance, CoreInstance, CoreModule, Export,
    ExportItem, Import, ImportPath, ImportType, ImportedFunc, ImportedModule, Plan, Resource,
    ResourceOrigin, StaticComponent, TypeExport,
};
use crate::adapt::types::{
    CoreType, DefinedType, FuncType, IndexType, Label, MemoryType, Signature, ValType,
};

/// A name that no format can take as it is.
pub(crate) const HOSTILE: &str = "bad\"]\n\u{1b}[2J-->&lt;";

const MEMORY: MemoryType = MemoryType {
    index_type: IndexType::I32,
    shared: false,
    min_pages: 1,
    max_pages: None,
    page_size_log2: 16,
};

/// Returns the plan.
pub(crate) fn plan() -> Plan {
    let mut plan = Plan::default();
    let [greet, step, log] = funcs(&mut plan);
    imports(&mut plan, log);
    modules(&mut plan);
    instances(&mut plan);
    adapters(&mut plan, greet, step);
    let lower = lower(&mut plan, 1, "log", log);
    let func = ImportedFuncId::new(0);
    plan.host_lowerings.push(HostLowering { func, lower });
    exports(&mut plan, greet, log);
    plan
}

/// Returns its partition.
pub(crate) fn partition() -> Partition {
    let mut partition = Partition::default();
    let adapters = vec![AdapterId::new(1), AdapterId::new(0)];
    for adapter in &adapters {
        partition.module_of[*adapter] = Some(AdapterModuleId::new(0));
    }
    partition.modules.push(AdapterModule { level: 0, adapters });
    let instance = |index| Step::Instance(CoreInstanceId::new(index));
    partition.steps = vec![
        instance(0),
        instance(1),
        Step::Adapters(AdapterModuleId::new(0)),
        instance(2),
        instance(3),
    ];
    partition
}

/// Types `greet`, `step` and `log`; the second has named types and a resource.
fn funcs(plan: &mut Plan) -> [FuncTypeId; 3] {
    let types = &mut plan.types;
    let counter = ResourceId::new(0);
    types.set_resource_name(counter, "counter".into());
    let mut named = |name: &str, ty| {
        let ty = types.define(ty).expect("the type is valid");
        if let ValType::Defined(id) = ty {
            types.add_name(id, &name.into());
        }
        ty
    };
    let unit = named(
        "unit",
        DefinedType::Enum(["mm".into(), "inch".into()].into()),
    );
    let fields = [
        ("x".into(), ValType::S32),
        ("y".into(), ValType::S32),
        ("unit".into(), unit),
    ];
    let point = named("point", DefinedType::Record(fields.into()));
    let _unused = named("unused", DefinedType::Option(point));
    let mut func = |params: &[(&str, ValType)], result| {
        types.define_func(FuncType {
            params: params
                .iter()
                .map(|(name, ty)| ((*name).into(), *ty))
                .collect(),
            result,
        })
    };
    [
        func(&[("name", ValType::String)], Some(ValType::String)),
        func(&[("self", ValType::Borrow(counter)), ("by", point)], None),
        func(&[("text", ValType::String)], None),
    ]
}

fn signature(plan: &mut Plan, params: usize, results: usize) -> SignatureId {
    plan.types.define_signature(Signature {
        params: vec![CoreType::I32; params].into(),
        results: vec![CoreType::I32; results].into(),
    })
}

fn imports(plan: &mut Plan, log: FuncTypeId) {
    let signature = signature(plan, 1, 0);
    let module = Arc::new(ModuleType {
        imports: vec![],
        exports: [("run".into(), EntityType::Func(signature))].into(),
    });
    let sink: IndexMap<Label, ImportType> = [("log".into(), ImportType::Func(log))].into();
    let sink = Arc::new(sink);
    let logging: IndexMap<Label, ImportType> = [
        ("blob".into(), ImportType::Resource(ResourceId::new(1))),
        ("sink".into(), ImportType::Instance(sink.clone())),
        ("other".into(), ImportType::Instance(sink)),
    ]
    .into();
    let mut import = |name: &str, ty| {
        plan.imports.push(Import {
            name: name.into(),
            implements: None,
            external_id: None,
            ty,
        })
    };
    let logging = import("demo:host/logging", ImportType::Instance(Arc::new(logging)));
    let plugin = import("plugin", ImportType::Module(module.clone()));
    plan.imports[plugin].implements = Some("demo:plugin".into());
    let path = |import: ImportId, path: &[&str]| ImportPath {
        import,
        path: path.iter().map(|name| (*name).into()).collect(),
    };
    plan.imported_funcs.push(ImportedFunc {
        path: path(logging, &["sink", "log"]),
        ty: log,
    });
    plan.imported_modules.push(ImportedModule {
        path: path(plugin, &[]),
        ty: module,
    });
    plan.resources.push(Resource {
        name: "counter".into(),
        origin: ResourceOrigin::Guest {
            owner: ComponentInstanceId::new(2),
            dtor: Some(func_of(1, 2)),
        },
    });
    plan.resources.push(Resource {
        name: "blob".into(),
        origin: ResourceOrigin::Host(path(logging, &["blob"])),
    });
}

fn span(start: usize, end: usize) -> Span {
    Span {
        file: FileId::new(0),
        bytes: start..end,
    }
}

fn modules(plan: &mut Plan) {
    let signature = signature(plan, 2, 1);
    let func = |index| ModuleExport {
        index: EntityIndex::Func(FuncIndex::new(index)),
        ty: EntityType::Func(signature),
    };
    let memory = ModuleExport {
        index: EntityIndex::Memory(MemoryIndex::new(0)),
        ty: EntityType::Memory(MEMORY),
    };
    let import = |module: &str, name: &str, ty| ModuleImport {
        module: module.into(),
        name: name.into(),
        ty,
    };
    plan.modules.push(Arc::new(StaticModule {
        name: Some("libc".into()),
        span: span(0x40, 0x90),
        imports: vec![],
        exports: [
            ("memory".into(), memory.clone()),
            ("mem".into(), memory),
            ("cabi_realloc".into(), func(0)),
        ]
        .into(),
        has_start: false,
    }));
    plan.modules.push(Arc::new(StaticModule {
        name: None,
        span: span(0x90, 0x120),
        imports: vec![import("env", "memory", EntityType::Memory(MEMORY))],
        exports: [
            ("greet".into(), func(0)),
            ("step".into(), func(1)),
            ("drop-counter".into(), func(2)),
        ]
        .into(),
        has_start: true,
    }));
    plan.modules.push(Arc::new(StaticModule {
        name: Some(HOSTILE.into()),
        span: span(0x140, 0x200),
        imports: vec![
            import("b", "greet", EntityType::Func(signature)),
            import("b", HOSTILE, EntityType::Func(signature)),
            import("host", "log", EntityType::Func(signature)),
            import("b", "[resource-drop]counter", EntityType::Func(signature)),
        ],
        exports: [("run".into(), func(4)), (HOSTILE.into(), func(5))].into(),
        has_start: false,
    }));
}

fn instances(plan: &mut Plan) {
    for (name, start, end) in [
        (None, 0, 0x300),
        (Some("a"), 0x130, 0x210),
        (Some("b"), 0x30, 0x128),
    ] {
        plan.components.push(StaticComponent {
            name: name.map(Label::from),
            span: span(start, end),
        });
    }
    let mut instance = |name: &str, component, parent: Option<usize>| {
        plan.component_instances.push(ComponentInstance {
            component: StaticComponentId::new(component),
            parent: parent.map(ComponentInstanceId::new),
            name: name.into(),
        })
    };
    let root = instance("root", 0, None);
    let a = instance("a", 1, Some(0));
    let b = instance("b", 2, Some(0));
    let inner = instance("b.c", 2, Some(2));
    let mut core = |owner, name: &str, module, args| {
        plan.core_instances.push(CoreInstance {
            owner,
            name: name.into(),
            module,
            args,
        })
    };
    let module = |index| CoreModule::Static(StaticModuleId::new(index));
    core(inner, "libc", module(0), vec![]);
    core(b, "b.main", module(1), vec![CoreDef::Export(memory())]);
    let drop = ResourceBuiltin {
        op: ResourceOp::Drop,
        resource: ResourceId::new(0),
        instance: a,
    };
    let args = vec![
        CoreDef::Adapter(AdapterId::new(0)),
        CoreDef::Adapter(AdapterId::new(1)),
        CoreDef::HostLowering(HostLoweringId::new(0)),
        CoreDef::Resource(drop),
    ];
    core(a, "a.main", module(2), args);
    let plugin = CoreModule::Imported(ImportedModuleId::new(0));
    core(root, "plugin", plugin, vec![]);
}

/// The memory of `libc`.
fn memory() -> CoreExport {
    CoreExport {
        instance: CoreInstanceId::new(0),
        item: CoreItem::Index(EntityIndex::Memory(MemoryIndex::new(0))),
    }
}

/// A function that a core instance exports.
fn func_of(instance: usize, func: usize) -> CoreDef {
    CoreDef::Export(CoreExport {
        instance: CoreInstanceId::new(instance),
        item: CoreItem::Index(EntityIndex::Func(FuncIndex::new(func))),
    })
}

fn options(encoding: StringEncoding) -> CanonOptions {
    CanonOptions {
        encoding,
        memory: Some(CoreMemory {
            export: memory(),
            ty: MEMORY,
        }),
        realloc: Some(func_of(0, 0)),
        post_return: None,
    }
}

fn lift(plan: &mut Plan, name: &str, callee: CoreDef, ty: FuncTypeId) -> Lift {
    Lift {
        instance: ComponentInstanceId::new(2),
        name: name.into(),
        callee,
        signature: signature(plan, 2, 1),
        ty,
        options: options(StringEncoding::Utf16),
    }
}

fn lower(plan: &mut Plan, instance: usize, name: &str, ty: FuncTypeId) -> Lower {
    Lower {
        instance: ComponentInstanceId::new(instance),
        name: name.into(),
        ty,
        signature: signature(plan, 3, 0),
        options: options(StringEncoding::Utf8),
    }
}

/// Two adapters of `a`; one of the root that nothing uses, to a lifted adapter.
fn adapters(plan: &mut Plan, greet: FuncTypeId, step: FuncTypeId) {
    let again = CoreDef::Adapter(AdapterId::new(0));
    for (instance, name, callee, ty) in [
        (1, "greet", func_of(1, 0), greet),
        (1, HOSTILE, func_of(1, 1), step),
        (0, "again", again, greet),
    ] {
        let lift = lift(plan, name, callee, ty);
        let lower = lower(plan, instance, name, ty);
        plan.adapters.push(Adapter { lift, lower });
    }
    plan.adapters[AdapterId::new(0)].lift.options.post_return = Some(func_of(1, 2));
    let step = &mut plan.adapters[AdapterId::new(1)];
    step.lift.options = CanonOptions::default();
    step.lower.options = CanonOptions::default();
}

/// An instance in an instance, exported twice; a passed-through function, a module, a component, types.
fn exports(plan: &mut Plan, greet: FuncTypeId, log: FuncTypeId) {
    let lifted = lift(plan, "greet", func_of(1, 0), greet);
    let point = plan
        .types
        .iter()
        .nth(1)
        .map(|(id, _)| ValType::Defined(id))
        .expect("the point was defined second");
    let resource = TypeExport::Resource(ResourceId::new(0));
    let inner = plan.bundles.push(bundle([
        ("greet", ExportItem::Lifted(lifted)),
        ("point", ExportItem::Type(TypeExport::Value(point))),
        ("counter", ExportItem::Type(resource)),
    ]));
    let outer = plan
        .bundles
        .push(bundle([("inner", ExportItem::Instance(inner))]));
    plan.closures.push(ComponentClosure {
        component: StaticComponentId::new(2),
        captures: vec![Captured::Module(CoreModule::Static(StaticModuleId::new(0)))],
    });
    plan.exports = bundle([
        ("demo:api/outer", ExportItem::Instance(outer)),
        ("demo:api/inner", ExportItem::Instance(inner)),
        ("log", ExportItem::Imported(ImportedFuncId::new(0))),
        (
            "libc",
            ExportItem::Module(CoreModule::Static(StaticModuleId::new(0))),
        ),
        ("maker", ExportItem::Component(ClosureId::new(0))),
        (HOSTILE, ExportItem::Type(TypeExport::Func(log))),
    ]);
    plan.exports.exports[1].implements = Some("demo:api/shared".into());
}

/// Returns a bundle of these items.
pub(crate) fn bundle<const N: usize>(items: [(&str, ExportItem); N]) -> Bundle {
    let exports = items.into_iter().map(|(name, item)| {
        let export = Export {
            implements: None,
            external_id: None,
            item,
        };
        (name.into(), export)
    });
    Bundle {
        exports: exports.collect(),
    }
}
