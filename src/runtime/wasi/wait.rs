//! Waiting for several things at a time, without running in circles.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use thiserror::Error;

use crate::runtime::wasi::clock::HostMonotonicClock;
use crate::runtime::wasi::event::{Event, Wait};

/// A guest waited for something and was interrupted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("interrupted while it waited")]
pub struct Interrupted;

/// Why waiting ended without what was waited for.
#[derive(Debug, Error)]
pub(in crate::runtime) enum WaitError {
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
    #[error("failed to wait: {0}")]
    System(#[from] io::Error),
}

const NANOS: u64 = 1_000_000_000;

/// Returns which of some things are ready, by position, as soon as there is one.
///
/// # Errors
///
/// Fails if the event that interrupts happens first, or the system fails.
pub(in crate::runtime) fn wait(
    waits: &[Wait],
    clock: &dyn HostMonotonicClock,
    interrupt: Option<&Event>,
) -> Result<Vec<usize>, WaitError> {
    let interrupt = interrupt.map(Event::wait);
    let mut files = Files::default();
    waits
        .iter()
        .chain(&interrupt)
        .for_each(|wait| files.add(wait));
    loop {
        let now = clock.now();
        let has_come = |wait: &Wait| match wait {
            Wait::Nothing => true,
            Wait::Until(instant) => *instant <= now,
            Wait::Readable(_) | Wait::Writable(_) => false,
        };
        let deadline = waits.iter().filter_map(|wait| match wait {
            Wait::Until(instant) => Some(*instant),
            _ => None,
        });
        let deadline = deadline.min();
        match deadline {
            _ if waits.iter().any(has_come) => {
                files.poll(Some(0))?;
            }
            None => {
                files.poll(None)?;
            }
            Some(instant) => {
                // Where time passes only when somebody waits, what is ready comes first.
                if files.poll(Some(0))? == 0 && !clock.skip_to(instant) {
                    files.poll(Some(instant - now))?;
                }
            }
        }
        if interrupt.as_ref().is_some_and(|wait| files.is_ready(wait)) {
            return Err(Interrupted.into());
        }
        let ready = waits.iter().enumerate();
        let ready = ready.filter(|(_, wait)| has_come(wait) || files.is_ready(wait));
        let ready: Vec<usize> = ready.map(|(position, _)| position).collect();
        if !ready.is_empty() {
            return Ok(ready);
        }
    }
}

/// Returns whether something is ready. Does not wait.
///
/// # Errors
///
/// Fails if the system does.
pub(in crate::runtime) fn is_ready(
    wait: &Wait,
    clock: &dyn HostMonotonicClock,
) -> io::Result<bool> {
    match wait {
        Wait::Nothing => Ok(true),
        Wait::Until(instant) => Ok(*instant <= clock.now()),
        Wait::Readable(fd) => is_file_ready(fd.as_fd(), PollFlags::IN),
        Wait::Writable(fd) => is_file_ready(fd.as_fd(), PollFlags::OUT),
    }
}

/// Returns whether a file can be read without waiting.
pub(in crate::runtime) fn is_readable(fd: &OwnedFd) -> io::Result<bool> {
    is_file_ready(fd.as_fd(), PollFlags::IN)
}

/// Returns whether a file can be written without waiting.
pub(in crate::runtime) fn is_writable(fd: &OwnedFd) -> io::Result<bool> {
    is_file_ready(fd.as_fd(), PollFlags::OUT)
}

fn is_file_ready(fd: BorrowedFd<'_>, flags: PollFlags) -> io::Result<bool> {
    let mut files = [PollFd::from_borrowed_fd(fd, flags)];
    Ok(poll_for(&mut files, Some(0))? > 0)
}

/// The files of the system among what is waited for, each once: there are no more than the process has open, however often
/// a guest names them.
#[derive(Default)]
struct Files<'a> {
    files: Vec<PollFd<'a>>,
    wanted: Vec<(BorrowedFd<'a>, PollFlags)>,
    positions: HashMap<RawFd, usize>,
}

impl<'a> Files<'a> {
    fn add(&mut self, wait: &'a Wait) {
        let Some((fd, flags)) = file(wait) else {
            return;
        };
        let next = self.files.len();
        let position = *self.positions.entry(fd.as_raw_fd()).or_insert(next);
        if position == next {
            self.wanted.push((fd, flags));
            self.files.push(PollFd::from_borrowed_fd(fd, flags));
        } else {
            let (fd, known) = &mut self.wanted[position];
            *known |= flags;
            self.files[position] = PollFd::from_borrowed_fd(*fd, *known);
        }
    }

