//! A box whose address others hold.
//!
//! A `Box` says that nobody else points to its content; guests, built-in functions and names of objects do.

use std::ptr::NonNull;

/// Something with an address that does not change, dropped with this. It gives a pointer only: who makes references says why
/// there are no others.
pub(in crate::runtime) struct Owned<T: ?Sized>(NonNull<T>);

impl<T> Owned<T> {
    /// Takes something.
    pub(in crate::runtime) fn new(content: T) -> Owned<T> {
        Owned::from(Box::new(content))
    }
}

impl<T: ?Sized> Owned<T> {
    /// Returns its address.
    pub(in crate::runtime) fn pointer(&self) -> NonNull<T> {
        self.0
    }
}

impl<T: ?Sized> From<Box<T>> for Owned<T> {
    fn from(content: Box<T>) -> Owned<T> {
        Owned(NonNull::from(Box::leak(content)))
    }
}

impl<T: ?Sized> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: the pointer is that of a box that was leaked, and is dropped once. Those who hold the address do not use it
        // any more, as what owns this promises.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}
