//! Types as trees, which proptest makes and shrinks, before they are interned.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::select;
use proptest::strategy::BoxedStrategy;

use crate::adapt::{DefinedType, Label, ResourceId, Types, ValType};
use crate::strategy::config::TypeConfig;

/// A type as a tree.
#[derive(Clone, Debug)]
pub(in crate::strategy) enum Recipe {
    /// A type that is made of no other.
    Plain(ValType),
    Record(Vec<Recipe>),
    Tuple(Vec<Recipe>),
    Variant(Vec<Option<Recipe>>),
    List(Box<Recipe>),
    FixedList(Box<Recipe>, u32),
    Map(ValType, Box<Recipe>),
    Flags(usize),
    Enum(usize),
    Option(Box<Recipe>),
    Result(Option<Box<Recipe>>, Option<Box<Recipe>>),
}

impl Recipe {
    /// Interns the type and returns it.
    pub(in crate::strategy) fn intern(&self, types: &mut Types) -> ValType {
        let ty = match self {
            Recipe::Plain(ty) => return *ty,
            Recipe::Record(fields) => {
                let fields = labels('f', fields.len()).zip(fields);
                DefinedType::Record(fields.map(|(name, it)| (name, it.intern(types))).collect())
            }
            Recipe::Tuple(parts) => {
                DefinedType::Tuple(parts.iter().map(|it| it.intern(types)).collect())
            }
            Recipe::Variant(cases) => {
                let cases = labels('c', cases.len()).zip(cases);
                let payload =
                    |it: &Option<Recipe>, types: &mut Types| Some(it.as_ref()?.intern(types));
                DefinedType::Variant(cases.map(|(name, it)| (name, payload(it, types))).collect())
            }
            Recipe::List(element) => DefinedType::List(element.intern(types)),
            Recipe::FixedList(element, len) => DefinedType::FixedList(element.intern(types), *len),
            Recipe::Map(key, value) => DefinedType::Map(*key, value.intern(types)),
            Recipe::Flags(len) => DefinedType::Flags(labels('m', *len).collect()),
            Recipe::Enum(len) => DefinedType::Enum(labels('e', *len).collect()),
            Recipe::Option(some) => DefinedType::Option(some.intern(types)),
            Recipe::Result(ok, err) => DefinedType::Result {
                ok: ok.as_ref().map(|it| it.intern(types)),
                err: err.as_ref().map(|it| it.intern(types)),
            },
        };
        types
            .define(ty)
            .expect("recipes are small and have members")
    }
}

impl Recipe {
    /// Returns the type with numbers in the places of handles: values of maps contain none.
    fn without_handles(self) -> Recipe {
        let boxed = |it: Box<Recipe>| Box::new(it.without_handles());
        let all = |parts: Vec<Recipe>| parts.into_iter().map(Recipe::without_handles).collect();
        match self {
            Recipe::Plain(ValType::Own(_) | ValType::Borrow(_)) => Recipe::Plain(ValType::U32),
            Recipe::Plain(_) | Recipe::Flags(_) | Recipe::Enum(_) => self,
            Recipe::Record(fields) => Recipe::Record(all(fields)),
            Recipe::Tuple(parts) => Recipe::Tuple(all(parts)),
            Recipe::Variant(cases) => {
                let cases = cases.into_iter();
                Recipe::Variant(cases.map(|it| it.map(Recipe::without_handles)).collect())
            }
            Recipe::List(element) => Recipe::List(boxed(element)),
            Recipe::FixedList(element, len) => Recipe::FixedList(boxed(element), len),
            Recipe::Map(key, value) => Recipe::Map(key, boxed(value)),
            Recipe::Option(some) => Recipe::Option(boxed(some)),
            Recipe::Result(ok, err) => Recipe::Result(ok.map(boxed), err.map(boxed)),
        }
    }
}

/// Returns different names: `letter` and a number.
pub(in crate::strategy) fn labels(letter: char, len: usize) -> impl Iterator<Item = Label> {
    (0..len).map(move |number| Label::from(format!("{letter}{number}")))
}

/// The types that are made of no other.
const PLAIN: [ValType; 13] = [
    ValType::Bool,
    ValType::S8,
    ValType::U8,
    ValType::S16,
    ValType::U16,
    ValType::S32,
    ValType::U32,
    ValType::S64,
    ValType::U64,
    ValType::F32,
    ValType::F64,
    ValType::Char,
    ValType::String,
];

/// Numbers of cases around those at which a discriminant grows.
const CASES: [usize; 6] = [1, 2, 255, 256, 257, 300];

/// The fewest cases that need a discriminant of 32 bits.
const CASES_HUGE: usize = 65_537;

/// Numbers of flags around those at which they grow.
const FLAGS: [usize; 8] = [1, 7, 8, 9, 16, 17, 31, 32];

