//! Laws of the oracle itself: what is lowered can be lifted, and is the same.

use interfuse::adapt::StringEncoding;
use interfuse::strategy::Value;
use proptest::prelude::{Strategy, prop_assert, prop_assert_eq, proptest};

use crate::case::draft::{Draft, SideDraft, drafts, plain_drafts};
use crate::case::fault::{break_one, break_some};
use crate::case::layout::{Case, lay_out};
use crate::case::noise::Noise;
use crate::config::config;
use crate::oracle::call::{Expected, call, state};
use crate::oracle::flat::{End, Flat, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS, flatten_functype};
use crate::oracle::guest::Manner;
use crate::oracle::lift::{Plain, Registers, lift_flat_values};
use crate::oracle::lower::{LowerCx, lower_flat_values};
use crate::oracle::observation::{Fault, GuestCall, Side};
use crate::oracle::ty::Ty;
use crate::oracle::val::{Source, Val};
use crate::oracle::world::{SideState, World};

proptest! {
    #![proptest_config(config("proptest-regressions/naive.txt"))]

    #[test]
    fn placed_arguments_are_lifted(draft in drafts()) {
        let Case { scenario, .. } = lay_out(&draft);
        let expected = vals(&draft, Side::Caller, &draft.args);
        let mut caller = state(scenario.side(Side::Caller));
        let lifted = lift(&mut caller, MAX_FLAT_PARAMS, &scenario.args, &scenario.params());
        prop_assert_eq!(lifted, expected);
    }

    #[test]
    fn lowered_values_are_lifted(draft in plain_drafts().prop_map(tamed)) {
        let Case { scenario, .. } = lay_out(&draft);
        let params = scenario.params();
        let expected = vals(&draft, Side::Caller, &draft.args);
        let mut world = World {
            sides: scenario.sides.each_ref().map(state),
            within: false,
            events: Vec::new(),
        };
        let mut cx = LowerCx::new(&mut world, Side::Callee);
        let lowered = lower_flat_values(&mut cx, MAX_FLAT_PARAMS, (&expected, &params), None);
        let flats = lowered.unwrap();
        let callee = world.side_mut(Side::Callee);
        prop_assert_eq!(&lift(callee, MAX_FLAT_PARAMS, &flats, &params), &expected);

        // What may have any value is not part of any.
        flip(&mut callee.memory.bytes, &callee.memory.loose);
        prop_assert_eq!(&lift(callee, MAX_FLAT_PARAMS, &flats, &params), &expected);
    }

    #[test]
    fn good_calls_return(draft in plain_drafts().prop_map(tamed)) {
        let Case { scenario, .. } = lay_out(&draft);
        let Expected { observation, loose, .. } = call(&scenario);
        let flats = observation.outcome.unwrap();
        prop_assert_eq!(observation.may_leave, [true, true]);
        let is_callee = |call: &GuestCall| matches!(call, GuestCall::Callee(_));
        let calls = observation.events.iter().filter(|event| is_callee(&event.call));
        prop_assert_eq!(calls.count(), 1);

        let results = scenario.results();
        let result: Vec<_> = draft.result.iter().cloned().collect();
        let mut caller = state(scenario.side(Side::Caller));
        caller.memory.bytes = observation.memories[0].clone();
        flip(&mut caller.memory.bytes, &loose[0]);
        let out = if flats.is_empty() { scenario.args.last().copied() } else { None };
        let flats = if flats.is_empty() { Vec::from_iter(out) } else { flats };
        let lifted = lift(&mut caller, MAX_FLAT_RESULTS, &flats, &results);
        prop_assert_eq!(lifted, vals(&draft, Side::Callee, &result));
    }

    #[test]
    fn registers_have_the_flattened_types(draft in drafts()) {
        let Case { scenario, .. } = lay_out(&draft);
        let (params, results) = (scenario.params(), scenario.results());
        let [caller, callee] = scenario.sides.each_ref().map(|side| side.width);
        let lower = flatten_functype(&params, &results, caller, End::Lower);
        let lift = flatten_functype(&params, &results, callee, End::Lift);
        let cores = |flats: &[Flat]| flats.iter().map(|flat| flat.core()).collect::<Vec<_>>();
        let observation = call(&scenario).observation;
        prop_assert_eq!(cores(&scenario.args), lower.params);
        prop_assert_eq!(cores(&observation.outcome.unwrap()), lower.results);
        prop_assert_eq!(cores(&scenario.callee.results.unwrap()), lift.results);
        for event in observation.events {
            if let GuestCall::Callee(flats) = event.call {
                prop_assert_eq!(cores(&flats), lift.params.clone());
            }
        }
    }

    #[test]
    fn wrong_calls_trap_or_return(draft in drafts(), seed: u64) {
        let case = lay_out(&draft);
        let good = call(&case.scenario);
        for make_wrong in [break_one, break_some] {
            let mut case = case.clone();
            make_wrong(&mut case, &good, &mut Noise::new(seed));
            let observation = call(&case.scenario).observation;
            let is_guest = observation.outcome == Err(Fault::Guest);
            // A guest that traps was the last one called.
            let last = observation.events.last().map(|event| &event.call);
            let answered = matches!(last, Some(GuestCall::Realloc { answer: Some(_), .. }));
            prop_assert!(!(is_guest && answered));
        }
    }
}

/// Returns a call whose strings can be lifted again.
///
/// Where the spec finds that a string fits into Latin-1 after all, it shrinks the block with an alignment of 1, but
/// lifts the string only from an even address: the allocator has to be kind enough to leave the block where it is.
fn tamed(mut draft: Draft) -> Draft {
    let is_either = |side: &SideDraft| side.encoding == StringEncoding::Latin1OrUtf16;
    if draft.sides.iter().all(is_either) {
        for side in &mut draft.sides {
            side.manner = Manner::InPlace;
        }
    }
    draft
}

/// Returns values as a side would pass them.
fn vals(draft: &Draft, side: Side, values: &[Value]) -> Vec<Val> {
    let side = draft.sides[side.index()];
    let source = Source {
        encoding: side.encoding,
        prefers_utf16: side.prefers_utf16,
    };
    values.iter().map(|value| source.val(value)).collect()
}

/// Changes the bytes that may have any value.
fn flip(bytes: &mut [u8], loose: &[bool]) {
    for (byte, is_loose) in bytes.iter_mut().zip(loose) {
        *byte ^= if *is_loose { 0xff } else { 0 };
    }
}

fn lift(side: &mut SideState, max_flat: usize, flats: &[Flat], types: &[Ty]) -> Vec<Val> {
    let mut registers = Plain::new(flats);
    let registers: &mut dyn Registers = &mut registers;
    lift_flat_values(side, max_flat, registers, types).unwrap()
}
