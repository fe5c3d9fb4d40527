//! A box whose address others hold.
//!
//! A `Box` says that nobody else points to its content; guests, built-in functions and names of objects do.

use std::ptr::NonNull;

/// Something with an address that does not change, dropped with this. It gives a pointer only: who makes references says why
/// there are no others.
pub(in crate::runtime) struct Owned<T>(NonNull<T>);

impl<T> Owned<T> {
    /// Takes something.
    pub(in crate::runtime) fn new(content: T) -> Owned<T> {
        Owned(NonNull::from(Box::leak(Box::new(content))))
    }

    /// Returns its address.
    pub(in crate::runtime) fn pointer(&self) -> NonNull<T> {
        self.0
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer is that of a box that was leaked, and is dropped once. Those who hold the address do not use it
        // any more, as what owns this promises.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}
