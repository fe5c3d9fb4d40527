//! Specifications that contradict themselves are errors.

use std::collections::BTreeMap;
use std::sync::Arc;

use interfuse::adapt::{DefinedType, FuncType, StringEncoding, Types, ValType};
use interfuse::fact::{
    AdapterSpec, Callback, Callee, FactConfig, HandlesSpec, ImportName, InvalidSpecKind, SideSpec,
    compile,
};

fn side(instance: u32, handles: Option<&str>) -> SideSpec {
    SideSpec {
        instance,
        ancestors: Arc::default(),
        encoding: StringEncoding::Utf8,
        memory: None,
        realloc: None,
        may_leave: None,
        handles: handles.map(|module| HandlesSpec {
            numbers: BTreeMap::new(),
            module: module.into(),
            implements: Default::default(),
        }),
    }
}

#[track_caller]
fn assert_kind(param: ValType, handles: Option<&str>, callee: ImportName, kind: &InvalidSpecKind) {
    assert_kind_of(Types::default(), param, handles, callee, kind);
}

#[track_caller]
fn assert_kind_of(
    mut types: Types,
    param: ValType,
    handles: Option<&str>,
    callee: ImportName,
    kind: &InvalidSpecKind,
) {
    let params = [("p".into(), param)].into();
    let spec = AdapterSpec {
        standing: None,
        export: "f".into(),
        name: "f".into(),
        ty: types.define_func(FuncType {
            params,
            result: None,
        }),
        lower: side(0, handles),
        lift: side(1, handles),
        callee: Callee::Import(callee),
        post_return: None,
        callback: Callback::Possible,
    };
    let error = compile(&types, &[spec], &FactConfig::default()).unwrap_err();
    assert_eq!(error.kind, *kind);
}

#[test]
fn nothing_is_imported_with_two_types() {
    let kind = |module: &str, name: &str| InvalidSpecKind::ImportTypes(module.into(), name.into());
    let trap = ImportName::new("interfuse", "trap");
    assert_kind(ValType::U64, None, trap, &kind("interfuse", "trap"));
    let own = ValType::Own(interfuse::adapt::ResourceId::from_u32(0));
    let take = ImportName::new("state", "take-own");
    assert_kind(own, Some("state"), take, &kind("state", "take-own"));
}

#[test]
fn what_a_type_needs_must_be_there() {
    let callee = || ImportName::new("c", "f");
    assert_kind(
        ValType::String,
        None,
        callee(),
        &InvalidSpecKind::NoMemory("caller"),
    );
    let own = ValType::Own(interfuse::adapt::ResourceId::from_u32(0));
    assert_kind(own, None, callee(), &InvalidSpecKind::NoHandles("caller"));
}

#[test]
fn values_fit_into_28_bits() {
    let kind = |element: ValType, count: u32, kind: &InvalidSpecKind| {
        let mut types = Types::default();
        let list = types.define(DefinedType::FixedList(element, count));
        let callee = ImportName::new("c", "f");
        assert_kind_of(types, list.unwrap(), None, callee, kind);
    };
    let fits = InvalidSpecKind::NoMemory("caller");
    kind(ValType::U8, (1 << 28) - 1, &fits);
    kind(ValType::U8, 1 << 28, &InvalidSpecKind::TooLarge);
    kind(ValType::U64, u32::MAX, &InvalidSpecKind::TooLarge);
    // A pointer and a length have 16 bytes where pointers are widest, whatever the memories are.
    kind(ValType::String, (1 << 24) - 1, &fits);
    kind(ValType::String, 1 << 24, &InvalidSpecKind::TooLarge);
}
