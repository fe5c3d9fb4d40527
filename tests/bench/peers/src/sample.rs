//! Timing of contenders in turn: what disturbs one of them disturbs the others as well. Time in which the processor did
//! something else does not count, unless contenders wait for others.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::Result;
use cpu_time::ThreadTime;

/// How much is measured.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Number of times that each contender has its turn; the median counts.
    pub rounds: usize,
    /// How long a turn takes, about.
    pub turn: Duration,
}

/// Something that is repeated a number of times.
pub type Contender<'a, S> = &'a dyn Fn(&mut S, u32) -> Result<()>;

/// Returns nanoseconds per repetition of each contender: medians over turns that alternate.
///
/// # Errors
///
/// Fails if a contender does.
pub fn medians<S>(
    settings: Settings,
    state: &mut S,
    contenders: &[Contender<'_, S>],
) -> Result<Vec<f64>> {
    let mut samples = rounds(settings, state, contenders)?;
    Ok(samples.iter_mut().map(|all| median(all)).collect())
}

/// Returns nanoseconds per repetition of each contender in each round.
///
/// # Errors
///
/// Fails if a contender does.
pub fn rounds<S>(
    settings: Settings,
    state: &mut S,
    contenders: &[Contender<'_, S>],
) -> Result<Vec<Vec<f64>>> {
    rounds_by(thread_time, settings, state, contenders)
}

/// Returns nanoseconds per repetition of each contender in each round, by the clock on the wall: what contenders wait for
/// counts, other threads and processes above all.
///
/// # Errors
///
/// Fails if a contender does.
pub fn wall_rounds<S>(
    settings: Settings,
    state: &mut S,
    contenders: &[Contender<'_, S>],
) -> Result<Vec<Vec<f64>>> {
    rounds_by(wall_time, settings, state, contenders)
}

/// What tells the time.
type Clock = fn() -> Duration;

fn thread_time() -> Duration {
    ThreadTime::now().as_duration()
}

fn wall_time() -> Duration {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}

fn rounds_by<S>(
    clock: Clock,
    settings: Settings,
    state: &mut S,
    contenders: &[Contender<'_, S>],
) -> Result<Vec<Vec<f64>>> {
    let mut counts = Vec::new();
    for contender in contenders {
        counts.push(calibrate(clock, settings, state, *contender)?);
    }
    let mut samples = vec![Vec::new(); contenders.len()];
    for _ in 0..settings.rounds {
        for ((contender, count), samples) in contenders.iter().zip(&counts).zip(&mut samples) {
            let start = clock();
            contender(state, *count)?;
            let elapsed = clock() - start;
            samples.push(elapsed.as_secs_f64() * 1e9 / f64::from(*count));
        }
    }
    Ok(samples)
}

/// Returns the median of what one contender took, as a multiple of what another took in the same round.
///
/// # Panics
///
/// Panics if there is nothing.
pub fn ratio(samples: &[f64], others: &[f64]) -> f64 {
    let mut ratios: Vec<f64> = samples.iter().zip(others).map(|(a, b)| a / b).collect();
    median(&mut ratios)
}

/// Returns how often a contender is repeated in a turn.
fn calibrate<S>(
    clock: Clock,
    settings: Settings,
    state: &mut S,
    contender: Contender<'_, S>,
) -> Result<u32> {
    let mut count = 1;
    loop {
        let start = clock();
        contender(state, count)?;
        let elapsed = clock() - start;
        if elapsed >= settings.turn / 4 || count >= 1 << 26 {
            let scale = settings.turn.as_secs_f64() / elapsed.as_secs_f64();
            return Ok((f64::from(count) * scale).ceil().max(1.0) as u32);
        }
        count *= 2;
    }
}

/// Returns the median, after sorting.
///
/// # Panics
///
/// Panics if there is nothing.
pub fn median(samples: &mut [f64]) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples[samples.len() / 2]
}
