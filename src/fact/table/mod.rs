//! The state of a component instance, as a generated core module: its handle table and the flag `may_leave`.
//!
//! One instance of the module exists per component instance. Adapters import what it exports, see [`StateExport`]; it
//! imports nothing but the function `interfuse.trap`. What follows is how it keeps its state.
//!
//! # Rows
//!
//! The table begins at address 0 of a private memory, and handle *n* is row *n*: 16 bytes, so that a table of 2^28 rows,
//! the most the spec allows, is a memory of 65,536 pages, the most there can be. No limit has to be tested: a table is full
//! when its memory does not grow. Row 0 is no handle and stays free.
//!
//! | offset | field | in a row that is used | in a row that is free |
//! |---|---|---|---|
//! | 0 | `tag` | (type + 1) · 4 + lent · 2 + owned | 0 |
//! | 4 | `rep` | the representation | |
//! | 8 | `link` | if lent: the handle that was lent before it, or 0 | the row that was freed before it, or 0 |
//! | 12 | `scope` | if not owned: its scope, as a distance from the end of the memory | |
//!
//! One comparison of `tag` thus tells whether a handle is used, of the right type, owned and not lent.
//!
//! # Lends
//!
//! The spec counts the lends of a handle and remembers those of each call. Synchronous calls end in the reverse order of
//! their beginning, and so do lends: the first lend of a handle outlasts all others of that handle. Hence one bit is enough,
//! and a further lend changes nothing. The handles that are lent form a list through `link`, newest first; its head is the
//! global `lent`. A call remembers the head, lends, and at its end [releases](StateExport::Release) down to what it
//! remembered.
//!
//! # Scopes
//!
//! A call that borrows handles has to drop them before it returns, though a call inside it may drop them as well. A scope
//! is the number of handles that remain. Scopes are a stack of 4-byte numbers that grows down from the end of the memory;
//! when the memory grows, the stack moves up to its new end.

pub(crate) mod export;

pub(crate) mod row;

pub(crate) mod state;

pub(crate) mod room;

pub(crate) mod scope;

pub(crate) mod write;

#[cfg(test)]
mod model;

#[cfg(test)]
mod engine;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod props;

pub use export::{NO_HANDLE, RESOURCE_TYPES_MAX, StateExport, StateSignature};
pub use write::state_module;
