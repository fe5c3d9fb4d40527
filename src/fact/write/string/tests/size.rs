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

fn sizes_of(src: StringEncoding, dst: StringEncoding, simd: bool) -> Vec<usize> {
    sizes(&module(Setup {
        src: (src, Width::W32),
        dst: (dst, Width::W32),
        simd,
        is_shared: false,
    }))
}

#[test]
fn helpers_are_small() {
    for src in ENCODINGS {
        for dst in ENCODINGS {
            for simd in [false, true] {
                let sizes = sizes_of(src, dst, simd);

                assert!(sizes[0] < 700, "{src} to {dst}: {sizes:?}");
            }
        }
    }
}
