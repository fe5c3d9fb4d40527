//! Streams from and to files of the system that are open: pipes, terminals, sockets, and files on disks at the place where
//! everybody who has them open reads and writes.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, fstat};
use rustix::io::{Errno, ioctl_fionread};
use rustix::pipe::fcntl_getpipe_size;
use rustix::termios::isatty;

use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::stream::{InputStream, OutputStream, StreamError};
use crate::runtime::wasi::wait::{is_readable, is_writable};

/// How many bytes are read or written at a time (ours: more does not make it faster).
pub(in crate::runtime) const CHUNK_BYTES: usize = 64 << 10;

/// How many bytes can be written without waiting to whatever has room (Linux: `PIPE_BUF`).
const ATOMIC_BYTES: usize = 4096;

/// Reads from a file of the system.
#[derive(Clone, Debug)]
pub struct FileInputStream {
    fd: Arc<OwnedFd>,
    is_on_disk: bool,
    is_closed: bool,
}

/// Writes to a file of the system.
#[derive(Clone, Debug)]
pub struct FileOutputStream {
    fd: Arc<OwnedFd>,
    target: Target,
    is_closed: bool,
}

/// What is written to, as far as it says how much can be written without waiting.
#[derive(Clone, Copy, Debug)]
enum Target {
    /// A disk, or a device that takes everything.
    Disk,
    /// A pipe that holds so many bytes.
    Pipe(usize),
    /// A terminal or a socket.
    Other,
}

impl FileInputStream {
    /// Makes one of a file, which may be shared with others.
    pub fn new(fd: impl Into<Arc<OwnedFd>>) -> FileInputStream {
        let fd = fd.into();
        FileInputStream {
            is_on_disk: is_on_disk(&fd),
            is_closed: false,
            fd,
        }
    }
}

impl InputStream for FileInputStream {
    fn read(&mut self, len: usize) -> Result<Vec<u8>, StreamError> {
        if self.is_closed {
            return Err(StreamError::Closed);
        }
        let mut bytes = Vec::new();
        if len == 0 || (!self.is_on_disk && !is_readable(&self.fd)?) {
            return Ok(bytes);
        }
        bytes.reserve_exact(len.min(CHUNK_BYTES));
        match again(|| rustix::io::read(&self.fd, spare_capacity(&mut bytes))) {
            Ok(0) => {
                self.is_closed = true;
                Err(StreamError::Closed)
            }
            Ok(_) | Err(Errno::AGAIN) => Ok(bytes),
            Err(error) => {
                self.is_closed = true;
                Err(error.into())
            }
        }
    }

    fn wait(&mut self) -> Wait {
        if self.is_closed || self.is_on_disk {
            return Wait::Nothing;
        }
        Wait::Readable(Arc::clone(&self.fd))
    }
}

impl FileOutputStream {
    /// Makes one of a file, which may be shared with others.
    pub fn new(fd: impl Into<Arc<OwnedFd>>) -> FileOutputStream {
        let fd = fd.into();
        let target = if is_on_disk(&fd) || is_device(&fd) {
            Target::Disk
        } else {
            fcntl_getpipe_size(&fd).map_or(Target::Other, Target::Pipe)
        };
        FileOutputStream {
            target,
            is_closed: false,
            fd,
        }
    }

    fn try_write(&mut self, mut bytes: &[u8]) -> Result<(), Errno> {
        while !bytes.is_empty() {
            match again(|| rustix::io::write(&self.fd, bytes)) {
                Ok(written) => bytes = &bytes[written..],
                // Somebody made the file one that does not wait, or filled the room that there was.
                Err(Errno::AGAIN) => {
                    let mut files = [PollFd::new(&*self.fd, PollFlags::OUT)];
                    again(|| poll(&mut files, None))?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl OutputStream for FileOutputStream {
    fn check_write(&mut self) -> Result<usize, StreamError> {
        if self.is_closed {
            return Err(StreamError::Closed);
        }
        if let Target::Disk = self.target {
            return Ok(CHUNK_BYTES);
        }
        if !is_writable(&self.fd)? {
            return Ok(0);
        }
        match self.target {
            // In one that is not empty, bytes take more room than there are.
            Target::Pipe(bytes) if ioctl_fionread(&self.fd)? == 0 => Ok(bytes.min(CHUNK_BYTES)),
            _ => Ok(ATOMIC_BYTES),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        if self.is_closed {
            return Err(StreamError::Closed);
        }
        self.try_write(bytes).map_err(|error| {
            self.is_closed = true;
            StreamError::from(error)
        })
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        if self.is_closed {
            return Err(StreamError::Closed);
        }
        Ok(())
    }

    fn wait(&mut self) -> Wait {
        if self.is_closed || matches!(self.target, Target::Disk) {
            return Wait::Nothing;
        }
        Wait::Writable(Arc::clone(&self.fd))
    }
}

/// Does something until no signal disturbs it.
pub(in crate::runtime) fn again<T>(
    mut operation: impl FnMut() -> Result<T, Errno>,
) -> Result<T, Errno> {
    loop {
        match operation() {
            Err(Errno::INTR) => {}
            other => return other,
        }
    }
}

/// Returns whether nobody needs to wait for a file, whose other end is a disk, memory, or nothing.
fn is_on_disk(fd: &OwnedFd) -> bool {
    let found = fstat(fd).map(|stat| FileType::from_raw_mode(stat.st_mode));
    matches!(found, Ok(FileType::RegularFile | FileType::BlockDevice))
}

/// Returns whether a file is a device that is no terminal, like `/dev/null`: it takes whatever is written.
fn is_device(fd: &OwnedFd) -> bool {
    let found = fstat(fd).map(|stat| FileType::from_raw_mode(stat.st_mode));
    matches!(found, Ok(FileType::CharacterDevice)) && !isatty(fd)
}

/// Returns another number for a file of the system that this process has open.
pub(in crate::runtime) fn share(fd: &impl AsFd) -> io::Result<Arc<OwnedFd>> {
    fd.as_fd().try_clone_to_owned().map(Arc::new)
}
