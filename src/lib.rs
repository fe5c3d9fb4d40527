//! interfuse generates the *fused adapters* that join the instances of a WebAssembly component.
//!
//! Inside a component, core modules talk to each other through functions that are `canon lift`ed on one side and
//! `canon lower`ed on the other. For each such pair something has to move the values from one memory to the other and
//! keep the two sides apart. interfuse finds all pairs, decides which of them share a module, and writes the modules.
//!
//! ```text
//!  bytes ──▶ translate ──▶ inline ──▶ partition ──▶ compile
//!            Translation   Plan       Partition     CompiledModule
//!            per component flat       order         core wasm
//! ```
//!
//! Each stage is a function from an immutable input to an owned output:
//!
//! | stage | from | to | it |
//! |---|---|---|---|
//! | [`translate`](adapt::translate()) | bytes | [`Translation`](adapt::Translation) | validates, and reads the binary format |
//! | [`inline`](adapt::inline()) | translation | [`Plan`](adapt::Plan) | instantiates symbolically: one flat world, every name resolved |
//! | [`partition`](adapt::partition()) | plan | [`Partition`](adapt::Partition) | puts the adapters into the fewest modules |
//! | [`plan_modules`](fact::plan_modules), [`compile`](fact::compile()) | plan and partition | [`CompiledModule`](fact::CompiledModule) | writes each adapter module as core WebAssembly |
//!
//! # Examples
//!
//! ```
//! use interfuse::adapt::{Config, Limits, PartitionConfig, analyze_effects, inline, partition, translate};
//! use interfuse::fact::{FactConfig, plan_modules};
//!
//! let component = wat::parse_str(r#"
//!     (component
//!       (component $greeter
//!         (core module $m (func (export "answer") (result i32) i32.const 42))
//!         (core instance $i (instantiate $m))
//!         (func (export "answer") (result u32) (canon lift (core func $i "answer"))))
//!       (component $asker
//!         (import "answer" (func $answer (result u32)))
//!         (core func $answer (canon lower (func $answer)))
//!         (core module $m
//!           (import "env" "answer" (func $answer (result i32)))
//!           (func (export "ask") (result i32) call $answer))
//!         (core instance $i
//!           (instantiate $m (with "env" (instance (export "answer" (func $answer))))))
//!         (func (export "ask") (result u32) (canon lift (core func $i "ask"))))
//!       (instance $greeter (instantiate $greeter))
//!       (instance $asker (instantiate $asker (with "answer" (func $greeter "answer"))))
//!       (export "ask" (func $asker "ask")))
//! "#)?;
//!
//! let translation = translate(&Config::default(), &component)?;
//! let plan = inline(&translation, Limits::default())?;
//! let partition = partition(&plan, &PartitionConfig::default());
//! assert_eq!(plan.adapters.len(), 1);
//! assert_eq!(partition.modules.len(), 1);
//!
//! let adapter = plan.adapters.values().next().expect("there is one");
//! assert_eq!(plan.component_instances[adapter.lower.instance].name.as_ref(), "asker");
//! assert_eq!(plan.component_instances[adapter.lift.instance].name.as_ref(), "greeter");
//! assert_eq!(plan.types.display_func(adapter.lift.ty).to_string(), "func() -> u32");
//!
//! let effects = analyze_effects(&plan, &[&component]);
//! for module in plan_modules(&plan, &partition, &effects).values() {
//!     let wasm = module.compile(&plan, &FactConfig::default())?.wasm;
//!     assert!(wasm.starts_with(b"\0asm"));
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! The library builds without any feature, also for `wasm32`. `cli` (on by default) adds the `interfuse` command; `runtime` (on
//! by default) the engine that runs core modules and components, on x86-64 Linux; `wasi` (on by default) what programs find
//! there, WASI 0.2; `wast` (on by default) test scripts. `proptest` adds `strategy`: random types and values for property
//! tests.

pub mod adapt;

#[cfg(feature = "proptest")]
pub mod strategy;

pub mod fact;

#[cfg(feature = "runtime")]
pub mod runtime;

#[cfg(feature = "runtime")]
pub use runtime::component;

#[cfg(feature = "wasi")]
pub use runtime::wasi;
