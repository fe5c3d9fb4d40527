//! Guests that make up everything: what they pass, what they return, where they allocate, which handles they use.
//!
//! `INTERFUSE_HOSTILE_CASES` says how many calls are made, `INTERFUSE_HOSTILE_SEED` where the random numbers begin.

use std::collections::BTreeMap;

use interfuse::adapt::FuncTypeId;
use interfuse::component::{Component, Instance, InstancePre, Linker, ResourceType, Val};
use interfuse::runtime::{AsContextMut, ErrorKind, Store, StoreContextMut};
use interfuse::strategy::{FuncSample, TypeConfig, Value, args, funcs, results};
use proptest::prelude::Strategy;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::chain::component::{Side, chain, sides};
use crate::chain::echo::engine;
use crate::chain::guest::Manner;
use crate::chain::setting::setting;
use crate::chain::value::{Maker, Thing};

/// Number of calls unless something else is asked for (ours: a few seconds).
const CASES: u64 = 4000;

/// Number of calls of guests of one type (ours: compiling takes longer than calling).
const CASES_OF_TYPE: u64 = 100;

/// Number of resource types.
const RESOURCES: u32 = 1;

/// A type, and values that the host uses of it.
struct World {
    sample: FuncSample,
    args: Vec<Vec<Value>>,
    results: Vec<Option<Value>>,
    sides: [Side; 2],
}

/// What the host knows: values to give back in turn.
struct Host {
    sample: FuncSample,
    results: Vec<Option<Value>>,
    calls: usize,
}

/// What came out.
#[derive(Debug, Default)]
struct Tally {
    returned: u64,
    trapped: u64,
    /// Which rules were broken, and how often.
    broke: BTreeMap<u32, u64>,
}

fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    TestRunner::new_with_rng(Config::default(), rng)
}

fn pick<S: Strategy>(runner: &mut TestRunner, strategy: S) -> S::Value {
    strategy
        .new_tree(runner)
        .expect("nothing is filtered")
        .current()
}

fn world(seed: u64) -> World {
    let mut runner = runner(seed);
    let types = TypeConfig {
        fixed_lists: true,
        huge_enums: false,
        resources: RESOURCES,
        ..TypeConfig::default()
    };
    let sample = pick(&mut runner, funcs(types));
    let args = args(&sample.types, sample.ty);
    let results = results(&sample.types, sample.ty).boxed();
    World {
        args: (0..4).map(|_| pick(&mut runner, &args)).collect(),
        results: (0..4).map(|_| pick(&mut runner, &results)).collect(),
        sides: [pick(&mut runner, sides()), pick(&mut runner, sides())],
        sample,
    }
}

#[test]
fn hostile_guests_trap_or_return() {
    let first = setting("INTERFUSE_HOSTILE_SEED", 0);
    let cases = setting("INTERFUSE_HOSTILE_CASES", CASES);
    let mut tally = Tally::default();
    for seed in first..first + cases.div_ceil(CASES_OF_TYPE) {
        check(seed, &mut tally);
    }
    eprintln!("{tally:?}");
    // All kinds of ends are reached.
    assert!(tally.returned > 0, "{tally:?}");
    assert!(tally.trapped > 0, "{tally:?}");
    assert!(tally.broke.len() > 10, "{tally:?}");
}

fn check(seed: u64, tally: &mut Tally) {
    let world = world(seed);
    let text = chain(&world.sample, RESOURCES, Manner::Hostile, world.sides);
    let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let component = Component::new(engine(), &bytes);
    let component = component.unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mut linker: Linker<Host> = Linker::new(engine());
    let mut host = linker.instance("host").unwrap();
    let dtor = |_: StoreContextMut<'_, Host>, _| Ok::<(), std::io::Error>(());
    host.resource("r0", ResourceType::host::<Thing>(), dtor)
        .unwrap();
    host.func_new("f", |store, _, params, results| {
        give_back(store, params, results);
        Ok::<(), std::io::Error>(())
    })
    .unwrap();
    let pre = linker.instantiate_pre(&component).unwrap();
    let mut store = Store::new(
        engine(),
        Host {
            sample: world.sample.clone(),
            results: world.results.clone(),
            calls: 0,
        },
    )
    .unwrap();
    for number in 0..CASES_OF_TYPE {
        // A store keeps its instances: now and then there is a new one.
        let instance = start(&pre, &mut store, seed ^ number.rotate_left(40));
        let args = &world.args[usize::try_from(number).unwrap() % world.args.len()];
        call(&mut store, &instance, &world.sample, args, tally);
    }
}

/// Makes guests that have random numbers of their own.
fn start(pre: &InstancePre<Host>, store: &mut Store<Host>, seed: u64) -> Instance {
    let instance = pre.instantiate(&mut *store).unwrap();
    for (name, factor) in [
        ("seed-0", 0x9e37_79b9_7f4a_7c15),
        ("seed-1", 0xd1b5_4a32_d192_ed03),
    ] {
        let func = instance.get_typed_func::<(u64,), ()>(&mut *store, name);
        let seed = (seed + 1).wrapping_mul(factor);
        func.unwrap().call(&mut *store, (seed,)).unwrap();
    }
    instance
}

fn give_back(mut store: StoreContextMut<'_, Host>, params: &[Val], results: &mut [Val]) {
    for param in params {
        let _ = format!("{param:?}");
    }
    let host = store.data_mut();
    host.calls += 1;
    let result = host.results[host.calls % host.results.len()].clone();
    let sample = host.sample.clone();
    let ty = sample.types.func(sample.ty).result;
    if let (Some(place), Some((ty, result))) = (results.first_mut(), ty.zip(result)) {
        let types = &sample.types;
        *place = Maker { types, store }.val(ty, &result);
    }
}

/// Calls the first guest, which may do what it likes, but neither panic nor fail for another reason than a trap.
fn call(
    store: &mut Store<Host>,
    instance: &Instance,
    sample: &FuncSample,
    args: &[Value],
    tally: &mut Tally,
) {
    let func = instance.get_func(&mut *store, ["out", "f"]).unwrap();
    let (params, count) = params(store, sample, sample.ty, args);
    let mut results = vec![Val::Bool(false); count];
    match func.call(&mut *store, &params, &mut results) {
        Ok(()) => tally.returned += 1,
        Err(error) => match error.kind() {
            ErrorKind::AbiTrap(code) => *tally.broke.entry(code.number()).or_default() += 1,
            ErrorKind::Trap(_) => tally.trapped += 1,
            other => panic!("{other:?}: {error:?} in {sample:?}"),
        },
    }
}

fn params(
    store: &mut Store<Host>,
    sample: &FuncSample,
    ty: FuncTypeId,
    args: &[Value],
) -> (Vec<Val>, usize) {
    let types = &sample.types;
    let func = types.func(ty);
    let mut maker = Maker {
        types,
        store: store.as_context_mut(),
    };
    let params = func.params.iter().zip(args);
    let params = params.map(|((_, ty), it)| maker.val(*ty, it)).collect();
    (params, usize::from(func.result.is_some()))
}
