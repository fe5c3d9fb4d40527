//! *What moves*: the transfer of a value from one side to the other, as data.
//!
//! A transfer says where the parts of a value are on both sides and what must be checked or changed on the way. It is
//! built by pure functions and knows nothing of wasm; the writing step turns it into instructions, and an interpreter
//! carries it out on arrays of bytes.

pub(crate) mod data;

pub(crate) mod build;

pub(crate) mod mask;

pub(crate) mod values;

pub(crate) mod print;

pub(crate) mod world;

pub(crate) mod end;

pub(crate) mod string;

pub(crate) mod interpret;

pub(in crate::fact) use build::{OUTLINE_COST, Transfers};
pub(in crate::fact) use data::{
    At, List, Number, Part, PlaceKind, Route, Run, Scalar, Transfer, TransferId, TransferKind,
    Variant,
};
pub(in crate::fact) use end::{End, Owner, Scene, check_aligned, trap_if};
pub(in crate::fact) use interpret::{Mover, Source, Target};
pub(in crate::fact) use mask::{ALWAYS, BLOCK_BYTES, Mask, MaskedList};
pub(in crate::fact) use print::{Printer, Setting, is_told, route_words};
pub(in crate::fact) use values::Values;
pub use world::{CallSide, CoreValue, HandleCall, ReallocCall, World};
