//! Interpretation of moves of strings: for each pair of encodings, what is allocated when, and what is written where.
//!
//! Spec: `load_string_from_range`, `store_string_into_range` and what they call. As in the written code, a string is
//! read after its destination was allocated.

use crate::adapt::StringEncoding;
use crate::fact::abi::MAX_STRING_BYTES;
use crate::fact::emit::Width;
use crate::fact::transfer::end::{End, Owner, Scene, check_aligned, trap_if};
use crate::fact::transfer::world::{ReallocCall, World};
use crate::fact::trap::TrapCode;

/// How the units of a string are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Utf8,
    Utf16,
    Latin1,
}

impl Form {
    fn unit_bytes(self) -> u64 {
        match self {
            Form::Utf8 | Form::Latin1 => 1,
            Form::Utf16 => 2,
        }
    }
}

/// Returns the bit of a length that says that the string is UTF-16.
fn tag_bit(width: Width) -> u64 {
    match width {
        Width::W32 => 1 << 31,
        Width::W64 => 1 << 63,
    }
}

/// A string on its way.
struct Move<'a, 'w, W> {
    scene: &'a mut Scene<'w, W>,
    src: &'a End,
    dst: &'a End,
    /// Where it is.
    from: u64,
    form: Form,
    /// Number of its units.
    units: u64,
    /// Where it goes, and how many bytes are allocated there.
    block: (u64, u64),
}

/// Moves a string. Takes and returns pointer and length, which is in units and maybe tagged.
pub(in crate::fact) fn move_string<W: World>(
    scene: &mut Scene<'_, W>,
    (src, dst): (&End, &End),
    (pointer, len): (u64, u64),
) -> Result<(u64, u64), W::Fault> {
    let tag = tag_bit(src.width);
    let (form, units) = match src.encoding {
        StringEncoding::Utf8 => (Form::Utf8, len),
        StringEncoding::Utf16 => (Form::Utf16, len),
        StringEncoding::Latin1OrUtf16 if len & tag != 0 => (Form::Utf16, len ^ tag),
        StringEncoding::Latin1OrUtf16 => (Form::Latin1, len),
    };
    let units_max = u64::from(MAX_STRING_BYTES) / form.unit_bytes();
    trap_if(units > units_max, TrapCode::StringTooLong)?;
    if src.encoding != StringEncoding::Utf8 {
        check_aligned(pointer, 2, TrapCode::UnalignedPointer)?;
    }
    let len_bytes = units * form.unit_bytes();
    src.check_range(scene, pointer, len_bytes, TrapCode::StringOutOfBounds)?;
    let mut string = Move {
        scene,
        src,
        dst,
        from: pointer,
        form,
        units,
        block: (0, 0),
    };
    let len = string.run()?;
    Ok((string.block.0, len))
}

impl<W: World> Move<'_, '_, W> {
    /// Moves the string; returns its length at the destination.
    fn run(&mut self) -> Result<u64, W::Fault> {
        let units = self.units;
        if self.dst.owner == Owner::Adapter {
            return self.keep();
        }
        match (self.form, self.dst.encoding) {
            (Form::Utf8, StringEncoding::Utf8) | (Form::Latin1, StringEncoding::Latin1OrUtf16) => {
                let align = if self.form == Form::Utf8 { 1 } else { 2 };
                self.resize(align, units)?;
                self.copy()
            }
            (Form::Utf16, StringEncoding::Utf16) => {
                self.resize(2, 2 * units)?;
                self.copy()
            }
            (Form::Latin1, StringEncoding::Utf16) => {
                self.resize(2, 2 * units)?;
                let text = self.text(0)?;
                self.put(0, &utf16(&text));
                Ok(units)
            }
            (Form::Utf16, StringEncoding::Utf8) => self.encode_utf8(3),
            (Form::Latin1, StringEncoding::Utf8) => self.encode_utf8(2),
            (Form::Utf8, StringEncoding::Utf16) => {
                self.resize(2, 2 * units)?;
                self.encode_utf16()
            }
            (Form::Utf8, StringEncoding::Latin1OrUtf16) => self.utf8_to_either(),
            (Form::Utf16, StringEncoding::Latin1OrUtf16) => match self.src.encoding {
                StringEncoding::Latin1OrUtf16 => self.tagged_to_either(),
                _ => self.utf16_to_either(),
            },
        }
    }

    /// Copies the string as it is, checks it, and keeps the tag of its length.
    fn keep(&mut self) -> Result<u64, W::Fault> {
        let (align, tag) = match (self.form, self.src.encoding) {
            (Form::Utf8, _) => (1, 0),
            (Form::Utf16, StringEncoding::Latin1OrUtf16) => (2, tag_bit(self.dst.width)),
            (Form::Utf16 | Form::Latin1, _) => (2, 0),
        };
        self.resize(align, self.units * self.form.unit_bytes())?;
        Ok(self.copy()? | tag)
    }

    /// Copies the string as it is, and checks it.
    fn copy(&mut self) -> Result<u64, W::Fault> {
        let bytes = self.source(0);
        self.text(0)?;
        self.put(0, &bytes);
        Ok(self.units)
    }

