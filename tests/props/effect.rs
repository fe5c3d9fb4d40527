//! What calls can observe, case by case.

use std::sync::Arc;

use cranelift_entity::EntityRef;
use interfuse::adapt::{
    AdapterEffects, ComponentInstanceId, CoreDef, CoreInstance, CoreInstanceId, CoreModule,
    DefinedType, Effects, EntityType, FuncType, HostLowering, ImportPath, ImportedModule,
    ModuleImport, ModuleType, ResourceBuiltin, ResourceId, ResourceOp, ValType, analyze_effects,
    estimate_effects,
};

use crate::modules::PlanBuilder;
use crate::sketch;

/// Returns the effects of a function, first from the plan alone, then with the bytes.
fn both(builder: &mut PlanBuilder, func: CoreDef) -> (Effects, Effects) {
    let id = builder.adapter(func);
    let estimate = estimate_effects(&builder.plan).adapter(id).callee;
    let files = [&builder.file[..]];
    (
        estimate,
        analyze_effects(&builder.plan, &files).adapter(id).callee,
    )
}

/// Returns the effects of the function "f" of a module whose only import is `resource.drop`.
fn with_drop(text: &str) -> (Effects, Effects) {
    let mut builder = PlanBuilder::new();
    let drop = builder.builtin(ResourceOp::Drop);
    let instance = builder.instance(text, vec![drop]);
    let func = builder.export(instance, "f");
    both(&mut builder, func)
}

const LEAVE: Effects = Effects::LEAVE;
const NOTHING: Effects = Effects::NOTHING;

#[test]
fn effects_print_as_words() {
    assert_eq!(NOTHING.to_string(), "nothing");
    let effects = Effects {
        borrow: true,
        ..LEAVE
    };
    assert_eq!(effects.to_string(), "leave, borrow");
}

#[test]
fn builtins_leave_but_for_rep() {
    let mut builder = PlanBuilder::new();
    let lowered = builder.adapter(builder.builtin(ResourceOp::Rep));
    let cases = [
        (builder.builtin(ResourceOp::New), LEAVE),
        (builder.builtin(ResourceOp::Rep), NOTHING),
        (builder.builtin(ResourceOp::Drop), LEAVE),
        (CoreDef::Adapter(lowered), LEAVE),
        (CoreDef::HostLowering(EntityRef::new(0)), LEAVE),
    ];
    for (def, effects) in cases {
        assert_eq!(both(&mut builder, def), (effects, effects));
    }
}

#[test]
fn only_what_is_reached_counts() {
    let unreached = r#"(module (import "" "drop" (func $drop (param i32)))
        (func (export "f") call $g) (func $g)
        (func (export "h") (call $drop (i32.const 0))))"#;
    assert_eq!(with_drop(unreached), (LEAVE, NOTHING));
    let reached = r#"(module (import "" "drop" (func $drop (param i32)))
        (func (export "f") call $g)
        (func $g (return_call $drop (i32.const 0))))"#;
    assert_eq!(with_drop(reached), (LEAVE, LEAVE));
}

#[test]
fn circles_are_walked_once() {
    let text = |call| {
        format!(
            r#"(module (import "" "drop" (func $drop (param i32)))
            (func $f (export "f") call $g) (func $g call $h)
            (func $h call $f {call}))"#
        )
    };
    assert_eq!(with_drop(&text("")), (LEAVE, NOTHING));
    let leaves = text("(call $drop (i32.const 0))");
    assert_eq!(with_drop(&leaves), (LEAVE, LEAVE));
}

#[test]
fn calls_of_references_can_do_what_the_instance_can() {
    let table = r#"(module (import "" "drop" (func $drop (param i32)))
        (table 1 funcref) (func (export "f") (call_indirect (i32.const 0))))"#;
    assert_eq!(with_drop(table), (LEAVE, LEAVE));
    let reference = r#"(module (type $t (func)) (import "" "drop" (func $drop (param i32)))
        (func (export "f") (call_ref $t (ref.null $t))))"#;
    assert_eq!(with_drop(reference), (LEAVE, LEAVE));
    let taken = r#"(module (import "" "drop" (func $drop (param i32))) (elem declare func $drop)
        (func (export "f") (drop (ref.func $drop))))"#;
    assert_eq!(with_drop(taken), (LEAVE, LEAVE));
    let mut builder = PlanBuilder::new();
    let text = r#"(module (table 1 funcref) (func (export "f") (call_indirect (i32.const 0))))"#;
    let instance = builder.instance(text, vec![]);
    let func = builder.export(instance, "f");
    assert_eq!(both(&mut builder, func), (NOTHING, NOTHING));
}

