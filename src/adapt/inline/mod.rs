//! From a translation to a plan: symbolic instantiation of the whole tree.
//!
//! A frame per component instance runs the initializers of its component. Index spaces hold definitions rather than
//! values: an alias finds what it names, so in the end every reference is to something that exists at run time.
//! Frames are on a stack of our own: nesting of instances has no limit but [`MAX_INSTANCES`].
//!
//! What makes a plan smaller happens here as well: adapters are interned by what they do, and what nothing uses is
//! left out.

pub(crate) mod error;

mod def;

mod resolve;

mod frame;

mod position;

mod inliner;

mod core;

mod canon;

mod component;

mod bundle;

mod live;

mod run;

pub use error::{InlineError, Limits, MAX_INSTANCES, MAX_STEPS};
pub use run::inline;
