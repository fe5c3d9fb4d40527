//! Modules: parsed, and validated except for the bodies of their functions.
//!
//! **Architecture invariant:** only here and in `function.rs` anything is read with the parser.

mod convert;

mod def;

mod expr;

mod proposal;

mod name;

mod parse;

pub(in crate::runtime::codegen) use convert::PAGE_SIZE_LOG2;
pub(in crate::runtime::codegen) use def::{Elements, ElementsItems, ElementsMode, Expr, Item, Op};
pub(in crate::runtime) use def::{Import, ItemType, Module};
pub(in crate::runtime::codegen) use proposal::{SUPPORTED, refusal};