    fn poll(&mut self, nanos: Option<u64>) -> io::Result<usize> {
        poll_for(&mut self.files, nanos)
    }

    fn is_ready(&self, wait: &Wait) -> bool {
        let Some((fd, flags)) = file(wait) else {
            return false;
        };
        // What went wrong is found by whoever reads or writes.
        let flags = flags | PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        let position = self.positions.get(&fd.as_raw_fd());
        position.is_some_and(|position| self.files[*position].revents().intersects(flags))
    }
}

fn file(wait: &Wait) -> Option<(BorrowedFd<'_>, PollFlags)> {
    match wait {
        Wait::Nothing | Wait::Until(_) => None,
        Wait::Readable(fd) => Some((fd.as_fd(), PollFlags::IN)),
        Wait::Writable(fd) => Some((fd.as_fd(), PollFlags::OUT)),
    }
}

/// Waits for files, at most some nanoseconds. A signal may end it early; then nothing is ready.
fn poll_for(files: &mut [PollFd<'_>], nanos: Option<u64>) -> io::Result<usize> {
    let timeout = nanos.map(|nanos| Timespec {
        tv_sec: (nanos / NANOS).try_into().unwrap_or(i64::MAX),
        tv_nsec: (nanos % NANOS).cast_signed(),
    });
    match poll(files, timeout.as_ref()) {
        Ok(count) => Ok(count),
        Err(rustix::io::Errno::INTR) => {
            files.iter_mut().for_each(PollFd::clear_revents);
            Ok(0)
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Interrupted, WaitError, wait};
    use crate::runtime::wasi::clock::{HostMonotonicClock, SystemClock, VirtualClock};
    use crate::runtime::wasi::event::{Event, Wait};

    #[test]
    fn instants_come_at_once_in_virtual_time() {
        let clock = VirtualClock::new(5);
        let waits = [
            Wait::Until(u64::MAX),
            Wait::Until(1 << 50),
            Wait::Until(1 << 50),
        ];
        assert_eq!(wait(&waits, &clock, None).unwrap(), [1, 2]);
        assert_eq!(clock.now(), 1 << 50);
    }

    #[test]
    fn what_is_ready_comes_before_instants() {
        let clock = VirtualClock::new(5);
        let [happened, other] = [(), ()].map(|()| Event::new().unwrap());
        happened.set().unwrap();
        let waits = [
            other.wait(),
            Wait::Until(10),
            happened.wait(),
            happened.wait(),
            Wait::Until(5),
        ];
        assert_eq!(wait(&waits, &clock, None).unwrap(), [2, 3, 4]);
        assert_eq!(wait(&waits[..3], &clock, None).unwrap(), [2]);
        happened.clear().unwrap();
        assert_eq!(wait(&waits[..3], &clock, None).unwrap(), [1]);
        assert_eq!(clock.now(), 10);
    }

    #[test]
    fn another_thread_ends_waiting() {
        let clock = SystemClock::default();
        let [event, interrupt] = [(), ()].map(|()| Event::new().unwrap());
        let waits = [event.wait(), Wait::Until(u64::MAX)];
        let thread = std::thread::spawn({
            let interrupt = interrupt.clone();
            move || interrupt.set()
        });
        let error = wait(&waits, &clock, Some(&interrupt)).unwrap_err();
        assert!(matches!(error, WaitError::Interrupted(Interrupted)));
        thread.join().unwrap().unwrap();
    }
}
