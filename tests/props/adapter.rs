//! Adapters do what the oracle does: registers, memories, calls of guests in order, traps.

use interfuse::fact::FactConfig;
use proptest::prelude::{TestCaseError, any, prop, proptest};

use crate::case::draft::{Draft, drafts, long_lists};
use crate::case::fault::{break_one, break_some};
use crate::case::layout::lay_out;
use crate::case::noise::Noise;
use crate::config::config;
use crate::harness::compare::{Traps, compare};
use crate::harness::compiled;
use crate::harness::run::run;
use crate::harness::spec::compile_adapter;
use crate::oracle::call::call;
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

/// Compares an adapter with the oracle.
fn check(scenario: &Scenario, simd: bool, traps: Traps, wrong: &str) -> Result<(), TestCaseError> {
    let expected = call(scenario);
    let wasm = compile_adapter(
        scenario,
        &FactConfig {
            simd,
            ..FactConfig::default()
        },
    );
    for (engine, found) in [
        ("wasmi", run(scenario, &wasm)),
        ("this engine", compiled::run::run(scenario, &wasm)),
    ] {
        compare(scenario, &expected, &found, traps).map_err(|message| {
            let types = scenario.types.display_func(scenario.func);
            TestCaseError::fail(format!(
                "{engine}: {message}; wrong: {wrong}; type: {types}"
            ))
        })?;
    }
    Ok(())
}
