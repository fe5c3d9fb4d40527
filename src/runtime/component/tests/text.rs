//! Values as text.

use proptest::prelude::{Just, ProptestConfig, Strategy, prop_assert_eq, proptest};

use crate::adapt::{DefinedType, FuncType, Label, Types, ValType};
use crate::runtime::component::resource::{HostResources, ResourceType, Taken};
use crate::runtime::component::tests::convert::to_val;
use crate::runtime::component::tests::fake::{Fixture, all_options};
use crate::runtime::component::ty::Type;
use crate::runtime::component::val::Val;
use crate::runtime::component::wave::{Call, from_str, to_string};
use crate::strategy::{TypeConfig, TypeSample, Value, types, values};

fn samples() -> impl Strategy<Value = (TypeSample, Value)> {
    // Entries of maps that have one key become one.
    let config = TypeConfig {
        fixed_lists: true,
        maps: false,
        huge_enums: false,
        ..TypeConfig::default()
    };
    types(config).prop_flat_map(|sample| {
        let values = values(&sample.types, sample.ty);
        (Just(sample), values)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn what_is_printed_is_read_back((sample, value) in samples()) {
        let val = to_val(&sample.types, &mut HostResources::default(), sample.ty, &value);
        let fixture = Fixture::of(sample.types, sample.ty, all_options()[0]);
        let text = to_string(&val);
        prop_assert_eq!(from_str(&fixture.param(), &text).expect("the test made it so"), val, "{}", text);
    }

    #[test]
    fn text_that_is_noise_is_no_value_or_one_of_the_type((sample, _) in samples(), text in "[\\[\\]{}():,a-c0-9\"'%. -]{0,20}") {
        let fixture = Fixture::of(sample.types, sample.ty, all_options()[0]);
        if let Ok(val) = from_str(&fixture.param(), &text) {
            prop_assert_eq!(val.check(&fixture.param()), Ok(()));
        }
    }
}

#[test]
fn numbers_and_escapes() {
    let round =
        |ty: &Type, text: &str| to_string(&from_str(ty, text).expect("the test made it so"));
    assert_eq!(round(&Type::F32, "nan"), "nan");
    assert_eq!(round(&Type::F64, "-inf"), "-inf");
    assert_eq!(round(&Type::F64, "-0"), "-0");
    assert_eq!(round(&Type::F64, "1e3"), "1000");
    assert_eq!(round(&Type::Char, r"'\u{1F44B}'"), "'👋'");
    assert_eq!(round(&Type::String, r#""a\tb\u{0}\"""#), r#""a\tb\u{0}\"""#);
    assert!(from_str(&Type::U8, "256").is_err());
    assert!(from_str(&Type::U8, "1 2").is_err());
}

#[test]
fn maps_keep_their_order_and_the_last_of_equal_keys() {
    let mut types = Types::default();
    let map = types
        .define(DefinedType::Map(ValType::String, ValType::U8))
        .expect("the test made it so");
    let fixture = Fixture::of(types, map, all_options()[0]);
    let val =
        from_str(&fixture.param(), r#"{"b": 1, "a": 2, "b": 3}"#).expect("the test made it so");
    assert_eq!(to_string(&val), r#"{"b": 3, "a": 2}"#);
}

#[test]
fn lists_of_fixed_length_have_that_length() {
    let mut types = Types::default();
    let list = types
        .define(DefinedType::FixedList(ValType::U8, 2))
        .expect("the test made it so");
    let fixture = Fixture::of(types, list, all_options()[0]);
    assert!(from_str(&fixture.param(), "[1, 2]").is_ok());
    let wrong = from_str(&fixture.param(), "[1]").unwrap_err();
    assert_eq!(wrong.to_string(), "expected 2 elements, found 1");
}

#[test]
fn handle_prints_and_cannot_be_made_up() {
    let mut held = HostResources::default();
    let ty = ResourceType::host_dynamic(0);
    let any = held
        .insert_own(ty, Taken::made(9))
        .expect("the test made it so");
    let text = to_string(&Val::Tuple(vec![Val::Resource(any), Val::U8(1)]));
    assert_eq!(text, "(<resource 0>, 1)");
    assert!(from_str(&Type::Own(ty), "<resource 0>").is_err());
    assert!(from_str(&Type::Own(ty), "0").is_err());
}

#[test]
fn calls_are_read_for_the_types_of_a_function() {
    let mut types = Types::default();
    let list = types
        .define(DefinedType::List(ValType::U8))
        .expect("the test made it so");
    let option = types
        .define(DefinedType::Option(ValType::Bool))
        .expect("the test made it so");
    let params: [(Label, ValType); 3] = [
        ("name".into(), ValType::String),
        ("n".into(), list),
        ("loud".into(), option),
    ];
    let func = FuncType {
        params: params.into(),
        result: None,
    };
    let id = types.define_func(func);
    let fixture = Fixture::new(types, id, all_options()[0]);
    let read = |text: &str| {
        Call::parse(text)
            .expect("the test made it so")
            .params(&fixture.ty)
    };
    let call = Call::parse(r#"greet("Ada", [1, 2])"#).expect("the test made it so");
    assert_eq!(call.name(), "greet");
    let vals = call.params(&fixture.ty).expect("the test made it so");
    let list = Val::List(vec![Val::U8(1), Val::U8(2)].into());
    assert_eq!(vals, [Val::String("Ada".into()), list, Val::Option(None)]);
    assert!(read(r#"greet("Ada")"#).is_err());
    assert!(read(r#"greet("Ada", [1, 2], some(true), 4)"#).is_err());
    assert!(read("greet(1, 2)").is_err());
    assert!(Call::parse("greet").is_err());
    assert!(Call::parse(&"f(".repeat(100_000)).is_err());
    assert!(Call::parse(&format!("f({}", "[".repeat(100_000))).is_err());
}
