//! Signals that are not ours reach who was there before. Each case is a process of its own, which a signal may end.

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::{env, mem, process, ptr};

use libc::{c_int, c_void, siginfo_t};

use crate::runtime::trap::TrapKind;
use crate::runtime::vm::tests::assembly::{Assembly, Machine, UD2, call_import};
use crate::runtime::vm::tests::call::failed;

/// Names the case to a process that is started for it.
const CASE: &str = "INTERFUSE_SIGNAL_CASE";

#[derive(Clone, Copy, Debug, PartialEq)]
enum Handler {
    Default,
    Ignore,
    WithInfo,
    Plain,
}

/// What a process does once guests have trapped in it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    /// It faults.
    Fault,
    /// A function of the host faults, which a guest called.
    FaultInHost,
    /// Somebody sends the signal.
    Sent,
    /// Somebody sends the signal while a function of the host runs.
    SentInHost,
}

const HANDLERS: [Handler; 4] = [
    Handler::Default,
    Handler::Ignore,
    Handler::WithInfo,
    Handler::Plain,
];

const EVENTS: [Event; 4] = [
    Event::Fault,
    Event::FaultInHost,
    Event::Sent,
    Event::SentInHost,
];

/// Exit statuses of the processes.
const WITH_INFO: c_int = 40;
const PLAIN: c_int = 41;
const NOTHING: c_int = 42;

extern "C" fn with_info(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the system passes a record, whoever calls this for it.
    let is_same = unsafe { (*info).si_signo } == signal && !context.is_null();
    // SAFETY: ends the process without running anything else.
    unsafe { libc::_exit(if is_same { WITH_INFO } else { 1 }) }
}

extern "C" fn plain(signal: c_int) {
    // SAFETY: ends the process without running anything else.
    unsafe { libc::_exit(if signal == libc::SIGSEGV { PLAIN } else { 1 }) }
}

fn install(handler: Handler) {
    // SAFETY: all zeros is a valid action.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = match handler {
        Handler::Default => libc::SIG_DFL,
        Handler::Ignore => libc::SIG_IGN,
        Handler::WithInfo => (with_info as *const ()).expose_provenance(),
        Handler::Plain => (plain as *const ()).expose_provenance(),
    };
    if handler == Handler::WithInfo {
        action.sa_flags = libc::SA_SIGINFO;
    }
    // SAFETY: the functions are handlers as the flags say.
    let status = unsafe { libc::sigaction(libc::SIGSEGV, &raw const action, ptr::null_mut()) };
    assert_eq!(status, 0);
}

fn happen(event: Event) {
    match event {
        Event::Fault | Event::FaultInHost => {
            // mov eax, [8]
            // SAFETY: nothing is there, which is what the test is about; the process ends.
            unsafe { core::arch::asm!("mov eax, dword ptr [8]", out("eax") _) };
        }
        Event::Sent | Event::SentInHost => {
            // SAFETY: sending a signal touches no memory.
            unsafe { libc::raise(libc::SIGSEGV) };
        }
    }
}

/// Does nothing, unless it is in a process that is started for a case.
#[test]
fn case() {
    let Ok(name) = env::var(CASE) else { return };
    let all = EVENTS
        .iter()
        .flat_map(|event| HANDLERS.map(|handler| (*event, handler)));
    let (event, handler) = all
        .into_iter()
        .find(|case| format!("{case:?}") == name)
        .expect("the parent names a case");
    install(handler);
    let mut machine = Machine::new(());
    let host = machine.host(move |_, _| {
        happen(event);
        Ok(())
    });
    let mut assembly = Assembly::new(1);
    let body = call_import(&assembly.layout(), 0);
    assembly.func("call", &body);
    assembly.trapping("trap", &UD2, 0, TrapKind::Unreachable);
    let group = machine.instantiate(assembly, &[host]);
    assert_eq!(failed(machine.call(group, "trap", 0)).0, "unreachable");
    match event {
        Event::Fault | Event::Sent => happen(event),
        Event::FaultInHost | Event::SentInHost => {
            machine.call(group, "call", 0).expect("this works");
        }
    }
    process::exit(NOTHING);
}

fn run(event: Event, handler: Handler) -> ExitStatus {
    let mut command = Command::new(env::current_exe().expect("this works"));
    command.args(["--exact", "runtime::vm::tests::chain::case"]);
    command.env(CASE, format!("{:?}", (event, handler)));
    command.output().expect("this works").status
}

#[test]
fn signals_of_others_reach_their_handlers() {
    for event in EVENTS {
        for handler in HANDLERS {
            let status = run(event, handler);
            let is_sent = matches!(event, Event::Sent | Event::SentInHost);
            let expected = match handler {
                Handler::WithInfo => Err(WITH_INFO),
                Handler::Plain => Err(PLAIN),
                Handler::Ignore if is_sent => Err(NOTHING),
                Handler::Ignore | Handler::Default => Ok(libc::SIGSEGV),
            };
            let found = status
                .signal()
                .ok_or_else(|| status.code().expect("this works"));
            assert_eq!(found, expected, "{event:?} {handler:?}");
        }
    }
}
