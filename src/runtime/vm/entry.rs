//! The way into a guest, and the way out of one that does not return.
//!
//! `enter` calls `step`, which pushes what the compiler does not let it give up, and calls a function of an image. Guests keep
//! frame pointers, so that who unwinds finds that frame: it is the caller of the function that returns to `step`. Nothing is
//! noted anywhere on the way in.
//!
//! Invariants: (1) code of guests is called by `step` only, and calls nothing that does not return to it or unwinds it by
//! `raise` or `unwind_fault`. (2) Functions of guests keep the frame pointer: at `rbp` is that of the caller, followed by
//! the address to return to. (3) `step` is laid out as `STEP_RETURN` says, which `check_layout` checks.

use core::arch::{asm, naked_asm};
use std::ptr::NonNull;

use crate::runtime::trap::TrapKind;
use crate::runtime::vm::failure::Note;
use crate::runtime::vm::shared::Shared;

/// What [`step`] pushes, from the lowest address on.
#[repr(C)]
struct EntryFrame {
    shared: NonNull<Shared>,
    /// What the caller of `step` has in `rbx`.
    saved: u64,
    /// The frame pointer of the caller of `step`. Where it lies is the frame pointer of `step`.
    frame_pointer: u64,
}

/// What a function with a frame pointer has at it.
#[repr(C)]
struct FrameHead {
    caller: *const FrameHead,
    return_address: usize,
}

/// Offset in `step` of the address that a guest returns to.
const STEP_RETURN: usize = 10;

/// What a guest is called with: integers, each in a register. The first is the context, or what is in its place.
pub(in crate::runtime::vm) type Arguments = [u64; 6];

/// Returns from the `step` that has `rax` as its frame pointer, and says that the guest was unwound.
macro_rules! leave {
    () => {
        "lea rsp, [rax - 8]
        pop rbx
        pop rbp
        mov edx, 1
        ret"
    };
}

/// Calls a function of an image, and returns the integer that it returns, if it does; or nothing if the guest was unwound.
///
/// # Safety
///
/// `code` is that of a function that gets integers in these registers and returns up to one in `rax`, and `arguments` are
/// those that it expects, with memory behind those that are addresses. `shared` is that of the store of the guest. No
/// reference to it or to anything that belongs to the store is held.
#[inline(always)]
pub(in crate::runtime::vm) unsafe fn enter(
    code: usize,
    arguments: Arguments,
    shared: NonNull<Shared>,
) -> Option<u64> {
    let [rdi, rsi, rdx, rcx, r8, r9] = arguments;
    let (result, status): (u64, u64);
    // SAFETY: code of guests restores nothing but the stack and the frame pointer. What it and `step` may change is named, so
    // that the compiler keeps what it needs of that, and no more.
    unsafe {
        asm!(
            "call {step}",
            step = sym step,
            in("rdi") rdi,
            in("rsi") rsi,
            inlateout("rdx") rdx => status,
            in("rcx") rcx,
            in("r8") r8,
            in("r9") r9,
            in("r10") shared.as_ptr(),
            in("r11") code,
            lateout("rax") result,
            lateout("r12") _,
            lateout("r13") _,
            lateout("r14") _,
            lateout("r15") _,
            clobber_abi("C"),
        );
    }
    (status == 0).then_some(result)
}

/// Calls the function in `r11` with what is in `rdi`, `rsi`, `rdx`, `rcx`, `r8` and `r9`. Returns in `rax` what that
/// returns, and in `rdx` whether it was unwound: 0, or 1. `r10` is the address of a [`Shared`]. Keeps `rbx` and `rbp`, which
/// the compiler does not give up.
///
/// # Safety
///
/// Called by [`enter`].
#[unsafe(naked)]
unsafe extern "C" fn step() {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "push rbx",
        "push r10",
        "call r11",
        "add rsp, 8",
        "pop rbx",
        "pop rbp",
        "xor edx, edx",
        "ret",
    )
}

/// Makes sure that `step` is laid out as `STEP_RETURN` says: the instruction before that is `call r11`.
///
/// # Panics
///
/// Panics if the assembler chose other encodings than those that were counted.
pub(in crate::runtime::vm) fn check_layout() {
    let start = (step as *const ()).cast::<[u8; STEP_RETURN]>();
    // SAFETY: the function consists of more bytes than this, which can be read as all code can.
    let bytes = unsafe { start.read() };
    assert_eq!(bytes[STEP_RETURN - 3..], [0x41, 0xff, 0xd3], "{bytes:x?}");
}

