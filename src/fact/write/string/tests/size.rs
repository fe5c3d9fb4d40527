//! How large the functions are.

use wasmparser::{Parser, Payload};

use crate::adapt::StringEncoding;
use crate::fact::emit::Width;

use super::case::ENCODINGS;
use super::machine::{Setup, module};

/// Returns the sizes of the functions of a module in bytes.
fn sizes(bytes: &[u8]) -> Vec<usize> {
    let payloads = Parser::new(0).parse_all(bytes);
    let bodies = payloads.filter_map(|payload| match payload.expect("the module is valid") {
        Payload::CodeSectionEntry(body) => {
            Some(usize::try_from(body.range().end - body.range().start).expect("it is small"))
        }
        _ => None,
    });
    bodies.collect()
}

fn setup(src: StringEncoding, dst: StringEncoding, simd: bool) -> Setup {
    Setup {
        src: (src, Width::W32),
        dst: (dst, Width::W32),
        simd,
        is_shared: false,
        page_size_log2: 0,
    }
}

#[test]
fn helpers_are_small() {
    for src in ENCODINGS {
        for dst in ENCODINGS {
            for simd in [false, true] {
                let sizes = sizes(&module(&[setup(src, dst, simd)]));
                assert!(sizes[0] < 400, "{src} to {dst}: {sizes:?}");
                let all: usize = sizes.iter().sum();
                assert!(
                    all < if simd { 4000 } else { 2000 },
                    "{src} to {dst}: {sizes:?}"
                );
            }
        }
    }
}

#[test]
fn helper_is_written_once() {
    let utf8 = setup(StringEncoding::Utf8, StringEncoding::Utf8, true);
    assert_eq!(sizes(&module(&[utf8, utf8])), sizes(&module(&[utf8])));
}

#[test]
fn helpers_share_kernels() {
    let utf16 = setup(StringEncoding::Utf16, StringEncoding::Utf8, true);
    let either = setup(StringEncoding::Latin1OrUtf16, StringEncoding::Utf8, true);
    let alone = sizes(&module(&[either]));
    // All that UTF-16 needs, a source that may be UTF-16 needs as well.
    assert_eq!(sizes(&module(&[either, utf16])).len(), alone.len() + 1);
}

#[test]
fn one_module_for_all_pairs() {
    let pairs = ENCODINGS.map(|src| ENCODINGS.map(|dst| setup(src, dst, true)));
    let sizes = sizes(&module(pairs.as_flattened()));
    // Nine helpers, and one kernel for each task.
    assert_eq!(sizes.len(), 9 + 10);
    let all: usize = sizes.iter().sum();
    assert!(all < 10_000, "{sizes:?}");
}
