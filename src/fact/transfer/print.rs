//! Printing of transfers: one line of words for each, which says what happens to the value and why.
//!
//! A line does not repeat what is inside: whoever prints a whole tree prints each distinct transfer once.

use std::collections::{BTreeSet, HashMap};

use crate::adapt::{ResourceId, ShapeId, Shapes, StringEncoding};
use crate::fact::abi::Layouts;
use crate::fact::emit::Width;
use crate::fact::transfer::build::{SEQUENCE_PARTS_MAX, Transfers};
use crate::fact::transfer::data::{
    At, List, Number, Part, Route, Scalar, TransferId, TransferKind,
};
use crate::fact::transfer::mask::Mask;

/// Why values do not move as bytes, in the order in which the reasons are named.
const CAUSES: [&str; 10] = [
    "padding",
    "bools",
    "chars",
    "enums",
    "flags",
    "variants",
    "strings",
    "lists",
    "owned handles",
    "borrowed handles",
];

/// A set of [`CAUSES`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Causes(u16);

impl Causes {
    fn of(name: &str) -> Causes {
        let position = CAUSES.iter().position(|it| *it == name);
        Causes(1 << position.expect("the cause is listed"))
    }

    fn and(self, other: Causes) -> Causes {
        Causes(self.0 | other.0)
    }

    /// Returns the causes in words, with a comma before if there are any.
    fn words(self) -> String {
        let is_in = |(position, _): &(usize, &&str)| self.0 >> position & 1 == 1;
        let names: Vec<&str> = CAUSES
            .iter()
            .enumerate()
            .filter(is_in)
            .map(|(_, name)| *name)
            .collect();
        match &names[..] {
            [] => String::new(),
            [only] => format!(", because of {only}"),
            [most @ .., last] => format!(", because of {} and {last}", most.join(", ")),
        }
    }
}

/// What the words depend on besides the transfer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::fact) struct Setting {
    /// How strings lie at the source.
    pub(in crate::fact) src: StringEncoding,
    /// How strings lie at the destination.
    pub(in crate::fact) dst: StringEncoding,
    /// The width of pointers at the source.
    pub(in crate::fact) src_width: Width,
    /// The width of pointers at the destination.
    pub(in crate::fact) dst_width: Width,
    /// Whether SIMD instructions are used.
    pub(in crate::fact) simd: bool,
    /// The resource types that are borrowed and that the instance at the destination implements.
    pub(in crate::fact) implements: BTreeSet<ResourceId>,
    /// Whether handles that are lent are counted.
    pub(in crate::fact) counts_lends: bool,
}

/// Puts transfers into words.
pub(in crate::fact) struct Printer {
    setting: Setting,
    layouts: Layouts,
    causes: HashMap<TransferId, Causes>,
}

impl Printer {
    /// Begins with nothing known.
    pub(in crate::fact) fn new(setting: Setting) -> Printer {
        Printer {
            layouts: Layouts::new(setting.src_width),
            setting,
            causes: HashMap::new(),
        }
    }

    /// Returns in words how a value of some shape moves.
    pub(in crate::fact) fn words(
        &mut self,
        shapes: &Shapes,
        transfers: &Transfers,
        id: TransferId,
    ) -> String {
        let transfer = transfers.get(id);
        match &transfer.kind {
            TransferKind::Scalar(scalar) => self.scalar_words(*scalar),
            TransferKind::Bytes(run) => format!("{} copied as one", bytes(run.size)),
            TransferKind::Sequence(parts) => sequence_words(transfers, parts),
            TransferKind::Repeat { count, element, .. } => {
                let causes = self.causes(shapes, transfers, *element).words();
                format!("{count} elements, one by one{causes}")
            }
            TransferKind::Variant(variant) => {
                format!(
                    "by case: {} cases, the discriminant is checked",
                    variant.cases.len()
                )
            }
            TransferKind::List(list) => {
                let how = self.element_words(shapes, transfers, list);
                format!("one bounds check, {how}")
            }
            TransferKind::String => {
                let Setting { src, dst, .. } = &self.setting;
                format!("{src} → {dst}: {}", string_words(*src, *dst))
            }
        }
    }

