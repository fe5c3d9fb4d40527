//! Address space that memories leave to the next instances of their module: mapped as it was when they were made.
//!
//! Making a memory takes three system calls, of which each splits or joins what the kernel knows of the address space, and
//! dropping it a fourth. Leaving it to the next one takes one, which gives pages back that were written to. Those that every
//! instance writes to when it is made are cleared instead.
//!
//! Invariant: a mapping in a slot reads as a new memory does: zeros and, if `holds_contents`, the contents.

use std::mem;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::runtime::vm::mmap::Mapping;

/// How many mappings a memory of a module leaves at most (ours: as many instances at a time may come and go).
const IDLE_MAX: usize = 16;

/// How many mappings are left in the whole process at most (ours: each has up to four of the 65,530 areas that Linux allows
/// by default, and some gigabytes of the address space).
const ALL_IDLE_MAX: usize = 512;

/// How many mappings are left in the whole process.
static ALL_IDLE: AtomicUsize = AtomicUsize::new(0);

/// What instances of a memory of a module left.
#[derive(Debug, Default)]
pub(in crate::runtime) struct Slots {
    idle: Mutex<Vec<Mapping>>,
    holds_contents: bool,
    kept: Range<usize>,
}

impl Slots {
    /// Begins with nothing, for a memory with or without contents that are mapped. Every instance writes to the pages `kept`
    /// of it.
    pub(in crate::runtime::vm) fn new(holds_contents: bool, kept: Range<usize>) -> Slots {
        let idle = Mutex::default();
        Slots {
            idle,
            holds_contents,
            kept,
        }
    }

    /// Returns whether contents are mapped in what is left.
    pub(in crate::runtime::vm) fn holds_contents(&self) -> bool {
        self.holds_contents
    }

    /// Returns the pages that are not given back to the system.
    pub(in crate::runtime::vm) fn kept(&self) -> Range<usize> {
        self.kept.clone()
    }

    /// Takes what a memory left.
    pub(in crate::runtime::vm) fn take(&self) -> Option<Mapping> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let mapping = idle.pop()?;
        ALL_IDLE.fetch_sub(1, Ordering::Relaxed);
        Some(mapping)
    }

    /// Leaves a mapping, unless there are too many. It reads as that of a new memory does.
    pub(in crate::runtime::vm) fn leave(&self, mapping: Mapping) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX && ALL_IDLE.load(Ordering::Relaxed) < ALL_IDLE_MAX {
            ALL_IDLE.fetch_add(1, Ordering::Relaxed);
            idle.push(mapping);
        }
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        let idle = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner);
        ALL_IDLE.fetch_sub(mem::take(idle).len(), Ordering::Relaxed);
    }
}
