//! Tests of what is compiled, and of what it does.

mod support;

mod image;

mod refusal;

mod link;

mod shim;

mod hostile;

mod copysign;

mod generator;

mod run;
