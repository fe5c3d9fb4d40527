//! Strategies of [proptest] for component types and their values, with the feature `proptest`.
//!
//! For tests of whatever handles any interface: generators of bindings, adapters, runtimes. Types are biased to small
//! ones, and to where the canonical ABI has its edges: parameters that just fit into registers and those that just do
//! not, discriminants of each width, cases whose payloads share a register, strings that need another encoding at their
//! last character. Handles occur only if [`TypeConfig::resources`] asks for them: no handle can be made up. Their values
//! say what they stand for, and whoever passes them has to make them.
//!
//! # Examples
//!
//! ```
//! use interfuse::strategy::{TypeConfig, Value, args, funcs, types, values};
//! use proptest::prelude::{Just, Strategy, prop_assert_eq, proptest};
//!
//! # fn encode(value: &Value) -> Value { value.clone() }
//! # fn decode(value: &Value) -> Value { value.clone() }
//! proptest! {
//!     // A type, and a value of that type. (In a test, `#[test]` stands before each function.)
//!     fn my_codec_round_trips(
//!         (sample, value) in types(TypeConfig::default()).prop_flat_map(|sample| {
//!             let values = values(&sample.types, sample.ty);
//!             (Just(sample), values)
//!         }),
//!     ) {
//!         prop_assert_eq!(decode(&encode(&value)), value, "of type {:?}", sample);
//!     }
//!
//!     // A function type, and arguments for it.
//!     fn my_calls_pass_what_they_get(
//!         (sample, args) in funcs(TypeConfig::default()).prop_flat_map(|sample| {
//!             let args = args(&sample.types, sample.ty);
//!             (Just(sample), args)
//!         }),
//!     ) {
//!         prop_assert_eq!(sample.types.func(sample.ty).params.len(), args.len());
//!     }
//! }
//! # my_codec_round_trips();
//! # my_calls_pass_what_they_get();
//! ```
//!
//! [proptest]: https://docs.rs/proptest

pub(crate) mod config;

pub(crate) mod recipe;

pub(crate) mod ty;

pub(crate) mod value;

pub use config::TypeConfig;
pub use ty::{FuncSample, TypeSample, funcs, types};
pub use value::{Value, args, results, strings, values};
