//! Who decides how much of everything there may be in a store.
//!
//! Invariant: `InData` is kept by the store that its `data` belongs to.

use std::ptr::NonNull;

use thiserror::Error;

/// How many of each kind of thing a store may have unless a limiter says something else (ours: what other engines do).
const COUNT_MAX: usize = 10_000;

/// Decides how large memories and tables of a store may become, and how many things there may be in it.
///
/// It must not panic while a guest grows something; if it does, the panic goes on in the caller of the guest.
pub trait ResourceLimiter {
    /// Returns whether a memory may grow from a size to another, in bytes; from 0 when it is made.
    fn memory_growing(&mut self, from_bytes: u64, to_bytes: u64) -> bool;

    /// Returns whether a table may grow from a number of elements to another; from 0 when it is made.
    fn table_growing(&mut self, from_len: u64, to_len: u64) -> bool;

    /// Returns how many instances there may be; 10,000 by default. Nothing in a store is freed before it is, so that these
    /// are all that were ever made.
    fn instances(&self) -> usize {
        COUNT_MAX
    }

    /// Returns how many memories there may be, of instances and of the host; 10,000 by default.
    fn memories(&self) -> usize {
        COUNT_MAX
    }

    /// Returns how many tables there may be, of instances and of the host; 10,000 by default.
    fn tables(&self) -> usize {
        COUNT_MAX
    }
}

/// Numbers of things in a store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::runtime) struct Counts {
    pub(in crate::runtime) instances: usize,
    pub(in crate::runtime) memories: usize,
    pub(in crate::runtime) tables: usize,
}

/// A store would have more of something than its limiter allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a store with {count} {things}, its limiter allows {max}")]
pub(in crate::runtime) struct CountError {
    things: &'static str,
    count: usize,
    max: usize,
}

/// What finds the limiter of a store.
pub(in crate::runtime::vm) trait FindLimiter {
    /// Returns the limiter.
    ///
    /// # Safety
    ///
    /// Nobody has a reference to the data of the store.
    unsafe fn find(&mut self) -> &mut dyn ResourceLimiter;
}

/// Finds a limiter in the data of a store.
struct InData<T, F> {
    data: NonNull<T>,
    find: F,
}

/// Returns what finds the limiter of a store in its data.
///
/// # Safety
///
/// `data` is that of the store that keeps what is returned.
pub(in crate::runtime::vm) unsafe fn in_data<T: 'static>(
    data: NonNull<T>,
    find: impl (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + 'static,
) -> Box<dyn FindLimiter> {
    Box::new(InData { data, find })
}

impl<T, F: FnMut(&mut T) -> &mut dyn ResourceLimiter> FindLimiter for InData<T, F> {
    unsafe fn find(&mut self) -> &mut dyn ResourceLimiter {
        // SAFETY: the data exists as long as the store, which keeps this, and the caller says that there is no other
        // reference to it.
        let data = unsafe { self.data.as_mut() };
        (self.find)(data)
    }
}

impl Counts {
    /// Returns the sum.
    pub(in crate::runtime::vm) fn plus(self, other: Counts) -> Counts {
        Counts {
            instances: self.instances + other.instances,
            memories: self.memories + other.memories,
            tables: self.tables + other.tables,
        }
    }

    /// Makes sure that a limiter allows so much.
    pub(in crate::runtime::vm) fn check(
        self,
        limiter: &dyn ResourceLimiter,
    ) -> Result<(), CountError> {
        let kinds = [
            ("instances", self.instances, limiter.instances()),
            ("memories", self.memories, limiter.memories()),
            ("tables", self.tables, limiter.tables()),
        ];
        for (things, count, max) in kinds {
            if count > max {
                return Err(CountError { things, count, max });
            }
        }
        Ok(())
    }
}
