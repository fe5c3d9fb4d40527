//! A plan and its partition as a graph, for Graphviz and for Mermaid.

pub(crate) mod model;

pub(crate) mod build;

pub(crate) mod dot;

pub(crate) mod mermaid;

pub use dot::plan_dot;
pub use mermaid::plan_mermaid;