    /// Returns in words how the elements of a list move.
    fn element_words(&mut self, shapes: &Shapes, transfers: &Transfers, list: &List) -> String {
        match &transfers.get(list.element).kind {
            TransferKind::Bytes(_) => "bulk copy".into(),
            TransferKind::Scalar(scalar) if self.is_bulk(*scalar) => {
                format!("16 bytes at a time: {}", self.scalar_words(*scalar))
            }
            _ => match self.mask(transfers, list) {
                Some(Mask::Fixed(_)) => {
                    "16 bytes at a time without the padding, what is left per element".into()
                }
                Some(Mask::ByCase { .. }) => {
                    "16 bytes at a time by masks of the cases, what is left per element; discriminants are checked"
                        .into()
                }
                None => {
                    let causes = self.causes(shapes, transfers, list.element);
                    format!("per element{}", causes.words())
                }
            },
        }
    }

    fn scalar_words(&self, scalar: Scalar) -> String {
        match scalar {
            Scalar::Number(Number::S8 | Number::U8) => "its lowest 8 bits".into(),
            Scalar::Number(Number::S16 | Number::U16) => "its lowest 16 bits".into(),
            Scalar::Number(Number::Int32 | Number::Int64 | Number::F32 | Number::F64) => {
                "as it is".into()
            }
            Scalar::Bool => "becomes 0 or 1".into(),
            Scalar::Char => "checked to be a Unicode scalar value".into(),
            Scalar::Flags(32) => "as it is".into(),
            Scalar::Flags(1) => "all but the lowest bit become 0".into(),
            Scalar::Flags(count) => format!("all but the lowest {count} bits become 0"),
            Scalar::Enum(count) => format!("checked to be below {count}"),
            Scalar::Own(_) => "moves from handle table to handle table".into(),
            Scalar::Borrow(resource) => {
                let lent = match self.setting.counts_lends {
                    true => "lent for the call",
                    false => "lent for the call, not counted because nobody could tell",
                };
                let given = match self.setting.implements.contains(&resource) {
                    true => "the representation",
                    false => "a handle, and must drop it",
                };
                format!("{lent}; the callee gets {given}")
            }
        }
    }

    /// Returns which bytes of the elements of a list move, if many move at once.
    pub(in crate::fact) fn mask(&self, transfers: &Transfers, list: &List) -> Option<Mask> {
        let masked = self.setting.simd.then(|| transfers.mask(list));
        masked.flatten().map(|it| it.mask)
    }

    /// Returns whether many of these move at once.
    pub(in crate::fact) fn is_bulk(&self, scalar: Scalar) -> bool {
        match scalar {
            Scalar::Bool | Scalar::Char | Scalar::Flags(_) | Scalar::Enum(_) => self.setting.simd,
            Scalar::Number(_) | Scalar::Own(_) | Scalar::Borrow(_) => false,
        }
    }

    /// Returns why values do not move as bytes.
    fn causes(&mut self, shapes: &Shapes, transfers: &Transfers, id: TransferId) -> Causes {
        if let Some(known) = self.causes.get(&id) {
            return *known;
        }
        let transfer = transfers.get(id);
        let causes = match &transfer.kind {
            TransferKind::Scalar(scalar) => match scalar {
                Scalar::Number(_) => Causes::default(),
                Scalar::Bool => Causes::of("bools"),
                Scalar::Char => Causes::of("chars"),
                Scalar::Flags(_) => Causes::of("flags"),
                Scalar::Enum(_) => Causes::of("enums"),
                Scalar::Own(_) => Causes::of("owned handles"),
                Scalar::Borrow(_) => Causes::of("borrowed handles"),
            },
            TransferKind::Bytes(_) => Causes::default(),
            TransferKind::Sequence(parts) => {
                let size = self.layouts.of(shapes, transfer.shape).size;
                let mut causes = Causes::default();
                for part in parts {
                    causes = causes.and(self.causes(shapes, transfers, part.transfer));
                }
                if self.has_padding(shapes, transfers, parts, size) {
                    causes = causes.and(Causes::of("padding"));
                }
                causes
            }
            TransferKind::Repeat { element, .. } => self.causes(shapes, transfers, *element),
            TransferKind::Variant(variant) => {
                let mut causes = Causes::of("variants");
                for payload in variant.cases.iter().flatten() {
                    causes = causes.and(self.causes(shapes, transfers, *payload));
                }
                causes
            }
            TransferKind::List(_) => Causes::of("lists"),
            TransferKind::String => Causes::of("strings"),
        };
        self.causes.insert(id, causes);
        causes
    }

