//! Types of Rust and [`Val`](crate::component::Val) agree, on every byte.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use proptest::prelude::{ProptestConfig, any, proptest};

use crate::adapt::{DefinedType, Label, ResourceId, Types, ValType};
use crate::fact::TrapCode;
use crate::runtime::component::resource::{Resource, ResourceAny, Taken};
use crate::runtime::component::tests::fake::{Fixture, all_options, garbage};
use crate::runtime::component::typed::declare::{enumeration, flags, record, variant};
use crate::runtime::component::typed::func::{
    export_slots, lift_params, lift_result, lower_params, lower_result, typecheck,
};
use crate::runtime::component::typed::{ComponentType, Lift, Lower};
use crate::runtime::error::Error;

record! {
    #[derive(Clone, Debug, PartialEq)]
    struct Plain {
        x: u8,
        y: i64,
        some_flag: bool,
    }
}

record! {
    #[derive(Clone, Debug, PartialEq)]
    struct Deep {
        plains: Vec<Plain>,
        "type" => kind: Option<String>,
        shape: Shape,
    }
}

variant! {
    #[derive(Clone, Debug, PartialEq)]
    enum Shape {
        Circle(f32),
        Path(Vec<(i16, i16)>),
        "none" => Empty,
        BigOne(u64),
    }
}

enumeration! {
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Side {
        NorthEast,
        South,
    }
}

flags! {
    struct Access {
        READ,
        WRITE_ALL,
        "run" => EXECUTE,
    }
}

/// Returns a type by its structure, so that the tests below are short.
fn define(types: &mut Types, ty: DefinedType) -> ValType {
    types.define(ty).expect("the test made it so")
}

fn plain(types: &mut Types) -> ValType {
    let fields: [(Label, ValType); 3] = [
        ("x".into(), ValType::U8),
        ("y".into(), ValType::S64),
        ("some-flag".into(), ValType::Bool),
    ];
    define(types, DefinedType::Record(fields.into()))
}

fn shape(types: &mut Types) -> ValType {
    let pair = define(types, DefinedType::Tuple([ValType::S16; 2].into()));
    let path = define(types, DefinedType::List(pair));
    let cases: [(Label, Option<ValType>); 4] = [
        ("circle".into(), Some(ValType::F32)),
        ("path".into(), Some(path)),
        ("none".into(), None),
        ("big-one".into(), Some(ValType::U64)),
    ];
    define(types, DefinedType::Variant(cases.into()))
}

fn deep(types: &mut Types) -> ValType {
    let plain = plain(types);
    let fields: [(Label, ValType); 3] = [
        ("plains".into(), define(types, DefinedType::List(plain))),
        (
            "type".into(),
            define(types, DefinedType::Option(ValType::String)),
        ),
        ("shape".into(), shape(types)),
    ];
    define(types, DefinedType::Record(fields.into()))
}

fn access(types: &mut Types) -> ValType {
    let names = ["read", "write-all", "run"].map(Into::into);
    define(types, DefinedType::Flags(names.into()))
}

fn side(types: &mut Types) -> ValType {
    let names = ["north-east", "south"].map(Into::into);
    define(types, DefinedType::Enum(names.into()))
}

