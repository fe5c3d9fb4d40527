//! Core modules through the API of the runtime.

mod call;

mod group;

mod fault;

mod life;

mod division;

mod elements;

mod differential;

mod suite;

mod review;
