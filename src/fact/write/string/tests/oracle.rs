//! What a helper should do, computed the simple way.

use crate::adapt::StringEncoding;
use crate::fact::emit::Width;
use crate::fact::trap::TrapCode;

/// A call of `realloc`, without pointers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) old_size: u64,
    pub(super) align: u64,
    pub(super) new_size: u64,
}

/// What a string becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) calls: Vec<Call>,
    pub(super) bytes: Vec<u8>,
    /// With its tag.
    pub(super) len: u64,
}

/// Returns the bit that marks UTF-16.
pub(super) fn tag(width: Width) -> u64 {
    match width {
        Width::W32 => 1 << 31,
        Width::W64 => 1 << 63,
    }
}

/// Returns what becomes of a string that lies in memory.
pub(super) fn expect(
    (src, is_tagged): (StringEncoding, bool),
    bytes: &[u8],
    dst: (StringEncoding, Width),
) -> Result<Expected, TrapCode> {
    let is_utf16 = is_tagged || src == StringEncoding::Utf16;
    let chars: Vec<char> = if src == StringEncoding::Utf8 {
        let text = std::str::from_utf8(bytes).map_err(|_| TrapCode::InvalidUtf8)?;
        text.chars().collect()
    } else if is_utf16 {
        let units = bytes.chunks(2).map(|it| u16::from_le_bytes([it[0], it[1]]));
        let chars: Result<_, _> = char::decode_utf16(units).collect();
        chars.map_err(|_| TrapCode::InvalidUtf16)?
    } else {
        bytes.iter().copied().map(char::from).collect()
    };
    let units = if is_utf16 {
        bytes.len() as u64 / 2
    } else {
        bytes.len() as u64
    };
    let factor = if is_utf16 { 3 } else { 2 };
    Ok(match dst.0 {
        StringEncoding::Utf8 if src == StringEncoding::Utf8 => exact(bytes.to_vec(), 1, units),
        StringEncoding::Utf8 => to_utf8(&chars, units, factor * units),
        StringEncoding::Utf16 => to_utf16(&chars, 2 * units),
        StringEncoding::Latin1OrUtf16 if is_tagged => probably_utf16(&chars, units, dst.1),
        StringEncoding::Latin1OrUtf16 => to_either(&chars, units, dst.1),
    })
}

fn exact(bytes: Vec<u8>, align: u64, len: u64) -> Expected {
    let calls = vec![call(0, align, bytes.len() as u64)];
    Expected { calls, bytes, len }
}

fn call(old_size: u64, align: u64, new_size: u64) -> Call {
    Call {
        old_size,
        align,
        new_size,
    }
}

fn utf16(chars: &[char]) -> Vec<u8> {
    let text: String = chars.iter().collect();
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn to_utf8(chars: &[char], units: u64, worst: u64) -> Expected {
    let text: String = chars.iter().collect();
    let bytes = text.into_bytes();
    let len = bytes.len() as u64;
    let mut calls = vec![call(0, 1, units)];
    if !bytes.is_ascii() {
        calls.push(call(units, 1, worst));
        calls.extend((len < worst).then(|| call(worst, 1, len)));
    }
    Expected { calls, bytes, len }
}

fn to_utf16(chars: &[char], worst: u64) -> Expected {
    let bytes = utf16(chars);
    let size = bytes.len() as u64;
    let mut calls = vec![call(0, 2, worst)];
    calls.extend((size < worst).then(|| call(worst, 2, size)));
    Expected {
        calls,
        bytes,
        len: size / 2,
    }
}

fn latin1(chars: &[char]) -> Option<Vec<u8>> {
    chars
        .iter()
        .map(|it| u8::try_from(u32::from(*it)).ok())
        .collect()
}

fn to_either(chars: &[char], units: u64, width: Width) -> Expected {
    let mut calls = vec![call(0, 2, units)];
    if let Some(bytes) = latin1(chars) {
        let len = bytes.len() as u64;
        calls.extend((len < units).then(|| call(units, 2, len)));
        return Expected { calls, bytes, len };
    }
    let rest = to_utf16(chars, 2 * units);
    calls.push(call(units, 2, 2 * units));
    calls.extend(&rest.calls[1..]);
    Expected {
        calls,
        bytes: rest.bytes,
        len: rest.len | tag(width),
    }
}

fn probably_utf16(chars: &[char], units: u64, width: Width) -> Expected {
    match latin1(chars) {
        Some(bytes) => Expected {
            calls: vec![call(0, 2, 2 * units), call(2 * units, 1, units)],
            bytes,
            len: units,
        },
        None => Expected {
            len: units | tag(width),
            ..exact(utf16(chars), 2, 0)
        },
    }
}
