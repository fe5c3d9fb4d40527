//! Core modules through the API of the runtime.

mod call;

mod group;

mod differential;

mod suite;
