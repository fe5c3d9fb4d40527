//! Runs scripts of the WebAssembly test suites.
//!
//! **Architecture invariant:** only what the crate makes public is used here.
//!
//! Whether a module is refused is compared, why it is refused is not: every tool says that in its own words. Messages of
//! traps and of linking are compared, as one may be part of the other.

pub(crate) mod report;

pub(crate) mod value;

pub(crate) mod spectest;

pub(crate) mod component;

pub(crate) mod script;

pub use report::{Failure, Report};
pub use script::run_script;
