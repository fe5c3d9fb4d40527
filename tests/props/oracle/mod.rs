//! The canonical ABI over arrays of bytes, written from the spec's reference interpreter (`definitions.py`) and as
//! naive as it: what adapters are compared with.
//!
//! It shares no code with what it checks, except types and trap codes.

pub(crate) mod ty;

pub(crate) mod layout;

pub(crate) mod flat;

pub(crate) mod val;

pub(crate) mod guest;

pub(crate) mod observation;

pub(crate) mod trap;

pub(crate) mod table;

pub(crate) mod scenario;

pub(crate) mod world;

pub(crate) mod text;

pub(crate) mod lift;

pub(crate) mod lower;

pub(crate) mod call;
