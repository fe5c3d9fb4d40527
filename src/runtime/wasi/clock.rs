//! What time it is: for guests, and in tests whatever it shall be.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A clock that says what time it is, which may be set back.
pub trait HostWallClock: Send {
    /// Returns how exact it is.
    fn resolution(&self) -> Duration;

    /// Returns the time since 1970.
    fn now(&self) -> Duration;
}

/// A clock that measures how much time passes.
pub trait HostMonotonicClock: Send {
    /// Returns how exact it is, in nanoseconds.
    fn resolution(&self) -> u64;

    /// Returns the nanoseconds since some instant.
    fn now(&self) -> u64;

    /// Lets time pass until an instant, at once, and returns whether it did. A clock of the system cannot, so that whoever
    /// waits for the instant really waits: the default.
    fn skip_to(&self, _instant: u64) -> bool {
        false
    }
}

/// The clocks of the system. As a monotonic one it begins at 0 when it is made.
#[derive(Clone, Debug)]
pub struct SystemClock {
    start: Instant,
}

/// A clock in which no time passes, but that those who wait for an instant let it come at once. Copies mean the same clock.
///
/// As a wall clock it says the same as the monotonic one.
///
/// # Examples
///
/// ```
/// use interfuse::wasi::{HostMonotonicClock, HostWallClock, VirtualClock, WasiCtx};
///
/// let clock = VirtualClock::new(1_000);
/// assert!(clock.skip_to(1_000_000_005));
/// assert_eq!(HostWallClock::now(&clock).as_secs(), 1);
/// let ctx = WasiCtx::builder().wall_clock(clock.clone()).monotonic_clock(clock).build();
/// # drop(ctx);
/// ```
#[derive(Clone, Debug, Default)]
pub struct VirtualClock {
    nanos: Arc<AtomicU64>,
}

impl Default for SystemClock {
    fn default() -> SystemClock {
        SystemClock {
            start: Instant::now(),
        }
    }
}

impl HostWallClock for SystemClock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        // Before 1970 there is no time in WASI.
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.unwrap_or_default()
    }
}

impl HostMonotonicClock for SystemClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

impl VirtualClock {
    /// Makes one that stands at a number of nanoseconds.
    pub fn new(nanos: u64) -> VirtualClock {
        VirtualClock {
            nanos: Arc::new(AtomicU64::new(nanos)),
        }
    }
}

impl HostWallClock for VirtualClock {
    fn resolution(&self) -> Duration {
        Duration::from_nanos(1)
    }

    fn now(&self) -> Duration {
        Duration::from_nanos(HostMonotonicClock::now(self))
    }
}

impl HostMonotonicClock for VirtualClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        self.nanos.load(Ordering::Relaxed)
    }

    fn skip_to(&self, instant: u64) -> bool {
        self.nanos.fetch_max(instant, Ordering::Relaxed);
        true
    }
}
