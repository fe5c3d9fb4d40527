//! Addresses as code and contexts hold them: integers of 64 bits, which a pointer becomes and which becomes a pointer.

use std::ptr;

/// Returns the address of what `pointer` points to, for code to use.
#[inline]
pub(in crate::runtime) fn of<T: ?Sized>(pointer: *const T) -> u64 {
    let address = pointer.cast::<()>().expose_provenance();
    u64::try_from(address).expect("an address has 64 bits")
}

/// Returns a pointer to what [`of`] took the address of.
#[inline]
pub(in crate::runtime) fn at<T>(address: u64) -> *mut T {
    ptr::with_exposed_provenance_mut(to_usize(address))
}

/// Converts a size or an address that code handed over.
#[inline]
pub(in crate::runtime) fn to_usize(value: u64) -> usize {
    usize::try_from(value).expect("a usize has 64 bits")
}

/// Converts a size or an address that code gets.
#[inline]
pub(in crate::runtime) fn to_u64(value: usize) -> u64 {
    u64::try_from(value).expect("a usize has 64 bits")
}
