//! Adapters do what the oracle does: registers, memories, calls of guests in order, traps. The code does it, and so does
//! the interpreter of transfers.

use interfuse::fact::{FactConfig, Reentrance};
use proptest::prelude::{TestCaseError, any, prop, prop_assert_eq, proptest};
use proptest::sample::select;

use crate::case::draft::{Draft, drafts, long_lists};
use crate::case::fault::{break_one, break_some};
use crate::case::layout::lay_out;
use crate::case::noise::Noise;
use crate::config::config;
use crate::harness::compare::{Traps, compare};
use crate::harness::compiled;
use crate::harness::interpreted::interpret;
use crate::harness::run::run;
use crate::harness::spec::compile_adapter;
use crate::oracle::call::call;
use crate::oracle::observation::{Observation, Side};
use crate::oracle::scenario::Scenario;

proptest! {
    #![proptest_config(config("proptest-regressions/adapter.txt"))]

    #[test]
    fn adapters_move_values(draft in drafts(), simd in any::<bool>()) {
        let case = lay_out(&draft);
        check(&case.scenario, simd, Traps::Same, "nothing")?;
    }

    #[test]
    fn adapters_trap_for_the_right_reason(
        draft in drafts(),
        simd in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let (scenario, story) = broken(&draft, seed, Traps::Same);
        check(&scenario, simd, Traps::Same, &story)?;
    }

    #[test]
    fn adapters_trap_if_something_is_wrong(
        draft in drafts(),
        simd in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let (scenario, story) = broken(&draft, seed, Traps::Any);
        check(&scenario, simd, Traps::Any, &story)?;
    }
}

proptest! {
    #![proptest_config(config("proptest-regressions/adapter.txt"))]

    #[test]
    fn adapters_refuse_what_a_policy_forbids(
        draft in drafts(),
        simd in any::<bool>(),
        around in select(vec![None, Some(Side::Caller), Some(Side::Callee)]),
        policy in select(vec![Reentrance::Allowed, Reentrance::TrapSame, Reentrance::TrapKin]),
        may_leave in prop::bool::weighted(0.8),
    ) {
        let mut scenario = lay_out(&draft).scenario;
        (scenario.around, scenario.reentrance) = (around, policy);
        let flag = &mut scenario.sides[0].may_leave;
        *flag = flag.map(|_| may_leave);
        check(&scenario, simd, Traps::Same, "what calls what")?;
    }

    #[test]
    fn long_lists_move(draft in long_lists(), simd in prop::bool::weighted(0.8)) {
        let case = lay_out(&draft);
        check(&case.scenario, simd, Traps::Same, "nothing")?;
    }

    #[test]
    fn long_lists_trap_for_the_right_reason(draft in long_lists(), seed in any::<u64>()) {
        let (scenario, story) = broken(&draft, seed, Traps::Same);
        check(&scenario, true, Traps::Same, &story)?;
    }
}

/// Returns a call that is wrong: in one place if it matters which trap there is.
fn broken(draft: &Draft, seed: u64, traps: Traps) -> (Scenario, String) {
    let mut case = lay_out(draft);
    let good = call(&case.scenario);
    let mut noise = Noise::new(seed);
    let story = match traps {
        Traps::Same => break_one(&mut case, &good, &mut noise),
        Traps::Any => break_some(&mut case, &good, &mut noise),
    };
    (case.scenario, story)
}

/// Compares an adapter with the oracle: the written one on two engines, and the interpreted one.
fn check(scenario: &Scenario, simd: bool, traps: Traps, wrong: &str) -> Result<(), TestCaseError> {
    let expected = call(scenario);
    let config = FactConfig {
        simd,
        reentrance: scenario.reentrance,
    };
    let wasm = compile_adapter(scenario, &config);
    prop_assert_eq!(&wasm, &compile_adapter(scenario, &config));
    let (ran, interpreted) = (run(scenario, &wasm), interpret(scenario, &config));
    let fail = |message| {
        let types = scenario.types.display_func(scenario.func);
        TestCaseError::fail(format!("{message}; wrong: {wrong}; type: {types}"))
    };
    compare(scenario, &expected, &ran, traps).map_err(fail)?;
    compare(scenario, &expected, &interpreted, traps)
        .map_err(|message| fail(format!("interpreted: {message}")))?;
    let compiled = compiled::run::run(scenario, &wasm);
    compare(scenario, &expected, &compiled, traps)
        .map_err(|message| fail(format!("on our engine: {message}")))?;
    // Whatever the oracle leaves open, both do the same.
    let trace = |it: &Observation| {
        let tables = it.tables.clone();
        (it.outcome.clone(), it.events.clone(), it.may_leave, tables)
    };
    for other in [&interpreted, &compiled] {
        if trace(&ran) != trace(other) {
            return Err(fail(format!("{ran:?} is not {other:?}")));
        }
    }
    Ok(())
}
