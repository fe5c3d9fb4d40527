//! The resource `tcp-socket`.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::file::{FileInputStream, FileOutputStream};
use crate::runtime::wasi::io::poll::Subscribe;
use crate::runtime::wasi::io::stream::{DynInput, DynOutput};
use crate::runtime::wasi::sockets::socket::Socket;
use crate::runtime::wasi::sockets::types::{Done, ErrorCode, Family};
use crate::runtime::wasi::stream::{InputStream, OutputStream, StreamError};

/// How many connections wait to be accepted, unless something else is said (what the standard library of Rust takes).
const BACKLOG: i32 = 128;

/// The resource `tcp-socket`.
pub(in crate::runtime::wasi) struct TcpSocket {
    pub(in crate::runtime::wasi) socket: Socket,
    pub(in crate::runtime::wasi) state: State,
    pub(in crate::runtime::wasi) backlog: i32,
    /// Whether the guest wants to hear no more of the other end.
    is_deaf: Arc<AtomicBool>,
    /// Whether the guest wants to say no more to the other end.
    is_mute: Arc<AtomicBool>,
}

/// What comes from the other end of a connection.
struct Incoming {
    stream: FileInputStream,
    /// Whether the guest wants to hear no more: the system would go on with what has come.
    is_deaf: Arc<AtomicBool>,
}

/// What goes to the other end of a connection.
struct Outgoing {
    stream: FileOutputStream,
    /// Whether the guest wants to say no more: the system would say so only when something is written.
    is_mute: Arc<AtomicBool>,
}

/// What was done with a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime::wasi) enum State {
    /// Nothing.
    Unbound,
    /// It gets an address.
    Binding,
    /// It has an address.
    Bound,
    /// It connects.
    Connecting,
    /// It is connected.
    Connected,
    /// It is about to listen.
    StartsToListen,
    /// It listens.
    Listening,
    /// It failed to connect.
    Closed,
}

impl TcpSocket {
    /// Makes one of a socket.
    pub(in crate::runtime::wasi) fn new(socket: Socket, state: State) -> TcpSocket {
        TcpSocket {
            socket,
            state,
            backlog: BACKLOG,
            is_deaf: Arc::default(),
            is_mute: Arc::default(),
        }
    }

    /// Makes one that was accepted.
    pub(in crate::runtime::wasi) fn accepted(fd: OwnedFd, family: Family) -> TcpSocket {
        let fd = Arc::new(fd);
        TcpSocket::new(Socket { fd, family }, State::Connected)
    }

    /// Makes sure that some state is the present one.
    pub(in crate::runtime::wasi) fn expect(&self, state: State, otherwise: ErrorCode) -> Done<()> {
        match self.state == state {
            true => Ok(()),
            false => Err(otherwise.into()),
        }
    }

    /// Returns both directions of its connection.
    pub(in crate::runtime::wasi) fn streams(&self) -> (DynInput, DynOutput) {
        let fd = || Arc::clone(&self.socket.fd);
        let incoming = Incoming {
            stream: FileInputStream::new(fd()),
            is_deaf: Arc::clone(&self.is_deaf),
        };
        let outgoing = Outgoing {
            stream: FileOutputStream::new(fd()),
            is_mute: Arc::clone(&self.is_mute),
        };
        (Box::new(incoming), DynOutput::new(Box::new(outgoing)))
    }

    /// Closes what comes from the other end, also what has come and was not read.
    pub(in crate::runtime::wasi) fn deafen(&self) {
        self.is_deaf.store(true, Ordering::Relaxed);
    }

    /// Closes what goes to the other end.
    pub(in crate::runtime::wasi) fn silence(&self) {
        self.is_mute.store(true, Ordering::Relaxed);
    }
}

impl InputStream for Incoming {
    fn read(&mut self, len: usize) -> Result<Vec<u8>, StreamError> {
        match self.is_deaf.load(Ordering::Relaxed) {
            true => Err(StreamError::Closed),
            false => self.stream.read(len),
        }
    }

    fn wait(&mut self) -> Wait {
        match self.is_deaf.load(Ordering::Relaxed) {
            true => Wait::Nothing,
            false => self.stream.wait(),
        }
    }
}

impl Outgoing {
    /// Returns the stream, unless it is closed.
    fn open(&mut self) -> Result<&mut FileOutputStream, StreamError> {
        match self.is_mute.load(Ordering::Relaxed) {
            true => Err(StreamError::Closed),
            false => Ok(&mut self.stream),
        }
    }
}

impl OutputStream for Outgoing {
    fn check_write(&mut self) -> Result<usize, StreamError> {
        self.open()?.check_write()
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), StreamError> {
        self.open()?.write(bytes)
    }

    fn flush(&mut self) -> Result<(), StreamError> {
        self.open()?.flush()
    }

    fn is_flushing(&mut self) -> bool {
        self.stream.is_flushing()
    }

    fn wait(&mut self) -> Wait {
        self.open().map_or(Wait::Nothing, OutputStream::wait)
    }
}

impl Subscribe for TcpSocket {
    fn wait(&mut self) -> Wait {
        match self.state {
            State::Connecting => Wait::Writable(Arc::clone(&self.socket.fd)),
            State::Listening => Wait::Readable(Arc::clone(&self.socket.fd)),
            State::Unbound
            | State::Binding
            | State::Bound
            | State::Connected
            | State::StartsToListen
            | State::Closed => Wait::Nothing,
        }
    }
}
