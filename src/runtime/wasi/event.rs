//! Something that happens, for which a guest can wait among other things.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::event::{EventfdFlags, eventfd};

/// Something that happens once, and has not happened again after [`Event::clear`]. Copies mean the same event.
///
/// # Examples
///
/// ```
/// use interfuse::wasi::{Event, Wait};
///
/// let event = Event::new()?;
/// let wait: Wait = event.wait();
/// std::thread::spawn(move || event.set()).join().expect("it does not panic")?;
/// # drop(wait);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Event {
    fd: Arc<OwnedFd>,
}

/// What a guest waits for.
#[derive(Clone, Debug)]
pub enum Wait {
    /// Nothing: it is ready.
    Nothing,
    /// An instant of the monotonic clock.
    Until(u64),
    /// Something to read from a file of the system, or its end.
    Readable(Arc<OwnedFd>),
    /// Room to write to a file of the system, or that nobody reads there any more.
    Writable(Arc<OwnedFd>),
}

impl Event {
    /// Makes an event that has not happened.
    ///
    /// # Errors
    ///
    /// Fails if the system has no room for it.
    pub fn new() -> io::Result<Event> {
        let fd = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Event { fd: Arc::new(fd) })
    }

    /// Lets it happen.
    ///
    /// # Errors
    ///
    /// Fails if the system does.
    pub fn set(&self) -> io::Result<()> {
        match rustix::io::write(&self.fd, &1_u64.to_ne_bytes()) {
            // It is full of times that it happened.
            Ok(_) | Err(rustix::io::Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets it not have happened.
    ///
    /// # Errors
    ///
    /// Fails if the system does.
    pub fn clear(&self) -> io::Result<()> {
        match rustix::io::read(&self.fd, &mut [0; 8]) {
            // It has not happened.
            Ok(_) | Err(rustix::io::Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns what waits for it.
    pub fn wait(&self) -> Wait {
        Wait::Readable(Arc::clone(&self.fd))
    }
}
