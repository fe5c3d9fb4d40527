//! What is done with an input: every stage that takes what a stranger wrote.

use std::fmt;

use interfuse::adapt::{
    Config, Detail, InlineError, Limits, PartitionConfig, Plan, TranslateError, analyze_effects,
    inline, partition, plan_dot, plan_json, plan_mermaid, plan_text, translate,
};

use crate::meter::{MEMORY_MAX_BYTES, Measured, TIME_MAX, measure};

/// How often work that took too long is repeated: the machine may be busy.
const REPETITIONS: usize = 2;

/// What becomes of an input.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is a component, and flat.
    Plan,
    /// It is refused by translation.
    Refused(TranslateError),
    /// It is refused by inlining.
    TooLarge(InlineError),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Plan => f.write_str("a plan"),
            Outcome::Refused(error) => error.fmt(f),
            Outcome::TooLarge(error) => error.fmt(f),
        }
    }
}

/// Takes an input through all stages; later ones go into [`stages`]. What the default features do not allow is tried
/// with more.
pub(crate) fn exercise(bytes: &[u8]) -> Outcome {
    let outcome = stages(&Config::default(), bytes);
    if let Outcome::Refused(_) = outcome {
        let more = Config {
            fixed_length_lists: true,
            ..Config::default()
        };
        stages(&more, bytes);
    }
    outcome
}

fn stages(config: &Config, bytes: &[u8]) -> Outcome {
    let translation = match translate(config, bytes) {
        Ok(translation) => translation,
        Err(error) => {
            let len_bytes = bytes.len() as u64;
            assert!(error.offset <= len_bytes, "{error} is not inside the input");
            return Outcome::Refused(error);
        }
    };
    match inline(&translation, Limits::default()) {
        Ok(plan) => {
            print_all(&plan, bytes);
            Outcome::Plan
        }
        Err(error) => Outcome::TooLarge(error),
    }
}

/// Takes a plan through the stages that cannot fail.
fn print_all(plan: &Plan, bytes: &[u8]) {
    let partition = partition(plan, &PartitionConfig::default());
    let effects = analyze_effects(plan, &[bytes]);
    assert!(
        plan.adapters
            .keys()
            .all(|id| !effects.adapter(id).callee.block)
    );
    for detail in [Detail::Summary, Detail::Full] {
        assert!(!plan_text(plan, &partition, detail).is_empty());
    }
    assert!(!plan_json(plan, &partition).is_empty());
    assert!(!plan_dot(plan, &partition).is_empty());
    assert!(!plan_mermaid(plan, &partition).is_empty());
}

/// Takes an input through all stages and measures that; what took too long is repeated, and the shortest time counts.
pub(crate) fn measured(bytes: &[u8]) -> Measured<Outcome> {
    let once = || {
        let bytes = bytes.to_vec();
        measure(move || exercise(&bytes))
    };
    let mut best = once();
    for _ in 0..REPETITIONS {
        if best.time <= TIME_MAX || best.result.is_err() {
            break;
        }
        best.time = best.time.min(once().time);
    }
    best
}

/// Returns what is wrong with how an input was taken, if anything is.
pub(crate) fn defect(measured: &Measured<Outcome>) -> Option<String> {
    if let Err(message) = &measured.result {
        return Some(format!("it panics: {message}"));
    }
    if measured.time > TIME_MAX {
        return Some(format!("it takes {:?}", measured.time));
    }
    if measured.peak_bytes > MEMORY_MAX_BYTES {
        return Some(format!("it takes {} MiB", measured.peak_bytes >> 20));
    }
    None
}

/// Takes an input through all stages and returns what becomes of it.
///
/// # Panics
///
/// Panics if the input makes anything panic, take too long or take too much memory.
pub(crate) fn outcome(bytes: &[u8]) -> Outcome {
    let measured = measured(bytes);
    eprintln!(
        "{} bytes: {:?}, {} KiB",
        bytes.len(),
        measured.time,
        measured.peak_bytes >> 10,
    );
    match (defect(&measured), measured.result) {
        (None, Ok(outcome)) => outcome,
        (defect, _) => panic!("{} bytes: {}", bytes.len(), defect.unwrap_or_default()),
    }
}
