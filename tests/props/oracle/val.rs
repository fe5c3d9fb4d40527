//! Values between lifting and lowering.

use interfuse::adapt::StringEncoding;
use interfuse::strategy::Value;

/// A lifted value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Val {
    Bool(bool),
    /// An integer of any type.
    Int(i128),
    /// The bits of a float: lifting and lowering keep NaNs, which the spec permits.
    F32(u32),
    F64(u64),
    Char(char),
    String(Text),
    List(Vec<Val>),
    Record(Vec<Val>),
    Variant(usize, Option<Box<Val>>),
    Flags(u32),
    /// Representations.
    Own(u32),
    Borrow(u32),
}

/// A lifted string. How it is lowered depends on how it was encoded.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pub(crate) text: String,
    pub(crate) form: Form,
    /// Its length in the units of its form.
    pub(crate) units: u64,
}

/// Equal texts are equal values, whatever they were lifted from.
impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.text == other.text
    }
}

impl Eq for Text {}

/// How a string is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Utf8,
    Utf16,
    /// Latin-1, where the encoding is "Latin-1 or UTF-16".
    Latin1,
    /// UTF-16, where the encoding is "Latin-1 or UTF-16".
    Tagged,
}

impl Text {
    /// Returns a text in a form, which must have room for its characters.
    pub(crate) fn new(text: &str, form: Form) -> Text {
        let units = match form {
            Form::Utf8 => text.len(),
            Form::Utf16 | Form::Tagged => text.encode_utf16().count(),
            Form::Latin1 => {
                assert!(is_latin1(text));
                text.chars().count()
            }
        };
        Text {
            text: text.to_string(),
            form,
            units: u64::try_from(units).unwrap(),
        }
    }
}

/// Returns whether a text can be written in Latin-1.
pub(crate) fn is_latin1(text: &str) -> bool {
    text.chars().all(|c| u32::from(c) < 0x100)
}

/// Returns the bytes of a text in UTF-16, little-endian.
pub(crate) fn utf16_bytes(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Returns the bytes of a text in Latin-1, which must have room for it.
pub(crate) fn latin1_bytes(text: &str) -> Vec<u8> {
    text.chars().map(|c| u8::try_from(c).unwrap()).collect()
}

/// How values become lifted ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) encoding: StringEncoding,
    /// Whether strings that would fit into Latin-1 are in UTF-16 nevertheless, if the encoding leaves the choice.
    pub(crate) prefers_utf16: bool,
}

impl Source {
    /// Returns a value as it would be lifted.
    pub(crate) fn val(self, value: &Value) -> Val {
        let vals = |values: &[Value]| values.iter().map(|it| self.val(it)).collect();
        match value {
            Value::Bool(it) => Val::Bool(*it),
            Value::S8(it) => Val::Int((*it).into()),
            Value::U8(it) => Val::Int((*it).into()),
            Value::S16(it) => Val::Int((*it).into()),
            Value::U16(it) => Val::Int((*it).into()),
            Value::S32(it) => Val::Int((*it).into()),
            Value::U32(it) => Val::Int((*it).into()),
            Value::S64(it) => Val::Int((*it).into()),
            Value::U64(it) => Val::Int((*it).into()),
            Value::F32(bits) => Val::F32(*bits),
            Value::F64(bits) => Val::F64(*bits),
            Value::Char(it) => Val::Char(*it),
            Value::String(text) => Val::String(Text::new(text, self.form(text))),
            Value::List(elements) => Val::List(vals(elements)),
            Value::Record(fields) => Val::Record(vals(fields)),
            Value::Variant { case, payload } => Val::Variant(
                usize::try_from(*case).unwrap(),
                payload.as_ref().map(|it| Box::new(self.val(it))),
            ),
            Value::Flags(bits) => Val::Flags(*bits),
            Value::Own(rep) => Val::Own(*rep),
            Value::Borrow(rep) => Val::Borrow(*rep),
        }
    }

    fn form(self, text: &str) -> Form {
        match self.encoding {
            StringEncoding::Utf8 => Form::Utf8,
            StringEncoding::Utf16 => Form::Utf16,
            StringEncoding::Latin1OrUtf16 if is_latin1(text) && !self.prefers_utf16 => Form::Latin1,
            StringEncoding::Latin1OrUtf16 => Form::Tagged,
        }
    }
}
