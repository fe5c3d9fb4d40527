//! Many mutated inputs, each made from its number alone, so that a number is enough to see one again.

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::corpus::Corpus;
use crate::exercise::{Outcome, defect, measured};
use crate::minimise::minimise;
use crate::mutate::input;

/// Number of inputs unless `INTERFUSE_FUZZ_INPUTS` says otherwise.
const INPUTS: u64 = 3_000;

/// Smallest part of inputs that must give a plan, in percent: otherwise inlining is not tested.
const PLANS_MIN_PERCENT: u64 = 10;

/// Number of inputs from which on that part means something.
const INPUTS_MEANINGFUL: u64 = 1_000;

/// Largest input that is printed, in bytes; every one is in a file.
const PRINTED_MAX_BYTES: usize = 4096;

/// What became of all inputs.
#[derive(Default)]
struct Tally {
    plans: u64,
    refused: u64,
    too_large: u64,
    total: Duration,
    slowest: (Duration, u64),
    largest: (usize, u64),
}

#[test]
fn mutated_components_give_an_error_or_a_plan() -> Result<()> {
    let count = variable("INTERFUSE_FUZZ_INPUTS")?.unwrap_or(INPUTS);
    let first = variable("INTERFUSE_FUZZ_SEED")?.unwrap_or(0);
    let corpus = Corpus::gather()?;
    let mut tally = Tally::default();
    for number in first..first + count {
        // An abort prints nothing: this file says which input it was.
        fs::write(scratch("fuzz-current-seed"), number.to_string())?;
        tally.add(number, &input(&corpus, number))?;
    }
    tally.print(count);
    let percent = tally.plans * 100 / count.max(1);
    assert!(
        count < INPUTS_MEANINGFUL || percent >= PLANS_MIN_PERCENT,
        "only {percent} % of the inputs give a plan"
    );
    Ok(())
}

impl Tally {
    fn add(&mut self, number: u64, bytes: &[u8]) -> Result<()> {
        let measured = measured(bytes);
        if let Some(defect) = defect(&measured) {
            report(number, bytes, &defect)?;
        }
        self.total += measured.time;
        self.slowest = self.slowest.max((measured.time, number));
        self.largest = self.largest.max((measured.peak_bytes, number));
        match measured.result {
            Ok(Outcome::Plan) => self.plans += 1,
            Ok(Outcome::Refused(_)) => self.refused += 1,
            Ok(Outcome::TooLarge(_)) => self.too_large += 1,
            Err(_) => unreachable!("a panic is a defect"),
        }
        Ok(())
    }

    fn print(&self, count: u64) {
        eprintln!(
            "{count} inputs in {:?}: {} plans ({:.1} %), {} refused by translation, {} too large to inline\n\
             slowest: {:?} (seed {}), most memory: {} KiB (seed {})",
            self.total,
            self.plans,
            self.plans as f64 * 100.0 / count.max(1) as f64,
            self.refused,
            self.too_large,
            self.slowest.0,
            self.slowest.1,
            self.largest.0 >> 10,
            self.largest.1,
        );
    }
}

/// Panics with all that is needed to see a defect again.
fn report(number: u64, bytes: &[u8], defect: &str) -> Result<()> {
    let path = scratch(&format!("fuzz-{number}.wasm"));
    fs::write(&path, bytes).context("failed to write the input")?;
    let is_panic = defect.starts_with("it panics");
    // Panics are quick to see again, time and memory are not.
    let smaller = if is_panic {
        minimise(bytes, |bytes| measured(bytes).result.is_err())
    } else {
        bytes.to_vec()
    };
    let path_min = scratch(&format!("fuzz-{number}-minimised.wasm"));
    fs::write(&path_min, &smaller).context("failed to write the minimised input")?;
    let hex = match smaller.len() <= PRINTED_MAX_BYTES {
        true => smaller.iter().map(|byte| format!("{byte:02x}")).collect(),
        false => format!("{} bytes", smaller.len()),
    };
    panic!(
        "seed {number}: {defect}\nagain: INTERFUSE_FUZZ_SEED={number} INTERFUSE_FUZZ_INPUTS=1\n\
         input: {}\nminimised: {}\n{hex}",
        path.display(),
        path_min.display(),
    )
}

/// Returns the path of a file that may be written.
fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn variable(name: &str) -> Result<Option<u64>> {
    match env::var(name) {
        Ok(text) => text
            .parse()
            .map(Some)
            .with_context(|| format!("{name} is not a number")),
        Err(_) => Ok(None),
    }
}
