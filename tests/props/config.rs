//! The one configuration of all property tests.

use proptest::test_runner::{Config, FileFailurePersistence};

/// Returns the configuration of a property test that keeps its seeds in `seeds`, a file in `proptest-regressions/`.
///
/// `PROPTEST_CASES` overrides the number of cases, which is 256.
pub(crate) fn config(seeds: &'static str) -> Config {
    assert!(seeds.starts_with("proptest-regressions/"));
    Config {
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(seeds))),
        ..Config::default()
    }
}
