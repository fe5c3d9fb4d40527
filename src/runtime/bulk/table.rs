//! Tables of values that all have the same size, as bytes: reading one needs no preparation.

use std::fmt;
use std::marker::PhantomData;

use crate::runtime::bulk::bytes::Bytes;
use crate::runtime::bulk::span::Span;

/// Size of a word in bytes.
const WORD_BYTES: usize = 4;

/// What a table holds: some words of 32 bits.
pub(in crate::runtime) trait Record: Copy {
    /// How many.
    const WORDS: usize;

    /// Returns the words.
    fn to_words(self) -> impl IntoIterator<Item = u32>;

    /// Returns what words mean, whatever they are. `word` returns the one at a position.
    fn from_words(word: impl Fn(usize) -> u32) -> Self;
}

/// A table.
#[derive(Clone)]
pub(in crate::runtime) struct Table<T> {
    bytes: Bytes,
    values: PhantomData<fn() -> T>,
}

impl<T> Table<T> {
    /// Returns the table in some bytes.
    pub(in crate::runtime) fn new(bytes: Bytes) -> Table<T> {
        let values = PhantomData;
        Table { bytes, values }
    }

    /// Returns its bytes.
    pub(in crate::runtime) fn bytes(&self) -> &Bytes {
        &self.bytes
    }
}

impl<T: Record> Table<T> {
    /// Returns how many values there are.
    pub(in crate::runtime) fn len(&self) -> usize {
        self.bytes.len() / (T::WORDS * WORD_BYTES)
    }

    /// Returns the value at a position.
    pub(in crate::runtime) fn get(&self, position: usize) -> Option<T> {
        let size = T::WORDS * WORD_BYTES;
        let start = position.checked_mul(size)?;
        let bytes = self.bytes.get(start..start.checked_add(size)?)?;
        Some(read(bytes))
    }

    /// Returns a value of those at a place.
    pub(in crate::runtime) fn get_at(&self, place: Span<T>, position: usize) -> Option<T> {
        self.get(place.within(self.len())?.nth(position)?)
    }

    /// Returns the values at a place; none if they are not all there.
    pub(in crate::runtime) fn at(&self, place: Span<T>) -> impl Iterator<Item = T> {
        let size = T::WORDS * WORD_BYTES;
        let positions = place.within(self.len()).unwrap_or_default();
        let bytes = &self.bytes[positions.start * size..positions.end * size];
        bytes.chunks_exact(size).map(read)
    }

    /// Returns all values.
    pub(in crate::runtime) fn iter(&self) -> impl Iterator<Item = T> {
        self.at(Span::new(0..self.len()))
    }

    /// Returns how many values there are before the first for which something does not hold. It holds for none after that.
    pub(in crate::runtime) fn partition_point(&self, holds: impl Fn(T) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if self.get(middle).is_some_and(&holds) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

fn read<T: Record>(bytes: &[u8]) -> T {
    let (words, _) = bytes.as_chunks::<WORD_BYTES>();
    T::from_words(|position| u32::from_le_bytes(words[position]))
}

impl<T> Default for Table<T> {
    fn default() -> Table<T> {
        Table::new(Bytes::default())
    }
}

impl<T: Record> FromIterator<T> for Table<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Table<T> {
        let mut table = TableBuilder::default();
        table.extend(values);
        table.finish()
    }
}

impl<T: Record + fmt::Debug> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// A table under construction.
pub(in crate::runtime) struct TableBuilder<T> {
    bytes: Vec<u8>,
    values: PhantomData<fn(T)>,
}

impl<T: Record> TableBuilder<T> {
    /// Returns how many values there are.
    pub(in crate::runtime) fn len(&self) -> usize {
        self.bytes.len() / (T::WORDS * WORD_BYTES)
    }

    /// Adds values, and returns where they lie.
    pub(in crate::runtime) fn extend(&mut self, values: impl IntoIterator<Item = T>) -> Span<T> {
        let start = self.len();
        let values = values.into_iter();
        let size = T::WORDS * WORD_BYTES;
        self.bytes.reserve(values.size_hint().0 * size);
        for value in values {
            let words = value.to_words().into_iter();
            self.bytes.extend(words.flat_map(u32::to_le_bytes));
        }
        Span::new(start..self.len())
    }

    /// Returns the table.
    pub(in crate::runtime) fn finish(self) -> Table<T> {
        Table::new(Bytes::from(self.bytes))
    }
}

impl<T> Default for TableBuilder<T> {
    fn default() -> TableBuilder<T> {
        TableBuilder {
            bytes: Vec::new(),
            values: PhantomData,
        }
    }
}
