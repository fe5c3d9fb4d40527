//! Random calls before they are laid out: types, values and options.

use std::collections::BTreeSet;

use interfuse::adapt::{
    DefinedType, FuncType, IndexType, ResourceId, StringEncoding, Types, ValType,
};
use interfuse::fact::{Callback, Guard};
use interfuse::strategy::{FuncSample, TypeConfig, Value, args, funcs, results, values};
use proptest::collection::vec;
use proptest::prelude::{BoxedStrategy, Just, Strategy, any, prop, prop_oneof};

use crate::oracle::guest::Manner;
use crate::oracle::observation::Side;
use crate::oracle::scenario::PostReturnScript;

/// A call: what is passed and returned, and what the sides are like.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) sample: FuncSample,
    pub(crate) args: Vec<Value>,
    pub(crate) result: Option<Value>,
    /// The caller's side, then the callee's.
    pub(crate) sides: [SideDraft; 2],
    pub(crate) post_return: Option<PostReturnScript>,
    /// Pages by which the callee's memory grows in the call.
    pub(crate) callee_grows: u64,
    /// Whether both sides are one instance.
    pub(crate) within: bool,
    /// What bytes and bits are that mean nothing.
    pub(crate) noise: u64,
    /// Who implements each resource type, if one of the sides does.
    pub(crate) owners: [Option<Side>; RESOURCES as usize],
    /// Whether code of the caller may run while the callee runs.
    pub(crate) callback: Callback,
}

impl Draft {
    /// Returns whether handles are passed.
    pub(crate) fn has_handles(&self) -> bool {
        let types = &self.sample.types;
        let func = types.func(self.sample.ty);
        let mut all = func.params.iter().map(|(_, ty)| *ty).chain(func.result);
        all.any(|ty| types.has_handles(ty))
    }

    /// Returns the resource types that a side implements.
    pub(crate) fn implements(&self, side: Side) -> BTreeSet<ResourceId> {
        let owners = (0..)
            .zip(self.owners)
            .filter(|(_, owner)| *owner == Some(side));
        owners.map(|(ty, _)| ResourceId::from_u32(ty)).collect()
    }
}

/// Number of resource types.
pub(crate) const RESOURCES: u32 = 2;

/// What a side is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SideDraft {
    pub(crate) encoding: StringEncoding,
    pub(crate) width: IndexType,
    /// Whether strings are in UTF-16 where the encoding leaves the choice.
    pub(crate) prefers_utf16: bool,
    pub(crate) manner: Manner,
    pub(crate) guard: Guard,
    pub(crate) has_flag: bool,
    /// Whether what it passes lies at the end of its memory, so that nothing can be read behind it.
    pub(crate) is_flush: bool,
    /// Whether it has a memory and `realloc` even if they are not needed.
    pub(crate) has_all: bool,
}

/// Returns calls of random functions, a half of which may have handles.
pub(crate) fn drafts() -> impl Strategy<Value = Draft> {
    prop_oneof![drafts_with(0), drafts_with(RESOURCES)]
}

/// Returns calls of random functions without handles.
pub(crate) fn plain_drafts() -> impl Strategy<Value = Draft> {
    drafts_with(0)
}

fn drafts_with(resources: u32) -> impl Strategy<Value = Draft> {
    let config = TypeConfig {
        fixed_lists: true,
        resources,
        ..TypeConfig::default()
    };
    funcs(config).prop_flat_map(|sample| {
        let args = args(&sample.types, sample.ty);
        let result = results(&sample.types, sample.ty).boxed();
        calls(sample, args, result)
    })
}

/// Returns calls with one list that has more elements than other strategies give it: of variants and records whose parts
/// are plain.
pub(crate) fn long_lists() -> impl Strategy<Value = Draft> {
    let plain = || {
        prop::sample::select(vec![
            ValType::U8,
            ValType::S16,
            ValType::U32,
            ValType::U64,
            ValType::F32,
            ValType::F64,
        ])
    };
    let records = vec(plain(), 1..6).prop_map(|fields| DefinedType::Tuple(fields.into()));
    let named = |(at, payload): (usize, Option<ValType>)| (format!("c{at}").into(), payload);
    let variants = vec(prop::option::of(plain()), 1..20).prop_map(move |cases| {
        DefinedType::Variant(cases.into_iter().enumerate().map(named).collect())
    });
    let options = plain().prop_map(DefinedType::Option);
    prop_oneof![records, variants, options].prop_flat_map(|element| {
        let mut types = Types::default();
        let element = types.define(element).unwrap();
        let list = types.define(DefinedType::List(element)).unwrap();
        let elements = vec(values(&types, element), 0..80);
        let params = [("list".into(), list)].into();
        let ty = types.define_func(FuncType {
            params,
            result: None,
        });
        let args = elements.prop_map(|elements| vec![Value::List(elements)]);
        calls(FuncSample { types, ty }, args.boxed(), Just(None).boxed())
    })
}

/// Returns calls of a function with these arguments and results.
fn calls(
    sample: FuncSample,
    args: BoxedStrategy<Vec<Value>>,
    result: BoxedStrategy<Option<Value>>,
) -> impl Strategy<Value = Draft> {
    (
        args,
        result,
        [side(), side()],
        prop::option::of(guard()),
        prop_oneof![3 => Just(0), 1 => Just(1)],
        prop_oneof![3 => Just(false), 1 => Just(true)],
        any::<u64>(),
        [owner(), owner()],
        prop_oneof![Just(Callback::Possible), Just(Callback::Impossible)],
    )
        .prop_map(
            move |(
                args,
                result,
                sides,
                post_return,
                callee_grows,
                within,
                noise,
                owners,
                callback,
            )| Draft {
                sample: sample.clone(),
                args,
                result,
                sides,
                post_return: post_return.map(|guard| PostReturnScript {
                    guard,
                    traps: false,
                }),
                callee_grows,
                within,
                noise,
                owners,
                callback,
            },
        )
}

fn owner() -> impl Strategy<Value = Option<Side>> {
    prop_oneof![
        Just(None),
        Just(Some(Side::Caller)),
        Just(Some(Side::Callee))
    ]
}

fn side() -> impl Strategy<Value = SideDraft> {
    let encoding = prop::sample::select(vec![
        StringEncoding::Utf8,
        StringEncoding::Utf16,
        StringEncoding::Latin1OrUtf16,
    ]);
    let width = prop_oneof![2 => Just(IndexType::I32), 1 => Just(IndexType::I64)];
    let manner = prop::sample::select(vec![
        Manner::Up,
        Manner::Down,
        Manner::InPlace,
        Manner::Grow,
    ]);
    let bools = any::<(bool, bool, bool)>();
    let has_flag = prop::bool::weighted(0.8);
    (encoding, width, manner, guard(), bools, has_flag).prop_map(
        |(encoding, width, manner, guard, bools, has_flag)| SideDraft {
            encoding,
            width,
            prefers_utf16: bools.0,
            manner,
            guard,
            has_flag,
            is_flush: bools.1,
            has_all: bools.2,
        },
    )
}

fn guard() -> impl Strategy<Value = Guard> {
    prop_oneof![Just(Guard::Clear), Just(Guard::Keep)]
}
