//! A line on the terminal while something takes long.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How long something may take before the line appears (ours: who waits longer wonders).
const SILENT_FOR: Duration = Duration::from_secs(1);

/// Returns what `work` returns. If that takes long and the standard error is a terminal, a line there says `what`
/// is being done, and is erased when it is done.
pub(crate) fn show<T>(what: &str, work: impl FnOnce() -> T) -> T {
    if !io::stderr().is_terminal() {
        return work();
    }
    // Nothing is ever sent: the end of the work shows by the end of the sender.
    let (working, done) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if done.recv_timeout(SILENT_FOR) == Err(RecvTimeoutError::Timeout) {
                write(&format!("{what} …"));
                let _ = done.recv();
                write("\r\x1b[2K");
            }
        });
        let result = work();
        drop(working);
        result
    })
}

fn write(text: &str) {
    // The line is a courtesy: whether it can be written does not matter.
    let _ = io::stderr().write_all(text.as_bytes());
}
