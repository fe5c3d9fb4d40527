//! From core modules to machine code: a group of instances becomes one image.
//!
//! ```text
//!  bytes ──▶ Module::parse ─┐
//!                           ├─▶ link ──▶ compile ──▶ assemble ──▶ Image
//!            GroupSource ───┘   names    functions   addresses
//!                               resolved in parallel
//! ```
//!
//! Everything here is safe code that makes plain data of plain data; errors are values, whatever the input.
//!
//! **Architecture invariant:** the code generator cannot tell an adapter module from a user's module, and does not run
//! anything.
//!
//! # Cures
//!
//! The code generator and the translator before it are Cranelift 0.112.3, the last version of which the translator was
//! published. What is known to be wrong with it on x86-64, and what is done about it:
//!
//! | defect | cure |
//! |---|---|
//! | `fcopysign` reads 16 bytes where its operand has 4 or 8 (CVE-2026-24116) | `copysign.rs` replaces it by integer operations |
//! | `f64x2.splat` reads 16 bytes on processors without SSSE3 (CVE-2026-34944) | `target.rs` refuses such processors |
//! | rounding and shuffling call functions of a library below SSE4.1 | `target.rs` refuses such processors |
//! | fused multiplication in relaxed SIMD calls a library without FMA | the environment asks for the other allowed result there |
//! | it panics on some functions | `generator.rs` catches that and begins afresh; the hook for panics prints them all the same, since it belongs to the whole process |
//! | it forgets what instructions came of when it rewrites them, and folds loads into them | `site.rs` names all of a block again after optimization |
//! | register allocation takes time quadratic in chains of values that meet | `merge.rs` estimates it, `function.rs` refuses what takes too long |
//! | accesses that may fault fill the tables of traps | `compiled.rs` leaves out those of memories |

mod error;

mod config;

mod trap;

mod target;

mod signature;

mod module;

mod group;

mod link;

mod environ;

mod copysign;

mod division;

mod merge;

mod site;

mod compiled;

mod generator;

mod splice;

mod inline;

mod function;

mod trampoline;

mod assemble;

mod plan;

mod compile;

#[cfg(test)]
mod tests;

#[expect(unused_imports, reason = "the engine that calls this comes next")]
pub(in crate::runtime) use {
    compile::{compile_group, compile_trampolines},
    config::{CodegenConfig, Threads},
    error::{CodegenError, FunctionProblem, ImportError, ImportProblem},
    group::{GroupSource, ImportSource, InstanceSource, Tables},
    module::{Import, ItemType, Module},
    target::Target,
};
