//! What memories hold at first, as files without a name that instances map: copies are made when something is written.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;

use cranelift_entity::PrimaryMap;

use crate::runtime::image::{ConstOp, DataSegment, InstancePlan, MemorySite};
use crate::runtime::index::{InstanceId, OwnMemoryId};
use crate::runtime::types::MemoryType;
use crate::runtime::vm::address::to_usize;
use crate::runtime::vm::mmap::PAGE_BYTES;

/// From how many bytes of data on mapping pays off (ours: below, copying is faster than the system call).
const MAPPED_BYTES_MIN: usize = 32 << 10;

/// How many times as long as its data a file may be (ours: pages without data, once read, take memory as long as the file
/// is there).
const SPAN_MAX: usize = 4;

/// What a memory holds at first.
pub(in crate::runtime) struct Contents {
    file: OwnedFd,
    len_bytes: usize,
    segments: usize,
}

impl Contents {
    /// Returns what the memories of an instance hold once the first of its data segments are written: as many as certainly
    /// can be written, and only memories that are worth it.
    pub(in crate::runtime) fn of_instance(
        instance: InstanceId,
        plan: &InstancePlan,
    ) -> io::Result<PrimaryMap<OwnMemoryId, Option<Contents>>> {
        let placed: Vec<_> = plan
            .data
            .values()
            .map_while(|segment| place(instance, plan, segment))
            .collect();
        let ids = plan.memories.keys();
        ids.map(|memory| {
            let own = placed
                .iter()
                .zip(plan.data.values())
                .filter_map(|(place, segment)| {
                    let (target, start) = (*place)?;
                    (target == memory).then_some((start, &segment.bytes[..]))
                });
            let own: Vec<(u64, &[u8])> = own.collect();
            let bytes: usize = own.iter().map(|(_, bytes)| bytes.len()).sum();
            let ends = own
                .iter()
                .map(|(start, bytes)| to_usize(*start) + bytes.len());
            let span = ends.max().unwrap_or(0);
            if bytes < MAPPED_BYTES_MIN || span / SPAN_MAX > bytes {
                return Ok(None);
            }
            Contents::write(&own, placed.len()).map(Some)
        })
        .collect()
    }

    fn write(segments: &[(u64, &[u8])], count: usize) -> io::Result<Contents> {
        // SAFETY: the name is a string that ends with 0.
        let file = unsafe { libc::memfd_create(c"wasm memory".as_ptr(), libc::MFD_CLOEXEC) };
        if file < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new, so that nobody else owns it.
        let file = std::fs::File::from(unsafe { OwnedFd::from_raw_fd(file) });
        let mut end = 0;
        for (start, bytes) in segments {
            file.write_all_at(bytes, *start)?;
            end = end.max(start + u64::try_from(bytes.len()).expect("a usize has 64 bits"));
        }
        let page = u64::try_from(PAGE_BYTES).expect("a page is small");
        let len = end.next_multiple_of(page);
        file.set_len(len)?;
        Ok(Contents {
            file: OwnedFd::from(file),
            len_bytes: usize::try_from(len).expect("a usize has 64 bits"),
            segments: count,
        })
    }

    /// Returns the file.
    pub(in crate::runtime) fn file(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Returns the length of the file, which consists of pages.
    pub(in crate::runtime) fn len_bytes(&self) -> usize {
        self.len_bytes
    }

    /// Returns how many of the data segments of the instance, from the first on, the file accounts for where they concern
    /// this memory.
    pub(in crate::runtime) fn segments(&self) -> usize {
        self.segments
    }
}

/// Returns where a data segment is written: nowhere if it is passive; none if that is not certain.
fn place(
    instance: InstanceId,
    plan: &InstancePlan,
    segment: &DataSegment,
) -> Option<Option<(OwnMemoryId, u64)>> {
    let Some((site, offset)) = &segment.active else {
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
    let len = u64::try_from(segment.bytes.len()).expect("a usize has 64 bits");
    let end = start.checked_add(len)?;
    let is_inside = owner == instance && end <= bytes_at_first(&plan.memories[memory])?;
    is_inside.then_some(Some((memory, start)))
}

fn bytes_at_first(ty: &MemoryType) -> Option<u64> {
    let page = 1_u64.checked_shl(ty.page_size_log2.into())?;
    ty.limits.min.checked_mul(page)
}
