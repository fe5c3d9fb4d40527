//! Faults of guests: signals that the machine raises when they do what they must not.
//!
//! Invariants: (1) a fault is ours if its instruction is in registered code, and either said to trap there, or an access to
//! where guests may fault. Everything else goes to the handler that was there before, as if we were not. (2) The handler
//! neither locks nor allocates, and touches no data but that of the store whose guest faulted, which cannot be in use:
//! code of a guest holds no lock and changes no data structure.
//!
//! A thread without an alternate stack runs the handler on the stack of the guest, which is large enough: below the deepest
//! frame of a guest `stack::HOST_STACK_BYTES` are free.

use std::io;
use std::mem::{self, MaybeUninit};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use libc::{c_int, c_void, sigaction, siginfo_t, ucontext_t};

use crate::runtime::vm::address;
use crate::runtime::vm::entry::{check_layout, shared_of_guest, unwind_fault};
use crate::runtime::vm::registry;

/// The signals that faults raise.
const SIGNALS: [c_int; 4] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE];

/// Positions of registers among those of a thread.
const RIP: usize = libc::REG_RIP as usize;
const RBP: usize = libc::REG_RBP as usize;
const RSP: usize = libc::REG_RSP as usize;
const RDI: usize = libc::REG_RDI as usize;
const RSI: usize = libc::REG_RSI as usize;
const RDX: usize = libc::REG_RDX as usize;

/// Codes of a signal for an access: to where nothing is, and against the protection of a page.
const SEGV_MAPERR: c_int = 1;
const SEGV_ACCERR: c_int = 2;

/// How many bytes below the stack pointer are left alone (the red zone of the ABI, though guests have none).
const RED_ZONE_BYTES: i64 = 128;

/// The handlers that were there before, in the order of `SIGNALS`.
static PREVIOUS: [OnceLock<Previous>; 4] = [const { OnceLock::new() }; 4];

/// Whether a handler that wanted to be called once was, in the order of `SIGNALS`.
static IS_SPENT: [AtomicBool; 4] = [const { AtomicBool::new(false) }; 4];

type Handler = unsafe extern "C" fn(c_int);
type HandlerWithInfo = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

/// A handler that was there before.
struct Previous(sigaction);

// SAFETY: what it points to are functions.
unsafe impl Send for Previous {}

// SAFETY: as above; nobody changes it.
unsafe impl Sync for Previous {}

/// Installs the handlers, the first time it is called in a process.
pub(in crate::runtime) fn install() -> io::Result<()> {
    static INSTALLED: OnceLock<Result<(), i32>> = OnceLock::new();
    let installed = INSTALLED.get_or_init(|| {
        check_layout();
        let mut pairs = SIGNALS.iter().zip(&PREVIOUS);
        pairs
            .try_for_each(|(signal, previous)| install_one(*signal, previous))
            .map_err(|error| error.raw_os_error().unwrap_or(libc::EINVAL))
    });
    installed.map_err(io::Error::from_raw_os_error)
}

