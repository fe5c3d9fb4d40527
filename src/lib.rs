//! interfuse generates the fused adapters that join the instances of a WebAssembly component, as core WebAssembly.

pub mod adapt;
