//! Bytes that several owners share.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::runtime::bulk::span::Span;

/// What keeps bytes where they are.
type Owner = dyn AsRef<[u8]> + Send + Sync;

/// Bytes that do not change, in memory or in a file that is mapped. Copies are cheap and mean the same bytes.
#[derive(Clone)]
pub(in crate::runtime) struct Bytes {
    owner: Arc<Owner>,
    range: Range<usize>,
}

impl Bytes {
    /// Returns all bytes of an owner, which has to return the same ones whenever it is asked.
    pub(in crate::runtime) fn of(owner: Arc<Owner>) -> Bytes {
        let range = 0..(*owner).as_ref().len();
        Bytes { owner, range }
    }

    /// Returns some of them, if they are there.
    pub(in crate::runtime) fn slice(&self, range: Range<usize>) -> Option<Bytes> {
        self.get(range.clone())?;
        let start = self.range.start;
        Some(Bytes {
            owner: Arc::clone(&self.owner),
            range: start + range.start..start + range.end,
        })
    }

    /// Returns those at a place, if they are there.
    pub(in crate::runtime) fn at(&self, place: Span<u8>) -> Option<&[u8]> {
        self.get(place.within(self.len())?)
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &(*self.owner).as_ref()[self.range.clone()]
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Bytes {
        Bytes::of(Arc::new(bytes))
    }
}

impl Default for Bytes {
    fn default() -> Bytes {
        Bytes::from(Vec::new())
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.range.len())
    }
}
