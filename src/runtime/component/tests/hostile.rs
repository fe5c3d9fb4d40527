//! Guests that break the rules trap, each with its code.

use crate::adapt::{DefinedType, ResourceId, StringEncoding, Types, ValType};
use crate::fact::TrapCode;
use crate::fact::emit::Width;
use crate::runtime::component::tests::fake::{Fixture, options};
use crate::runtime::component::val::Val;
use crate::runtime::error::{Error, ErrorKind};
use crate::runtime::vm::layout::RawValue;

/// Returns what lifting flat values gives, of a type and over a memory.
fn lift(
    make: impl Fn(&mut Types) -> ValType,
    encoding: StringEncoding,
    memory: &[u8],
    flats: &[u64],
) -> Result<Vec<Val>, Error> {
    let mut types = Types::default();
    let ty = make(&mut types);
    let mut fixture = Fixture::of(types, ty, options(encoding, Width::W32));
    fixture.guest.memory = memory.to_vec();
    let values: Vec<_> = flats.iter().map(|it| RawValue::from_u64(*it)).collect();
    fixture.lift_params(&values)
}

fn trap(
    make: impl Fn(&mut Types) -> ValType,
    encoding: StringEncoding,
    memory: &[u8],
    flats: &[u64],
) -> (TrapCode, String) {
    let error = lift(make, encoding, memory, flats).unwrap_err();
    (
        error.abi_trap_code().expect("the test made it so"),
        error.to_string(),
    )
}

const UTF8: StringEncoding = StringEncoding::Utf8;

fn list_of(ty: ValType) -> impl Fn(&mut Types) -> ValType {
    move |types| {
        types
            .define(DefinedType::List(ty))
            .expect("the test made it so")
    }
}

#[test]
fn strings() {
    let string = |_: &mut Types| ValType::String;
    let of = |encoding, memory: &[u8], flats: [u64; 2]| trap(string, encoding, memory, &flats);
    let outside = "string pointer/length out of bounds of memory".to_owned();
    let beyond = (TrapCode::StringOutOfBounds, outside);
    assert_eq!(of(UTF8, b"abc", [1, 3]), beyond);
    assert_eq!(of(UTF8, b"abc", [4, 0]), beyond);
    assert_eq!(of(UTF8, b"abc", [0xdead_beef, 0]), beyond);
    assert_eq!(of(UTF8, b"abc", [u32::MAX.into(), 2]), beyond);
    assert_eq!(of(UTF8, b"abc", [0, 1 << 28]).0, TrapCode::StringTooLong);
    assert_eq!(
        of(StringEncoding::Utf16, b"abc", [0, 1 << 27]).0,
        TrapCode::StringTooLong
    );
    assert_eq!(
        of(StringEncoding::Utf16, b"abc", [1, 0]).0,
        TrapCode::UnalignedPointer
    );
    let either = StringEncoding::Latin1OrUtf16;
    assert_eq!(of(either, b"abc", [1, 1]).0, TrapCode::UnalignedPointer);
    assert_eq!(
        of(either, b"\0\xd8", [0, 1 << 31 | 1]).0,
        TrapCode::InvalidUtf16
    );
    assert_eq!(
        of(StringEncoding::Utf16, b"\0\xdc", [0, 1]).0,
        TrapCode::InvalidUtf16
    );
    let (code, text) = of(UTF8, b"a\xff", [0, 2]);
    assert_eq!(code, TrapCode::InvalidUtf8);
    assert!(text.contains("invalid utf-8"), "{text}");
    let (code, text) = of(UTF8, b"a\xe2\x82", [0, 3]);
    assert_eq!(code, TrapCode::InvalidUtf8);
    assert!(text.contains("incomplete utf-8 byte sequence"), "{text}");
    for bad in [&b"\xc0\x80"[..], b"\xed\xa0\x80", b"\xf4\x90\x80\x80"] {
        let len = u64::try_from(bad.len()).expect("the test made it so");
        assert_eq!(of(UTF8, bad, [0, len]).0, TrapCode::InvalidUtf8);
    }
    let end = lift(string, UTF8, b"abc", &[3, 0]).expect("the test made it so");
    assert_eq!(end, [Val::String(String::new())]);
    let latin1 = lift(string, either, b"a\xff", &[0, 2]).expect("the test made it so");
    assert_eq!(latin1, [Val::String("aÿ".into())]);
}

