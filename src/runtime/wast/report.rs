//! What came out of a script.

use std::fmt;

/// What came out of a script.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The number of directives that did as the script says.
    pub passed: usize,
    /// The directives that did not.
    pub failures: Vec<Failure>,
}

/// A directive that did not do as the script says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The line on which it begins, from 1.
    pub line: usize,
    /// What happened instead.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}
