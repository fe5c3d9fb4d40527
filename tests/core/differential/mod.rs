//! Random modules, and groups of random modules that import from each other, do the same on this engine and on an
//! interpreter: results, traps, calls of the host, and what memories, globals and tables hold afterwards. Backtraces of
//! groups do not depend on whether functions are inlined.
//!
//! `INTERFUSE_FUZZ_MODULES` is the number of modules, `INTERFUSE_FUZZ_GROUPS` that of groups, `INTERFUSE_FUZZ_SEED` the
//! seed of the first.

mod value;

mod observation;

mod available;

mod generate;

mod plan;

mod compiled;

mod interpreted;

mod campaign;
