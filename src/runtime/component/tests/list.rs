//! Lists of scalars, which are kept as slices: nobody can tell but by how fast they are.

use std::borrow::Cow;

use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

use crate::adapt::{DefinedType, StringEncoding, Types, ValType};
use crate::fact::TrapCode;
use crate::fact::emit::Width;
use crate::runtime::component::tests::fake::{Fixture, options};
use crate::runtime::component::val::{Scalar, Val, ValList};
use crate::runtime::component::wave;
use crate::runtime::error::ErrorKind;
use crate::runtime::vm::layout::RawValue;

/// Returns a function with lists of a type: of any length, or of this one.
fn fixture(element: ValType, len: Option<u32>) -> Fixture {
    let mut types = Types::default();
    let list = match len {
        Some(len) => DefinedType::FixedList(element, len),
        None => DefinedType::List(element),
    };
    let list = types.define(list).expect("the test made it so");
    Fixture::of(types, list, options(StringEncoding::Utf8, Width::W32))
}

/// Makes sure that a list is the same however it is made, and that it comes back as it was sent.
fn check<T: Scalar>(ty: ValType, slice: &[T]) {
    let vals: Vec<Val> = slice.iter().map(|it| it.into_val()).collect();
    let list = ValList::from(slice);
    for other in [
        ValList::from(slice.to_vec()),
        ValList::from(vals.clone()),
        vals.iter().cloned().collect(),
        list.clone(),
    ] {
        assert_eq!(list, other);
        assert_eq!(format!("{list:?}"), format!("{other:?}"));
        let kept = other.as_slice::<T>().expect("the test made it so");
        assert!(kept.iter().zip(slice).all(|(a, b)| a.same(*b)));
        assert_eq!(Vec::from(other), vals);
    }
    assert_eq!(format!("{list:?}"), format!("{vals:?}"));
    let forwards: Vec<_> = list.iter().map(Cow::into_owned).collect();
    assert_eq!(forwards, vals);
    let backwards: Vec<_> = list.iter().rev().map(Cow::into_owned).collect();
    assert!(backwards.iter().eq(vals.iter().rev()), "{list:?}");
    let texts: Vec<_> = vals.iter().map(wave::to_string).collect();
    let text = format!("[{}]", texts.join(", "));
    assert_eq!(wave::to_string(&Val::List(list.clone())), text);

    let mut fixed_len = None;
    if let Ok(len @ 1..) = u32::try_from(slice.len()) {
        fixed_len = Some(len);
    }
    for len in [None, fixed_len] {
        let mut fixture = fixture(ty, len);
        let sent = [Val::List(list.clone())];
        assert_eq!(sent[0].check(&fixture.param()), Ok(()));
        assert_eq!(
            wave::from_str(&fixture.param(), &text).ok(),
            Some(sent[0].clone())
        );
        let values = fixture.lower_params(&sent).expect("the test made it so");
        let back = fixture.lift_params(&values).expect("the test made it so");
        assert_eq!(back, sent);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn integers(a in any::<Vec<i8>>(), b in any::<Vec<u8>>(), c in any::<Vec<i16>>(), d in any::<Vec<u16>>(), e in any::<Vec<i32>>(), f in any::<Vec<u32>>()) {
        check(ValType::S8, &a);
        check(ValType::U8, &b);
        check(ValType::S16, &c);
        check(ValType::U16, &d);
        check(ValType::S32, &e);
        check(ValType::U32, &f);
    }

    #[test]
    fn other_scalars(a in any::<Vec<i64>>(), b in any::<Vec<u64>>(), c in any::<Vec<bool>>(), d in any::<Vec<char>>(), e in any::<Vec<u32>>(), f in any::<Vec<u64>>()) {
        check(ValType::S64, &a);
        check(ValType::U64, &b);
        check(ValType::Bool, &c);
        check(ValType::Char, &d);
        let floats: Vec<f32> = e.into_iter().map(f32::from_bits).collect();
        check(ValType::F32, &floats);
        let floats: Vec<f64> = f.into_iter().map(f64::from_bits).collect();
        check(ValType::F64, &floats);
    }

    /// Whatever words are in memory: a list of chars is those chars, or a trap if one is none.
    #[test]
    fn chars_are_checked(mut words in proptest::collection::vec(0..0x11_0000_u32, 1..40), at in any::<proptest::sample::Index>(), word in any::<u32>()) {
        let at = at.index(words.len());
        words[at] = word;
        let expected: Option<Vec<char>> = words.iter().map(|word| char::from_u32(*word)).collect();
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut fixture = fixture(ValType::Char, None);
        fixture.guest.memory = bytes;
        let flat = [0, words.len()].map(|it| RawValue::from_u64(u64::try_from(it).expect("the test made it so")));
        match (fixture.lift_params(&flat), expected) {
            (Ok(found), Some(expected)) => prop_assert_eq!(found, [Val::List(expected.into())]),
            (Err(error), None) => prop_assert_eq!(error.abi_trap_code(), Some(TrapCode::InvalidChar)),
            (found, expected) => prop_assert!(false, "{:?} for {:?}", found, expected),
        }
    }
}

#[test]
fn floats_that_nothing_tells_apart_are_equal_in_lists() {
    let nans = [0x7fc0_0000, 0xffc0_0001].map(|bits| ValList::from(vec![f32::from_bits(bits)]));
    assert_eq!(nans[0], nans[1]);
    assert_ne!(ValList::from(vec![0.0]), ValList::from(vec![-0.0]));
    assert_ne!(ValList::from(vec![0.0_f32]), ValList::from(vec![0.0_f64]));
    assert_ne!(ValList::from(vec![1_u8]), ValList::from(vec![1_u8, 1]));
}

#[test]
fn every_byte_but_0_is_true() {
    let mut fixture = fixture(ValType::Bool, None);
    fixture.guest.memory = (0..=255).collect();
    let back = fixture.lift_params(&[0, 256].map(RawValue::from_u64));
    let mut expected = vec![true; 256];
    expected[0] = false;
    assert_eq!(back.ok(), Some(vec![Val::List(expected.into())]));
}

#[test]
fn chars_of_lists_of_fixed_length_are_checked() {
    let mut types = Types::default();
    let many = DefinedType::FixedList(ValType::Char, 20);
    let many = types.define(many).expect("the test made it so");
    let mut fixture = Fixture::of(types, many, options(StringEncoding::Utf8, Width::W32));
    fixture.guest.memory = [b'a', 0, 0, 0].repeat(20);
    let at = [RawValue::from_u64(0)];
    let back = fixture.lift_params(&at).ok();
    assert_eq!(back, Some(vec![Val::List(vec!['a'; 20].into())]));
    fixture.guest.memory[4 * 19 + 1] = 0xd8;
    let error = fixture.lift_params(&at).unwrap_err();
    assert_eq!(error.abi_trap_code(), Some(TrapCode::InvalidChar));
}

#[test]
fn empty_list_is_one_of_any_type() {
    let empty = ValList::from(Vec::<u8>::new());
    for other in [
        ValList::default(),
        ValList::from(Vec::<char>::new()),
        ValList::from(Vec::<Val>::new()),
        std::iter::empty().collect(),
    ] {
        assert_eq!(empty, other);
        assert!(other.is_empty());
        assert_eq!(other.as_slice::<u64>(), Some(&[][..]));
        assert_eq!(other.into_vec::<f32>(), Ok(Vec::new()));
    }
    for ty in [ValType::String, ValType::U8] {
        let lowered = fixture(ty, None).lower_params(&[Val::List(empty.clone())]);
        assert_eq!(lowered.map(|flat| flat[1].as_u64()).ok(), Some(0));
    }
}

#[test]
fn lists_that_are_mixed_keep_their_elements() {
    let vals = vec![Val::U8(1), Val::U8(2), Val::U16(3), Val::String("4".into())];
    let list: ValList = vals.iter().cloned().collect();
    assert_eq!(list, ValList::from(vals.clone()));
    assert_ne!(list, ValList::from(vec![1_u8, 2]));
    assert_eq!((list.len(), list.as_slice::<u8>()), (4, None));
    assert_eq!(list.get(2).as_deref(), Some(&vals[2]));
    assert_eq!(list.get(4), None);
    assert_eq!(
        wave::to_string(&Val::List(list.clone())),
        r#"[1, 2, 3, "4"]"#
    );
    assert_eq!(list.clone().into_vec::<u8>(), Err(list.clone()));
    assert!(list.into_iter().eq(vals));
    let bytes = ValList::from(vec![1_u8, 2]);
    assert_eq!(bytes.clone().into_vec::<i8>(), Err(bytes.clone()));
    assert_eq!(bytes.into_vec(), Ok(vec![1_u8, 2]));
}

#[test]
fn list_of_other_elements_is_refused_and_says_which() {
    let message = |element, len, list: ValList| {
        let mut fixture = fixture(element, len);
        let val = Val::List(list);
        let found = val.check(&fixture.param()).unwrap_err().to_string();
        let error = fixture.lower_params(&[val]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Call);
        assert_eq!(error.to_string(), format!("parameter 1, {found}"));
        found
    };
    let mixed = || ValList::from(vec![Val::U8(1), Val::S8(1)]);
    let text = "element 1: expected u8, found s8";
    assert_eq!(message(ValType::U8, None, mixed()), text);
    assert_eq!(message(ValType::U8, Some(2), mixed()), text);
    let text = "element 0: expected string, found bool";
    let bools = || ValList::from(vec![true, false]);
    assert_eq!(message(ValType::String, None, bools()), text);
    assert_eq!(message(ValType::String, Some(2), bools()), text);
    assert_eq!(
        message(ValType::String, Some(20), vec![true; 20].into()),
        text
    );
    let text = "element 0: expected char, found u32";
    assert_eq!(message(ValType::Char, None, vec![97_u32].into()), text);
}

#[test]
fn list_takes_no_more_of_the_budget_than_it_has_bytes() {
    let mut fixture = fixture(ValType::U16, None);
    fixture.guest.memory = vec![1; 4096];
    fixture.options.lift_bytes_max = 2000;
    let mut lift = |len| fixture.lift_params(&[0, len].map(RawValue::from_u64));
    let list = Val::List(vec![0x101_u16; 1000].into());
    assert_eq!(lift(1000).ok(), Some(vec![list]));
    assert_eq!(lift(1001).unwrap_err().kind(), ErrorKind::Memory);
}
