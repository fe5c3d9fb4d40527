//! Memories.

use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::error::Error;
use crate::runtime::types::MemoryType;
use crate::runtime::vm::object::MemoryId;

/// A memory in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory(pub(in crate::runtime) MemoryId);

/// An access beyond the end of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("out of bounds memory access: {len} bytes at {offset}, the memory has {size}")]
pub struct MemoryAccessError {
    /// Where the access begins, in bytes.
    pub offset: usize,
    /// How long it is, in bytes.
    pub len: usize,
    /// How large the memory is, in bytes.
    pub size: usize,
}

impl Memory {
    /// Makes a memory.
    ///
    /// # Errors
    ///
    /// Fails if the limiter or the system refuses.
    pub fn new(mut store: impl AsContextMut, ty: MemoryType) -> Result<Memory, Error> {
        let mut store = store.as_context_mut();
        Ok(Memory(store.objects().new_memory(ty)?))
    }

    /// Returns its type, with the size it has now.
    pub fn ty(self, mut store: impl AsContextMut) -> MemoryType {
        store.as_context_mut().objects().memory_type(self.0)
    }

    /// Returns its bytes.
    pub fn data<'a, T: 'static>(self, store: &'a mut StoreContextMut<'_, T>) -> &'a mut [u8] {
        store.memory_bytes(self.0)
    }

    /// Returns its size in bytes.
    pub fn data_size(self, mut store: impl AsContextMut) -> usize {
        store.as_context_mut().memory_bytes(self.0).len()
    }

    /// Grows it by some pages, and returns how many there were; none if that is not possible.
    pub fn grow(self, mut store: impl AsContextMut, pages: u64) -> Option<u64> {
        store.as_context_mut().objects().memory_grow(self.0, pages)
    }

    /// Reads bytes.
    ///
    /// # Errors
    ///
    /// Fails if they reach beyond the end.
    pub fn read(
        self,
        mut store: impl AsContextMut,
        offset: usize,
        buffer: &mut [u8],
    ) -> Result<(), MemoryAccessError> {
        let mut store = store.as_context_mut();
        let range = self.range(&mut store, offset, buffer.len())?;
        buffer.copy_from_slice(&store.memory_bytes(self.0)[range]);
        Ok(())
    }

    /// Writes bytes.
    ///
    /// # Errors
    ///
    /// Fails if they reach beyond the end.
    pub fn write(
        self,
        mut store: impl AsContextMut,
        offset: usize,
        buffer: &[u8],
    ) -> Result<(), MemoryAccessError> {
        let mut store = store.as_context_mut();
        let range = self.range(&mut store, offset, buffer.len())?;
        store.memory_bytes(self.0)[range].copy_from_slice(buffer);
        Ok(())
    }

    fn range<T>(
        self,
        store: &mut StoreContextMut<'_, T>,
        offset: usize,
        len: usize,
    ) -> Result<std::ops::Range<usize>, MemoryAccessError> {
        let size = store.memory_bytes(self.0).len();
        let end = offset.checked_add(len).filter(|end| *end <= size);
        let end = end.ok_or(MemoryAccessError { offset, len, size })?;
        Ok(offset..end)
    }
}
