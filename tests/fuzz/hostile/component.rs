//! Hostile components as text: what all of them need.

use std::fmt::Write;

use crate::exercise::{Outcome, outcome};

/// Returns the binary of a component's text.
pub(crate) fn wat(text: &str) -> Vec<u8> {
    match wat::parse_str(text) {
        Ok(bytes) => bytes,
        Err(error) => panic!("{error}"),
    }
}

/// Returns the text that `item` gives for each number below `count`, one after the other.
pub(crate) fn repeat<T: std::fmt::Display>(count: usize, item: impl Fn(usize) -> T) -> String {
    let mut text = String::new();
    for n in 0..count {
        writeln!(text, "{}", item(n)).expect("a string takes everything");
    }
    text
}

/// Returns text that instantiates `$c` `inner * outer` times, of which the validator sees `inner + outer`.
pub(crate) fn instances(inner: usize, outer: usize) -> String {
    let inner = repeat(inner, |_| "(instance (instantiate $c))");
    let outer = repeat(outer, |_| "(instance (instantiate $many))");
    format!("(component $many {inner}) {outer}")
}

/// Takes a component through all stages and expects a plan.
pub(crate) fn expect_plan(bytes: &[u8]) {
    match outcome(bytes) {
        Outcome::Plan => {}
        other => panic!("this should be a plan: {other}"),
    }
}

/// Takes a component through all stages and expects a refusal that contains `text`.
pub(crate) fn expect_refusal(bytes: &[u8], text: &str) {
    let outcome = outcome(bytes);
    let message = outcome.to_string();
    assert!(
        message.contains(text),
        "this should speak of `{text}`: {message}"
    );
}
/// Takes a component through all stages and expects that inlining refuses it.
pub(crate) fn expect_too_large(bytes: &[u8]) {
    match outcome(bytes) {
        Outcome::TooLarge(_) => {}
        other => panic!("this should be too large: {other}"),
    }
}