#[test]
fn lists() {
    let of = |ty, memory: &[u8], flats: [u64; 2]| trap(list_of(ty), UTF8, memory, &flats);
    let outside = "list pointer/length out of bounds of memory".to_owned();
    assert_eq!(
        of(ValType::U32, &[0; 8], [4, 2]),
        (TrapCode::ListOutOfBounds, outside)
    );
    assert_eq!(
        of(ValType::U32, &[0; 8], [2, 1]).0,
        TrapCode::UnalignedPointer
    );
    assert_eq!(
        of(ValType::U32, &[0; 8], [0, 1 << 26]).0,
        TrapCode::ListTooLong
    );
    assert_eq!(
        of(ValType::U64, &[0; 8], [0, u32::MAX.into()]).0,
        TrapCode::ListTooLong
    );
    assert_eq!(
        of(ValType::Char, &[0, 0, 0x11, 0], [0, 1]).0,
        TrapCode::InvalidChar
    );
}

#[test]
fn numbers_of_cases() {
    let option = |types: &mut Types| {
        types
            .define(DefinedType::Option(ValType::U8))
            .expect("the test made it so")
    };
    assert_eq!(
        trap(option, UTF8, &[], &[2, 0]).0,
        TrapCode::InvalidDiscriminant
    );
    assert_eq!(
        trap(option, UTF8, &[], &[256, 0]).0,
        TrapCode::InvalidDiscriminant
    );
    let names = |types: &mut Types| {
        let names = ["a", "b", "c"].map(Into::into);
        types
            .define(DefinedType::Enum(names.into()))
            .expect("the test made it so")
    };
    assert_eq!(
        trap(names, UTF8, &[], &[3]).0,
        TrapCode::InvalidDiscriminant
    );
    assert_eq!(
        trap(|_| ValType::Char, UTF8, &[], &[0xd800]).0,
        TrapCode::InvalidChar
    );
}

#[test]
fn what_a_narrow_type_does_not_use_is_ignored() {
    let one = |ty: ValType, flat| {
        lift(move |_| ty, UTF8, &[], &[flat])
            .expect("the test made it so")
            .remove(0)
    };
    assert_eq!(one(ValType::U8, 0xffff_ff07), Val::U8(7));
    assert_eq!(one(ValType::S16, 0x7fff_8000), Val::S16(i16::MIN));
    assert_eq!(one(ValType::Bool, 0x100), Val::Bool(true));
    let flags = |types: &mut Types| {
        let names = ["a", "b"].map(Into::into);
        types
            .define(DefinedType::Flags(names.into()))
            .expect("the test made it so")
    };
    let set = lift(flags, UTF8, &[], &[0xffff_fffe]).expect("the test made it so");
    assert_eq!(set, [Val::Flags(vec!["b".into()])]);
}

#[test]
fn tuples_and_results_in_memory() {
    let many = |types: &mut Types| {
        types
            .define(DefinedType::Tuple(vec![ValType::U64; 17].into()))
            .expect("the test made it so")
    };
    assert_eq!(
        trap(many, UTF8, &[0; 136], &[4]).0,
        TrapCode::UnalignedPointer
    );
    assert_eq!(
        trap(many, UTF8, &[0; 136], &[8]).0,
        TrapCode::TupleOutOfBounds
    );
    assert!(lift(many, UTF8, &[0; 136], &[0]).is_ok());
}

