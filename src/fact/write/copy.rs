//! Copying of bytes whose number is known: short copies in place, longer ones with `memory.copy`.

use crate::fact::emit::{Code, Width};
use crate::fact::write::access::{Access, load_any, store_any};
use crate::fact::write::endpoint::Channel;
use crate::fact::write::place::{Place, push_pointer};

/// Largest number of bytes that are copied in place (ours: `memory.copy` is a call of 4 to 8 ns on most engines).
const INLINE_BYTES_MAX: u32 = 64;

/// Writes a copy from memory to memory.
pub(in crate::fact) fn bytes(
    code: &mut Code,
    channel: Channel,
    size: u32,
    src: &Place,
    dst: &Place,
) {
    let (
        Place::Memory {
            pointer: from,
            offset: from_at,
        },
        Place::Memory {
            pointer: to,
            offset: to_at,
        },
    ) = (src, dst)
    else {
        unreachable!("bytes are in memory: {src:?}, {dst:?}")
    };
    let (src, dst) = (channel.src(), channel.dst());
    if size > INLINE_BYTES_MAX {
        push_pointer(code, dst.width, to, *to_at);
        push_pointer(code, src.width, from, *from_at);
        copy_width(src.width, dst.width).constant(&mut code.ins(), u64::from(size));
        code.ins()
            .memory_copy(dst.memory.as_u32(), src.memory.as_u32());
        return;
    }
    let mut done = 0;
    while done < size {
        let (access, step) = match size - done {
            8.. => (Access::I64, 8),
            4..8 => (Access::I32, 4),
            2..4 => (Access::U16, 2),
            _ => (Access::U8, 1),
        };
        code.get(to);
        code.get(from);
        load_any(code, src, access, from_at + done);
        store_any(code, dst, access, to_at + done);
        done += step;
    }
}

/// Returns the type of the length that `memory.copy` takes between memories of two widths.
pub(in crate::fact) fn copy_width(src: Width, dst: Width) -> Width {
    match (src, dst) {
        (Width::W64, Width::W64) => Width::W64,
        (Width::W32, _) | (_, Width::W32) => Width::W32,
    }
}
