//! Time, memory and panics of a piece of work: it runs alone, on a stack of an ordinary size, and never for ever.

use std::alloc::System;
use std::panic;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use cap::Cap;
use peakmem_alloc::{PeakMemAlloc, PeakMemAllocTrait};

/// Longest time an input may take: a second, and more where nothing is optimised.
pub(crate) const TIME_MAX: Duration = if cfg!(debug_assertions) {
    Duration::from_secs(20)
} else {
    Duration::from_secs(1)
};

/// Largest memory an input may take, in bytes.
pub(crate) const MEMORY_MAX_BYTES: usize = 1 << 30;

/// Memory beyond which allocation fails and the process aborts, in bytes (keeps the machine usable).
const ALLOCATION_MAX_BYTES: usize = 6 << 30;

/// Time after which work counts as hanging.
const HANG: Duration = Duration::from_secs(120);

/// What a thread has by default: recursion that needs more is a defect.
const STACK_BYTES: usize = 2 << 20;

#[global_allocator]
static ALLOCATOR: PeakMemAlloc<Cap<System>> =
    PeakMemAlloc::new(Cap::new(System, ALLOCATION_MAX_BYTES));

/// Work that runs excludes other work: memory is counted for the whole process.
static ALONE: Mutex<()> = Mutex::new(());

/// What a piece of work took.
pub(crate) struct Measured<T> {
    /// What it returned, or the message of its panic.
    pub(crate) result: Result<T, String>,
    pub(crate) time: Duration,
    /// Most memory it held beyond what was held before.
    pub(crate) peak_bytes: usize,
}

/// Does some work and measures it.
///
/// # Panics
///
/// Panics if the work hangs.
pub(crate) fn measure<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Measured<T> {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    ALLOCATOR.reset_peak_memory();
    let (sender, receiver) = mpsc::channel();
    let body = move || {
        let start = Instant::now();
        let result = panic::catch_unwind(panic::AssertUnwindSafe(work));
        let result = result.map_err(|payload| message(payload.as_ref()));
        // Nobody receives if this took too long.
        let _ = sender.send((result, start.elapsed()));
    };
    let worker = thread::Builder::new().stack_size(STACK_BYTES).spawn(body);
    let worker = worker.expect("a thread can be started");
    let (result, time) = match receiver.recv_timeout(HANG) {
        Ok(done) => done,
        Err(RecvTimeoutError::Timeout) => panic!("this hangs: it did not end in {HANG:?}"),
        Err(RecvTimeoutError::Disconnected) => unreachable!("panics are caught"),
    };
    worker.join().expect("panics are caught");
    Measured {
        result,
        time,
        peak_bytes: ALLOCATOR.get_peak_memory(),
    }
}

/// Returns the message of a panic.
fn message(payload: &(dyn std::any::Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_string())
}
