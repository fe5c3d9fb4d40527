//! Explanations of adapters of types that are too large to print.

use std::collections::BTreeMap;
use std::sync::Arc;

use interfuse::adapt::{
    DefinedType, FuncType, IndexType, MemoryType, ResourceId, StringEncoding, Types, ValType,
};
use interfuse::fact::explain::{Explanation, explain};
use interfuse::fact::{
    AdapterSpec, Callback, Callee, FactConfig, Guard, HandlesSpec, ImportName, MemorySpec,
    ReallocSpec, SideSpec,
};

fn side(instance: u32) -> SideSpec {
    let module = format!("{instance}");
    let ty = MemoryType {
        index_type: IndexType::I32,
        shared: false,
        min_pages: 1,
        max_pages: None,
        page_size_log2: 16,
    };
    SideSpec {
        instance,
        ancestors: std::sync::Arc::default(),
        encoding: StringEncoding::Utf8,
        memory: Some(MemorySpec {
            import: ImportName::new(&*module, "memory"),
            ty,
        }),
        realloc: Some(ReallocSpec {
            func: ImportName::new(&*module, "realloc"),
            guard: Guard::Keep,
        }),
        may_leave: None,
        handles: Some(HandlesSpec {
            numbers: BTreeMap::new(),
            module: format!("{instance} state"),
            implements: Arc::default(),
        }),
    }
}

/// Explains an adapter with one parameter and a result of a type.
fn explain_type(types: &mut Types, ty: ValType) -> Explanation {
    let func = FuncType {
        params: [("p".into(), ty)].into(),
        result: Some(ty),
    };
    explain_func(types, func, side(1))
}

fn explain_func(types: &mut Types, func: FuncType, lift: SideSpec) -> Explanation {
    explain_call(types, func, lift, Callback::Possible)
}

fn explain_call(
    types: &mut Types,
    func: FuncType,
    lift: SideSpec,
    callback: Callback,
) -> Explanation {
    let spec = AdapterSpec {
        standing: None,
        callback,
        export: "f".into(),
        name: "a.f → b.f".into(),
        ty: types.define_func(func),
        lower: side(0),
        lift,
        callee: Callee::Import(ImportName::new("callee", "f")),
        post_return: None,
    };
    let module = explain("m", types, &[spec], &FactConfig::default()).unwrap();
    Explanation::new(vec![module])
}

#[track_caller]
fn assert_size(explanation: &Explanation, text_max: usize, json_max: usize) {
    let (text, json) = (explanation.to_string(), explanation.to_json());
    assert!(text.len() <= text_max, "{} bytes of text", text.len());
    assert!(json.len() <= json_max, "{} bytes of JSON", json.len());
}

#[test]
fn type_that_unfolds_to_2_pow_40_leaves_is_explained_once_per_type() {
    let mut types = Types::default();
    let mut ty = ValType::U8;
    for _ in 0..40 {
        let list = types.define(DefinedType::List(ty)).unwrap();
        ty = types
            .define(DefinedType::Tuple([list, list].into()))
            .unwrap();
    }
    let explanation = explain_type(&mut types, ty);
    let moves = &explanation.modules[0].moves;
    // The outermost type is held in two ways: flat as a parameter, in memory as a result.
    assert!(moves.len() <= 82, "{}", moves.len());
    assert_size(&explanation, 40_000, 120_000);
}

#[test]
fn type_with_many_parts_is_explained() {
    let mut types = Types::default();
    let labels = |count: usize| (0..count).map(|i| format!("l{i}").into());
    let cases = DefinedType::Enum(labels(10_000).collect());
    let cases = types.define(cases).unwrap();
    let explanation = explain_type(&mut types, cases);
    let moves = &explanation.modules[0].moves;
    assert_eq!(moves[0].how, "checked to be below 10000");
    assert_size(&explanation, 2_000, 4_000);

    let fields = labels(5_000).map(|label| (label, ValType::String));
    let fields = DefinedType::Record(fields.collect());
    let fields = types.define(fields).unwrap();
    let explanation = explain_type(&mut types, fields);
    let moves = &explanation.modules[0].moves;
    assert_eq!(moves.len(), 2);
    assert_eq!(moves[1].parts.len(), 5_000);
    assert_size(&explanation, 20_000, 1_200_000);
}