fn check<T: Lower + Lift + PartialEq + Debug>(make: impl Fn(&mut Types) -> ValType, value: &T) {
    for options in all_options() {
        let fixture = || {
            let mut types = Types::default();
            let ty = make(&mut types);
            Fixture::of(types, ty, options)
        };
        let (mut typed, mut dynamic) = (fixture(), fixture());
        typecheck::<(T,), (T,)>(&typed.ty).expect("the test made it so");

        let mut values = garbage();
        let (mut cx, func) = typed.lower_cx();
        lower_params(&mut cx, func, &(value,), &mut values).expect("the test made it so");
        let slots = func.param_slots();
        assert!(export_slots::<(T,), (T,)>() >= slots);
        values.truncate(slots);
        let vals = typed.lift_params(&values).expect("the test made it so");
        let other = dynamic.lower_params(&vals).expect("the test made it so");
        let bits = |values: &[crate::runtime::vm::layout::RawValue]| -> Vec<u64> {
            values.iter().map(|it| it.as_u64()).collect()
        };
        assert_eq!(bits(&values), bits(&other));
        assert_eq!(typed.guest.memory, dynamic.guest.memory);
        assert_eq!(typed.guest.reallocs, dynamic.guest.reallocs);
        let (mut cx, func) = typed.lift_cx();
        let back: (T,) = lift_params(&mut cx, func, &values).expect("the test made it so");
        assert_eq!(back.0, *value);

        let mut values = dynamic
            .lower_result(Some(&vals[0]))
            .expect("the test made it so");
        let (mut cx, func) = dynamic.lift_cx();
        let back: (T,) = lift_result(&mut cx, func, &values).expect("the test made it so");
        assert_eq!(back.0, *value);
        // A result in memory goes to where the other one was.
        let before = dynamic.guest.memory.clone();
        if dynamic.func.is_result_in_memory {
            values.swap(0, slots);
        }
        let (mut cx, func) = dynamic.lower_cx();
        lower_result::<(T,), (&T,)>(&mut cx, func, &(value,), &mut values)
            .expect("the test made it so");
        let mut returned = values.clone();
        if dynamic.func.is_result_in_memory {
            returned.swap(0, slots);
        }
        let after = dynamic.lift_result(&returned).expect("the test made it so");
        assert_eq!(after.as_ref(), Some(&vals[0]));
        assert!(dynamic.guest.memory.len() >= before.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(40) })]

    #[test]
    fn numbers(a in any::<i8>(), b in any::<u16>(), c in any::<i64>(), d in any::<u32>(), e in any::<char>(), f in any::<bool>()) {
        check(|_| ValType::S8, &a);
        check(|_| ValType::U16, &b);
        check(|_| ValType::S64, &c);
        check(|_| ValType::F32, &(d as f32));
        check(|_| ValType::Char, &e);
        check(|_| ValType::Bool, &f);
        let parts = [ValType::S8, ValType::U16, ValType::S64, ValType::U32, ValType::Char, ValType::Bool];
        check(|types| define(types, DefinedType::Tuple(parts.into())), &(a, b, c, d, e, f));
    }

    #[test]
    fn lists_and_strings(a in any::<Vec<u32>>(), b in any::<Vec<String>>(), c in any::<[i16; 3]>(), d in any::<Vec<(char, bool)>>()) {
        check(|types| define(types, DefinedType::List(ValType::U32)), &a);
        check(|types| define(types, DefinedType::List(ValType::String)), &b);
        check(|types| define(types, DefinedType::FixedList(ValType::S16, 3)), &c);
        let pair = |types: &mut Types| define(types, DefinedType::Tuple([ValType::Char, ValType::Bool].into()));
        check(|types| { let pair = pair(types); define(types, DefinedType::List(pair)) }, &d);
        let (chars, bools): (Vec<char>, Vec<bool>) = d.iter().copied().unzip();
        check(|types| define(types, DefinedType::List(ValType::Char)), &chars);
        check(|types| define(types, DefinedType::List(ValType::Bool)), &bools);
        let floats: Vec<f64> = a.iter().copied().map(f64::from).collect();
        check(|types| define(types, DefinedType::List(ValType::F64)), &floats);
        let map: BTreeMap<char, bool> = d.into_iter().collect();
        check(|types| define(types, DefinedType::Map(ValType::Char, ValType::Bool)), &map);
        let entries: Vec<_> = map.into_iter().collect();
        check(|types| define(types, DefinedType::Map(ValType::Char, ValType::Bool)), &entries);
        check(|_| ValType::String, &b.concat().into_boxed_str());
        check(|_| ValType::String, &Arc::<str>::from(b.concat()));
    }

    #[test]
    fn options_and_results(a in any::<Option<u8>>(), b in any::<Result<String, u64>>(), c in any::<Result<(), f64>>(), d in any::<Option<Option<i32>>>()) {
        check(|types| define(types, DefinedType::Option(ValType::U8)), &a);
        let of = |ok, err| move |types: &mut Types| define(types, DefinedType::Result { ok, err });
        check(of(Some(ValType::String), Some(ValType::U64)), &b);
        check(of(None, Some(ValType::F64)), &c);
        check(of(None, None), &a.map_or(Err(()), |_| Ok(())));
        check(|types| { let inner = define(types, DefinedType::Option(ValType::S32)); define(types, DefinedType::Option(inner)) }, &d);
    }

    #[test]
    fn declared_types(x in any::<u8>(), y in any::<i64>(), flag in any::<bool>(), points in any::<Vec<(i16, i16)>>(), kind in any::<Option<String>>()) {
        let value = Plain { x, y, some_flag: flag };
        check(plain, &value);
        check(side, &if flag { Side::NorthEast } else { Side::South });
        check(|types| { let side = side(types); define(types, DefinedType::List(side)) }, &vec![Side::South; usize::from(x)]);
        check(access, &Access::from_bits_truncate(x.into()));
        for shape_value in [Shape::Circle(1.5), Shape::Empty, Shape::BigOne(y.cast_unsigned()), Shape::Path(points.clone())] {
            check(shape, &shape_value);
            let value = Deep { plains: vec![value.clone(); 3], kind: kind.clone(), shape: shape_value };
            check(deep, &value);
            check(|types| { let deep = deep(types); define(types, DefinedType::List(deep)) }, &vec![value.clone(), value]);
        }
    }
}

