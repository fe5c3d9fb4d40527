//! Sizes of adapter modules, name sections left out.

use std::sync::Arc;

use interfuse::adapt::{
    DefinedType, FuncType, IndexType, MemoryType, StringEncoding, Types, ValType,
};
use interfuse::fact::{
    AdapterSpec, Callback, Callee, FactConfig, Guard, ImportName, MemorySpec, ReallocSpec,
    SideSpec, compile,
};
use wasmparser::{Parser, Payload};

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
        ancestors: Arc::default(),
        encoding: StringEncoding::Utf8,
        memory: Some(MemorySpec {
            import: ImportName::new(&*module, "memory"),
            ty,
        }),
        realloc: Some(ReallocSpec {
            func: ImportName::new(&*module, "realloc"),
            guard: Guard::Clear,
        }),
        may_leave: Some(ImportName::new(&*module, "may-leave")),
        handles: None,
    }
}

/// Returns the size in bytes of the module for functions of these parameters, without custom sections.
fn size(types: &mut Types, funcs: &[&[ValType]]) -> usize {
    let specs: Vec<_> = funcs
        .iter()
        .enumerate()
        .map(|(i, params)| {
            let params = params
                .iter()
                .enumerate()
                .map(|(i, ty)| (format!("p{i}").into(), *ty));
            AdapterSpec {
                standing: None,
                export: format!("{i}"),
                name: format!("{i}"),
                ty: types.define_func(FuncType {
                    params: params.collect(),
                    result: None,
                }),
                lower: side(0),
                lift: side(1),
                callee: Callee::Import(ImportName::new("callee", format!("{i}"))),
                post_return: None,
                callback: Callback::Possible,
            }
        })
        .collect();
    let wasm = compile(types, &specs, &FactConfig::default()).unwrap().wasm;
    let custom = Parser::new(0)
        .parse_all(&wasm)
        .map(|payload| match payload.unwrap() {
            // The identifier and the length of the section come before its range.
            Payload::CustomSection(section) => section.range().count() + 3,
            _ => 0,
        });
    wasm.len() - custom.sum::<usize>()
}

#[test]
fn small_types_have_small_adapters() {
    let mut types = Types::default();
    let bytes = types.define(DefinedType::List(ValType::U8)).unwrap();
    assert!(size(&mut types, &[&[ValType::U32]]) <= 200);
    assert!(size(&mut types, &[&[bytes]]) <= 500);
}

#[test]
fn signatures_share_what_moves_a_nested_type() {
    let mut types = Types::default();
    let mut define = |ty| types.define(ty).unwrap();
    let tags = define(DefinedType::List(ValType::String));
    let email = define(DefinedType::Option(ValType::String));
    let person = define(DefinedType::Record(
        [
            ("name".into(), ValType::String),
            ("email".into(), email),
            ("tags".into(), tags),
            ("letter".into(), ValType::Char),
        ]
        .into(),
    ));
    let pair = define(DefinedType::Tuple([person, person].into()));
    let found = define(DefinedType::Result {
        ok: Some(pair),
        err: Some(person),
    });
    let nested = define(DefinedType::List(found));
    let one = size(&mut types, &[&[nested]]);
    let others = [
        ValType::Bool,
        ValType::U8,
        ValType::S8,
        ValType::U16,
        ValType::U32,
        ValType::U64,
    ];
    let mut funcs: Vec<Vec<ValType>> = others.iter().map(|other| vec![nested, *other]).collect();
    funcs.push(vec![nested]);
    funcs.push(vec![ValType::F32, nested]);
    funcs.push(vec![ValType::F64, nested]);
    funcs.push(vec![nested, nested]);
    let funcs: Vec<&[ValType]> = funcs.iter().map(|func| &func[..]).collect();
    let ten = size(&mut types, &funcs);
    assert!(
        10 * ten <= 13 * one,
        "{one} bytes for one signature, {ten} for ten"
    );
}

#[test]
fn types_of_any_size_compile() {
    let mut types = Types::default();
    let labels = |count: usize| (0..count).map(|i| format!("l{i}").into());
    let many_cases = types
        .define(DefinedType::Enum(labels(10_000).collect()))
        .unwrap();
    let fields = labels(5_000).map(|label| (label, ValType::U16)).collect();
    let many_fields = types.define(DefinedType::Record(fields)).unwrap();
    let mut unfolding = ValType::U8;
    for _ in 0..40 {
        let list = types.define(DefinedType::List(unfolding)).unwrap();
        unfolding = types
            .define(DefinedType::Tuple([list, list].into()))
            .unwrap();
    }
    assert!(size(&mut types, &[&[many_cases]]) <= 200);
    assert!(size(&mut types, &[&[many_fields]]) <= 500);
    assert!(size(&mut types, &[&[unfolding]]) <= 40 * 1000);
}
