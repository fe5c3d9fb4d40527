//! What of an image is as long as the code or the data of a module: bytes in memory or in a file that is mapped, and tables
//! in them that are read where they lie.
//!
//! **Architecture invariant:** making any of this of a mapped file reads nothing of it.

pub(crate) mod span;

pub(crate) mod bytes;

pub(crate) mod table;