#[test]
fn functions_of_other_instances_are_followed() {
    let mut builder = PlanBuilder::new();
    let drop = builder.builtin(ResourceOp::Drop);
    let libc = r#"(module (import "" "drop" (func $drop (param i32)))
        (func (export "malloc")) (func (export "panic") (call $drop (i32.const 0))))"#;
    let libc = builder.instance(libc, vec![drop]);
    let main = r#"(module (import "" "malloc" (func $malloc)) (import "" "panic" (func $panic))
        (export "f" (func $malloc)) (func (export "g") call $malloc) (func (export "h") call $panic))"#;
    let args = vec![
        builder.export(libc, "malloc"),
        builder.export(libc, "panic"),
    ];
    let main = builder.instance(main, args);
    for (name, effects) in [("f", NOTHING), ("g", NOTHING), ("h", LEAVE)] {
        let func = builder.export(main, name);
        assert_eq!(both(&mut builder, func), (LEAVE, effects), "{name}");
    }
}

/// Returns the effects of a function "f" of an allocator that calls through its table, next to an instance that can
/// leave and imports `shared` from it.
fn beside(shared: &str, import: &str) -> (Effects, Effects) {
    let mut builder = PlanBuilder::new();
    let libc = r#"(module (table (export "table") 1 funcref) (memory (export "memory") 1)
        (global (export "global") (mut funcref) (ref.null func))
        (tag (export "tag") (param funcref))
        (func (export "numbers") (param i32)) (func (export "set") (param funcref))
        (func (export "f") (call_indirect (i32.const 0))))"#;
    let libc = builder.instance(libc, vec![]);
    let main = format!(
        r#"(module (import "" "drop" (func $drop (param i32))) (import "" "shared" {import}))"#
    );
    let args = vec![
        builder.builtin(ResourceOp::Drop),
        builder.export(libc, shared),
    ];
    builder.instance(&main, args);
    let func = builder.export(libc, "f");
    both(&mut builder, func)
}

#[test]
fn instances_that_share_references_can_do_what_either_can() {
    let shared = [
        ("table", "(table 1 funcref)"),
        ("global", "(global (mut funcref))"),
        ("tag", "(tag (param funcref))"),
        ("set", "(func (param funcref))"),
    ];
    for (name, import) in shared {
        assert_eq!(beside(name, import), (LEAVE, LEAVE), "{name}");
    }
    assert_eq!(beside("memory", "(memory 1)"), (NOTHING, NOTHING));
    let func = "(func (param i32))";
    assert_eq!(beside("numbers", func), (NOTHING, NOTHING));
}

#[test]
fn functions_in_an_imported_table_can_be_called() {
    let mut builder = PlanBuilder::new();
    let drop = builder.builtin(ResourceOp::Drop);
    let libc = r#"(module (import "" "drop" (func (param i32))) (table (export "t") 1 funcref))"#;
    let libc = builder.instance(libc, vec![drop]);
    let main = r#"(module (import "" "t" (table 1 funcref))
        (func (export "f") (call_indirect (i32.const 0))))"#;
    let table = builder.export(libc, "t");
    let main = builder.instance(main, vec![table]);
    let func = builder.export(main, "f");
    assert_eq!(both(&mut builder, func), (LEAVE, LEAVE));
}

#[test]
fn imported_modules_can_do_anything() {
    let mut builder = PlanBuilder::new();
    let f = r#"(module (table (export "t") 1 funcref) (func (export "f") (call_indirect (i32.const 0))))"#;
    let own = builder.instance(f, vec![]);
    let module = builder.plan.imported_modules.push(ImportedModule {
        path: ImportPath {
            import: EntityRef::new(0),
            path: vec![],
        },
        ty: Arc::new(ModuleType {
            imports: vec![ModuleImport {
                module: "".into(),
                name: "t".into(),
                ty: table_type(&builder, own),
            }],
            exports: Default::default(),
        }),
    });
    let args = vec![builder.export(own, "t")];
    let imported = builder.plan.core_instances.push(CoreInstance {
        owner: EntityRef::new(0),
        name: "imported".into(),
        module: CoreModule::Imported(module),
        args,
    });
    let func = builder.export(own, "f");
    assert_eq!(both(&mut builder, func), (LEAVE, LEAVE));
    let func = CoreDef::Export(crate::sketch::memory(imported).export);
    assert_eq!(both(&mut builder, func), (LEAVE, LEAVE));
}

fn table_type(builder: &PlanBuilder, instance: CoreInstanceId) -> EntityType {
    let CoreModule::Static(module) = builder.plan.core_instances[instance].module else {
        panic!("the module has bytes");
    };
    builder.plan.modules[module].exports["t"].ty.clone()
}

