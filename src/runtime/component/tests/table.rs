//! What lies in memory, as the spec's reference computes it: each row was printed by `definitions.py` of the component
//! model, with an allocator that begins at 8. Bytes that nobody wrote are [`FILL`].

use crate::adapt::{DefinedType, StringEncoding, Types, ValType};
use crate::fact::emit::Width;
use crate::runtime::component::tests::fake::{FILL, Fixture, options};
use crate::runtime::component::wave;

/// Checks the flat values, and memory from 8 on, that a value becomes.
fn check(
    make: impl Fn(&mut Types) -> ValType,
    text: &str,
    encoding: StringEncoding,
    width: Width,
    (flats, memory): (&[u64], &[u8]),
) {
    let mut types = Types::default();
    let ty = make(&mut types);
    let mut fixture = Fixture::of(types, ty, options(encoding, width));
    let val = wave::from_str(&fixture.param(), text).expect("the test made it so");
    let values = fixture.lower_params(&[val]).expect("the test made it so");
    let values: Vec<_> = values.iter().map(|value| value.as_u64()).collect();
    assert_eq!(values, flats, "{text}, {width:?}");
    let written = fixture.guest.memory.get(8..).unwrap_or_default();
    assert_eq!(written, memory, "{text}, {width:?}");
}

fn both(make: impl Fn(&mut Types) -> ValType, text: &str, expected: (&[u64], &[u8])) {
    for width in [Width::W32, Width::W64] {
        check(&make, text, StringEncoding::Utf8, width, expected);
    }
}

fn record(types: &mut Types, fields: &[(&str, ValType)]) -> ValType {
    let fields = fields.iter().map(|(name, ty)| ((*name).into(), *ty));
    types
        .define(DefinedType::Record(fields.collect()))
        .expect("the test made it so")
}

fn variant(types: &mut Types, cases: &[(&str, ValType)]) -> ValType {
    let cases = cases.iter().map(|(name, ty)| ((*name).into(), Some(*ty)));
    types
        .define(DefinedType::Variant(cases.collect()))
        .expect("the test made it so")
}

fn list(types: &mut Types, ty: ValType) -> ValType {
    types
        .define(DefinedType::List(ty))
        .expect("the test made it so")
}

#[test]
fn narrow_numbers_are_extended_to_32_bits_and_joined_ones_with_zeros() {
    let fields = [("a", ValType::U8), ("b", ValType::S32), ("c", ValType::S16)];
    let flats = [1, 4_294_967_294, 4_294_967_293];
    both(
        |types| record(types, &fields),
        "{a: 1, b: -2, c: -3}",
        (&flats, &[]),
    );
    let cases = [
        ("a", ValType::S8),
        ("b", ValType::F64),
        ("c", ValType::String),
    ];
    both(
        |types| variant(types, &cases),
        "a(-1)",
        (&[0, 4_294_967_295, 0], &[]),
    );
    let cases = [("a", ValType::F32), ("b", ValType::U64)];
    both(
        |types| variant(types, &cases),
        "a(1.5)",
        (&[0, 1_069_547_520], &[]),
    );
}

#[test]
fn padding_is_not_written() {
    let fields = [("a", ValType::U8), ("b", ValType::U32)];
    let f = FILL;
    let bytes = [1, f, f, f, 2, 0, 0, 0, 3, f, f, f, 4, 0, 0, 0];
    let make = |types: &mut Types| {
        let element = record(types, &fields);
        list(types, element)
    };
    both(make, "[{a: 1, b: 2}, {a: 3, b: 4}]", (&[8, 2], &bytes));
    let make = |types: &mut Types| {
        let element = types
            .define(DefinedType::Option(ValType::U16))
            .expect("the test made it so");
        list(types, element)
    };
    let bytes = [0, f, f, f, 1, f, 0x34, 0x12];
    both(make, "[none, some(4660)]", (&[8, 2], &bytes));
    let make = |types: &mut Types| {
        types
            .define(DefinedType::Map(ValType::Char, ValType::U8))
            .expect("the test made it so")
    };
    both(make, "{'x': 7}", (&[8, 1], &[b'x', 0, 0, 0, 7, f, f, f]));
}

#[test]
fn flags_and_results() {
    let make = |types: &mut Types| {
        let names = (0..9).map(|i| format!("f{i}").into()).collect();
        let flags = types
            .define(DefinedType::Flags(names))
            .expect("the test made it so");
        list(types, flags)
    };
    both(make, "[{f0, f8}]", (&[8, 1], &[1, 1]));
    let make = |types: &mut Types| {
        let ok = Some(list(types, ValType::U8));
        let err = Some(ValType::F32);
        types
            .define(DefinedType::Result { ok, err })
            .expect("the test made it so")
    };
    both(make, "ok([9, 8])", (&[0, 8, 2], &[9, 8]));
}

#[test]
fn strings_have_one_allocation_of_their_exact_size() {
    let rows: [(_, &[u64], &[u8]); 3] = [
        (StringEncoding::Utf8, &[8, 3], b"n\xc3\xa9"),
        (StringEncoding::Utf16, &[8, 2], b"n\0\xe9\0"),
        (StringEncoding::Latin1OrUtf16, &[8, 2], b"n\xe9"),
    ];
    for (encoding, flats, bytes) in rows {
        check(
            |_| ValType::String,
            r#""né""#,
            encoding,
            Width::W32,
            (flats, bytes),
        );
    }
    let either = StringEncoding::Latin1OrUtf16;
    for (width, tag) in [(Width::W32, 1 << 31), (Width::W64, 1 << 63)] {
        let expected: (&[u64], &[u8]) = (&[8, 2 | tag], b"n\0\x51\x01");
        check(|_| ValType::String, r#""nő""#, either, width, expected);
    }
}

#[test]
fn parameters_that_are_too_many_are_one_tuple_in_memory() {
    let make = |types: &mut Types| {
        let mut parts = vec![ValType::U8; 15];
        parts.push(ValType::String);
        types
            .define(DefinedType::Tuple(parts.into()))
            .expect("the test made it so")
    };
    let text = r#"(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, "hi")"#;
    let mut narrow: Vec<u8> = (0..15).collect();
    narrow.push(FILL);
    let mut wide = narrow.clone();
    narrow.extend_from_slice(b"\x20\0\0\0\x02\0\0\0hi");
    wide.extend_from_slice(b"\x28\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0hi");
    check(
        make,
        text,
        StringEncoding::Utf8,
        Width::W32,
        (&[8], &narrow),
    );
    check(make, text, StringEncoding::Utf8, Width::W64, (&[8], &wide));
}
