//! Where machine code lies in the process, for signal handlers: they may neither lock nor allocate.
//!
//! The registry is a list of chunks that only grows; a slot is reused once its code is gone.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Number of slots in a chunk (ours: a process with one or two artifacts needs one chunk).
const CHUNK_LEN: usize = 64;

/// A range of addresses, or free if `end` is 0. `start` changes while the slot is free only.
struct Slot {
    start: AtomicUsize,
    end: AtomicUsize,
}

struct Chunk {
    slots: [Slot; CHUNK_LEN],
    next: OnceLock<Box<Chunk>>,
}

static FIRST: Chunk = Chunk::new();

/// Held while a slot is being taken.
static WRITER: Mutex<()> = Mutex::new(());

impl Chunk {
    const fn new() -> Chunk {
        Chunk {
            slots: [const { Slot::new() }; CHUNK_LEN],
            next: OnceLock::new(),
        }
    }
}

/// A range that is registered until this is dropped.
pub(in crate::runtime) struct Registration(&'static Slot);

/// Registers a range of addresses that is not empty.
pub(in crate::runtime) fn register(range: Range<usize>) -> Registration {
    assert!(range.start < range.end, "{range:?}");
    let _guard = WRITER.lock().unwrap_or_else(PoisonError::into_inner);
    let slot = free_slot();
    slot.start.store(range.start, Ordering::Release);
    slot.end.store(range.end, Ordering::Release);
    Registration(slot)
}

fn free_slot() -> &'static Slot {
    let mut chunk = &FIRST;
    loop {
        let mut slots = chunk.slots.iter();
        if let Some(slot) = slots.find(|slot| slot.end.load(Ordering::Acquire) == 0) {
            return slot;
        }
        chunk = chunk.next.get_or_init(|| Box::new(Chunk::new()));
    }
}

/// Returns whether an address is in a registered range. Neither locks nor allocates.
pub(in crate::runtime) fn contains(address: usize) -> bool {
    let mut chunk = Some(&FIRST);
    while let Some(it) = chunk {
        if it.slots.iter().any(|slot| slot.contains(address)) {
            return true;
        }
        chunk = it.next.get().map(|next| &**next);
    }
    false
}

impl Slot {
    const fn new() -> Slot {
        Slot {
            start: AtomicUsize::new(0),
            end: AtomicUsize::new(0),
        }
    }

    fn contains(&self, address: usize) -> bool {
        let end = self.end.load(Ordering::Acquire);
        let start = self.start.load(Ordering::Acquire);
        // A slot that changed hands in between has another end, or the same one: then `start` belongs to it.
        let is_stable = self.end.load(Ordering::Acquire) == end;
        is_stable && (start..end).contains(&address)
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        self.0.end.store(0, Ordering::Release);
    }
}
