//! Every file says first what it is for.

use crate::tree::{Finding, Tree, assert_tidy, places};

fn headers(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(path, _)| {
            let message =
                "does not begin with `//!`: say in one to five lines what the file is for";
            Finding::new(path, 1, message)
        })
        .collect()
}

#[test]
fn every_file_begins_with_its_purpose() {
    assert_tidy(headers);
}

#[test]
fn file_without_purpose_is_found() {
    let files = [
        ("src/a.rs", "//! Good.\n"),
        ("src/b.rs", "use std::fmt;\n"),
        ("tests/c/main.rs", "// Not a doc comment.\n//! Late.\n"),
        ("tests/d/main.rs", ""),
    ];
    let expected = ["src/b.rs:1", "tests/c/main.rs:1", "tests/d/main.rs:1"];
    assert_eq!(places(headers, &files), expected);
}