#[test]
fn names_cannot_control_a_terminal() {
    let mut types = Types::default();
    let name = "\u{1b}[2J".repeat(1000);
    let field = DefinedType::Record([(name.as_str().into(), ValType::String)].into());
    let field = types.define(field).unwrap();
    let explanation = explain_type(&mut types, field);
    let text = explanation.to_string();
    assert!(!text.contains('\u{1b}'));
    assert!(text.len() < 10_000, "{}", text.len());
}

#[test]
fn handles_are_explained() {
    let resource = ResourceId::from_u32(0);
    let func = || FuncType {
        params: [("p".into(), ValType::Borrow(resource))].into(),
        result: Some(ValType::Own(resource)),
    };
    let mut types = Types::default();
    let foreign = explain_func(&mut types, func(), side(1)).to_string();
    for line in [
        "p  borrow<resource0>  lent for the call; the callee gets a handle, and must drop it",
        "result  own<resource0>  moves from handle table to handle table",
        "\"0 state\".lend         lends handles of the caller",
        "\"1 state\".put-borrow   puts borrowed handles into the callee's table",
        "\"1 state\".exit-scope   tests that the callee dropped what it borrowed",
    ] {
        assert!(foreign.contains(line), "{foreign}");
    }
    let mut lift = side(1);
    lift.handles = Some(HandlesSpec {
        numbers: BTreeMap::new(),
        module: "1 state".into(),
        implements: Arc::new([resource].into()),
    });
    let own = explain_func(&mut types, func(), lift).to_string();
    assert!(
        own.contains("lent for the call; the callee gets the representation"),
        "{own}"
    );
    assert!(!own.contains("put-borrow"), "{own}");
}

#[test]
fn lends_that_are_not_counted_are_explained() {
    let func = FuncType {
        params: [("p".into(), ValType::Borrow(ResourceId::from_u32(0)))].into(),
        result: None,
    };
    let mut types = Types::default();
    let text = explain_call(&mut types, func, side(1), Callback::Impossible).to_string();
    for line in [
        "lent for the call, not counted because nobody could tell; the callee gets a handle",
        "\"0 state\".resource-rep  looks up what handles of the caller stand for\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
    assert!(!text.contains("\"0 state\".lend"), "{text}");
}

#[test]
fn calls_within_one_instance_are_explained() {
    let resource = ResourceId::from_u32(0);
    let func = FuncType {
        params: [
            ("o".into(), ValType::Own(resource)),
            ("b".into(), ValType::Borrow(resource)),
        ]
        .into(),
        result: Some(ValType::String),
    };
    let mut types = Types::default();
    let explanation = explain_func(&mut types, func, side(0));
    let adapter = &explanation.modules[0].adapters[0];
    assert_eq!(adapter.params.kept, Some("locals"));
    assert_eq!(adapter.result.as_ref().unwrap().kept, Some("memory"));
    let text = explanation.to_string();
    for line in [
        "parameters: 2 core values, all lifted first, then lowered\n",
        "all lifted into a memory of the module first, then lowered from there;",
        "takes handles out of the caller's table; takes handles out of the callee's table\n",
        "lends handles of the caller\n",
        "puts borrowed handles into the callee's table\n",
        "too many bytes for a call within one instance\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn what_adapters_have_in_common_is_explained_once() {
    let mut types = Types::default();
    let fields = (0..5_000).map(|i| (format!("l{i}").into(), ValType::String));
    let fields = DefinedType::Record(fields.collect());
    let fields = types.define(fields).unwrap();
    let spec = |types: &mut Types, position: usize| AdapterSpec {
        standing: None,
        callback: Callback::Possible,
        export: format!("f{position}"),
        name: format!("a.f{position} → b.f{position}"),
        ty: types.define_func(FuncType {
            params: [("p".into(), fields)].into(),
            result: None,
        }),
        lower: side(0),
        lift: side(1),
        callee: Callee::Import(ImportName::new("callee", "f")),
        post_return: None,
    };
    let specs: Vec<_> = (0..1_000).map(|it| spec(&mut types, it)).collect();
    let module = explain("m", &types, &specs, &FactConfig::default()).unwrap();
    assert_eq!(module.moves.len(), 2);
    assert_size(&Explanation::new(vec![module]), 10_000_000, 6_000_000);
}
