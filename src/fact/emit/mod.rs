//! A small assembler over wasm-encoder: locals that free themselves, labels, structured blocks, pointer widths.
//!
//! Nothing here knows of components. There is no way to write an `end`, a branch depth or a local index by hand.

pub(crate) mod local;

pub(crate) mod code;

pub(crate) mod width;

pub(in crate::fact) use code::{Code, FuncId, Label, Piece};
pub(in crate::fact) use local::Local;
pub(crate) use width::Width;
