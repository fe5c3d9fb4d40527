//! Lists of several types, as they lie in memory, and whether a copy of one means the same.

use interfuse::adapt::{DefinedType, InvalidType, Types, ValType};

use crate::world::BASE;

/// Length in bytes of each string in a list of strings.
const STRING_BYTES: usize = 16;

/// The elements of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// `u8`
    U8,
    /// `u32`
    U32,
    /// `f64`
    F64,
    /// `record { u32, u32 }`
    Pair,
    /// `record { u32, f64 }`, which has padding.
    Padded,
    /// `bool`
    Bool,
    /// `char`
    Char,
    /// `enum` of four cases.
    Enum,
    /// `option<u32>`, each of them `some`.
    Some,
    /// `option<u32>`, without order.
    Option,
    /// `variant { u32, f64, none, u8 }`, without order.
    Variant,
    /// `string`, each of 16 bytes.
    String,
}

/// A list in memory.
#[derive(Clone, Debug)]
pub struct List {
    /// The elements, and behind them what they point to.
    pub bytes: Vec<u8>,
    /// Number of elements.
    pub length: u32,
}

impl Element {
    /// All of them.
    pub const ALL: [Element; 12] = [
        Element::U8,
        Element::U32,
        Element::F64,
        Element::Pair,
        Element::Padded,
        Element::Bool,
        Element::Char,
        Element::Enum,
        Element::Some,
        Element::Option,
        Element::Variant,
        Element::String,
    ];

    /// Returns a name for people.
    pub fn name(self) -> &'static str {
        match self {
            Element::U8 => "u8",
            Element::U32 => "u32",
            Element::F64 => "f64",
            Element::Pair => "record{u32,u32}",
            Element::Padded => "record{u32,f64}",
            Element::Bool => "bool",
            Element::Char => "char",
            Element::Enum => "enum",
            Element::Some => "option<u32>-some",
            Element::Option => "option<u32>",
            Element::Variant => "variant",
            Element::String => "string-16",
        }
    }

    /// Defines the type of the list.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn define(self, types: &mut Types) -> Result<ValType, InvalidType> {
        let label = |at: usize| format!("m{at}").into();
        let record = |fields: [ValType; 2]| {
            let fields = fields.into_iter().enumerate();
            DefinedType::Record(fields.map(|(at, ty)| (label(at), ty)).collect())
        };
        let element = match self {
            Element::U8 => ValType::U8,
            Element::U32 => ValType::U32,
            Element::F64 => ValType::F64,
            Element::Bool => ValType::Bool,
            Element::Char => ValType::Char,
            Element::String => ValType::String,
            Element::Pair => types.define(record([ValType::U32, ValType::U32]))?,
            Element::Padded => types.define(record([ValType::U32, ValType::F64]))?,
            Element::Enum => types.define(DefinedType::Enum((0..4).map(label).collect()))?,
            Element::Some | Element::Option => types.define(DefinedType::Option(ValType::U32))?,
            Element::Variant => {
                let cases = [
                    Some(ValType::U32),
                    Some(ValType::F64),
                    None,
                    Some(ValType::U8),
                ];
                let cases = cases.into_iter().enumerate();
                let cases = cases.map(|(at, ty)| (label(at), ty)).collect();
                types.define(DefinedType::Variant(cases))?
            }
        };
        types.define(DefinedType::List(element))
    }

    /// Returns the size of an element in bytes.
    pub fn size(self) -> usize {
        match self {
            Element::U8 | Element::Bool | Element::Enum => 1,
            Element::U32 | Element::Char => 4,
            Element::F64 | Element::Pair | Element::Some | Element::Option | Element::String => 8,
            Element::Padded | Element::Variant => 16,
        }
    }

    /// Returns a list of about `size` bytes; strings that it points to count.
    pub fn of_size(self, size: usize) -> List {
        let mut rng = fastrand::Rng::with_seed(11);
        if self == Element::String {
            return strings((size / (8 + STRING_BYTES)).max(1), &mut rng);
        }
        let count = size / self.size();
        let mut bytes = Vec::new();
        for _ in 0..count {
            bytes.extend_from_slice(&self.random(&mut rng)[..self.size()]);
        }
        List {
            bytes,
            length: u32::try_from(count).expect("lists are short"),
        }
    }

    /// Returns an element, and garbage where it means nothing.
    fn random(self, rng: &mut fastrand::Rng) -> [u8; 16] {
        let mut bytes = rng.u128(..).to_le_bytes();
        match self {
            Element::Bool => bytes[0] %= 2,
            Element::Enum | Element::Variant => bytes[0] %= 4,
            Element::Char => {
                bytes[..4].copy_from_slice(&u32::from(rng.char(..)).to_le_bytes());
            }
            Element::Some => bytes[0] = 1,
            Element::Option => bytes[0] %= 2,
            _ => {}
        }
        bytes
    }

    /// Returns whether a list that was received at `pointer` means the same as the one that was sent.
    pub fn is_same(self, sent: &List, memory: &[u8], pointer: u32) -> bool {
        let received = &memory[pointer as usize..];
        (0..sent.length as usize).all(|at| {
            let element = at * self.size()..(at + 1) * self.size();
            let (sent_one, received_one) = (&sent.bytes[element.clone()], &received[element]);
            if self == Element::String {
                let at = |pointer: &[u8]| number(pointer) as usize;
                let start = at(sent_one) - BASE as usize;
                let sent_text = &sent.bytes[start..start + STRING_BYTES];
                return sent_one[4..] == received_one[4..]
                    && memory[at(received_one)..].starts_with(sent_text);
            }
            let meant = self.meant(sent_one[0]);
            meant
                .into_iter()
                .all(|it| sent_one[it.clone()] == received_one[it])
        })
    }

    /// Returns which bytes of an element mean something, by its first byte.
    fn meant(self, first: u8) -> [std::ops::Range<usize>; 2] {
        match (self, first) {
            (Element::Padded, _) => [0..4, 8..16],
            (Element::Some, _) | (Element::Option, 1) => [0..1, 4..8],
            (Element::Option, _) => [0..1, 0..0],
            (Element::Variant, 0) => [0..1, 8..12],
            (Element::Variant, 1) => [0..1, 8..16],
            (Element::Variant, 2) => [0..1, 0..0],
            (Element::Variant, _) => [0..1, 8..9],
            _ => [0..self.size(), 0..0],
        }
    }
}

/// Returns a list of strings, which lie behind it.
fn strings(count: usize, rng: &mut fastrand::Rng) -> List {
    let mut bytes = Vec::new();
    for at in 0..count {
        let pointer = BASE as usize + 8 * count + STRING_BYTES * at;
        for number in [pointer, STRING_BYTES] {
            let number = u32::try_from(number).expect("lists are short");
            bytes.extend_from_slice(&number.to_le_bytes());
        }
    }
    bytes.extend((0..STRING_BYTES * count).map(|_| rng.u8(b'a'..=b'z')));
    List {
        bytes,
        length: u32::try_from(count).expect("lists are short"),
    }
}

fn number(bytes: &[u8]) -> u32 {
    let first = bytes[..4].try_into().expect("there are four bytes");
    u32::from_le_bytes(first)
}
