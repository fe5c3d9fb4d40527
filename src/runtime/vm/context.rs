//! The memory of contexts, which a group leaves to the next one of its code.
//!
//! What a context says of signatures and of references to functions depends on its code and its address: the next group
//! finds it as it should be, but for references to functions from outside. The same holds for tables of functions that
//! nobody changed.
//!
//! Invariants: (1) `start` is one allocation of this layout, which is freed with the `Context`. (2) A context in `Contexts`
//! holds ids of signatures and references to functions as groups of its code have them, but for those from outside. (3) So do
//! the elements that it has: they are as [`HeldByAll`](crate::runtime::vm::held::HeldByAll) says.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::mem;
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use crate::runtime::vm::elements::Elements;

/// How many contexts of a code are left at most (ours: as many instances at a time may come and go).
const IDLE_MAX: usize = 16;

/// The memory of a context.
pub(in crate::runtime::vm) struct Context {
    start: NonNull<u8>,
    layout: Layout,
    /// Those of the tables of all instances, in this order. None if they were not left.
    elements: Vec<Option<Elements>>,
}

/// The contexts that groups of a code left.
#[derive(Default)]
pub(in crate::runtime::vm) struct Contexts {
    idle: Mutex<Vec<Context>>,
}

// SAFETY: the memory belongs to the context alone, and nothing of it depends on the thread.
unsafe impl Send for Context {}

impl Context {
    /// Makes one that is zero. None if the system refuses.
    pub(in crate::runtime::vm) fn new(layout: Layout) -> Option<Context> {
        if layout.size() == 0 {
            return None;
        }
        // SAFETY: the size is not 0.
        let start = NonNull::new(unsafe { alloc_zeroed(layout) })?;
        let elements = Vec::new();
        Some(Context {
            start,
            layout,
            elements,
        })
    }

    /// Returns its address.
    pub(in crate::runtime::vm) fn start(&self) -> NonNull<u8> {
        self.start
    }

    /// Takes the elements that tables left.
    pub(in crate::runtime::vm) fn take_elements(&mut self) -> Vec<Option<Elements>> {
        mem::take(&mut self.elements)
    }

    /// Leaves elements, which are as invariant 3 says.
    pub(in crate::runtime::vm) fn leave_elements(&mut self, elements: Vec<Option<Elements>>) {
        self.elements = elements;
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: it was allocated with this layout (invariant 1), and who used it does not any more.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

impl Contexts {
    /// Takes one that a group left.
    pub(in crate::runtime::vm) fn take(&self) -> Option<Context> {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop()
    }

    /// Leaves one, unless there are too many. It is as invariants 2 and 3 say.
    pub(in crate::runtime::vm) fn leave(&self, context: Context) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(context);
        }
    }
}