    /// Returns whether there are bytes between parts in memory, or behind them, that belong to none.
    fn has_padding(
        &mut self,
        shapes: &Shapes,
        transfers: &Transfers,
        parts: &[Part],
        size: u32,
    ) -> bool {
        let mut end = 0;
        for part in parts {
            let At::Offset(offset) = part.src else {
                return false;
            };
            if offset != end {
                return true;
            }
            let transfer = transfers.get(part.transfer);
            end += match transfer.kind {
                TransferKind::Bytes(run) => run.size,
                _ => self.size(shapes, transfer.shape),
            };
        }
        end != size
    }

    fn size(&mut self, shapes: &Shapes, shape: ShapeId) -> u32 {
        self.layouts.of(shapes, shape).size
    }
}

/// Returns whether the words about a value say all that happens to a part of it, the value and the part given.
pub(in crate::fact) fn is_told(transfers: &Transfers, whole: TransferId, part: TransferId) -> bool {
    let is_bytes =
        |part: &Part| matches!(transfers.get(part.transfer).kind, TransferKind::Bytes(_));
    match (&transfers.get(whole).kind, &transfers.get(part).kind) {
        // The whole has taken over the copies of the part.
        (TransferKind::Sequence(_), TransferKind::Sequence(parts)) => {
            is_plain(transfers, part)
                || parts.len() <= SEQUENCE_PARTS_MAX && parts.iter().all(is_bytes)
        }
        _ => is_plain(transfers, part),
    }
}

/// Returns whether nothing happens to a value but that it moves.
fn is_plain(transfers: &Transfers, id: TransferId) -> bool {
    let is_number = |id| {
        let kind = &transfers.get(id).kind;
        matches!(kind, TransferKind::Scalar(Scalar::Number(_)))
    };
    match &transfers.get(id).kind {
        TransferKind::Bytes(_) => true,
        TransferKind::Sequence(parts) => parts.iter().all(|part| is_number(part.transfer)),
        _ => is_number(id),
    }
}

fn bytes(count: u32) -> String {
    match count {
        1 => "1 byte".into(),
        count => format!("{count} bytes"),
    }
}

fn sequence_words(transfers: &Transfers, parts: &[Part]) -> String {
    let (mut size, mut copies) = (0_u32, 0);
    for part in parts {
        if let TransferKind::Bytes(run) = transfers.get(part.transfer).kind {
            size += run.size;
            copies += 1;
        }
    }
    let as_bytes = match copies {
        0 => return "part by part".into(),
        1 => format!("{} copied as one", bytes(size)),
        copies => format!("{} in {copies} copies", bytes(size)),
    };
    if copies == parts.len() {
        format!("{as_bytes}, without the padding")
    } else {
        format!("{as_bytes}, the rest part by part")
    }
}

fn string_words(src: StringEncoding, dst: StringEncoding) -> &'static str {
    use StringEncoding::{Latin1OrUtf16, Utf8, Utf16};
    match (src, dst) {
        (Utf8, Utf8) | (Utf16, Utf16) => "copied and validated",
        (Utf8, Utf16) => "validated and widened",
        (Utf16, Utf8) => "validated and narrowed",
        (Utf8 | Utf16, Latin1OrUtf16) => "validated; Latin-1 if it fits, else UTF-16",
        (Latin1OrUtf16, Utf8) => "validated and encoded anew",
        (Latin1OrUtf16, Utf16) => "Latin-1 is widened, UTF-16 copied and validated",
        (Latin1OrUtf16, Latin1OrUtf16) => {
            "Latin-1 is copied; UTF-16 is validated, and narrowed to Latin-1 if it fits"
        }
    }
}

/// Returns in words where values are, both sides being alike.
pub(in crate::fact) fn route_words(route: Route) -> &'static str {
    match route {
        Route::IN_MEMORY => "memory",
        _ => "flat",
    }
}