#[test]
fn allocators_that_lie() {
    let lower = |ty: ValType, val: Val, answer| {
        let mut fixture = Fixture::of(
            Types::default(),
            ty,
            options(StringEncoding::Utf16, Width::W32),
        );
        fixture.guest.memory = vec![0; 16];
        fixture.guest.answer = Some(answer);
        fixture.lower_params(&[val]).unwrap_err().abi_trap_code()
    };
    let text = || Val::String("abc".into());
    assert_eq!(
        lower(ValType::String, text(), 1),
        Some(TrapCode::ReallocUnaligned)
    );
    assert_eq!(
        lower(ValType::String, text(), 12),
        Some(TrapCode::ReallocOutOfBounds)
    );
    let highest = u64::from(u32::MAX) - 1;
    assert_eq!(
        lower(ValType::String, text(), highest),
        Some(TrapCode::ReallocOutOfBounds)
    );
    let empty = Val::String(String::new());
    assert_eq!(
        lower(ValType::String, empty, highest),
        Some(TrapCode::ReallocOutOfBounds)
    );
}

#[test]
fn lists_of_lists_that_name_the_same_bytes_are_refused_before_they_fill_the_host() {
    // 64 KiB of memory that says 2^13 times that there are 2^13 lists, and those say it again.
    let mut memory = Vec::new();
    for _ in 0..1 << 13 {
        memory.extend_from_slice(&0_u32.to_le_bytes());
        memory.extend_from_slice(&(1_u32 << 13).to_le_bytes());
    }
    let deep = |types: &mut Types| {
        let mut ty = ValType::U64;
        for _ in 0..6 {
            ty = types
                .define(DefinedType::List(ty))
                .expect("the test made it so");
        }
        ty
    };
    let mut types = Types::default();
    let ty = deep(&mut types);
    let mut options = options(UTF8, Width::W32);
    options.lift_bytes_max = 1 << 20;
    let mut fixture = Fixture::of(types, ty, options);
    fixture.guest.memory = memory;
    let values = [0, 1 << 13].map(RawValue::from_u64);
    let error = fixture.lift_params(&values).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Memory);
    let text = "the values of one call take more than 1048576 bytes of the host's memory";
    assert_eq!(error.to_string(), text);
}

#[test]
fn handles_of_nothing_and_of_another_type() {
    let own = |_: &mut Types| ValType::Own(ResourceId::from_u32(0));
    assert_eq!(trap(own, UTF8, &[], &[0]).0, TrapCode::UnknownHandle);
    assert_eq!(
        trap(own, UTF8, &[], &[u32::MAX.into()]).0,
        TrapCode::UnknownHandle
    );
    let own = ValType::Own(ResourceId::from_u32(0));
    let mut fixture = Fixture::of(Types::default(), own, options(UTF8, Width::W32));
    fixture
        .guest
        .handles
        .push(Some((ResourceId::from_u32(1), 5, true)));
    fixture
        .guest
        .handles
        .push(Some((ResourceId::from_u32(0), 6, false)));
    let mut lift = |handle| {
        fixture
            .lift_params(&[RawValue::from_u64(handle)])
            .unwrap_err()
    };
    assert_eq!(lift(1).abi_trap_code(), Some(TrapCode::WrongHandleType));
    assert_eq!(lift(2).abi_trap_code(), Some(TrapCode::NotOwned));
}

#[test]
fn host_that_gives_another_type_is_told_where() {
    let mut types = Types::default();
    let fields = [("x".into(), ValType::U32), ("y".into(), ValType::U8)];
    let record = types
        .define(DefinedType::Record(fields.into()))
        .expect("the test made it so");
    let list = types
        .define(DefinedType::List(record))
        .expect("the test made it so");
    let mut fixture = Fixture::of(types, list, options(UTF8, Width::W32));
    let point = |x| Val::Record(vec![("x".into(), x), ("y".into(), Val::U8(0))]);
    let points = vec![point(Val::U32(1)), point(Val::String("1".into()))];
    let vals = [Val::List(points.into())];
    let error = fixture.lower_params(&vals).unwrap_err();
    let text = "parameter 1, element 1, field `x`: expected u32, found string";
    assert_eq!(error.to_string(), text);
    assert_eq!(error.kind(), ErrorKind::Call);
    let error = fixture.lower_params(&[]).unwrap_err();
    assert_eq!(error.to_string(), "expected 1 parameter, found 0");
    let error = fixture.lower_result(None).unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("result: expected list<record"),
        "{error}"
    );
}

#[test]
fn value_has_32_bytes() {
    assert_eq!(size_of::<Val>(), 32);
}
