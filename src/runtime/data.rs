//! How the data segments of a group are arranged: so that memories can be mapped to what they hold at first, where that is
//! known.

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
            if let Some((address, bytes)) = self.add_contents(&own) {
                own.iter()
                    .for_each(|(position, ..)| is_written[*position] = true);
                plan.contents.push(Contents {
                    memory,
                    address,
                    bytes,
                });
            }
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

    /// Adds what segments leave in a memory. Returns the address, and where that is.
    fn add_contents(&mut self, segments: &[(usize, usize, &[u8])]) -> Option<(u64, Span<u8>)> {
        let filled = segments.iter().filter(|(.., bytes)| !bytes.is_empty());
        let total: usize = filled.clone().map(|(.., bytes)| bytes.len()).sum();
        let first = filled.clone().map(|(_, start, _)| *start).min()?;
        let ends = filled.clone().map(|(_, start, bytes)| start + bytes.len());
        let address = first - first % CONTENTS_ALIGN_BYTES;
        let len = (ends.max()? - address).next_multiple_of(CONTENTS_ALIGN_BYTES);
        if total < MAPPED_BYTES_MIN || len / SPREAD_MAX > total {
            return None;
        }
        let base = self.bytes.len().next_multiple_of(CONTENTS_ALIGN_BYTES);
        self.bytes.reserve(base + len - self.bytes.len());
        self.bytes.resize(base + len, 0);
        for (_, start, bytes) in filled {
            let at = base + start - address;
            self.bytes[at..at + bytes.len()].copy_from_slice(bytes);
        }
        let address = u64::try_from(address).expect("a usize has 64 bits");
        Some((address, Span::new(base..base + len)))
    }

    /// Returns the bytes to which the plans refer.
    pub(in crate::runtime) fn finish(self) -> Bytes {
        Bytes::from(self.bytes)
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
