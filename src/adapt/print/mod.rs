//! Printing of a plan and its partition: text for people, JSON for programs, graphs for both.
//!
//! What is printed is deterministic and at most proportional to the plan in size: names and types are cut, what is
//! shared prints once, and nothing recurses.
//!
//! **Architecture invariant:** every name passes through `escape.rs` on its way out.

pub(crate) mod escape;

pub(crate) mod table;

pub(crate) mod tree;

pub(crate) mod used;

pub(crate) mod name;

#[cfg(test)]
pub(crate) mod golden;

#[cfg(test)]
pub(crate) mod example;

pub(crate) mod text;

pub mod json;

pub(crate) mod graph;

pub use graph::{plan_dot, plan_mermaid};
pub use json::plan_json;
pub use name::adapter_name;
pub use text::{Detail, plan_text};