    /// Spec: `store_string_to_utf8`. Each unit takes at most `worst` bytes.
    fn encode_utf8(&mut self, worst: u64) -> Result<u64, W::Fault> {
        self.resize(1, self.units)?;
        let ascii = self.narrow(0x80);
        let done = ascii.len() as u64;
        self.put(0, &ascii);
        if done == self.units {
            return Ok(done);
        }
        self.resize(1, worst * self.units)?;
        let rest = self.text(done)?;
        self.put(done, rest.as_bytes());
        let len = done + rest.len() as u64;
        self.shrink(1, len)?;
        Ok(len)
    }

    /// Spec: `store_utf8_to_utf16`, once two bytes are allocated for each unit.
    fn encode_utf16(&mut self) -> Result<u64, W::Fault> {
        let text = self.text(0)?;
        let bytes = utf16(&text);
        self.put(0, &bytes);
        let len = bytes.len() as u64;
        self.shrink(2, len)?;
        Ok(len / 2)
    }

    /// Spec: `store_string_to_latin1_or_utf16` of UTF-8. The whole string is read once more if Latin-1 is not enough.
    fn utf8_to_either(&mut self) -> Result<u64, W::Fault> {
        self.resize(2, self.units)?;
        let source = self.source(0);
        let valid = match std::str::from_utf8(&source) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(&source[..error.valid_up_to()])
                .expect("so far it is well-formed"),
        };
        let latin1: Vec<u8> = valid
            .chars()
            .map_while(|c| u8::try_from(u32::from(c)).ok())
            .collect();
        let read: usize = valid.chars().take(latin1.len()).map(char::len_utf8).sum();
        self.put(0, &latin1);
        if read as u64 == self.units {
            let len = latin1.len() as u64;
            self.shrink(2, len)?;
            return Ok(len);
        }
        self.resize(2, 2 * self.units)?;
        Ok(self.encode_utf16()? | tag_bit(self.dst.width))
    }

    /// Spec: `store_string_to_latin1_or_utf16` of UTF-16.
    fn utf16_to_either(&mut self) -> Result<u64, W::Fault> {
        self.resize(2, self.units)?;
        let latin1 = self.narrow(0x100);
        self.put(0, &latin1);
        if latin1.len() as u64 == self.units {
            return Ok(self.units);
        }
        self.resize(2, 2 * self.units)?;
        Ok(self.copy()? | tag_bit(self.dst.width))
    }

    /// Spec: `store_probably_utf16_to_latin1_or_utf16`.
    fn tagged_to_either(&mut self) -> Result<u64, W::Fault> {
        self.resize(2, 2 * self.units)?;
        let latin1 = self.narrow(0x100);
        self.put(0, &latin1);
        if latin1.len() as u64 == self.units {
            self.resize(1, self.units)?;
            return Ok(self.units);
        }
        Ok(self.copy()? | tag_bit(self.dst.width))
    }

    /// Returns the bytes of the source from a unit on.
    fn source(&mut self, first: u64) -> Vec<u8> {
        let unit = self.form.unit_bytes();
        let (at, len) = (self.from + first * unit, (self.units - first) * unit);
        self.src.read(self.scene, at, len)
    }

    /// Returns the source from a unit on, decoded; traps if it is malformed.
    fn text(&mut self, first: u64) -> Result<String, W::Fault> {
        let bytes = self.source(first);
        match self.form {
            Form::Utf8 => String::from_utf8(bytes).map_err(|_| TrapCode::InvalidUtf8.into()),
            Form::Utf16 => {
                String::from_utf16(&units(&bytes)).map_err(|_| TrapCode::InvalidUtf16.into())
            }
            Form::Latin1 => Ok(bytes.into_iter().map(char::from).collect()),
        }
    }

    /// Returns the first units of the source, as bytes: up to the first that is not below `limit`.
    fn narrow(&mut self, limit: u16) -> Vec<u8> {
        let bytes = self.source(0);
        let units = match self.form {
            Form::Utf8 | Form::Latin1 => bytes.into_iter().map(u16::from).collect(),
            Form::Utf16 => units(&bytes),
        };
        let fits = units.into_iter().take_while(|unit| *unit < limit);
        fits.map_while(|unit| u8::try_from(unit).ok()).collect()
    }

    /// Writes bytes to the destination.
    fn put(&mut self, at: u64, bytes: &[u8]) {
        self.dst.write(self.scene, self.block.0 + at, bytes);
    }

    /// Gives the destination another size, or its first one.
    fn resize(&mut self, align: u64, size: u64) -> Result<(), W::Fault> {
        let call = ReallocCall {
            old: self.block.0,
            old_size: self.block.1,
            align,
            new_size: size,
        };
        self.block = (self.dst.reallocate(self.scene, call)?, size);
        Ok(())
    }

    /// Gives back what is too much.
    fn shrink(&mut self, align: u64, size: u64) -> Result<(), W::Fault> {
        if size < self.block.1 {
            self.resize(align, size)?;
        }
        Ok(())
    }
}

fn units(bytes: &[u8]) -> Vec<u16> {
    let (pairs, _) = bytes.as_chunks::<2>();
    pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect()
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
