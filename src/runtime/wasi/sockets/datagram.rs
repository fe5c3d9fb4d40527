//! `wasi:sockets/udp`, the streams of datagrams.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::io::Errno;
use rustix::net::{RecvFlags, SendFlags, recvfrom, send, sendto};

use crate::runtime::component::Resource;
use crate::runtime::component::typed::declare::record;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::file::again;
use crate::runtime::wasi::interface::{Interface, Raised};
use crate::runtime::wasi::io::poll::{Subscribe, subscribe};
use crate::runtime::wasi::network::{Network, SocketAddrUse};
use crate::runtime::wasi::sockets::types::{Done, ErrorCode, Family, SocketAddress};
use crate::runtime::wasi::wait::is_writable;

/// Largest size of a datagram (IP: what its length has 16 bits for).
const DATAGRAM_BYTES_MAX: usize = 65_535;

/// How many datagrams are sent or received at a time (ours: more make nothing faster).
const DATAGRAMS_MAX: usize = 16;

/// The pairs of streams that a socket gave so far: only the last one works.
#[derive(Debug, Default)]
pub(in crate::runtime::wasi) struct Pairs {
    last: Arc<AtomicU64>,
}

/// A pair of streams of a socket.
#[derive(Clone, Debug)]
pub(in crate::runtime::wasi) struct Pair {
    last: Arc<AtomicU64>,
    number: u64,
}

/// The resource `incoming-datagram-stream`.
pub(in crate::runtime::wasi) struct Incoming {
    pair: Pair,
    fd: Arc<OwnedFd>,
    remote: Option<SocketAddr>,
}

/// The resource `outgoing-datagram-stream`.
pub(in crate::runtime::wasi) struct Outgoing {
    pair: Pair,
    fd: Arc<OwnedFd>,
    family: Family,
    remote: Option<SocketAddr>,
    network: Network,
    /// How many datagrams the guest was allowed to send.
    permit: usize,
}

record! {
    /// The record `incoming-datagram`.
    #[derive(Clone, Debug)]
    pub(in crate::runtime::wasi) struct IncomingDatagram {
        data: Vec<u8>,
        remote_address: SocketAddress,
    }
}

record! {
    /// The record `outgoing-datagram`.
    #[derive(Clone, Debug)]
    pub(in crate::runtime::wasi) struct OutgoingDatagram {
        data: Vec<u8>,
        remote_address: Option<SocketAddress>,
    }
}

impl Pairs {
    /// Begins another pair; those before do not work any more.
    pub(in crate::runtime::wasi) fn begin(&self) -> Pair {
        Pair {
            last: Arc::clone(&self.last),
            number: self.last.fetch_add(1, Ordering::Relaxed) + 1,
        }
    }
}

impl Pair {
    fn is_last(&self) -> bool {
        self.last.load(Ordering::Relaxed) == self.number
    }

    /// Makes sure that it works.
    fn check(&self) -> Result<(), ErrorCode> {
        match self.is_last() {
            true => Ok(()),
            false => Err(ErrorCode::InvalidState),
        }
    }

    /// Returns what one of the streams waits for: nothing if it does not work any more.
    fn wait(&self, wait: Wait) -> Wait {
        match self.is_last() {
            true => wait,
            false => Wait::Nothing,
        }
    }
}

impl Incoming {
    /// Makes the stream of a socket, from anybody or from one address.
    pub(in crate::runtime::wasi) fn new(
        pair: Pair,
        fd: Arc<OwnedFd>,
        remote: Option<SocketAddr>,
    ) -> Incoming {
        Incoming { pair, fd, remote }
    }

    /// Returns the next datagram, if there is one.
    fn next(&self, buffer: &mut [u8]) -> Result<Option<IncomingDatagram>, ErrorCode> {
        loop {
            let received = again(|| recvfrom(&self.fd, &mut *buffer, RecvFlags::DONTWAIT));
            let (len, from) = match received {
                Ok((len, _, from)) => (len, from),
                Err(Errno::AGAIN) => return Ok(None),
                Err(error) => return Err(std::io::Error::from(error).into()),
            };
            let from: Option<SocketAddr> = from.and_then(|from| from.try_into().ok());
            let Some(from) = from else { continue };
            // What came before the socket was told whom to hear.
            if self.remote.is_some_and(|remote| remote != from) {
                continue;
            }
            return Ok(Some(IncomingDatagram {
                data: buffer[..len].to_vec(),
                remote_address: from.into(),
            }));
        }
    }
}

