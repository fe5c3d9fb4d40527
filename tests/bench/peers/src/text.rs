//! Texts of several kinds, and how they lie in memory.

use interfuse::adapt::StringEncoding;

/// The length of a string of `latin1+utf16` that is UTF-16 has this bit.
const UTF16_TAG: u32 = 1 << 31;

/// Whose characters a text has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    /// Letters of ASCII.
    Ascii,
    /// Letters that Latin-1 adds to ASCII.
    Latin1,
    /// Words of ASCII with a letter of Latin-1 here and there.
    Western,
    /// Letters of three bytes.
    Cjk,
    /// Characters of one to four bytes without order.
    Mixed,
}

/// A string in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its length as the ABI has it.
    pub length: u32,
}

impl Text {
    /// All kinds.
    pub const ALL: [Text; 5] = [
        Text::Ascii,
        Text::Latin1,
        Text::Western,
        Text::Cjk,
        Text::Mixed,
    ];

    /// Returns a name for people.
    pub fn name(self) -> &'static str {
        match self {
            Text::Ascii => "ascii",
            Text::Latin1 => "latin1",
            Text::Western => "western",
            Text::Cjk => "cjk",
            Text::Mixed => "mixed",
        }
    }

    /// Returns a text that takes at most `size` bytes in an encoding, and less by no more than a character.
    pub fn of_size(self, encoding: StringEncoding, size: usize) -> String {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut text = String::new();
        let mut used = 0;
        let is_latin1 = matches!(self, Text::Ascii | Text::Latin1 | Text::Western);
        loop {
            let next = self.next(&mut rng);
            used += match encoding {
                StringEncoding::Utf8 => next.len_utf8(),
                StringEncoding::Latin1OrUtf16 if is_latin1 => 1,
                StringEncoding::Utf16 | StringEncoding::Latin1OrUtf16 => 2 * next.len_utf16(),
            };
            if used > size {
                return text;
            }
            text.push(next);
        }
    }

    fn next(self, rng: &mut fastrand::Rng) -> char {
        let kind = match self {
            Text::Ascii => 0,
            Text::Latin1 => 1,
            Text::Western => usize::from(rng.usize(..8) == 0),
            Text::Cjk => 2,
            // Most characters of such a text are of ASCII or of three bytes.
            Text::Mixed => [0, 0, 0, 1, 1, 2, 2, 3][rng.usize(..8)],
        };
        match kind {
            0 => rng.char('a'..='z'),
            1 => rng.char('à'..='ö'),
            2 => rng.char('一'..='鿋'),
            _ => rng.char('😀'..='🙏'),
        }
    }
}

/// Returns a text in an encoding; `latin1+utf16` is Latin-1 where it can be.
pub fn encode(text: &str, encoding: StringEncoding) -> Encoded {
    let wide = || -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let length = |units: usize| u32::try_from(units).expect("texts are short");
    match encoding {
        StringEncoding::Utf8 => Encoded {
            bytes: text.into(),
            length: length(text.len()),
        },
        StringEncoding::Utf16 => Encoded {
            bytes: wide(),
            length: length(wide().len() / 2),
        },
        StringEncoding::Latin1OrUtf16 => {
            let latin1: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
            match latin1 {
                Some(bytes) => Encoded {
                    length: length(bytes.len()),
                    bytes,
                },
                None => Encoded {
                    bytes: wide(),
                    length: length(wide().len() / 2) | UTF16_TAG,
                },
            }
        }
    }
}

/// Returns how many bytes a string of a length has.
pub fn size_of(length: u32, encoding: StringEncoding) -> usize {
    let units = (length & !UTF16_TAG) as usize;
    match encoding {
        StringEncoding::Utf8 => units,
        StringEncoding::Utf16 => 2 * units,
        StringEncoding::Latin1OrUtf16 => units << (length >> 31),
    }
}
