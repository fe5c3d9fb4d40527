//! What the translator of function bodies does not know: how code reaches memories, tables, globals and functions.
//!
//! # Regions
//!
//! The code generator takes memory accesses of different *alias regions* to be of different memory, whatever their
//! addresses, and keeps values in registers meanwhile. So everything has one region:
//!
//! | what | region | changed by |
//! |---|---|---|
//! | bytes of memories | heap | code, calls |
//! | globals, elements of tables | table | code, calls |
//! | `TableDef::is_changed`, which is not read | table | code, calls |
//! | `MemoryDef`, the rest of `TableDef` and of a context | context | calls |
//! | `FuncRef`s | context | nothing |
//!
//! Reads of what never changes are marked as constant, and may be done before a loop. Reads behind a reference are not,
//! since they may only be done after the test for null.

mod state;

mod machine;

mod builtin;

mod memory;

mod table;

mod global;

mod reference;

mod call;

mod interrupt;

mod implement;

pub(in crate::runtime::codegen) use call::OWN;
pub(in crate::runtime::codegen) use state::Environ;
