//! How tables hold what images consist of.

use crate::runtime::bulk::span::Span;
use crate::runtime::bulk::table::Record;
use crate::runtime::image::{CodeRange, FuncSite, InlineSite, InlineStretch, TrapSite};
use crate::runtime::index::{ExternalFuncId, FuncRefId, InlineSiteId, InstanceId, SignatureSlot};
use crate::runtime::trap::TrapKind;

/// A word that is no id.
const NONE: u32 = u32::MAX;

impl Record for CodeRange {
    const WORDS: usize = 6;

    fn to_words(self) -> impl IntoIterator<Item = u32> {
        let name = self.name.within(usize::MAX).unwrap_or_default();
        let word = |number: usize| u32::try_from(number).unwrap_or(NONE);
        let (instance, index) = self
            .origin
            .map_or((NONE, 0), |(instance, index)| (instance.as_u32(), index));
        [
            self.start,
            self.len,
            word(name.start),
            word(name.len()),
            instance,
            index,
        ]
    }

    fn from_words(word: impl Fn(usize) -> u32) -> CodeRange {
        let [start, len] = [2, 3].map(|position| u64::from(word(position)));
        let instance = Some(word(4)).filter(|instance| *instance != NONE);
        CodeRange {
            start: word(0),
            len: word(1),
            name: Span::of_numbers(start, len),
            origin: instance.map(|instance| (InstanceId::from_u32(instance), word(5))),
        }
    }
}

impl Record for TrapSite {
    const WORDS: usize = 2;

    fn to_words(self) -> impl IntoIterator<Item = u32> {
        [self.offset, self.kind.number().into()]
    }

    fn from_words(word: impl Fn(usize) -> u32) -> TrapSite {
        let kind = u8::try_from(word(1)).ok().and_then(TrapKind::from_number);
        TrapSite {
            offset: word(0),
            // The instruction traps all the same.
            kind: kind.unwrap_or(TrapKind::Unreachable),
        }
    }
}

impl Record for InlineSite {
    const WORDS: usize = 2;

    fn to_words(self) -> impl IntoIterator<Item = u32> {
        [word_of(self.parent), self.function]
    }

    fn from_words(word: impl Fn(usize) -> u32) -> InlineSite {
        InlineSite {
            parent: site_of(word(0)),
            function: word(1),
        }
    }
}

impl Record for InlineStretch {
    const WORDS: usize = 2;

    fn to_words(self) -> impl IntoIterator<Item = u32> {
        [self.start, word_of(self.site)]
    }

    fn from_words(word: impl Fn(usize) -> u32) -> InlineStretch {
        InlineStretch {
            start: word(0),
            site: site_of(word(1)),
        }
    }
}

fn word_of(site: Option<InlineSiteId>) -> u32 {
    site.map_or(NONE, InlineSiteId::as_u32)
}

fn site_of(word: u32) -> Option<InlineSiteId> {
    (word != NONE).then(|| InlineSiteId::from_u32(word))
}

impl Record for FuncSite {
    const WORDS: usize = 2;

    fn to_words(self) -> impl IntoIterator<Item = u32> {
        match self {
            FuncSite::External(id) => [id.as_u32(), NONE],
            FuncSite::Code(offset, slot) => [offset, slot.as_u32()],
        }
    }

    fn from_words(word: impl Fn(usize) -> u32) -> FuncSite {
        match (word(0), word(1)) {
            (id, NONE) => FuncSite::External(ExternalFuncId::from_u32(id.min(NONE - 1))),
            (offset, slot) => FuncSite::Code(offset, SignatureSlot::from_u32(slot)),
        }
    }
}

impl Record for FuncRefId {
    const WORDS: usize = 1;

    fn to_words(self) -> impl IntoIterator<Item = u32> {
        [self.as_u32()]
    }

    fn from_words(word: impl Fn(usize) -> u32) -> FuncRefId {
        FuncRefId::from_u32(word(0).min(NONE - 1))
    }
}
