//! Where something lies in a table.

use std::marker::PhantomData;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Where in a table some values lie, one after the other.
#[derive(Debug, Serialize, Deserialize)]
#[serde(bound = "")]
pub(in crate::runtime) struct Span<T> {
    start: u64,
    len: u64,
    values: PhantomData<fn() -> T>,
}

impl<T> Clone for Span<T> {
    fn clone(&self) -> Span<T> {
        *self
    }
}

impl<T> Copy for Span<T> {}

impl<T> PartialEq for Span<T> {
    fn eq(&self, other: &Span<T>) -> bool {
        (self.start, self.len) == (other.start, other.len)
    }
}

impl<T> Eq for Span<T> {}

impl<T> Default for Span<T> {
    fn default() -> Span<T> {
        Span::new(0..0)
    }
}

impl<T> Span<T> {
    /// Makes one of the positions of values.
    pub(in crate::runtime) fn new(positions: Range<usize>) -> Span<T> {
        let number = |position: usize| u64::try_from(position).expect("a usize has 64 bits");
        Span::of_numbers(number(positions.start), number(positions.len()))
    }

    /// Makes one of the position of the first value and the number of values, which nobody vouches for.
    pub(in crate::runtime) fn of_numbers(start: u64, len: u64) -> Span<T> {
        let values = PhantomData;
        Span { start, len, values }
    }

    /// Returns how many values there are.
    pub(in crate::runtime) fn len(&self) -> usize {
        usize::try_from(self.len).unwrap_or(usize::MAX)
    }

    /// Returns the positions of the values in a table of some length, if they are all there.
    pub(in crate::runtime) fn within(&self, table_len: usize) -> Option<Range<usize>> {
        let start = usize::try_from(self.start).ok()?;
        let end = start.checked_add(usize::try_from(self.len).ok()?)?;
        (end <= table_len).then_some(start..end)
    }
}
