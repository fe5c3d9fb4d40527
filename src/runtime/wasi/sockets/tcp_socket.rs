//! The resource `tcp-socket`.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use crate::runtime::component::{Resource, ResourceTable};
use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::file::{FileInputStream, FileOutputStream};
use crate::runtime::wasi::io::poll::Subscribe;
use crate::runtime::wasi::io::stream::{DynInput, DynOutput};
use crate::runtime::wasi::sockets::socket::Socket;
use crate::runtime::wasi::sockets::types::{Done, ErrorCode, Family};

/// How many connections wait to be accepted, unless something else is said (what the standard library of Rust takes).
const BACKLOG: i32 = 128;

/// The resource `tcp-socket`.
pub(in crate::runtime::wasi) struct TcpSocket {
    pub(in crate::runtime::wasi) socket: Socket,
    pub(in crate::runtime::wasi) state: State,
    pub(in crate::runtime::wasi) backlog: i32,
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

/// Both directions of a connection.
pub(in crate::runtime::wasi) type Streams = (Resource<DynInput>, Resource<DynOutput>);

impl TcpSocket {
    /// Makes one of a socket.
    pub(in crate::runtime::wasi) fn new(socket: Socket, state: State) -> TcpSocket {
        TcpSocket {
            socket,
            state,
            backlog: BACKLOG,
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
    pub(in crate::runtime::wasi) fn streams(
        fd: &Arc<OwnedFd>,
        table: &mut ResourceTable,
    ) -> Done<Streams> {
        let input: DynInput = Box::new(FileInputStream::new(Arc::clone(fd)));
        let output = DynOutput::new(Box::new(FileOutputStream::new(Arc::clone(fd))));
        Ok((table.push(input)?, table.push(output)?))
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
