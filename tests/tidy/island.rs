//! Unsafe code is on an island.

use crate::source::Source;
use crate::tree::{Finding, Tree, assert_tidy, places};

/// The folder in which unsafe code may be.
const ISLAND: &str = "src/runtime/vm/";

/// What measures the reading of compiled code, which both engines let nobody do who does not vouch for the file.
const MEASURE: &str = "tests/bench/peers/src/runtime/load.rs";

/// What loads compiled code that whoever runs the command vouches for.
const COMMAND: &str = "src/cli/precompiled.rs";

fn unsafe_code(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .filter(|(path, _)| !path.starts_with(ISLAND) && ![MEASURE, COMMAND].contains(path))
        .map(Source::new)
        .flat_map(|source| unsafe_code_of(&source))
        .collect()
}

fn unsafe_code_of(source: &Source<'_>) -> Vec<Finding> {
    let message = format!("`unsafe` outside of `{ISLAND}`: give that folder a safe function");
    source
        .find(&["unsafe"])
        .into_iter()
        .map(|index| Finding::new(source.path, source.tokens[index].line, &message))
        .collect()
}

#[test]
fn unsafe_code_is_in_the_vm_only() {
    assert_tidy(unsafe_code);
}

#[test]
fn unsafe_code_elsewhere_is_found() {
    let bad = "//! A.\n// unsafe\nfn a() { b(\"unsafe\") }\n\nfn c() {\n    unsafe { d() }\n}\n";
    let files = [
        ("src/runtime/vm/mmap.rs", bad),
        ("src/runtime/vmx.rs", bad),
        (
            "tests/api/main.rs",
            "//! A.\nmacro_rules! a { () => { unsafe {} } }\n",
        ),
        ("src/lib.rs", "//! A.\n#![deny(unsafe_code)]\n"),
    ];
    let expected = ["src/runtime/vmx.rs:6", "tests/api/main.rs:2"];
    assert_eq!(places(unsafe_code, &files), expected);
}
