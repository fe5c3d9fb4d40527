//! Random strings, well-formed and not.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};

use crate::adapt::StringEncoding;
use crate::fact::emit::Width;

use super::case::{Bytes, Place, assert_fits, check, machines};
use super::machine::Policy;

/// Characters in runs of one kind, as texts have them.
fn text() -> impl Strategy<Value = String> {
    let run = prop_oneof![
        "[ -~]{1,40}",
        "[\u{80}-\u{ff}]{1,30}",
        "[\u{400}-\u{4ff} ]{1,30}",
        "[\u{3000}-\u{9fff}]{1,20}",
        "[\u{10000}-\u{10ffff}]{1,10}",
        "\\PC{1,10}",
    ];
    vec(run, 0..6).prop_map(|runs| runs.concat())
}

/// Changes to some bytes.
fn faults() -> impl Strategy<Value = Vec<(usize, u8)>> {
    prop_oneof![
        2 => Just(Vec::new()),
        1 => vec((any::<usize>(), any::<u8>()), 1..3),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    prop_oneof![Just(Policy::Move), Just(Policy::Stay)]
}

#[test]
fn random_strings() {
    let seeds = FileFailurePersistence::Direct("proptest-regressions/string.txt");
    let config = Config {
        failure_persistence: Some(Box::new(seeds)),
        source_file: Some(file!()),
        ..Config::default()
    };
    let widths = [(Width::W32, Width::W32), (Width::W64, Width::W64)];
    let machines = std::cell::RefCell::new(machines(&widths, false));
    let strategy = (text(), faults(), policy(), any::<bool>());
    let result = TestRunner::new(config).run(&strategy, |(text, faults, policy, is_tagged)| {
        for machine in &mut *machines.borrow_mut() {
            let encoding = machine.setup.src.0;
            let mut bytes = Bytes::of(&text, encoding).pop().expect("there is a form");
            for (at, fault) in &faults {
                if let Some(len) = std::num::NonZero::new(bytes.bytes.len()) {
                    bytes.bytes[*at % len] = *fault;
                }
            }
            if encoding == StringEncoding::Latin1OrUtf16 {
                // Read as Latin-1, anything is well-formed.
                bytes.is_tagged = is_tagged;
            }
            bytes.bytes.truncate(500);
            assert_fits(&bytes);
            check(machine, policy, &bytes, Place::End);
        }
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
}