/// Which handles occur in types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::strategy) enum Handles {
    /// Those that own their resources.
    Owned,
    /// Those and borrowed ones.
    All,
}

/// Returns types as trees.
pub(in crate::strategy) fn recipes(config: TypeConfig, handles: Handles) -> BoxedStrategy<Recipe> {
    leaves(config, handles)
        .prop_recursive(config.depth, 24, 4, move |inner| compounds(inner, config))
        .boxed()
}

/// Returns types that no other types are taken to make.
fn leaves(config: TypeConfig, handles: Handles) -> BoxedStrategy<Recipe> {
    let huge = u32::from(config.huge_enums);
    let some_handles = if config.resources > 0 { 8 } else { 0 };
    let small = prop_oneof![
        16 => plain(),
        3 => Just(Recipe::Plain(ValType::String)),
        2 => (1..6_usize).prop_map(Recipe::Enum),
        1 => select(&CASES[..]).prop_map(Recipe::Enum),
        2 => select(&FLAGS[..]).prop_map(Recipe::Flags),
        3 => joins(),
        2 => plain().prop_map(|element| Recipe::List(Box::new(element))),
        1 => wide_variants(),
        some_handles => handle_types(config.resources, handles),
    ];
    // A type of 65,537 names takes a while to make: once in a while is often enough.
    prop_oneof![
        200 => small,
        huge => Just(Recipe::Enum(CASES_HUGE)),
    ]
    .boxed()
}

fn plain() -> BoxedStrategy<Recipe> {
    select(&PLAIN[..]).prop_map(Recipe::Plain).boxed()
}

/// Returns types of handles.
fn handle_types(resources: u32, handles: Handles) -> BoxedStrategy<Recipe> {
    (0..resources.max(1), any::<bool>())
        .prop_map(move |(resource, borrows)| {
            let resource = ResourceId::from_u32(resource);
            Recipe::Plain(match handles {
                Handles::All if borrows => ValType::Borrow(resource),
                _ => ValType::Own(resource),
            })
        })
        .boxed()
}

/// Returns variants whose cases put values of different core types into the same place.
fn joins() -> BoxedStrategy<Recipe> {
    let bytes = Recipe::List(Box::new(Recipe::Plain(ValType::U8)));
    let mut pool: Vec<Recipe> = [
        ValType::S8,
        ValType::U32,
        ValType::S64,
        ValType::F32,
        ValType::F64,
        ValType::Char,
        ValType::String,
    ]
    .map(Recipe::Plain)
    .to_vec();
    pool.push(bytes);
    let payload = prop_oneof![
        select(pool.clone()),
        vec(select(pool), 2..4).prop_map(Recipe::Tuple),
    ];
    vec(of(payload), 2..5).prop_map(Recipe::Variant).boxed()
}

/// Returns variants of many cases, few of which have a payload.
fn wide_variants() -> BoxedStrategy<Recipe> {
    (select(&CASES[..]), vec(plain(), 1..4))
        .prop_map(|(len, payloads)| {
            let mut cases = vec![None; len];
            let places = [0, len - 1, len / 2];
            for (place, payload) in places.into_iter().zip(payloads) {
                cases[place] = Some(payload);
            }
            Recipe::Variant(cases)
        })
        .boxed()
}

/// Returns types made of `inner` ones.
fn compounds(inner: BoxedStrategy<Recipe>, config: TypeConfig) -> BoxedStrategy<Recipe> {
    let one = || inner.clone().prop_map(Box::new);
    let some = |range| vec(inner.clone(), range);
    let fixed = u32::from(config.fixed_lists);
    let maps = u32::from(config.maps);
    let keys = PLAIN.iter().copied();
    let keys: Vec<_> = keys
        .filter(|ty| !matches!(ty, ValType::F32 | ValType::F64))
        .collect();
    prop_oneof![
        3 => some(1..5_usize).prop_map(Recipe::Record),
        2 => some(1..5_usize).prop_map(Recipe::Tuple),
        // Records that pass the limits of flat parameters by themselves.
        1 => vec(plain(), 14..20).prop_map(Recipe::Record),
        3 => vec(of(inner.clone()), 1..5).prop_map(Recipe::Variant),
        3 => one().prop_map(Recipe::List),
        2 => one().prop_map(Recipe::Option),
        2 => (of(one()), of(one())).prop_map(|(ok, err)| Recipe::Result(ok, err)),
        2 * fixed => (one(), 1..6_u32).prop_map(|(element, len)| Recipe::FixedList(element, len)),
        fixed => (plain(), 15..40_u32)
            .prop_map(|(element, len)| Recipe::FixedList(Box::new(element), len)),
        2 * maps => (select(keys), one())
            .prop_map(|(key, value)| Recipe::Map(key, Box::new(value.without_handles()))),
    ]
    .boxed()
}