/// The built-in function `Raise`. `rbp` is that of its caller.
///
/// # Safety
///
/// Called by code of a guest, or jumped to in the place of returning to it; why was noted.
#[unsafe(naked)]
pub(in crate::runtime::vm) unsafe extern "C" fn raise(context: u64) -> ! {
    naked_asm!(
        "mov rdi, [rsp]",
        // Within the call.
        "sub rdi, 1",
        "mov rsi, rbp",
        "and rsp, -16",
        "call {trace}",
        leave!(),
        trace = sym trace,
    )
}

/// Where a signal handler lets a guest continue that faulted at `pc`, with its frame pointer, and a stack pointer that is a
/// multiple of 16.
///
/// # Safety
///
/// Not called, but jumped to, by changing the registers of a guest.
#[unsafe(naked)]
pub(in crate::runtime::vm) unsafe extern "C" fn unwind_fault(
    pc: usize,
    frame_pointer: usize,
    kind: u64,
) -> ! {
    naked_asm!(
        "call {trace_fault}",
        leave!(),
        trace_fault = sym trace_fault,
    )
}

/// Notes where a guest is; returns the frame pointer of `step`.
///
/// # Safety
///
/// The guest is at `pc` with this frame pointer.
unsafe extern "C" fn trace(pc: usize, frame: *const FrameHead) -> usize {
    // SAFETY: the caller says that the frame is one of a guest.
    let entered = unsafe { find_entry(frame) };
    // SAFETY: `entered` is the frame pointer of `step`.
    let mut shared = unsafe { shared_of(entered) };
    // SAFETY: the guest does not run, and this is the only reference (invariant 2 of `Shared`).
    let shared = unsafe { shared.as_mut() };
    shared.begin_trace();
    shared.trace(pc);
    // SAFETY: the caller says that the frame is one of a guest.
    unsafe { walk(frame, |return_address| shared.trace(return_address - 1)) };
    entered.addr()
}

/// Does what [`trace`] does for a guest that faulted.
///
/// # Safety
///
/// As that of [`trace`]; `kind` is the number of one.
unsafe extern "C" fn trace_fault(pc: usize, frame: *const FrameHead, kind: u64) -> usize {
    let kind = u8::try_from(kind).ok().and_then(TrapKind::from_number);
    let kind = kind.expect("the signal handler passes the number of a kind");
    // SAFETY: the caller says that the frame is one of a guest.
    let mut shared = unsafe { shared_of(find_entry(frame)) };
    // SAFETY: the guest does not run, and this is the only reference (invariant 2 of `Shared`).
    unsafe { shared.as_mut() }.note(Note::Trap(kind));
    // SAFETY: passes on what the caller says.
    unsafe { trace(pc, frame) }
}

/// Returns what the store shares whose guest has this frame pointer. Neither locks nor allocates.
///
/// # Safety
///
/// A function of a guest runs, with this frame pointer.
pub(in crate::runtime::vm) unsafe fn shared_of_guest(frame_pointer: usize) -> NonNull<Shared> {
    // SAFETY: passes on what the caller says.
    unsafe { shared_of(find_entry(std::ptr::with_exposed_provenance(frame_pointer))) }
}

/// Returns what `step` was called with.
///
/// # Safety
///
/// `entered` is the frame pointer of a `step` that has not returned.
unsafe fn shared_of(entered: *const FrameHead) -> NonNull<Shared> {
    let offset = std::mem::offset_of!(EntryFrame, frame_pointer);
    let frame = entered.wrapping_byte_sub(offset).cast::<EntryFrame>();
    // SAFETY: below its frame pointer is what `step` pushed, in the order of `EntryFrame`.
    unsafe { (*frame).shared }
}

/// Returns the frame pointer of the `step` around a frame of a guest.
///
/// # Safety
///
/// A function of a guest has this frame pointer.
unsafe fn find_entry(frame: *const FrameHead) -> *const FrameHead {
    // SAFETY: passes on what the caller says.
    unsafe { walk(frame, |_| ()) }
}

/// Visits the addresses that frames of a guest return to, but for the entry, from the innermost on; returns the frame
/// pointer of `step`.
///
/// # Safety
///
/// A function of a guest has this frame pointer.
unsafe fn walk(mut frame: *const FrameHead, mut visit: impl FnMut(usize)) -> *const FrameHead {
    let last = (step as *const ()).addr() + STEP_RETURN;
    loop {
        // SAFETY: `frame` is that of a function of a guest or of an entry: of one at first, and then of its caller as long
        // as the one before does not return to `step` (invariants 1 and 2).
        let FrameHead {
            caller,
            return_address,
        } = unsafe { frame.read() };
        if return_address == last {
            return caller;
        }
        visit(return_address);
        frame = caller;
    }
}
