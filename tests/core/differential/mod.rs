//! Random modules do the same on this engine and on an interpreter: results, traps, calls of the host, and what memories,
//! globals and tables hold afterwards.
//!
//! `INTERFUSE_FUZZ_MODULES` is the number of modules, `INTERFUSE_FUZZ_SEED` the seed of the first.

mod value;

mod observation;

mod generate;

mod plan;

mod compiled;

mod interpreted;

mod campaign;
