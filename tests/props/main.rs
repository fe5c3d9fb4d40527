//! Laws of the generator, checked on random inputs, and the cases at their edges.

mod config;

mod sketch;

mod brute;

mod partition;

mod split;

mod modules;

mod effect;

mod reach;

mod nesting;

mod oracle;

mod case;

mod naive;

mod harness;

mod adapter;

mod chain;