/// Returns why a type of Rust is not that of a component.
fn wrong<T: ComponentType>(make: impl Fn(&mut Types) -> ValType) -> String {
    let mut types = Types::default();
    let ty = make(&mut types);
    let fixture = Fixture::of(types, ty, all_options()[0]);
    T::typecheck(&fixture.param()).unwrap_err().to_string()
}

#[test]
fn mismatches_name_the_place_and_both_sides() {
    assert_eq!(
        wrong::<u32>(|_| ValType::String),
        "the host has `u32`, the component `string`"
    );
    let short = |types: &mut Types| {
        let fields: [(Label, ValType); 2] =
            [("x".into(), ValType::U8), ("y".into(), ValType::Bool)];
        define(types, DefinedType::Record(fields.into()))
    };
    assert_eq!(
        wrong::<Plain>(short),
        "field `y`: the host has `i64`, the component `bool`"
    );
    let other = |types: &mut Types| {
        let fields: [(Label, ValType); 1] = [("z".into(), ValType::U8)];
        define(types, DefinedType::Record(fields.into()))
    };
    let text = "field 1 of the host is `x`, which is `x`, that of the component `z`";
    assert_eq!(wrong::<Plain>(other), text);
    let few = |types: &mut Types| {
        let fields: [(Label, ValType); 1] = [("x".into(), ValType::U8)];
        define(types, DefinedType::Record(fields.into()))
    };
    let text = "the host has field `y`, the component has no more than 1";
    assert_eq!(wrong::<Plain>(few), text);
    let more = |types: &mut Types| {
        let names = ["north-east", "south", "west"].map(Into::into);
        define(types, DefinedType::Enum(names.into()))
    };
    let text = "the component has case `west`, the host has no more than 2";
    assert_eq!(wrong::<Side>(more), text);
    let result = |types: &mut Types| {
        let ok = Some(ValType::U8);
        define(types, DefinedType::Result { ok, err: None })
    };
    let text = "error: the host has `alloc::string::String`, the component nothing";
    assert_eq!(wrong::<Result<u8, String>>(result), text);
}

fn handles() -> Fixture {
    let mut types = Types::default();
    let own = ValType::Own(ResourceId::from_u32(1));
    let ty = define(&mut types, DefinedType::List(own));
    Fixture::of(types, ty, all_options()[0])
}

#[test]
fn handles_in_lists_go_there_and_back() -> Result<(), Error> {
    let mut fixture = handles();
    typecheck::<(Vec<ResourceAny>,), (Vec<ResourceAny>,)>(&fixture.ty)
        .expect("the test made it so");
    let ty = fixture
        .canon
        .types()
        .func(crate::adapt::FuncTypeId::from_u32(0))
        .params[0]
        .1;
    assert!(fixture.canon.types().has_handles(ty));
    let held = &mut fixture.guest.resources;
    let resource = crate::runtime::component::resource::ResourceType::host_dynamic(1);
    let anys: Vec<_> = [7, 8]
        .map(|rep| {
            held.insert_own(resource, Taken::made(rep))
                .expect("the test made it so")
        })
        .into();
    let mut values = garbage();
    let (mut cx, func) = fixture.lower_cx();
    lower_params(&mut cx, func, &(&anys,), &mut values)?;
    assert!(fixture.guest.resources.is_empty());
    let (mut cx, func) = fixture.lift_cx();
    let (back,): (Vec<ResourceAny>,) = lift_params(&mut cx, func, &values)?;
    let reps: Vec<_> = back
        .iter()
        .map(|any| fixture.guest.resources.rep(*any))
        .collect();
    assert_eq!(reps, [Ok(7), Ok(8)]);
    let (mut cx, func) = fixture.lift_cx();
    let again = lift_params::<(Vec<ResourceAny>,)>(&mut cx, func, &values).unwrap_err();
    assert_eq!(again.abi_trap_code(), Some(TrapCode::UnknownHandle));
    let (mut cx, func) = fixture.lower_cx();
    let stale = lower_params(&mut cx, func, &(&anys,), &mut values).unwrap_err();
    assert!(stale.to_string().contains("not there any more"), "{stale}");
    Ok(())
}

#[test]
fn resource_of_another_type_is_refused() {
    let mut types = Types::default();
    let own = ValType::Own(ResourceId::from_u32(0));
    let ty = define(&mut types, DefinedType::Option(own));
    let fixture = Fixture::of(types, ty, all_options()[0]);
    let wrong = Option::<Resource<u8>>::typecheck(&fixture.param()).unwrap_err();
    assert!(
        wrong.to_string().contains("the host's resource type 0"),
        "{wrong}"
    );
}
