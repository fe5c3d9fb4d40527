//! Streams from and to files of the system that are open: pipes, terminals, sockets, and files on disks at the place where
//! everybody who has them open reads and writes.
//!
//! Nobody who writes waits: what the system does not take at once a stream keeps, up to what it let the guest write, and
//! lets nothing more be written until it has passed that on. Others have the same file open, so that it cannot be made one
//! that never waits; each write says so instead, and for terminals, where none can, the file is opened once more.

use std::io::{self, IoSlice};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::Arc;

use rustix::buffer::spare_capacity;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{FileType, Mode, OFlags, fstat, open};
use rustix::io::{Errno, ReadWriteFlags, pwritev2};
use rustix::net::{SendFlags, send};
use rustix::termios::isatty;

use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::stream::{InputStream, OutputStream, StreamError};
use crate::runtime::wasi::wait::{is_readable, is_writable};

/// How many bytes are read or written at a time (ours: more does not make it faster).
pub(in crate::runtime) const CHUNK_BYTES: usize = 64 << 10;

/// How many bytes can be written without waiting to whatever has room (Linux: `PIPE_BUF`, and less than a socket has free
/// that can be written).
const ATOMIC_BYTES: usize = 4096;

/// Reads from a file of the system.
#[derive(Clone, Debug)]
pub struct FileInputStream {
    fd: Arc<OwnedFd>,
    is_on_disk: bool,
    is_closed: bool,
}

/// Writes to a file of the system. Dropping it waits until what was written is passed on.
#[derive(Debug)]
pub struct FileOutputStream {
    fd: Arc<OwnedFd>,
    target: Target,
    /// What the guest wrote and the system did not take yet.
    kept: Vec<u8>,
    is_closed: bool,
}

/// What is written to, as far as it matters to those who do not want to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Target {
    /// A disk, or a device that takes everything.
    Disk,
    /// A pipe, or whatever else a write can be told not to wait for.
    Pipe,
    /// A socket.
    Socket,
    /// What is open in a way in which it never waits.
    Unwaiting,
    /// Something of which it is only known whether there is room.
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

impl Clone for FileOutputStream {
    /// Returns a stream to the same file. What this one keeps it passes on itself.
    fn clone(&self) -> FileOutputStream {
        FileOutputStream {
            fd: Arc::clone(&self.fd),
            target: self.target,
            kept: Vec::new(),
            is_closed: self.is_closed,
        }
    }
}

impl FileOutputStream {
    /// Makes one of a file, which may be shared with others.
    pub fn new(fd: impl Into<Arc<OwnedFd>>) -> FileOutputStream {
        let (fd, target) = target(fd.into());
        FileOutputStream {
            fd,
            target,
            kept: Vec::new(),
            is_closed: false,
        }
    }

    /// Writes as much as can be written without waiting.
    fn try_write(&mut self, bytes: &[u8]) -> Result<usize, Errno> {
        let fd = &*self.fd;
        again(|| match self.target {
            Target::Disk | Target::Unwaiting => rustix::io::write(fd, bytes),
            // The offset means that there is none.
            Target::Pipe => pwritev2(fd, &[IoSlice::new(bytes)], u64::MAX, ReadWriteFlags::NOWAIT),
            Target::Socket => send(fd, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL),
            Target::Other => match is_writable(&self.fd) {
                Ok(true) => rustix::io::write(fd, &bytes[..bytes.len().min(ATOMIC_BYTES)]),
                Ok(false) => Err(Errno::AGAIN),
                Err(error) => Err(Errno::from_io_error(&error).unwrap_or(Errno::IO)),
            },
        })
    }

    /// Writes as much as can be written without waiting, and returns the rest.
    fn write_now<'a>(&mut self, mut bytes: &'a [u8]) -> Result<&'a [u8], StreamError> {
        while !bytes.is_empty() {
            match self.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(Errno::AGAIN) => break,
                // An old system or a sandbox, which cannot be told so.
                Err(Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS)
                    if self.target == Target::Pipe =>
                {
                    self.target = Target::Other;
                }
                Err(error) => {
                    self.is_closed = true;
                    self.kept.clear();
                    return Err(error.into());
                }
            }
        }
        Ok(bytes)
    }

    /// Passes on what was kept, as much as can be without waiting.
    fn pass_on(&mut self) -> Result<(), StreamError> {
        if self.is_closed {
            return Err(StreamError::Closed);
        }
        let mut kept = std::mem::take(&mut self.kept);
        let rest_len = self.write_now(&kept)?.len();
        kept.drain(..kept.len() - rest_len);
        self.kept = kept;
        Ok(())
    }
}

