//! Plans of the components in `tests/data/plan`, printed, against golden files.

use std::path::Path;

use interfuse::adapt::{Detail, plan_dot, plan_json, plan_mermaid, plan_text};

use crate::golden;
use crate::load::{files, load};

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/plan"))
}

#[test]
fn plans_print_as_they_did() {
    let files = files(folder(), "wat");
    assert!(
        files.len() >= 7,
        "the components are in {}",
        folder().display()
    );
    for path in files {
        let (plan, partition) = load(&path);
        golden::check(
            &path.with_extension("txt"),
            &plan_text(&plan, &partition, Detail::Full),
        );
    }
}

#[test]
fn the_same_bytes_give_the_same_output() {
    for path in files(folder(), "wat") {
        let print = || {
            let (plan, partition) = load(&path);
            [
                plan_json(&plan, &partition),
                plan_dot(&plan, &partition),
                plan_mermaid(&plan, &partition),
            ]
        };
        assert_eq!(print(), print(), "{}", path.display());
    }
}

#[track_caller]
fn assert_modules(file: &str, adapters: usize, modules: usize) {
    let (plan, partition) = load(&folder().join(file));
    assert_eq!(plan.adapters.len(), adapters);
    assert_eq!(partition.modules.len(), modules);
}

#[test]
fn pass_through_chain_shares_one_module() {
    assert_modules("pass_through_chain.wat", 3, 1);
}

#[test]
fn reordered_consumers_need_two_modules() {
    assert_modules("reordered_consumers.wat", 4, 2);
}
