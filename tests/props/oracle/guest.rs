//! Scripted guests: what the functions do that an adapter calls. The oracle and the harness run the same scripts.

use std::ops::Range;

use interfuse::adapt::IndexType;

use crate::oracle::flat::Flat;
use crate::oracle::layout::align_to;

/// Size of a page of memory.
pub(crate) const PAGE_BYTES: u64 = 0x1_0000;

/// Largest size to which an allocator grows its memory, in pages.
const ALLOCATOR_PAGES_MAX: u64 = 64;

/// A memory as guests see it.
pub(crate) trait Bytes {
    /// Returns the contents.
    fn bytes(&mut self) -> &mut [u8];

    /// Adds pages at the end.
    fn grow(&mut self, pages: u64);

    /// Returns the size in bytes.
    fn len(&mut self) -> u64 {
        u64::try_from(self.bytes().len()).unwrap()
    }
}

/// The arguments of a call of `realloc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReallocCall {
    pub(crate) old: u64,
    pub(crate) old_size: u64,
    pub(crate) align: u64,
    pub(crate) new_size: u64,
}

/// How an allocator hands out blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// One block above the other, with gaps; what is reallocated moves.
    Up,
    /// One block directly below the other, from the end of the memory; what is reallocated moves.
    Down,
    /// One block above the other; what is reallocated stays where it is if there is room.
    InPlace,
    /// As `Up`, and the memory grows at each call.
    Grow,
}

/// What an allocator answers that does not play by the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It traps.
    Trap,
    /// An address one above a good one.
    Unaligned,
    /// The last aligned address from which on the block fits.
    Last,
    /// The next aligned address after that, from which on it does not fit.
    JustBeyond,
    /// The aligned address at which or before which the address space ends.
    Highest,
    /// The end of the memory, or the next aligned address.
    End,
    Zero,
    /// What it answered before.
    Previous,
    /// A new block, but without the contents of the old one.
    NoCopy,
}

impl Answer {
    pub(crate) const ALL: [Answer; 9] = [
        Answer::Trap,
        Answer::Unaligned,
        Answer::Last,
        Answer::JustBeyond,
        Answer::Highest,
        Answer::End,
        Answer::Zero,
        Answer::Previous,
        Answer::NoCopy,
    ];
}

/// A function `realloc`.
#[derive(Clone, Debug)]
pub(crate) struct Allocator {
    pub(crate) manner: Manner,
    pub(crate) width: IndexType,
    /// The call, counted from 0, that gets this answer.
    pub(crate) hostile: Option<(usize, Answer)>,
    /// Where no block may be.
    hole: Range<u64>,
    /// Where blocks begin that do not come from the end, and up to where there are some.
    bottom: u64,
    next: u64,
    /// Where the lowest block is that came from the end.
    top: Option<u64>,
    calls: usize,
    previous: u64,
}

impl Allocator {
    /// Returns an allocator that leaves what is below `bottom` alone, and what is in `hole`.
    pub(crate) fn new(
        manner: Manner,
        width: IndexType,
        bottom: u64,
        hole: Range<u64>,
    ) -> Allocator {
        Allocator {
            manner,
            width,
            hostile: None,
            hole,
            bottom,
            next: bottom,
            top: None,
            calls: 0,
            previous: 0,
        }
    }

    /// Returns up to where there are blocks.
    pub(crate) fn end(&self) -> u64 {
        self.next
    }

    /// Answers a call, or traps.
    pub(crate) fn realloc(&mut self, memory: &mut dyn Bytes, call: ReallocCall) -> Option<u64> {
        let hostile = self.hostile.filter(|(at, _)| *at == self.calls);
        self.calls += 1;
        let answer = match hostile {
            None => self.good(memory, call),
            Some((_, answer)) => self.bad(memory, call, answer)?,
        };
        self.previous = answer;
        Some(answer)
    }

    fn good(&mut self, memory: &mut dyn Bytes, call: ReallocCall) -> u64 {
        if self.manner == Manner::InPlace && call.old > 0 && self.has_room(call) {
            let end = call.old + call.new_size;
            grow_to(memory, end);
            self.next = self.next.max(end);
            return call.old;
        }
        let block = self.block(memory, call);
        let kept = call.old_size.min(call.new_size);
        if let Some(old) = positions(memory, call.old, kept)
            && let Some(new) = positions(memory, block, kept)
        {
            memory.bytes().copy_within(old, new.start);
        }
        block
    }

    /// Returns whether a block can change its size where it is.
    fn has_room(&self, call: ReallocCall) -> bool {
        let is_last = call.old.checked_add(call.old_size) == Some(self.next);
        call.old.is_multiple_of(call.align)
            && (call.new_size <= call.old_size
                || is_last && !self.is_in_hole(call.old, call.new_size))
    }

    fn is_in_hole(&self, block: u64, size: u64) -> bool {
        block < self.hole.end && block + size > self.hole.start
    }

