//! Campaigns: modules from one seed to another.

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use interfuse::runtime::{Config, Engine, Module};

use crate::differential::plan::{can_be_given, rounds};
use crate::differential::{compiled, generate, interpreted};

/// Number of modules unless something else is asked for (ours: a few seconds).
const MODULES: u64 = 2000;

/// How many modules an engine sees (ours: it keeps code for each type of function that it saw).
const MODULES_OF_ENGINE: u64 = 100;

/// Stack of a thread that runs guests, and what guests may use of it, in bytes (ours: fuel ends before them).
const STACK_BYTES: usize = 64 << 20;
const GUEST_STACK_BYTES: usize = 32 << 20;

/// Seeds of modules that the interpreter gets wrong: it returns a vector of zeros from a `br_table` that should carry another.
const WRONG: [u64; 1] = [189_286];

/// What was done.
#[derive(Debug, Default)]
struct Tally {
    modules: AtomicU64,
    calls: AtomicU64,
    returns: AtomicU64,
    refused: AtomicU64,
    gave_up: AtomicU64,
}

fn setting(name: &str, otherwise: u64) -> u64 {
    let text = env::var(name);
    text.map_or(otherwise, |text| text.parse().expect("it is a number"))
}

#[test]
fn random_modules_do_the_same_on_both_engines() {
    let first = setting("INTERFUSE_FUZZ_SEED", 0);
    let end = first + setting("INTERFUSE_FUZZ_MODULES", MODULES);
    let tally = Tally::default();
    let next = AtomicU64::new(first);
    let work = || {
        while let from = next.fetch_add(MODULES_OF_ENGINE, Ordering::Relaxed)
            && from < end
        {
            check_all(from..end.min(from + MODULES_OF_ENGINE), &tally);
        }
    };
    let threads = thread::available_parallelism().unwrap().get();
    thread::scope(|scope| {
        for _ in 0..threads {
            let thread = thread::Builder::new().stack_size(STACK_BYTES);
            thread.spawn_scoped(scope, work).unwrap();
        }
    });
    println!("{tally:?}");
    let modules = tally.modules.into_inner();
    assert!(tally.refused.into_inner() * 10 <= modules);
    assert!(tally.gave_up.into_inner() * 100 <= modules);
}

fn check_all(seeds: std::ops::Range<u64>, tally: &Tally) {
    let mut config = Config::new();
    config
        .parallel_compilation(false)
        .max_wasm_stack(GUEST_STACK_BYTES);
    let ours = Engine::new(&config).unwrap();
    for seed in seeds {
        let Some(wasm) = generate::generate(seed).filter(|_| !WRONG.contains(&seed)) else {
            continue;
        };
        tally.modules.fetch_add(1, Ordering::Relaxed);
        if let Err(message) = check(&ours, &wasm, seed, tally) {
            let text = wasmprinter::print_bytes(&wasm).unwrap();
            panic!("{text}\nINTERFUSE_FUZZ_SEED={seed} INTERFUSE_FUZZ_MODULES=1: {message}");
        }
    }
}

fn check(ours: &Engine, wasm: &[u8], seed: u64, tally: &Tally) -> Result<(), String> {
    let compiled = Module::new(ours, wasm);
    // It panics over some stores to memories other than the first, and its engine cannot be used after that.
    let theirs = interpreted::engine();
    let foreign = catch_unwind(AssertUnwindSafe(|| wasmi::Module::new(&theirs, wasm)));
    let Ok(foreign) = foreign else {
        tally.gave_up.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    };
    let (module, foreign) = match (compiled, foreign) {
        (Ok(module), Ok(foreign)) => (module, foreign),
        (Err(_), Err(_)) => {
            tally.refused.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        (Ok(_), Err(error)) => return Err(format!("only the other engine refuses it: {error}")),
        (Err(error), Ok(_)) => return Err(format!("only this engine refuses it: {error}")),
    };
    if !module.imports().iter().all(can_be_given) {
        return Ok(());
    }
    for (at, round) in rounds(module.exports(), seed).iter().enumerate() {
        let found = compiled::run(&module, round);
        let expected = interpreted::run(&foreign, module.imports(), module.exports(), round);
        let calls = u64::try_from(found.calls.len()).unwrap();
        tally.calls.fetch_add(calls, Ordering::Relaxed);
        let returns = found.calls.iter().filter(|it| it.is_ok()).count();
        let returns = u64::try_from(returns).unwrap();
        tally.returns.fetch_add(returns, Ordering::Relaxed);
        if found.gave_up() || expected.gave_up() {
            tally.gave_up.fetch_add(1, Ordering::Relaxed);
            continue;
        }
        let Some(difference) = found.difference(&expected) else {
            continue;
        };
        // Sometimes the interpreter answers with what was left where a value should be.
        let again = interpreted::run(&foreign, module.imports(), module.exports(), round);
        if again.difference(&expected).is_some() {
            tally.gave_up.fetch_add(1, Ordering::Relaxed);
        } else {
            return Err(format!(
                "round {at}: {difference}; calls: {:x?}",
                round.calls
            ));
        }
    }
    Ok(())
}
