//! Comparison with golden files; `BLESS=1` rewrites them.

use std::path::Path;
use std::{env, fs};

/// Checks that the golden file at `path` holds `found`, or makes it so if the variable `BLESS` is set.
pub(crate) fn check(path: &Path, found: &str) {
    if env::var_os("BLESS").is_some() {
        fs::write(path, found).unwrap();
        return;
    }
    let expected = fs::read_to_string(path).unwrap_or_default();
    let line = 1 + expected
        .lines()
        .zip(found.lines())
        .take_while(|(a, b)| a == b)
        .count();
    assert!(
        expected == found,
        "{} differs from line {line} on; read the change and run with BLESS=1 if it is meant:\n{found}",
        path.display()
    );
}
