//! The machine runs code that was put together by hand: nothing here needs the code generator.

mod assembly;

mod call;

mod chain;

mod fault;

mod memory;

mod artifact;
