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

/// From where guests can be called with a limit: from some places on one stack.
#[derive(Clone, Copy)]
pub(in crate::runtime) struct Reach {
    stack: Bounds,
    start: usize,
    len: usize,
}

impl Reach {
    /// From nowhere.
    pub(in crate::runtime) const NOWHERE: Reach = Reach {
        stack: Bounds { lowest: 0, top: 0 },
        start: 0,
        len: 0,
    };

    /// Returns whether guests can be called from here.
    #[inline]
    pub(in crate::runtime) fn is_here(&self) -> bool {
        let stack = BOUNDS.get();
        // Another thread may have its stack where that of one was that is gone.
        stack.lowest == self.stack.lowest
            && stack.top == self.stack.top
            && stack_pointer().wrapping_sub(self.start) < self.len
    }
}

/// Returns the limit for the stack pointer of a guest that is called now and may use `max_bytes`: `old` if it is good
/// enough, in which case no context needs to change. And from where it is good enough.
#[cold]
#[inline(never)]
pub(in crate::runtime) fn limit(old: usize, max_bytes: usize) -> (usize, Reach) {
    let here = stack_pointer();
    if here >= BOUNDS.get().top {
        BOUNDS.set(find_bounds());
    }
    let stack = BOUNDS.get();
    match stack.limit(here, old, max_bytes) {
        Some(limit) => (limit, stack.reach(limit, max_bytes)),
        None => (NO_ROOM, Reach::NOWHERE),
    }
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
    fn limit(self, here: usize, old: usize, max_bytes: usize) -> Option<usize> {
        if here < self.lowest || here >= self.top {
            return None;
        }
        let wanted = here.saturating_sub(max_bytes).max(self.lowest);
        let is_good = old >= self.lowest && wanted.wrapping_sub(old) <= LIMIT_SLACK_BYTES;
        Some(if is_good { old } else { wanted })
    }

    /// Returns from where a limit that is not below the bounds is good: where [`limit`](Bounds::limit) would keep it.
    fn reach(self, limit: usize, max_bytes: usize) -> Reach {
        let start = match limit == self.lowest {
            true => self.lowest,
            false => limit.saturating_add(max_bytes),
        };
        let last = limit
            .saturating_add(LIMIT_SLACK_BYTES)
            .saturating_add(max_bytes);
        Reach {
            stack: self,
            start,
            len: self.top.min(last).saturating_sub(start),
        }
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

#[cfg(test)]
mod tests {
    use super::{Bounds, NO_ROOM};

    #[test]
    fn limit_is_good_wherever_it_is_said_to_be() {
        let stack = Bounds {
            lowest: 1 << 20,
            top: 9 << 20,
        };
        let (all, last) = (stack.lowest - 5000..stack.top + 5000, stack.top - 1);
        for max_bytes in [0, 512 << 10, 4 << 20, 64 << 20, usize::MAX] {
            for first in [stack.lowest, stack.lowest + 1, 5 << 20, last] {
                let limit = stack.limit(first, NO_ROOM, max_bytes).unwrap();
                let reach = stack.reach(limit, max_bytes);
                let is_in = |here: usize| here.wrapping_sub(reach.start) < reach.len;
                assert!(is_in(first), "{first:#x} with {max_bytes:#x}");
                let end = reach.start + reach.len;
                let ends = [reach.start, end - 1, end, stack.lowest - 1, stack.top];
                for here in all.clone().step_by(999).chain(ends) {
                    let kept = stack.limit(here, limit, max_bytes);
                    let is_good = !is_in(here) || kept == Some(limit);
                    assert!(is_good, "{here:#x} after {first:#x} with {max_bytes:#x}");
                }
            }
        }
    }
}
