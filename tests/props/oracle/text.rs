//! Strings: decoding, and encoding with the spec's sequence of allocations.
//!
//! Spec: `load_string_from_range`, `store_string_into_range` and what it calls.

use interfuse::adapt::StringEncoding;
use interfuse::fact::TrapCode;

use crate::oracle::guest::ReallocCall;
use crate::oracle::layout::ptr_size;
use crate::oracle::observation::{Fault, Side};
use crate::oracle::trap::trap_if;
use crate::oracle::val::{Form, Text, is_latin1, latin1_bytes, utf16_bytes};
use crate::oracle::world::{SideState, World};

/// Largest number of bytes of a string that is lifted.
const MAX_STRING_BYTE_LENGTH: u128 = (1 << 28) - 1;

/// Spec: `utf16_tag`.
pub(crate) fn utf16_tag(cx: &SideState) -> u64 {
    1 << (ptr_size(cx.width) * 8 - 1)
}

/// Spec: `load_string_from_range`.
pub(crate) fn load_string_from_range(
    cx: &SideState,
    ptr: u64,
    tagged_units: u64,
) -> Result<Text, Fault> {
    let tag = utf16_tag(cx);
    let (align, form, units) = match cx.encoding {
        StringEncoding::Utf8 => (1, Form::Utf8, tagged_units),
        StringEncoding::Utf16 => (2, Form::Utf16, tagged_units),
        StringEncoding::Latin1OrUtf16 if tagged_units & tag != 0 => {
            (2, Form::Tagged, tagged_units ^ tag)
        }
        StringEncoding::Latin1OrUtf16 => (2, Form::Latin1, tagged_units),
    };
    let len_bytes = match form {
        Form::Utf8 | Form::Latin1 => u128::from(units),
        Form::Utf16 | Form::Tagged => 2 * u128::from(units),
    };
    trap_if(len_bytes > MAX_STRING_BYTE_LENGTH, TrapCode::StringTooLong)?;
    cx.memory.check(
        (ptr, len_bytes),
        align,
        TrapCode::UnalignedPointer,
        TrapCode::StringOutOfBounds,
    )?;
    let bytes = cx.memory.slice(ptr, u64::try_from(len_bytes).unwrap());
    let text = match form {
        Form::Utf8 => {
            String::from_utf8(bytes.to_vec()).map_err(|_| Fault::Trap(TrapCode::InvalidUtf8))?
        }
        Form::Utf16 | Form::Tagged => {
            let pairs = bytes.chunks_exact(2).map(|it| [it[0], it[1]]);
            let units: Vec<u16> = pairs.map(u16::from_le_bytes).collect();
            String::from_utf16(&units).map_err(|_| Fault::Trap(TrapCode::InvalidUtf16))?
        }
        Form::Latin1 => bytes.iter().copied().map(char::from).collect(),
    };
    Ok(Text { text, form, units })
}

/// A block that a string is put into.
struct Block<'a> {
    world: &'a mut World,
    side: Side,
    ptr: u64,
    size: u64,
}

impl<'a> Block<'a> {
    /// Allocates a block of `size` bytes.
    fn new(world: &'a mut World, side: Side, align: u64, size: u64) -> Result<Self, Fault> {
        let mut block = Block {
            world,
            side,
            ptr: 0,
            size: 0,
        };
        block.resize(align, size)?;
        Ok(block)
    }

    /// Reallocates the block.
    fn resize(&mut self, align: u64, size: u64) -> Result<(), Fault> {
        let call = ReallocCall {
            old: self.ptr,
            old_size: self.size,
            align,
            new_size: size,
        };
        let ptr = self.world.reallocate(self.side, call)?;
        let memory = &mut self.world.side_mut(self.side).memory;
        memory.check(
            (ptr, size.into()),
            align,
            TrapCode::ReallocUnaligned,
            TrapCode::ReallocOutOfBounds,
        )?;
        memory.loosen(self.ptr, self.size);
        memory.loosen(ptr, size);
        (self.ptr, self.size) = (ptr, size);
        Ok(())
    }

    /// Writes bytes at an offset.
    fn write(&mut self, at: usize, bytes: &[u8]) {
        let ptr = self.ptr + u64::try_from(at).unwrap();
        self.world.side_mut(self.side).memory.write(ptr, bytes);
    }

    fn read(&self, len: usize) -> Vec<u8> {
        let memory = &self.world.side(self.side).memory;
        memory.slice(self.ptr, u64::try_from(len).unwrap()).to_vec()
    }

    /// Notes that the first bytes, which `realloc` brought along, are part of the string.
    fn settle(&mut self, len: usize) {
        let bytes = self.read(len);
        self.write(0, &bytes);
    }

    /// Shrinks the block, unless it has this size; returns where it is.
    fn finish(mut self, align: u64, len: usize) -> Result<u64, Fault> {
        let size = u64::try_from(len).unwrap();
        if size < self.size {
            self.resize(align, size)?;
            self.settle(len);
        }
        Ok(self.ptr)
    }
}

