//! Types of Rust that are types of components.