fn install_one(signal: c_int, previous: &OnceLock<Previous>) -> io::Result<()> {
    let mut old = MaybeUninit::<sigaction>::uninit();
    // SAFETY: no new action is given; `old` is memory for the one there is.
    if unsafe { libc::sigaction(signal, ptr::null(), old.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call succeeded and so wrote it.
    let old = unsafe { old.assume_init() };
    let kept = libc::SA_NODEFER | libc::SA_RESTART;
    let action = sigaction {
        sa_sigaction: (handle as *const ()).expose_provenance(),
        // What the handler before us wants to be blocked is, when we call it.
        sa_mask: old.sa_mask,
        sa_flags: libc::SA_SIGINFO | libc::SA_ONSTACK | (old.sa_flags & kept),
        sa_restorer: None,
    };
    // Before the handler runs for the first time.
    let is_new = previous.set(Previous(old)).is_ok();
    assert!(is_new, "handlers are installed once");
    // SAFETY: `handle` is a handler with three parameters, as the flags say, and does what handlers may (invariant 2).
    if unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// The handler.
///
/// # Safety
///
/// Called by the system, or by another handler with the parameters that it got.
unsafe extern "C" fn handle(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the system passes the registers of the thread that was interrupted.
    let is_ours = unsafe { redirect(signal, info, context.cast()) };
    if !is_ours {
        // SAFETY: passes on the parameters.
        unsafe { chain(signal, info, context) };
    }
}

/// Lets the guest that faulted continue at `unwind_fault`; returns false if it is no fault of a guest.
///
/// # Safety
///
/// The parameters are those of a signal handler.
unsafe fn redirect(signal: c_int, info: *mut siginfo_t, context: *mut ucontext_t) -> bool {
    // SAFETY: the system passes what it knows of the signal.
    let code = unsafe { (*info).si_code };
    // Signals that somebody sends have a code that is not positive, wherever the thread happens to be.
    if code <= 0 {
        return false;
    }
    // SAFETY: the caller says that these are registers, and nobody else uses them.
    let registers = unsafe { &mut (*context).uc_mcontext.gregs };
    let pc = address::to_usize(registers[RIP].cast_unsigned());
    if !registry::contains(pc) {
        return false;
    }
    // An address that is none of the machine's has another code and is not passed.
    let is_access = match signal {
        libc::SIGSEGV => code == SEGV_MAPERR || code == SEGV_ACCERR,
        _ => signal == libc::SIGBUS,
    };
    let accessed = is_access.then(|| {
        // SAFETY: for these signals, the system passes the address of the access.
        unsafe { (*info).si_addr() }.addr()
    });
    let frame = registers[RBP];
    // SAFETY: registered code runs, which is that of a guest, and guests keep the frame pointer.
    let shared = unsafe { shared_of_guest(address::to_usize(frame.cast_unsigned())) };
    // SAFETY: the store exists as long as its guest runs, which is no longer than this thread is in the handler; nobody
    // else has a reference while a guest runs (invariant 2 of `Shared`).
    let Some(kind) = unsafe { shared.as_ref() }.classify(pc, accessed) else {
        return false;
    };
    registers[RDI] = registers[RIP];
    registers[RSI] = frame;
    registers[RDX] = i64::from(kind.number());
    registers[RSP] = (registers[RSP] - RED_ZONE_BYTES) & !15;
    registers[RIP] = address::of(unwind_fault as *const ()).cast_signed();
    true
}

/// Does with a signal what would happen if this handler were not there.
///
/// # Safety
///
/// The parameters are those of a signal handler.
unsafe fn chain(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let mut slots = SIGNALS.iter().zip(&PREVIOUS).zip(&IS_SPENT);
    let slot = slots.find(|((it, _), _)| **it == signal);
    let previous = slot.and_then(|((_, previous), is_spent)| Some((previous.get()?, is_spent)));
    let Some((Previous(action), is_spent)) = previous else {
        // Somebody else's handler passes on a signal that is none of ours.
        return;
    };
    // SAFETY: the system passes what it knows of the signal.
    let is_sent = unsafe { (*info).si_code } <= 0;
    let handler = if is_spent.load(Ordering::Relaxed) {
        libc::SIG_DFL
    } else {
        action.sa_sigaction
    };
    if action.sa_flags & libc::SA_RESETHAND != 0 {
        is_spent.store(true, Ordering::Relaxed);
    }
    match handler {
        libc::SIG_IGN if is_sent => {}
        libc::SIG_DFL | libc::SIG_IGN => die(signal, is_sent),
        handler if action.sa_flags & libc::SA_SIGINFO != 0 => {
            let handler = ptr::with_exposed_provenance::<()>(handler);
            // SAFETY: whoever installed the handler said by the flag that it has these parameters.
            let handler = unsafe { mem::transmute::<*const (), HandlerWithInfo>(handler) };
            // SAFETY: the handler gets what the system would pass to it.
            unsafe { handler(signal, info, context) }
        }
        handler => {
            let handler = ptr::with_exposed_provenance::<()>(handler);
            // SAFETY: whoever installed the handler said by the absence of the flag that it has one parameter.
            let handler = unsafe { mem::transmute::<*const (), Handler>(handler) };
            // SAFETY: the handler gets what the system would pass to it.
            unsafe { handler(signal) }
        }
    }
}

/// Has the system do what it does by default: it ends the process, with the fault as the reason.
fn die(signal: c_int, is_sent: bool) {
    // SAFETY: all zeros is a valid action: the default, without flags.
    let default: sigaction = unsafe { mem::zeroed() };
    // SAFETY: the default action needs no function.
    unsafe { libc::sigaction(signal, &raw const default, ptr::null_mut()) };
    // A fault happens again on return from the handler; what somebody sent has to be sent again.
    if is_sent {
        // SAFETY: sending a signal touches no memory.
        unsafe { libc::raise(signal) };
    }
}
