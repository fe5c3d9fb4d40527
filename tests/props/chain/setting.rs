//! Numbers that whoever runs the tests may change.

use std::env;

/// Returns the number that a variable of the environment holds, or another.
pub(crate) fn setting(name: &str, otherwise: u64) -> u64 {
    let text = env::var(name);
    text.map_or(otherwise, |text| text.parse().expect("it is a number"))
}
