//! The rules of this crate that a program can check, each a test that lists its breaches as `path:line: what to do`.
//!
//! A rule is a function from a [`Tree`](tree::Tree) of files to findings. One test gives it this repository; another
//! gives it made-up files that breach it, so that no rule is one that cannot fail.

mod tree;

mod source;

mod header;

mod size;

mod island;

mod crates;

mod words;

mod modules;

mod order;

mod imports;

mod comments;