impl OutputStream for FileOutputStream {
    fn check_write(&mut self) -> Result<usize, StreamError> {
        self.pass_on()?;
        match self.target {
            _ if !self.kept.is_empty() => Ok(0),
            // What is kept when the connection is shut down is lost, so there is to be nothing.
            Target::Socket if !is_writable(&self.fd)? => Ok(0),
            Target::Socket => Ok(ATOMIC_BYTES),
            _ => Ok(CHUNK_BYTES),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        self.pass_on()?;
        let mut rest = bytes;
        if self.kept.is_empty() {
            rest = self.write_now(bytes)?;
        }
        self.kept.extend_from_slice(rest);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        self.pass_on()
    }

    fn is_flushing(&mut self) -> bool {
        !self.kept.is_empty()
    }

    fn wait(&mut self) -> Wait {
        match self.target {
            _ if self.is_closed => Wait::Nothing,
            Target::Socket => Wait::Writable(Arc::clone(&self.fd)),
            _ if self.kept.is_empty() => Wait::Nothing,
            _ => Wait::Writable(Arc::clone(&self.fd)),
        }
    }
}

impl Drop for FileOutputStream {
    fn drop(&mut self) {
        // There is nobody to tell what fails.
        while !self.is_closed && !self.kept.is_empty() {
            let mut files = [PollFd::new(&*self.fd, PollFlags::OUT)];
            if again(|| poll(&mut files, None)).is_err() || self.pass_on().is_err() {
                return;
            }
        }
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

/// Returns what is written to by a file, and that file, or another one for the same.
fn target(fd: Arc<OwnedFd>) -> (Arc<OwnedFd>, Target) {
    let found = fstat(&fd).map(|stat| FileType::from_raw_mode(stat.st_mode));
    let target = match found {
        Ok(FileType::RegularFile | FileType::BlockDevice) => Target::Disk,
        Ok(FileType::Fifo) => Target::Pipe,
        Ok(FileType::Socket) => Target::Socket,
        // A device that is no terminal, like `/dev/null`, takes whatever is written.
        Ok(FileType::CharacterDevice) if !isatty(&fd) => Target::Disk,
        Ok(FileType::CharacterDevice) => match reopened(&fd) {
            Ok(fd) => return (Arc::new(fd), Target::Unwaiting),
            Err(_) => Target::Other,
        },
        _ => Target::Other,
    };
    (fd, target)
}

/// Opens a terminal once more, in a way in which writing never waits.
fn reopened(fd: &OwnedFd) -> Result<OwnedFd, Errno> {
    let path = format!("/proc/self/fd/{}", fd.as_raw_fd());
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    open(path, flags, Mode::empty())
}

/// Returns another number for a file of the system that this process has open.
pub(in crate::runtime) fn share(fd: &impl AsFd) -> io::Result<Arc<OwnedFd>> {
    fd.as_fd().try_clone_to_owned().map(Arc::new)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, pipe};
    use std::os::fd::OwnedFd;

    use super::{CHUNK_BYTES, FileOutputStream, Target};
    use crate::runtime::wasi::event::Wait;
    use crate::runtime::wasi::stream::OutputStream;

    #[test]
    fn what_does_not_fit_is_kept() {
        for target in [Target::Pipe, Target::Other] {
            let (mut reader, writer) = pipe().unwrap();
            let mut stream = FileOutputStream::new(OwnedFd::from(writer));
            assert_eq!(stream.target, Target::Pipe);
            stream.target = target;
            let pieces = [b'x', b'y'].map(|byte| vec![byte; CHUNK_BYTES]);
            for piece in &pieces {
                assert_eq!(stream.check_write().unwrap(), CHUNK_BYTES);
                stream.write(piece).unwrap();
            }
            assert_eq!(stream.kept.len(), CHUNK_BYTES);
            assert_eq!(stream.check_write().unwrap(), 0);
            assert!(matches!(stream.wait(), Wait::Writable(_)));

            let mut read = vec![0; CHUNK_BYTES];
            reader.read_exact(&mut read).unwrap();
            assert_eq!(read, pieces[0]);
            stream.flush().unwrap();
            assert!(!stream.is_flushing());
            reader.read_exact(&mut read).unwrap();
            assert_eq!(read, pieces[1]);
            assert_eq!(stream.target, target);
        }
    }
}
