//! One run of a helper, compared with the oracle.

use crate::adapt::StringEncoding;
use crate::fact::emit::Width;

use super::machine::{End, MEMORY_BYTES, Machine, POISON, Policy, Setup};
use super::oracle::{self, Expected};

/// The encodings.
pub(super) const ENCODINGS: [StringEncoding; 3] = [
    StringEncoding::Utf8,
    StringEncoding::Utf16,
    StringEncoding::Latin1OrUtf16,
];

/// Where the source lies.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// It ends where the memory ends, or a byte before that if it could not be aligned else.
    End,
    /// It begins here.
    Start(u64),
}

/// Bytes of a source, and whether its length says that they are UTF-16.
#[derive(Clone, Debug)]
pub(super) struct Bytes {
    pub(super) bytes: Vec<u8>,
    pub(super) is_tagged: bool,
}

impl Bytes {
    /// Returns a text in all forms that an encoding has for it.
    pub(super) fn of(text: &str, encoding: StringEncoding) -> Vec<Bytes> {
        let utf16 = || text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let untagged = |bytes| Bytes {
            bytes,
            is_tagged: false,
        };
        match encoding {
            StringEncoding::Utf8 => vec![untagged(text.as_bytes().to_vec())],
            StringEncoding::Utf16 => vec![untagged(utf16())],
            StringEncoding::Latin1OrUtf16 => {
                let latin1: Result<Vec<u8>, _> =
                    text.chars().map(|it| u8::try_from(u32::from(it))).collect();
                let tagged = Bytes {
                    bytes: utf16(),
                    is_tagged: true,
                };
                latin1
                    .ok()
                    .map(untagged)
                    .into_iter()
                    .chain([tagged])
                    .collect()
            }
        }
    }

    /// Returns the length that stands for these bytes.
    pub(super) fn len(&self, (encoding, width): (StringEncoding, Width)) -> u64 {
        let len = self.bytes.len() as u64;
        match (encoding, self.is_tagged) {
            (StringEncoding::Utf16, _) => len / 2,
            (StringEncoding::Latin1OrUtf16, true) => (len / 2) | oracle::tag(width),
            _ => len,
        }
    }
}

/// Runs a helper once and asserts that it does what the oracle says.
pub(super) fn check(machine: &mut Machine, policy: Policy, text: &Bytes, place: Place) {
    let Setup { src, dst, .. } = machine.setup;
    let size = text.bytes.len();
    let ptr = match place {
        Place::End => {
            let end = machine.src.size(&machine.store) - size as u64;
            let is_aligned = src.0 != StringEncoding::Utf8;
            end - if is_aligned { end % 2 } else { 0 }
        }
        Place::Start(ptr) => ptr,
    };
    let expected = oracle::expect((src.0, text.is_tagged), &text.bytes, dst);
    let end = machine.run(policy, &text.bytes, ptr, text.len(src));
    let about = || format!("{:?}, {policy:?}, {text:?} at {ptr}", machine.setup);
    match (expected, end) {
        (Err(code), End::Trapped(found)) => assert_eq!(code, found, "{}", about()),
        (
            Ok(Expected { calls, bytes, len }),
            End::Returned {
                ptr: to,
                len: found,
            },
        ) => {
            assert_eq!(machine.store.data().calls, calls, "{}", about());
            assert_eq!(found, len, "{}", about());
            assert!(machine.written(to, bytes.len()) == bytes, "{}", about());
        }
        (expected, end) => panic!("{end:?} is not {expected:?}: {}", about()),
    }
    let start = usize::try_from(ptr).expect("it is in the memory");
    if machine.setup.is_shared {
        let source = &mut machine.dst.data_mut(&mut machine.store)[start..start + size];
        assert!(source == text.bytes, "the source was changed");
        source.fill(POISON);
    } else {
        let memory = machine.src.data(&machine.store);
        let is_same = memory[start..start + size] == text.bytes;
        assert!(is_same, "the source was changed");
    }
    machine.assert_contained();
}

/// Returns machines for all pairs of encodings and widths, with and without SIMD.
pub(super) fn machines(widths: &[(Width, Width)], is_shared: bool) -> Vec<Machine> {
    let mut machines = Vec::new();
    for src in ENCODINGS {
        for dst in ENCODINGS {
            for (src_width, dst_width) in widths {
                for simd in [false, true] {
                    machines.push(Machine::new(Setup {
                        src: (src, *src_width),
                        dst: (dst, *dst_width),
                        simd,
                        is_shared,
                        page_size_log2: 0,
                    }));
                }
            }
        }
    }
    machines
}

/// Asserts that memories are as large as texts of these tests need them.
pub(super) fn assert_fits(text: &Bytes) {
    assert!(text.bytes.len() as u64 * 7 < MEMORY_BYTES);
}
