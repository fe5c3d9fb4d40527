//! The stack of a thread: how far down it reaches, and how far down guests may go.

use std::cell::Cell;
use std::{mem, ptr};

use crate::runtime::vm::mmap::PAGE_BYTES;

/// What functions of the host, built-in functions and signal handlers have below the deepest frame of a guest (ours).
pub(in crate::runtime) const HOST_STACK_BYTES: usize = 256 << 10;

/// How far a limit may be below the one that is wanted before it is set again (ours: guests called from places of the
/// host at similar depth share a limit, and need no work at all).
const LIMIT_SLACK_BYTES: usize = 64 << 10;

/// A limit that no stack pointer respects, and no size of a frame that is added to it makes small.
pub(in crate::runtime) const NO_ROOM: usize = 1 << (usize::BITS - 1);

/// The part of a thread's stack that guests may use.
#[derive(Clone, Copy)]
struct Bounds {
    /// Guests stay above it.
    lowest: usize,
    /// The end of the stack.
    top: usize,
}

thread_local! {
    static BOUNDS: Cell<Bounds> = const { Cell::new(Bounds { lowest: 0, top: 0 }) };
}

/// Returns the limit for the stack pointer of a guest that is called now and may use `max_bytes`: `old` if it is good
/// enough, in which case no context needs to change.
#[inline]
pub(in crate::runtime) fn limit(old: usize, max_bytes: usize) -> usize {
    let here = stack_pointer();
    match BOUNDS.get().limit(here, old, max_bytes) {
        Some(limit) if limit == old => old,
        _ => new_limit(here, old, max_bytes),
    }
}

/// Does what [`limit`] does for a thread that is new, or a guest that is called from elsewhere than before.
#[cold]
#[inline(never)]
fn new_limit(here: usize, old: usize, max_bytes: usize) -> usize {
    if here >= BOUNDS.get().top {
        BOUNDS.set(find_bounds());
    }
    let limit = BOUNDS.get().limit(here, old, max_bytes);
    limit.unwrap_or(NO_ROOM)
}

/// Returns whether there is room for calling a guest and for what comes before it looks at its limit. There is none on a
/// stack that is not that of the thread, of which nobody knows the end.
#[inline]
pub(in crate::runtime) fn has_room() -> bool {
    let (here, bounds) = (stack_pointer(), BOUNDS.get());
    // What functions of the host have left when they call a guest once more.
    let end = bounds.lowest.saturating_sub(HOST_STACK_BYTES / 2);
    end <= here && here < bounds.top
}

impl Bounds {
    /// Returns the limit for a guest that is called at `here`; none if that is not within the bounds.
    #[inline]
    fn limit(self, here: usize, old: usize, max_bytes: usize) -> Option<usize> {
        if here < self.lowest || here >= self.top {
            return None;
        }
        let wanted = here.saturating_sub(max_bytes).max(self.lowest);
        let is_good = old >= self.lowest && wanted.wrapping_sub(old) <= LIMIT_SLACK_BYTES;
        Some(if is_good { old } else { wanted })
    }
}

/// Returns an address within the current frame.
#[inline(always)]
fn stack_pointer() -> usize {
    let here: usize;
    // SAFETY: reads a register and nothing else.
    unsafe {
        core::arch::asm!("mov {}, rsp", out(reg) here, options(nomem, nostack, preserves_flags));
    }
    here
}

/// Asks the system for the stack of this thread. Finding none gives bounds that contain nothing.
fn find_bounds() -> Bounds {
    let nothing = Bounds { lowest: 0, top: 0 };
    let mut attributes = mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    // SAFETY: takes no arguments and always succeeds.
    let thread = unsafe { libc::pthread_self() };
    // SAFETY: `attributes` is memory for what the function writes.
    if unsafe { libc::pthread_getattr_np(thread, attributes.as_mut_ptr()) } != 0 {
        return nothing;
    }
    let mut lowest = ptr::null_mut();
    let mut len_bytes = 0;
    let mut guard_bytes = 0;
    // SAFETY: `pthread_getattr_np` succeeded and so initialized the attributes.
    let status =
        unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &mut lowest, &mut len_bytes) };
    // SAFETY: as above.
    let guard_status =
        unsafe { libc::pthread_attr_getguardsize(attributes.as_ptr(), &mut guard_bytes) };
    // SAFETY: as above, and nothing uses the attributes afterwards.
    unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
    if status != 0 || guard_status != 0 {
        return nothing;
    }
    let lowest = lowest.addr();
    Bounds {
        // Some systems count the guard as part of the stack, and the kernel keeps a gap below that of the main thread.
        lowest: lowest + guard_bytes + PAGE_BYTES + HOST_STACK_BYTES,
        top: lowest + len_bytes,
    }
}
