//! How the data segments of a group are arranged: so that memories can be mapped to what they hold at first, where that is
//! known.

use std::ops::Range;

use cranelift_entity::EntityRef;

use crate::runtime::bulk::bytes::Bytes;
use crate::runtime::bulk::span::Span;
use crate::runtime::image::{ConstExpr, ConstOp, Contents, DataSegment, InstancePlan, MemorySite};
use crate::runtime::index::{DataId, InstanceId, OwnMemoryId};
use crate::runtime::types::MemoryType;

/// What contents are aligned to, in memory and among the data: pages of the machine.
pub(in crate::runtime) const CONTENTS_ALIGN_BYTES: usize = 4096;

/// From how many bytes of data on mapping pays off (ours: below, copying is faster than the system call).
const MAPPED_BYTES_MIN: usize = 32 << 10;

/// How many times as long as its data contents may be (ours: a file is as much longer).
const SPREAD_MAX: usize = 2;

/// A gap between data up to which contents are not taken apart (ours: zeros in the file cost less than another mapping).
const GAP_BYTES: usize = 64 << 10;

/// In how many pieces contents are at most (ours: each is a mapping of every instance).
const RUNS_MAX: usize = 16;

/// A data segment of a module: where it is copied, if it is active, and its bytes.
pub(in crate::runtime) type Source<'a> = (Option<(MemorySite, ConstExpr)>, &'a [u8]);

/// The data segments of a group.
#[derive(Debug, Default)]
pub(in crate::runtime) struct DataPool {
    bytes: Vec<u8>,
}

impl DataPool {
    /// Adds the data segments of an instance, and puts them in its plan, in which the memories already are: as contents of
    /// memories as many as certainly can be written, from the first on, if that is worth it.
    pub(in crate::runtime) fn add(
        &mut self,
        instance: InstanceId,
        plan: &mut InstancePlan,
        segments: Vec<Source<'_>>,
    ) {
        let placed: Vec<_> = segments
            .iter()
            .map_while(|segment| place(instance, plan, segment))
            .collect();
        let mut is_written = vec![false; segments.len()];
        for memory in plan.memories.keys() {
            let own = placed.iter().enumerate().zip(&segments);
            let own = own.filter_map(|((position, place), (_, bytes))| {
                let (target, start) = (*place)?;
                (target == memory).then_some((position, start, *bytes))
            });
            let own: Vec<(usize, usize, &[u8])> = own.collect();
            let contents = self.add_contents(memory, &own);
            if !contents.is_empty() {
                own.iter()
                    .for_each(|(position, ..)| is_written[*position] = true);
            }
            plan.contents.extend(contents);
        }
        let listed = segments.into_iter().enumerate().zip(is_written);
        for ((id, (active, bytes)), _) in listed.filter(|(_, is_written)| !is_written) {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(bytes);
            plan.data.push(DataSegment {
                id: DataId::new(id),
                active,
                bytes: Span::new(start..self.bytes.len()),
            });
        }
    }

    /// Adds what segments leave in a memory: nothing if that is not worth it.
    fn add_contents(
        &mut self,
        memory: OwnMemoryId,
        segments: &[(usize, usize, &[u8])],
    ) -> Vec<Contents> {
        let total: usize = segments.iter().map(|(.., bytes)| bytes.len()).sum();
        let runs = runs(segments);
        let len: usize = runs.iter().map(Range::len).sum();
        if total < MAPPED_BYTES_MIN || len / SPREAD_MAX > total {
            return Vec::new();
        }
        let base = self.bytes.len().next_multiple_of(CONTENTS_ALIGN_BYTES);
        self.bytes.reserve(base + len - self.bytes.len());
        self.bytes.resize(base + len, 0);
        let mut end = base;
        let place = |run: &Range<usize>| {
            let start = end;
            end += run.len();
            start..end
        };
        let places: Vec<Range<usize>> = runs.iter().map(place).collect();
        for (_, start, bytes) in segments.iter().filter(|(.., bytes)| !bytes.is_empty()) {
            let run = runs.partition_point(|run| run.end <= *start);
            let at = places[run].start + (start - runs[run].start);
            self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        }
        let contents = runs.into_iter().zip(places).map(|(run, place)| Contents {
            memory,
            address: u64::try_from(run.start).expect("a usize has 64 bits"),
            bytes: Span::new(place),
        });
        contents.collect()
    }

    /// Returns the bytes to which the plans refer.
    pub(in crate::runtime) fn finish(self) -> Bytes {
        Bytes::from(self.bytes)
    }
}

/// Returns the pages that segments write to, in few pieces without large gaps.
fn runs(segments: &[(usize, usize, &[u8])]) -> Vec<Range<usize>> {
    let filled = segments.iter().filter(|(.., bytes)| !bytes.is_empty());
    let pages = filled.map(|(_, start, bytes)| {
        let end = (start + bytes.len()).next_multiple_of(CONTENTS_ALIGN_BYTES);
        start - start % CONTENTS_ALIGN_BYTES..end
    });
    let mut pages: Vec<Range<usize>> = pages.collect();
    pages.sort_by_key(|it| it.start);
    let mut gap = GAP_BYTES;
    loop {
        pages.dedup_by(|next, last| {
            let is_near = next.start <= last.end.saturating_add(gap);
            if is_near {
                last.end = last.end.max(next.end);
            }
            is_near
        });
        if pages.len() <= RUNS_MAX {
            return pages;
        }
        gap = gap.saturating_mul(2);
    }
}

/// Returns where a data segment is written: nowhere if it is passive; none if that is not certain.
fn place(
    instance: InstanceId,
    plan: &InstancePlan,
    (active, bytes): &Source<'_>,
) -> Option<Option<(OwnMemoryId, usize)>> {
    let Some((site, offset)) = active else {
        return Some(None);
    };
    let MemorySite::Own(owner, memory) = *site else {
        return None;
    };
    let start = match *offset.ops.as_slice() {
        [ConstOp::I32(value)] => u64::from(value.cast_unsigned()),
        [ConstOp::I64(value)] => value.cast_unsigned(),
        _ => return None,
    };
    let start = usize::try_from(start).ok()?;
    let end = start.checked_add(bytes.len())?;
    let is_inside = owner == instance && end <= bytes_at_first(plan.memories.get(memory)?)?;
    is_inside.then_some(Some((memory, start)))
}

fn bytes_at_first(ty: &MemoryType) -> Option<usize> {
    let page = 1_u64.checked_shl(ty.page_size_log2.into())?;
    usize::try_from(ty.limits.min.checked_mul(page)?).ok()
}