/// Puts a string into a new block; returns its address and length.
///
/// Spec: `store_string_into_range`.
pub(crate) fn store_string_into_range(
    world: &mut World,
    side: Side,
    src: &Text,
) -> Result<(u64, u64), Fault> {
    let tag = utf16_tag(world.side(side));
    let text = &src.text;
    match (world.side(side).encoding, src.form) {
        (StringEncoding::Utf8, Form::Utf8) => copy(world, side, src, (1, text.as_bytes())),
        (StringEncoding::Utf8, Form::Utf16 | Form::Tagged) => to_utf8(world, side, src, 3),
        (StringEncoding::Utf8, Form::Latin1) => to_utf8(world, side, src, 2),
        (StringEncoding::Utf16, Form::Utf8) => utf8_to_utf16(world, side, src),
        (StringEncoding::Utf16, Form::Utf16 | Form::Tagged | Form::Latin1) => {
            copy(world, side, src, (2, &utf16_bytes(text)))
        }
        (StringEncoding::Latin1OrUtf16, Form::Utf8 | Form::Utf16) => {
            to_latin1_or_utf16(world, side, src, tag)
        }
        (StringEncoding::Latin1OrUtf16, Form::Latin1) => {
            copy(world, side, src, (2, &latin1_bytes(text)))
        }
        (StringEncoding::Latin1OrUtf16, Form::Tagged) => {
            probably_utf16_to_latin1_or_utf16(world, side, src, tag)
        }
    }
}

/// Spec: `store_string_copy`.
fn copy(
    world: &mut World,
    side: Side,
    src: &Text,
    (align, encoded): (u64, &[u8]),
) -> Result<(u64, u64), Fault> {
    let len = u64::try_from(encoded.len()).unwrap();
    let mut block = Block::new(world, side, align, len)?;
    block.write(0, encoded);
    Ok((block.finish(align, encoded.len())?, src.units))
}

/// Spec: `store_string_to_utf8`.
fn to_utf8(
    world: &mut World,
    side: Side,
    src: &Text,
    worst_case: u64,
) -> Result<(u64, u64), Fault> {
    let encoded = src.text.as_bytes();
    let ascii = src.text.bytes().take_while(u8::is_ascii).count();
    let mut block = Block::new(world, side, 1, src.units)?;
    block.write(0, &encoded[..ascii]);
    if ascii == encoded.len() {
        return Ok((block.ptr, src.units));
    }
    block.resize(1, worst_case * src.units)?;
    block.write(ascii, &encoded[ascii..]);
    block.settle(ascii);
    let ptr = block.finish(1, encoded.len())?;
    Ok((ptr, u64::try_from(encoded.len()).unwrap()))
}

/// Spec: `store_utf8_to_utf16`.
fn utf8_to_utf16(world: &mut World, side: Side, src: &Text) -> Result<(u64, u64), Fault> {
    let encoded = utf16_bytes(&src.text);
    let mut block = Block::new(world, side, 2, 2 * src.units)?;
    block.write(0, &encoded);
    let ptr = block.finish(2, encoded.len())?;
    Ok((ptr, u64::try_from(encoded.len() / 2).unwrap()))
}

/// Spec: `store_string_to_latin1_or_utf16`.
fn to_latin1_or_utf16(
    world: &mut World,
    side: Side,
    src: &Text,
    tag: u64,
) -> Result<(u64, u64), Fault> {
    let latin1 = src.text.chars().map_while(|c| u8::try_from(c).ok());
    let latin1: Vec<u8> = latin1.collect();
    let mut block = Block::new(world, side, 2, src.units)?;
    block.write(0, &latin1);
    if is_latin1(&src.text) {
        let ptr = block.finish(2, latin1.len())?;
        return Ok((ptr, u64::try_from(latin1.len()).unwrap()));
    }
    block.resize(2, 2 * src.units)?;
    // The characters so far make room in place for those that need two bytes.
    let inflated = block.read(latin1.len()).into_iter();
    let inflated: Vec<u8> = inflated.flat_map(|byte| [byte, 0]).collect();
    block.write(0, &inflated);
    let encoded = utf16_bytes(&src.text);
    block.write(inflated.len(), &encoded[inflated.len()..]);
    let ptr = block.finish(2, encoded.len())?;
    Ok((ptr, u64::try_from(encoded.len() / 2).unwrap() | tag))
}

/// Spec: `store_probably_utf16_to_latin1_or_utf16`.
fn probably_utf16_to_latin1_or_utf16(
    world: &mut World,
    side: Side,
    src: &Text,
    tag: u64,
) -> Result<(u64, u64), Fault> {
    let encoded = utf16_bytes(&src.text);
    let mut block = Block::new(world, side, 2, 2 * src.units)?;
    block.write(0, &encoded);
    if !is_latin1(&src.text) {
        return Ok((block.ptr, src.units | tag));
    }
    block.write(0, &latin1_bytes(&src.text));
    // An empty string is reallocated, too, and not to an aligned address.
    block.resize(1, src.units)?;
    block.settle(usize::try_from(src.units).unwrap());
    Ok((block.ptr, src.units))
}