    /// Returns a new block, filled with what no one wrote.
    fn block(&mut self, memory: &mut dyn Bytes, call: ReallocCall) -> u64 {
        let block = match self.manner {
            Manner::Up | Manner::InPlace => self.block_above(memory, call),
            Manner::Down => self.block_below(memory, call),
            Manner::Grow => {
                let len = memory.len();
                grow_to(memory, len + 1);
                self.block_above(memory, call)
            }
        };
        let fill = u8::try_from(self.calls % 0x60).unwrap() + 0xa0;
        if let Some(block) = positions(memory, block, call.new_size) {
            memory.bytes()[block].fill(fill);
        }
        block
    }

    fn block_above(&mut self, memory: &mut dyn Bytes, call: ReallocCall) -> u64 {
        let mut block = align_to(self.next, call.align);
        // No block is better aligned than it has to be, if every other one begins an odd number of units further up.
        if self.calls % 2 == 1 && block.is_multiple_of(2 * call.align) {
            block += call.align;
        }
        if self.is_in_hole(block, call.new_size) {
            block = align_to(self.hole.end, call.align);
        }
        let end = block + call.new_size;
        grow_to(memory, end);
        let gap = match self.manner {
            Manner::InPlace => 0,
            Manner::Up | Manner::Down | Manner::Grow => 3,
        };
        self.next = end + gap;
        block
    }

    fn block_below(&mut self, memory: &mut dyn Bytes, call: ReallocCall) -> u64 {
        let below = |top: u64| {
            top.checked_sub(call.new_size)
                .map(|it| it / call.align * call.align)
        };
        let mut block = below(self.top.unwrap_or(memory.len()));
        if block.is_some_and(|block| self.is_in_hole(block, call.new_size)) {
            block = below(self.hole.start);
        }
        let block = block.filter(|block| *block >= self.bottom).or_else(|| {
            let len = memory.len();
            grow_to(memory, len + call.new_size + call.align);
            below(memory.len()).filter(|block| *block >= len)
        });
        // Where no room can be made, the end of the memory is an answer that cannot be used.
        let block = block.unwrap_or(align_to(memory.len(), call.align));
        self.top = Some(block);
        block
    }

    fn bad(&mut self, memory: &mut dyn Bytes, call: ReallocCall, answer: Answer) -> Option<u64> {
        let len = memory.len();
        let last = len.saturating_sub(call.new_size) / call.align * call.align;
        Some(match answer {
            Answer::Trap => return None,
            Answer::Unaligned => self.block(memory, call) + 1,
            Answer::Last => last,
            Answer::JustBeyond => last + call.align,
            Answer::Highest => highest(self.width) / call.align * call.align,
            Answer::End => align_to(len, call.align),
            Answer::Zero => 0,
            Answer::Previous => align_to(self.previous, call.align),
            Answer::NoCopy => self.block(memory, call),
        })
    }
}

/// Returns the highest address of a width.
pub(crate) fn highest(width: IndexType) -> u64 {
    match width {
        IndexType::I32 => u64::from(u32::MAX),
        IndexType::I64 => u64::MAX,
    }
}

/// Grows a memory until `end` is in it, unless that would be too much.
fn grow_to(memory: &mut dyn Bytes, end: u64) {
    let pages = end.div_ceil(PAGE_BYTES);
    let has = memory.len() / PAGE_BYTES;
    if pages > has && pages <= ALLOCATOR_PAGES_MAX {
        memory.grow(pages - has);
    }
}

/// Overwrites the first page of a memory, which is where what is passed lies or begins.
pub(crate) fn scribble(memory: &mut dyn Bytes) {
    let len = memory.len().min(PAGE_BYTES);
    if let Some(page) = positions(memory, 0, len) {
        memory.bytes()[page].fill(0xdb);
    }
}

/// Returns a range of addresses as one of positions, if it is in the memory.
fn positions(memory: &mut dyn Bytes, start: u64, len: u64) -> Option<Range<usize>> {
    let end = start.checked_add(len)?;
    if end > memory.len() {
        return None;
    }
    Some(usize::try_from(start).unwrap()..usize::try_from(end).unwrap())
}

/// What the function does that an adapter calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct CalleeScript {
    /// Pages by which its memory grows.
    pub(crate) grow: u64,
    /// What it writes where in its memory, after it grew.
    pub(crate) write: Option<(u64, Vec<u8>)>,
    /// What it returns, unless it traps.
    pub(crate) results: Option<Vec<Flat>>,
}

impl CalleeScript {
    /// Runs the function and returns its results, or traps.
    pub(crate) fn run(&self, memory: Option<&mut dyn Bytes>) -> Option<Vec<Flat>> {
        if let Some(memory) = memory {
            if self.grow > 0 {
                memory.grow(self.grow);
            }
            if let Some((at, bytes)) = &self.write {
                let at = usize::try_from(*at).unwrap();
                memory.bytes()[at..][..bytes.len()].copy_from_slice(bytes);
            }
        }
        self.results.clone()
    }
}
