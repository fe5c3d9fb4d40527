//! Malformed strings trap, wherever the fault is.

use crate::adapt::StringEncoding;
use crate::fact::emit::Width;

use super::case::{Bytes, ENCODINGS, Place, check};
use super::machine::{Machine, Policy, Setup};

/// Bytes that are not UTF-8, or become such by what stands next to them.
const UTF8: [&[u8]; 30] = [
    b"\x80",
    b"\xbf",
    b"\xc0\x80",
    b"\xc1\xbf",
    b"\xc2",
    b"\xc3A",
    b"\xc3\xc3",
    b"\xc3\xa9\xa9",
    b"\xdf",
    b"\xe0\x80\x80",
    b"\xe0\x9f\xbf",
    b"\xe0\xa0",
    b"\xe3",
    b"\xe3\x81",
    b"\xe3A\x81",
    b"\xe3\x81A",
    b"\xe3\x81\x82\x80",
    b"\xed\xa0\x80",
    b"\xed\xbf\xbf",
    b"\xf0",
    b"\xf0\x9f",
    b"\xf0\x9f\x98",
    b"\xf0\x9f\x98A",
    b"\xf0\x80\x80\x80",
    b"\xf0\x8f\xbf\xbf",
    b"\xf0\x9f\x98\x80\x80",
    b"\xf4\x90\x80\x80",
    b"\xf5\x80\x80\x80",
    b"\xf8\x88\x80\x80\x80",
    b"\xff",
];

/// Units that are not UTF-16, or become such by what stands next to them.
const UTF16: [&[u16]; 7] = [
    &[0xd800],
    &[0xdbff],
    &[0xdc00],
    &[0xdfff],
    &[0xdc00, 0xd800],
    &[0xd83d, 0x41],
    &[0xd83d, 0xd83d, 0xde00],
];

fn machines(src: StringEncoding) -> Vec<Machine> {
    let setups = ENCODINGS
        .into_iter()
        .flat_map(|dst| [false, true].map(|simd| (dst, simd)));
    let setups = setups.map(|(dst, simd)| Setup {
        src: (src, Width::W32),
        dst: (dst, Width::W64),
        simd,
        is_shared: false,
        page_size_log2: 0,
    });
    setups.map(Machine::new).collect()
}

#[test]
fn malformed_utf8() {
    for mut machine in machines(StringEncoding::Utf8) {
        for fault in UTF8 {
            for others in ["a", "é", "語", "😀"] {
                for before in 0..70 / others.len() {
                    for after in [0, 1, 5, 20] {
                        let mut bytes = others.repeat(before).into_bytes();
                        bytes.extend(fault);
                        bytes.extend(others.repeat(after).bytes());
                        let bytes = Bytes {
                            bytes,
                            is_tagged: false,
                        };
                        check(&mut machine, Policy::Move, &bytes, Place::End);
                    }
                }
            }
        }
    }
}

#[test]
fn every_three_bytes() {
    // Those around the edges of lead bytes and continuations stand for the others.
    let edges = [
        0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1,
        0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff,
    ];
    for mut machine in machines(StringEncoding::Utf8) {
        for first in edges {
            for second in edges {
                for third in edges {
                    let tail = if first & 0xf8 == 0xf0 { 0x80 } else { b'b' };
                    let mut bytes = vec![b'a'; 14];
                    bytes.extend([first, second, third, tail]);
                    let bytes = Bytes {
                        bytes,
                        is_tagged: false,
                    };
                    check(&mut machine, Policy::Move, &bytes, Place::End);
                }
            }
        }
    }
}

#[test]
fn malformed_utf16() {
    for src in [StringEncoding::Utf16, StringEncoding::Latin1OrUtf16] {
        for mut machine in machines(src) {
            for fault in UTF16 {
                for others in ["a", "é", "語", "😀"] {
                    for before in 0..40 {
                        for after in [0, 1, 9, 20] {
                            let units = |count| {
                                let text = others.repeat(count);
                                text.encode_utf16().collect::<Vec<_>>()
                            };
                            let units = [units(before), fault.to_vec(), units(after)].concat();
                            let bytes = Bytes {
                                bytes: units.into_iter().flat_map(u16::to_le_bytes).collect(),
                                is_tagged: src == StringEncoding::Latin1OrUtf16,
                            };
                            check(&mut machine, Policy::Move, &bytes, Place::End);
                        }
                    }
                }
            }
        }
    }
}
