//! Adapters of the types in `tests/data/adapters`, printed, against golden files.
//!
//! The first line of a `.type` file is a type, the second one may hold arguments of `interfuse adapters`.

use std::fs;
use std::path::Path;

use crate::command::{interfuse, stdout};
use crate::golden;
use crate::load::files;

#[test]
fn adapters_print_as_they_did() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/adapters"));
    let files = files(folder, "type");
    assert!(files.len() >= 20, "the types are in {}", folder.display());
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let (ty, options) = text.split_once('\n').unwrap();
        let mut args = vec!["adapters", "--type", ty];
        args.extend(options.split_whitespace());
        let printed = stdout(interfuse(&args, b""));
        golden::check(&path.with_extension("wat"), &printed);
    }
}
