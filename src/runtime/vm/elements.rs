//! The memory of the elements of a table, which a group leaves to the next one of its code.
//!
//! Invariant: `start` is one allocation of the layout that goes with `element` and `capacity`, which is freed with the
//! `Elements`; if that has no bytes, it is dangling.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;

use crate::runtime::types::RefType;
use crate::runtime::vm::address;
use crate::runtime::vm::layout::TableEntry;

/// The memory of elements.
pub(in crate::runtime::vm) struct Elements {
    start: NonNull<u8>,
    element: RefType,
    capacity: u64,
}

// SAFETY: the memory belongs to the `Elements` alone, and nothing of it depends on the thread.
unsafe impl Send for Elements {}

impl Elements {
    /// Makes room for so many elements, all zero. None if the system refuses.
    pub(in crate::runtime::vm) fn new(element: RefType, capacity: u64) -> Option<Elements> {
        let layout = layout(element, capacity)?;
        let start = match layout.size() {
            0 => NonNull::<TableEntry>::dangling().cast(),
            // SAFETY: the size is not 0.
            _ => NonNull::new(unsafe { alloc_zeroed(layout) })?,
        };
        Some(Elements {
            start,
            element,
            capacity,
        })
    }

    /// Returns the address of the first one.
    pub(in crate::runtime::vm) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Returns for how many there is room.
    pub(in crate::runtime::vm) fn capacity(&self) -> u64 {
        self.capacity
    }
}

impl Drop for Elements {
    fn drop(&mut self) {
        let layout = layout(self.element, self.capacity).expect("it was allocated so");
        if layout.size() != 0 {
            // SAFETY: it was allocated with this layout, and who used it does not any more.
            unsafe { dealloc(self.start.as_ptr(), layout) };
        }
    }
}

/// Returns what so many elements are in memory.
pub(in crate::runtime::vm) fn layout(element: RefType, len: u64) -> Option<Layout> {
    let len = address::to_usize(len);
    match element {
        RefType::Func => Layout::array::<TableEntry>(len).ok(),
        RefType::Extern => Layout::array::<u64>(len).ok(),
    }
}
