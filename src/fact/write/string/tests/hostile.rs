//! Pointers, lengths and answers of `realloc` that are wrong on purpose.

use crate::adapt::StringEncoding;
use crate::fact::emit::Width;
use crate::fact::trap::TrapCode;

use super::case::{Bytes, machines};
use super::machine::{End, MEMORY_BYTES, Machine, POISON, Policy, Setup};
use super::oracle;

const WIDTHS: [(Width, Width); 2] = [(Width::W32, Width::W64), (Width::W64, Width::W32)];

/// Largest size of a string in bytes.
const BYTES_MAX: u64 = (1 << 28) - 1;

fn assert_traps(machine: &mut Machine, ptr: u64, len: u64, code: TrapCode) {
    let end = machine.run(Policy::Move, b"", ptr, len);
    let about = format!("{:?}: {ptr:#x}, {len:#x}", machine.setup);
    assert_eq!(end, End::Trapped(code), "{about}");
    assert!(machine.store.data().calls.is_empty(), "{about}");
}

/// Returns the lengths of the longest strings, one per form.
fn longest(encoding: StringEncoding, width: Width) -> Vec<u64> {
    match encoding {
        StringEncoding::Utf8 => vec![BYTES_MAX],
        StringEncoding::Utf16 => vec![BYTES_MAX / 2],
        StringEncoding::Latin1OrUtf16 => vec![BYTES_MAX, oracle::tag(width) | (BYTES_MAX / 2)],
    }
}

#[test]
fn too_long_strings() {
    for mut machine in machines(&WIDTHS, false) {
        let (encoding, width) = machine.setup.src;
        for len in longest(encoding, width) {
            assert_traps(&mut machine, 0, len, TrapCode::StringOutOfBounds);
            // The length is looked at before the pointer.
            assert_traps(&mut machine, 1, len + 1, TrapCode::StringTooLong);
            assert_traps(&mut machine, 0, len + 1, TrapCode::StringTooLong);
            let tag = oracle::tag(width);
            assert_traps(&mut machine, 0, len | (tag - 1), TrapCode::StringTooLong);
            assert_traps(&mut machine, 0, len | (tag >> 1), TrapCode::StringTooLong);
        }
    }
}

#[test]
fn tag_of_an_encoding_without_one() {
    for mut machine in machines(&WIDTHS, false) {
        let (encoding, width) = machine.setup.src;
        if encoding != StringEncoding::Latin1OrUtf16 {
            assert_traps(&mut machine, 0, oracle::tag(width), TrapCode::StringTooLong);
        }
    }
}

#[test]
fn unaligned_strings() {
    for mut machine in machines(&WIDTHS, false) {
        let (encoding, width) = machine.setup.src;
        if encoding == StringEncoding::Utf8 {
            continue;
        }
        for ptr in [1, 7, MEMORY_BYTES + 1] {
            assert_traps(&mut machine, ptr, 0, TrapCode::UnalignedPointer);
            assert_traps(&mut machine, ptr, 5, TrapCode::UnalignedPointer);
        }
        if encoding == StringEncoding::Latin1OrUtf16 {
            let len = oracle::tag(width);
            assert_traps(&mut machine, 1, len, TrapCode::UnalignedPointer);
        }
    }
}

#[test]
fn strings_beyond_the_end() {
    for mut machine in machines(&WIDTHS, false) {
        let (encoding, width) = machine.setup.src;
        let last = match width {
            Width::W32 => u64::from(u32::MAX) - 1,
            Width::W64 => u64::MAX - 1,
        };
        let code = TrapCode::StringOutOfBounds;
        let size = machine.src.size(&machine.store);
        let end = size - size % 2;
        for tag in [0, oracle::tag(width)] {
            if tag != 0 && encoding != StringEncoding::Latin1OrUtf16 {
                continue;
            }
            for ptr in [end + 2, last / 2 - 1, last] {
                for len in [0, 1, 2, 17, 1 << 20] {
                    assert_traps(&mut machine, ptr, tag | len, code);
                }
            }
            assert_traps(&mut machine, end, tag | (size - end + 1), code);
            assert_traps(&mut machine, end - 2, tag | (size - end + 3), code);
            assert_traps(&mut machine, 0, tag | (size + 1), code);
            let result = machine.run(Policy::Move, b"", end, tag);
            assert!(matches!(result, End::Returned { .. }), "{result:?}");
        }
    }
}

#[test]
fn pages_of_64_kib() {
    for width in [Width::W32, Width::W64] {
        let mut machine = Machine::new(Setup {
            src: (StringEncoding::Utf8, width),
            dst: (StringEncoding::Utf8, Width::W32),
            simd: true,
            is_shared: false,
            page_size_log2: 16,
        });
        let code = TrapCode::StringOutOfBounds;
        assert_traps(&mut machine, 0xffff, 2, code);
        assert_traps(&mut machine, 0x1_0001, 0, code);
        assert_traps(&mut machine, 0, 0x1_0001, code);
        let end = machine.run(Policy::Move, b"a", 0xffff, 1);
        assert!(matches!(end, End::Returned { len: 1, .. }), "{end:?}");
        assert_eq!(machine.store.data().calls.len(), 1);
    }
}

#[test]
fn destination_over_the_source() {
    let texts = [
        "plain ASCII, long enough for several blocks of sixteen units, and a few more",
        "läßt ünd lÄßt ünd lÄßt ünd lÄßt ünd lÄßt ünd lÄßt ünd",
        "日本語の文字列はここにある日本語の文字列はここにある",
        "a😀b語cédж a😀b語cédж a😀b語cédж a😀b語cédж a😀b語cédж",
    ];
    let widths = [(Width::W32, Width::W32), (Width::W64, Width::W64)];
    for mut machine in machines(&widths, true) {
        for text in texts {
            for bytes in Bytes::of(text, machine.setup.src.0) {
                let source = 1000..1000 + bytes.bytes.len();
                for to in (600..1200).step_by(2) {
                    let len = bytes.len(machine.setup.src);
                    machine.run(Policy::Fixed(to), &bytes.bytes, 1000, len);
                    // Whatever comes out of it: nothing but source and destination was written.
                    let memory = machine.dst.data_mut(&mut machine.store);
                    let outside = source.clone().filter(|at| *at < to as usize);
                    outside.for_each(|at| memory[at] = POISON);
                    let rest = &mut memory[source.clone()];
                    rest.fill(POISON);
                    machine.assert_contained();
                }
            }
        }
    }
}