#[test]
fn each_option_has_its_own_effects() {
    let mut builder = PlanBuilder::new();
    let drop = builder.builtin(ResourceOp::Drop);
    let text = r#"(module (import "" "drop" (func $drop (param i32)))
        (func (export "quiet")) (func (export "loud") (call $drop (i32.const 0))))"#;
    let instance = builder.instance(text, vec![drop]);
    let quiet = builder.export(instance, "quiet");
    let loud = builder.export(instance, "loud");
    let id = builder.adapter(loud.clone());
    let adapter = &mut builder.plan.adapters[id];
    adapter.lift.options.realloc = Some(quiet.clone());
    adapter.lift.options.post_return = Some(loud.clone());
    builder.resource(0, Some(quiet.clone()));
    let effects = analyze_effects(&builder.plan, &[&builder.file]);
    let expected = AdapterEffects {
        callee: LEAVE,
        post_return: LEAVE,
        ..AdapterEffects::default()
    };
    assert_eq!(effects.adapter(id), expected);
    assert_eq!(effects.func(&quiet), NOTHING);
    assert_eq!(effects.instance(instance), LEAVE);
    assert_eq!(estimate_effects(&builder.plan).func(&quiet), LEAVE);
}

#[test]
fn callers_are_called_back_along_circles() {
    let calls_back = |change: &dyn Fn(&mut PlanBuilder)| {
        let mut builder = PlanBuilder::new();
        let drop = builder.builtin(ResourceOp::Drop);
        let id = builder.adapter(drop);
        change(&mut builder);
        estimate_effects(&builder.plan).adapter(id).calls_back
    };
    let back = |builder: &mut PlanBuilder, callee: CoreDef| {
        let id = builder.adapter(callee);
        let adapter = &mut builder.plan.adapters[id];
        std::mem::swap(&mut adapter.lift.instance, &mut adapter.lower.instance);
    };
    assert!(!calls_back(&|_| {}));
    assert!(calls_back(&|builder| back(
        builder,
        builder.builtin(ResourceOp::Rep)
    )));
    // A callee that cannot leave does not get there.
    assert!(!calls_back(&|builder| {
        let callee = builder.builtin(ResourceOp::Rep);
        let first = builder.plan.adapters.keys().next().unwrap();
        builder.plan.adapters[first].lift.callee = callee.clone();
        back(builder, callee);
    }));
    // The callee drops a resource of the caller's.
    assert!(calls_back(&|builder| {
        let resource = builder.resource(1, None);
        builder.adapter(CoreDef::Resource(ResourceBuiltin {
            op: ResourceOp::Drop,
            resource,
            instance: ComponentInstanceId::new(0),
        }));
    }));
    // The callee calls the host, and the host drops resources of the caller's.
    assert!(calls_back(&|builder| {
        builder.resource(1, None);
        builder.plan.host_lowerings.push(HostLowering {
            func: EntityRef::new(0),
            lower: sketch::lower(0, None),
        });
    }));
}

#[test]
fn borrowed_handles_of_others_are_received() {
    let mut builder = PlanBuilder::new();
    let own = ResourceId::new(0);
    let other = builder.resource(1, None);
    let types = &mut builder.plan.types;
    let list = types
        .define(DefinedType::List(ValType::Borrow(other)))
        .unwrap();
    let nested = types
        .define(DefinedType::Tuple([ValType::U8, list].into()))
        .unwrap();
    let owns = types
        .define(DefinedType::Option(ValType::Own(other)))
        .unwrap();
    let cases = [
        (ValType::Borrow(own), false),
        (ValType::Borrow(other), true),
        (ValType::Own(other), false),
        (owns, false),
        (nested, true),
        (ValType::String, false),
    ];
    for (ty, borrow) in cases {
        let id = builder.adapter(builder.builtin(ResourceOp::Rep));
        let ty = FuncType {
            params: [("p".into(), ty)].into(),
            result: None,
        };
        let ty = builder.plan.types.define_func(ty);
        builder.plan.adapters[id].lift.ty = ty;
        let effects = estimate_effects(&builder.plan).adapter(id);
        assert_eq!(effects.callee, Effects { borrow, ..NOTHING });
    }
}

#[test]
fn missing_bytes_leave_the_estimate() {
    let mut builder = PlanBuilder::new();
    let drop = builder.builtin(ResourceOp::Drop);
    let text = r#"(module (import "" "drop" (func (param i32))) (func (export "f")))"#;
    let instance = builder.instance(text, vec![drop]);
    let func = builder.export(instance, "f");
    let id = builder.adapter(func);
    let effects = |files: &[&[u8]]| analyze_effects(&builder.plan, files).adapter(id).callee;
    assert_eq!(effects(&[&builder.file]), NOTHING);
    assert_eq!(effects(&[]), LEAVE);
    assert_eq!(effects(&[b"short"]), LEAVE);
    assert_eq!(effects(&[&vec![0; builder.file.len()]]), LEAVE);
}
