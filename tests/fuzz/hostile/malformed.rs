//! What is not a component, or is one only at first sight.

use crate::exercise::outcome;
use crate::hostile::component::{expect_plan, expect_refusal, wat};
use crate::tree::{Binary, Body, COMPONENT_HEADER, COMPONENT_SECTION, Section, leb};

/// Returns a component of one section with this content.
fn component(id: u8, content: &[u8]) -> Vec<u8> {
    let body = Body::Bytes(content.to_vec());
    let sections = vec![Section { id, body }];
    let header = COMPONENT_HEADER;
    Binary { header, sections }.encode()
}

#[test]
fn what_is_not_a_component_is_called_by_its_name() {
    expect_refusal(b"", "this is not WebAssembly");
    expect_refusal(b"(component)", "this is not WebAssembly");
    expect_refusal(b"\0as", "this is not WebAssembly");
    expect_refusal(b"\0asm", "unexpected end");
    expect_refusal(b"\0asm\x0d\0\x01", "unexpected end");
    expect_refusal(b"\0asm\x01\0\0\0", "this is a core WebAssembly module");
    expect_refusal(&wat("(module (func))"), "this is a core WebAssembly module");
    expect_refusal(b"\0asm\x0d\0\x02\0", "unknown binary version");
    expect_refusal(b"\0asm\x0c\0\x01\0", "unknown binary version");
}

#[test]
fn every_beginning_of_a_component_is_an_error_or_a_plan() {
    let bytes = wat(
        r#"(component (core module $m (func (export "f"))) (core instance $m (instantiate $m))
        (component (import "f" (func))) (func (export "f") (canon lift (core func $m "f"))))"#,
    );
    for len in 0..bytes.len() {
        outcome(&bytes[..len]);
    }
}

#[test]
fn lengths_and_counts_that_are_not_there_cost_nothing() {
    for id in 0..=13 {
        for count in [
            &b"\xff\xff\xff\xff\x0f"[..],
            b"\x80\x80\x80\x80\x08",
            b"\xff\xff\x3f",
        ] {
            expect_refusal(&component(id, count), "");
            // The same count behind a first byte that makes sense for many items.
            for first in [0x00, 0x01, 0x40, 0x41, 0x42, 0x6f, 0x71, 0x72] {
                let content = [&[1, first], count].concat();
                let outcome = outcome(&component(id, &content));
                assert!(id == 0 || !outcome.to_string().is_empty());
            }
        }
    }
    let mut section = COMPONENT_HEADER.to_vec();
    section.extend(b"\x07\xff\xff\xff\xff\x0f");
    expect_refusal(&section, "unexpected end");
}

#[test]
fn a_broken_name_section_is_as_good_as_none() {
    let garbage: [&[u8]; 6] = [
        b"",
        b"\x00",
        b"\x00\xff",
        b"\x00\x05\x03abc",
        b"\x01\x04\x00\x11\x01\x00",
        b"\x01\xff\xff\xff\xff\x0f\x05\xff\xff\xff\xff\x0f",
    ];
    for garbage in garbage {
        expect_plan(&component(0, &[b"\x0ecomponent-name", garbage].concat()));
        let module = [b"\0asm\x01\0\0\0\0".to_vec(), {
            let custom = [b"\x04name", garbage].concat();
            let mut bytes = Vec::new();
            leb(&mut bytes, custom.len());
            bytes.extend(custom);
            bytes
        }];
        expect_plan(&component(1, &module.concat()));
    }
}

/// Returns components inside each other.
fn nested(depth: usize) -> Vec<u8> {
    // From the inside out the bytes would be copied at every level: lengths first, then all beginnings, then nothing,
    // for a component ends where its bytes do.
    let mut lengths = vec![COMPONENT_HEADER.len()];
    let prefix = |len: usize| {
        let mut bytes = COMPONENT_HEADER.to_vec();
        bytes.push(COMPONENT_SECTION);
        leb(&mut bytes, len);
        bytes
    };
    for level in 0..depth {
        lengths.push(prefix(lengths[level]).len() + lengths[level]);
    }
    let mut bytes: Vec<u8> = (0..depth)
        .rev()
        .flat_map(|level| prefix(lengths[level]))
        .collect();
    bytes.extend(COMPONENT_HEADER);
    bytes
}

#[test]
fn components_nest_deeply() {
    expect_plan(&nested(999));
    // The validator's limit for a whole file.
    expect_refusal(&nested(1_001), "components count exceeds limit of 1000");
    expect_refusal(&nested(50_000), "components count exceeds limit of 1000");
}

#[test]
fn outer_aliases_that_lead_nowhere_are_refused() {
    for count in [&b"\x01"[..], b"\x7f", b"\xff\xff\xff\xff\x0f"] {
        for sort in [&b"\x03"[..], b"\x04", b"\x00\x10", b"\x00\x11"] {
            let content = [b"\x01", sort, b"\x02", count, b"\x00"].concat();
            expect_refusal(&component(6, &content), "invalid");
        }
    }
}
#[test]
fn names_for_items_that_are_not_there_are_ignored() {
    // Core instances (sort 0x12) and instances (sort 5) with the index 2^32 - 1, and one index twice.
    let map = b"\x03\xff\xff\xff\xff\x0f\x01a\x07\x01b\x07\x01c";
    for sort in [&b"\x00\x12"[..], b"\x05"] {
        let mut content = b"\x0ecomponent-name\x01".to_vec();
        leb(&mut content, sort.len() + map.len());
        content.extend(sort);
        content.extend(map);
        expect_plan(&component(0, &content));
    }
}
