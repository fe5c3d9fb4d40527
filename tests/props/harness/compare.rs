//! Whether what was seen of a call is what must be seen.

use crate::oracle::call::Expected;
use crate::oracle::flat::MAX_FLAT_RESULTS;
use crate::oracle::layout::elem_size;
use crate::oracle::lower::takes_out_pointer;
use crate::oracle::observation::{GuestCall, Observation, Side};
use crate::oracle::scenario::Scenario;
use crate::oracle::ty::Ty;

/// How much of a trap must be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Traps {
    /// Which trap it is: there is one reason.
    Same,
    /// That there is one: there may be several reasons, and the adapter may find another first.
    Any,
}

/// Returns what is wrong, if anything is.
pub(crate) fn compare(
    scenario: &Scenario,
    expected: &Expected,
    found: &Observation,
    traps: Traps,
) -> Result<(), String> {
    let wanted = &expected.observation;
    match (&wanted.outcome, &found.outcome) {
        (Err(_), Err(_)) if traps == Traps::Any => return Ok(()),
        (wanted, found) if wanted != found => {
            return Err(format!("the adapter gave {found:?}, not {wanted:?}"));
        }
        (Err(_), _) => return compare_trapped(expected, found),
        _ => {}
    }
    for (at, (wanted, found)) in wanted.events.iter().zip(&found.events).enumerate() {
        if wanted != found {
            return Err(format!("call {at} of a guest is {found:?}, not {wanted:?}"));
        }
    }
    if wanted.events.len() != found.events.len() {
        let (found, wanted) = (found.events.len(), wanted.events.len());
        return Err(format!("guests were called {found} times, not {wanted}"));
    }
    if wanted.may_leave != found.may_leave {
        let (found, wanted) = (found.may_leave, wanted.may_leave);
        return Err(format!("the flags are {found:?}, not {wanted:?}"));
    }
    if wanted.tables != found.tables {
        let (found, wanted) = (&found.tables, &wanted.tables);
        return Err(format!("the handles are {found:?}, not {wanted:?}"));
    }
    for side in [Side::Caller, Side::Callee] {
        compare_memory(scenario, expected, found, side)?;
    }
    Ok(())
}

/// Compares what was called of a call that trapped. What is allocated by then depends on whether values move one by one.
fn compare_trapped(expected: &Expected, found: &Observation) -> Result<(), String> {
    let calls = |it: &Observation| {
        let calls = it.events.iter().map(|event| event.call.clone());
        let is_other = |call: &GuestCall| !matches!(call, GuestCall::Realloc { .. });
        calls.filter(is_other).collect::<Vec<_>>()
    };
    let (wanted, found) = (calls(&expected.observation), calls(found));
    if wanted != found {
        return Err(format!(
            "before the trap {found:?} were called, not {wanted:?}"
        ));
    }
    Ok(())
}

fn compare_memory(
    scenario: &Scenario,
    expected: &Expected,
    found: &Observation,
    side: Side,
) -> Result<(), String> {
    let wanted = &expected.observation.memories[side.index()];
    let found = &found.memories[side.index()];
    if wanted.len() != found.len() {
        let (found, wanted) = (found.len(), wanted.len());
        return Err(format!("{side:?}'s memory has {found} bytes, not {wanted}"));
    }
    let mut loose = expected.loose[side.index()].clone();
    loosen_blocks(scenario, expected, side, &mut loose);
    let differs = |at: &usize| wanted[*at] != found[*at] && !loose[*at];
    let Some(at) = (0..wanted.len()).find(differs) else {
        return Ok(());
    };
    let end = wanted.len().min(at + 16);
    let (wanted, found) = (&wanted[at..end], &found[at..end]);
    Err(format!(
        "{side:?}'s memory at {at:#x} is {found:02x?}, not {wanted:02x?}"
    ))
}

/// Lets all blocks have any contents where they may overlap: where an allocator broke the rules, and where the caller
/// wants its results in a block. Then it matters in which order values are written, and only the guest is hurt.
fn loosen_blocks(scenario: &Scenario, expected: &Expected, side: Side, loose: &mut [bool]) {
    let mut blocks = Vec::new();
    for event in &expected.observation.events {
        if let GuestCall::Realloc {
            side: it,
            call,
            answer: Some(answer),
        } = &event.call
            && *it == side
        {
            blocks.push(*answer..*answer + call.new_size);
        }
    }
    let realloc = scenario.side(side).realloc.as_ref();
    let mut overlap = realloc.is_some_and(|(allocator, _)| allocator.hostile.is_some());
    let width = scenario.side(side).width;
    let results = scenario.results();
    if side == Side::Caller && takes_out_pointer(width, MAX_FLAT_RESULTS, &results).is_some() {
        let out = scenario
            .args
            .last()
            .expect("there is an out pointer")
            .bits();
        let out = out..out + elem_size(&Ty::Record(results), width);
        overlap |= blocks
            .iter()
            .any(|block| block.start < out.end && out.start < block.end);
        blocks.push(out);
    }
    if overlap {
        for block in blocks {
            let start = usize::try_from(block.start).unwrap();
            loose[start..usize::try_from(block.end).unwrap()].fill(true);
        }
    }
}
