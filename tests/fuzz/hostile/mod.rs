//! Components made to do harm, one test for each idea.

pub(crate) mod component;

mod malformed;

mod names;

mod types;

mod multiply;

mod nesting;

mod unsupported;
