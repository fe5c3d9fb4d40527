//! What runs compiled code: the only place with `unsafe`.
//!
//! The rest of the crate gets safe functions. They rely on one thing that they cannot check: that an image says the truth
//! about its code. Images come from the code generator; that is the trust boundary.
//!
//! ```text
//! Signatures ─▶ Code (an image, mapped) ─▶ Store ─▶ StoreMut: data of the embedder, functions of the host, calls
//!                                                   └▶ Objects: memories, tables, globals, references, exports
//! ```
//!
//! A call goes `StoreMut::call` → `enter` → entry of the image, if the function needs one → guest, and from there by exits
//! to functions of the host, which may call again. A guest that traps is unwound to its `enter` by `raise` or, after a fault,
//! by the signal handler.
//!
//! **Architecture invariant:** nothing here knows components, or which code generator wrote the code.

#![expect(
    unsafe_code,
    reason = "the island: running machine code is what this folder is for"
)]

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
compile_error!(
    "the feature `runtime` works on x86-64 Linux only: build with `--no-default-features`"
);

pub(crate) mod layout;

pub(crate) mod address;

pub(crate) mod value;

pub(crate) mod owned;

pub(crate) mod mmap;

pub(crate) mod registry;

pub(crate) mod stack;

pub(crate) mod signature;

pub(crate) mod contents;

pub(crate) mod slots;

pub(crate) mod decoded;

pub(crate) mod held;

pub(crate) mod elements;

pub(crate) mod context;

pub(crate) mod code;

pub(crate) mod artifact;

pub(crate) mod failure;

pub(crate) mod interrupt;

pub(crate) mod object;

pub(crate) mod limiter;

pub(crate) mod shared;

pub(crate) mod entry;

pub(crate) mod signal;

pub(crate) mod memory;

pub(crate) mod table;

pub(crate) mod group;

pub(crate) mod initialize;

pub(crate) mod builtins;

pub(crate) mod link;

pub(crate) mod state;

pub(crate) mod store;

pub(crate) mod host;

#[cfg(test)]
mod tests;
