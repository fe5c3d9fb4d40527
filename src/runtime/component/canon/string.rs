//! Strings in the memory of a guest.

use std::str;

use encoding_rs::UTF_16LE;
use encoding_rs::mem::decode_latin1;

use crate::adapt::StringEncoding;
use crate::fact::emit::Width;
use crate::fact::{MAX_STRING_BYTES, TrapCode};
use crate::runtime::component::canon::context::{LiftCx, LowerCx};
use crate::runtime::error::Error;

/// Returns the bit of a length that says that a string of `latin1+utf16` is UTF-16. Spec: `utf16_tag`.
fn utf16_tag(width: Width) -> u64 {
    match width {
        Width::W32 => 1 << 31,
        Width::W64 => 1 << 63,
    }
}

/// How a string is encoded in the end.
#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Utf16,
    Latin1,
}

/// Returns a string of the guest's.
///
/// Spec: `load_string_from_range`.
pub(in crate::runtime) fn lift_string(
    cx: &mut LiftCx<'_>,
    (address, tagged_units): (u64, u64),
) -> Result<String, Error> {
    let tag = utf16_tag(cx.width());
    let (encoding, len_bytes, align) = match cx.encoding() {
        StringEncoding::Utf8 => (Encoding::Utf8, tagged_units, 1),
        StringEncoding::Utf16 => (Encoding::Utf16, tagged_units.saturating_mul(2), 2),
        StringEncoding::Latin1OrUtf16 if tagged_units & tag == 0 => {
            (Encoding::Latin1, tagged_units, 2)
        }
        StringEncoding::Latin1OrUtf16 => {
            let units = tagged_units ^ tag;
            (Encoding::Utf16, units.saturating_mul(2), 2)
        }
    };
    let (at, len) = cx.string(address, len_bytes, align)?;
    match encoding {
        Encoding::Utf8 => {
            cx.charge(len, 1)?;
            lift_utf8(cx.bytes(at, len))
        }
        Encoding::Utf16 => {
            // A unit takes at most three bytes.
            cx.charge(len / 2, 3)?;
            lift_utf16(cx.bytes(at, len))
        }
        Encoding::Latin1 => {
            cx.charge(len, 2)?;
            Ok(decode_latin1(cx.bytes(at, len)).into_owned())
        }
    }
}

fn lift_utf8(bytes: &[u8]) -> Result<String, Error> {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => {
            let error = str::from_utf8(bytes).expect_err("two validators agree");
            let text = match error.error_len() {
                Some(_) => format!("{}: {error}", TrapCode::InvalidUtf8),
                None => error.to_string(),
            };
            Err(Error::abi_trap_saying(TrapCode::InvalidUtf8, text))
        }
    }
}

fn lift_utf16(bytes: &[u8]) -> Result<String, Error> {
    let (units, _) = bytes.as_chunks();
    let all = units
        .iter()
        .fold(0, |all, unit| all | u16::from_le_bytes(*unit));
    if all < 0x80 {
        let ascii = units.iter().map(|[byte, _]| *byte).collect();
        return Ok(String::from_utf8(ascii).expect("ASCII is UTF-8"));
    }
    let text = UTF_16LE
        .decode_without_bom_handling_and_without_replacement(bytes)
        .ok_or_else(|| Error::abi_trap(TrapCode::InvalidUtf16))?;
    Ok(text.into_owned())
}

/// Writes a string to new memory of the guest's and returns its address and its length, which may be tagged.
///
/// The exact length is known beforehand, so there is one allocation. Spec: `store_string_into_range`.
#[inline(always)]
pub(in crate::runtime) fn lower_string(
    cx: &mut LowerCx<'_>,
    text: &str,
) -> Result<(u64, u64), Error> {
    Ok(match cx.encoding() {
        StringEncoding::Utf8 => {
            let (at, bytes) = allocate(cx, text.len(), 1, 1)?;
            copy(text.as_bytes(), bytes);
            (address(at), address(text.len()))
        }
        StringEncoding::Utf16 => lower_utf16(cx, text)?,
        StringEncoding::Latin1OrUtf16 => lower_latin1_or_utf16(cx, text)?,
    })
}

#[inline(never)]
fn lower_latin1_or_utf16(cx: &mut LowerCx<'_>, text: &str) -> Result<(u64, u64), Error> {
    if !encoding_rs::mem::is_str_latin1(text) {
        let (at, units) = lower_utf16(cx, text)?;
        return Ok((at, units | utf16_tag(cx.width())));
    }
    let units = if text.is_ascii() {
        text.len()
    } else {
        text.chars().count()
    };
    let (at, bytes) = allocate(cx, units, 1, 2)?;
    if units == text.len() {
        bytes.copy_from_slice(text.as_bytes());
    } else {
        for (byte, char) in bytes.iter_mut().zip(text.chars()) {
            *byte = u8::try_from(char).expect("the string was looked at");
        }
    }
    Ok((address(at), address(units)))
}

#[inline(never)]
fn lower_utf16(cx: &mut LowerCx<'_>, text: &str) -> Result<(u64, u64), Error> {
    let is_ascii = text.is_ascii();
    let units = if is_ascii {
        text.len()
    } else {
        text.encode_utf16().count()
    };
    let (at, bytes) = allocate(cx, units, 2, 2)?;
    let (pairs, _) = bytes.as_chunks_mut::<2>();
    if is_ascii {
        for (pair, byte) in pairs.iter_mut().zip(text.bytes()) {
            *pair = [byte, 0];
        }
    } else {
        for (pair, unit) in pairs.iter_mut().zip(text.encode_utf16()) {
            *pair = unit.to_le_bytes();
        }
    }
    Ok((address(at), address(units)))
}

#[inline(always)]
fn allocate<'a>(
    cx: &'a mut LowerCx<'_>,
    units: usize,
    size: usize,
    align: u32,
) -> Result<(usize, &'a mut [u8]), Error> {
    let len_bytes = address(units).saturating_mul(address(size));
    if len_bytes > u64::from(MAX_STRING_BYTES) {
        return Err(too_long(len_bytes));
    }
    cx.allocate_bytes(align, len_bytes)
}

/// Copies bytes to as many others. Most texts are short: copying those takes less than calling somebody who does.
#[inline(always)]
fn copy(from: &[u8], to: &mut [u8]) {
    match from.len() {
        8..=16 => copy_ends::<8>(from, to),
        17..=32 => copy_ends::<16>(from, to),
        _ => to.copy_from_slice(from),
    }
}

/// Copies the first and the last `N` bytes, which are all if there are no more than twice as many.
#[inline(always)]
fn copy_ends<const N: usize>(from: &[u8], to: &mut [u8]) {
    let all = "there are as many bytes";
    *to.first_chunk_mut::<N>().expect(all) = *from.first_chunk().expect(all);
    *to.last_chunk_mut::<N>().expect(all) = *from.last_chunk().expect(all);
}

#[cold]
#[inline(never)]
fn too_long(len_bytes: u64) -> Error {
    Error::call(format!(
        "a string has {len_bytes} bytes, more than the {MAX_STRING_BYTES} that are possible"
    ))
}

#[inline]
fn address(position: usize) -> u64 {
    u64::try_from(position).expect("a position fits into 64 bits")
}