impl Outgoing {
    /// Makes the stream of a socket, to anybody or to one address.
    pub(in crate::runtime::wasi) fn new(
        pair: Pair,
        fd: Arc<OwnedFd>,
        family: Family,
        remote: Option<SocketAddr>,
        network: Network,
    ) -> Outgoing {
        Outgoing {
            pair,
            fd,
            family,
            remote,
            network,
            permit: 0,
        }
    }

    fn send(&self, datagram: &OutgoingDatagram) -> Done<()> {
        let data = &datagram.data;
        let to = match (self.remote, datagram.remote_address.map(SocketAddr::from)) {
            (Some(remote), to) if to.is_none_or(|to| to == remote) => {
                again(|| send(&self.fd, data, SendFlags::DONTWAIT))?;
                return Ok(());
            }
            (None, Some(to)) => to,
            (Some(_), _) | (None, None) => return Err(ErrorCode::InvalidArgument.into()),
        };
        check_remote(to, self.family)?;
        if !self.network.allows(to, SocketAddrUse::UdpOutgoingDatagram) {
            return Err(ErrorCode::AccessDenied.into());
        }
        again(|| sendto(&self.fd, data, SendFlags::DONTWAIT, &to))?;
        Ok(())
    }
}

impl Subscribe for Incoming {
    fn wait(&mut self) -> Wait {
        self.pair.wait(Wait::Readable(Arc::clone(&self.fd)))
    }
}

impl Subscribe for Outgoing {
    fn wait(&mut self) -> Wait {
        self.pair.wait(Wait::Writable(Arc::clone(&self.fd)))
    }
}

/// Makes sure that datagrams can be sent to an address.
pub(in crate::runtime::wasi) fn check_remote(remote: SocketAddr, family: Family) -> Done<()> {
    family.check(remote)?;
    if remote.ip().is_unspecified() || remote.port() == 0 {
        return Err(ErrorCode::InvalidArgument.into());
    }
    Ok(())
}

/// Defines the resources and their functions.
pub(in crate::runtime::wasi) fn define<T: WasiView>(
    udp: &mut Interface<'_, T>,
) -> Result<(), Error> {
    udp.resource::<Incoming>("incoming-datagram-stream")?;
    udp.fallible("[method]incoming-datagram-stream.receive", receive)?;
    udp.func(
        "[method]incoming-datagram-stream.subscribe",
        subscribe::<Incoming>,
    )?;
    udp.resource::<Outgoing>("outgoing-datagram-stream")?;
    udp.fallible("[method]outgoing-datagram-stream.check-send", check_send)?;
    udp.fallible("[method]outgoing-datagram-stream.send", send_all)?;
    udp.func(
        "[method]outgoing-datagram-stream.subscribe",
        subscribe::<Outgoing>,
    )
}

fn receive(
    view: WasiCtxView<'_>,
    (stream, max): (Resource<Incoming>, u64),
) -> Done<Vec<IncomingDatagram>> {
    let stream = view.table.get(&stream)?;
    stream.pair.check()?;
    let max = usize::try_from(max).expect("a usize has 64 bits");
    let mut found = Vec::new();
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    while found.len() < max.min(DATAGRAMS_MAX) {
        match stream.next(&mut buffer) {
            Ok(Some(datagram)) => found.push(datagram),
            Ok(None) => break,
            // What came before is not lost; the error is that of the next call, if it lasts.
            Err(_) if !found.is_empty() => break,
            Err(code) => return Err(code.into()),
        }
    }
    Ok(found)
}

fn check_send(view: WasiCtxView<'_>, (stream,): (Resource<Outgoing>,)) -> Done<u64> {
    let stream = view.table.get_mut(&stream)?;
    stream.pair.check()?;
    stream.permit = 0;
    if is_writable(&stream.fd)? {
        stream.permit = DATAGRAMS_MAX;
    }
    Ok(u64::try_from(stream.permit).expect("a usize has 64 bits"))
}

fn send_all(
    view: WasiCtxView<'_>,
    (stream, datagrams): (Resource<Outgoing>, Vec<OutgoingDatagram>),
) -> Done<u64> {
    let stream = view.table.get_mut(&stream)?;
    stream.pair.check()?;
    let Some(rest) = stream.permit.checked_sub(datagrams.len()) else {
        let message = format!(
            "{} datagrams to a stream that permitted {}",
            datagrams.len(),
            stream.permit
        );
        return Err(Raised::Trap(message.into()));
    };
    stream.permit = rest;
    let mut sent = 0;
    for datagram in &datagrams {
        match stream.send(datagram) {
            Ok(()) => sent += 1,
            // The guest sends the rest again, and is told then.
            Err(Raised::Code(_)) if sent > 0 => break,
            Err(Raised::Code(ErrorCode::WouldBlock)) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(sent)
}
