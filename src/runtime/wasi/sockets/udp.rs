//! `wasi:sockets/udp` and `udp-create-socket`: sockets for datagrams.

use std::net::SocketAddr;
use std::sync::Arc;

use rustix::net::{SocketType, bind, connect, connect_unspec};

use crate::runtime::component::{Linker, Resource};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::event::Wait;
use crate::runtime::wasi::interface::{Interface, Outcome};
use crate::runtime::wasi::io::poll::{Subscribe, subscribe};
use crate::runtime::wasi::network::{Network, SocketAddrUse};
use crate::runtime::wasi::sockets::datagram::{self, Incoming, Outgoing, Pairs};
use crate::runtime::wasi::sockets::socket::Socket;
use crate::runtime::wasi::sockets::types::{Done, ErrorCode, Family, SocketAddress};

/// The resource `udp-socket`.
struct UdpSocket {
    socket: Socket,
    state: State,
    /// The address that it was given.
    own: Option<SocketAddr>,
    /// What it sends to and receives from, if that is only one address.
    remote: Option<SocketAddr>,
    streams: Pairs,
}

/// What was done with a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Nothing.
    Unbound,
    /// It gets an address.
    Binding,
    /// It has an address.
    Bound,
}

impl UdpSocket {
    /// Lets it talk to anybody again, at the address that it was given.
    fn disconnect(&mut self) -> Done<()> {
        if self.remote.take().is_none() {
            return Ok(());
        }
        connect_unspec(&self.socket.fd)?;
        // The system takes the port back, if it was the system that chose it.
        if let Some(own) = self.own
            && SocketAddr::from(self.socket.local_address()?).port() != own.port()
        {
            bind(&self.socket.fd, &own)?;
        }
        Ok(())
    }
}

impl Subscribe for UdpSocket {
    fn wait(&mut self) -> Wait {
        // Nothing that it does takes time.
        Wait::Nothing
    }
}

/// A socket.
type Handle = Resource<UdpSocket>;

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut udp = Interface::new(linker, "sockets/udp")?;
    udp.resource::<UdpSocket>("udp-socket")?;
    udp.fallible("[method]udp-socket.start-bind", start_bind)?;
    udp.fallible("[method]udp-socket.finish-bind", finish_bind)?;
    udp.fallible("[method]udp-socket.stream", stream)?;
    udp.fallible("[method]udp-socket.local-address", local_address)?;
    udp.fallible("[method]udp-socket.remote-address", remote_address)?;
    udp.func("[method]udp-socket.address-family", address_family)?;
    udp.fallible("[method]udp-socket.unicast-hop-limit", hop_limit)?;
    udp.fallible("[method]udp-socket.set-unicast-hop-limit", set_hop_limit)?;
    udp.fallible("[method]udp-socket.receive-buffer-size", receive_buffer)?;
    udp.fallible(
        "[method]udp-socket.set-receive-buffer-size",
        set_receive_buffer,
    )?;
    udp.fallible("[method]udp-socket.send-buffer-size", send_buffer)?;
    udp.fallible("[method]udp-socket.set-send-buffer-size", set_send_buffer)?;
    udp.func("[method]udp-socket.subscribe", subscribe::<UdpSocket>)?;
    datagram::define(&mut udp)?;
    let mut create = Interface::new(linker, "sockets/udp-create-socket")?;
    create.fallible("create-udp-socket", create_socket)
}

fn create_socket(view: WasiCtxView<'_>, (family,): (Family,)) -> Done<Handle> {
    // Who may use no address needs no socket.
    if view.ctx.network.check.is_none() {
        return Err(ErrorCode::AccessDenied.into());
    }
    let socket = UdpSocket {
        socket: Socket::new(family, SocketType::DGRAM)?,
        state: State::Unbound,
        own: None,
        remote: None,
        streams: Pairs::default(),
    };
    Ok(view.table.push(socket)?)
}

fn start_bind(
    view: WasiCtxView<'_>,
    (socket, network, addr): (Handle, Resource<Network>, SocketAddress),
) -> Done<()> {
    let addr = SocketAddr::from(addr);
    let is_allowed = view
        .table
        .get(&network)?
        .allows(addr, SocketAddrUse::UdpBind);
    let udp = view.table.get_mut(&socket)?;
    if udp.state != State::Unbound {
        return Err(ErrorCode::InvalidState.into());
    }
    udp.socket.family.check(addr)?;
    if !is_allowed {
        return Err(ErrorCode::AccessDenied.into());
    }
    bind(&udp.socket.fd, &addr)?;
    udp.own = Some(udp.socket.local_address()?.into());
    udp.state = State::Binding;
    Ok(())
}

fn finish_bind(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<()> {
    let udp = view.table.get_mut(&socket)?;
    if udp.state != State::Binding {
        return Err(ErrorCode::NotInProgress.into());
    }
    udp.state = State::Bound;
    Ok(())
}

fn stream(
    view: WasiCtxView<'_>,
    (socket, remote): (Handle, Option<SocketAddress>),
) -> Done<(Resource<Incoming>, Resource<Outgoing>)> {
    let network = view.ctx.network.clone();
    let remote = remote.map(SocketAddr::from);
    let udp = view.table.get_mut(&socket)?;
    if udp.state != State::Bound {
        return Err(ErrorCode::InvalidState.into());
    }
    if let Some(remote) = remote {
        datagram::check_remote(remote, udp.socket.family)?;
        if !network.allows(remote, SocketAddrUse::UdpConnect) {
            return Err(ErrorCode::AccessDenied.into());
        }
    }
    udp.disconnect()?;
    if let Some(remote) = remote {
        connect(&udp.socket.fd, &remote)?;
        udp.remote = Some(remote);
    }
    let (fd, family) = (Arc::clone(&udp.socket.fd), udp.socket.family);
    let pair = udp.streams.begin();
    let incoming = Incoming::new(pair.clone(), Arc::clone(&fd), remote);
    let outgoing = Outgoing::new(pair, fd, family, remote, network);
    Ok((view.table.push(incoming)?, view.table.push(outgoing)?))
}

fn local_address(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<SocketAddress> {
    let udp = view.table.get(&socket)?;
    match udp.state {
        State::Unbound => Err(ErrorCode::InvalidState.into()),
        State::Binding | State::Bound => udp.socket.local_address(),
    }
}

fn remote_address(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<SocketAddress> {
    let remote = view.table.get(&socket)?.remote;
    Ok(remote.ok_or(ErrorCode::InvalidState)?.into())
}

fn address_family(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Outcome<Family> {
    Ok(view.table.get(&socket)?.socket.family)
}

fn hop_limit(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<u8> {
    view.table.get(&socket)?.socket.hop_limit()
}

fn set_hop_limit(view: WasiCtxView<'_>, (socket, limit): (Handle, u8)) -> Done<()> {
    view.table.get(&socket)?.socket.set_hop_limit(limit)
}

fn receive_buffer(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<u64> {
    view.table.get(&socket)?.socket.receive_buffer_size()
}

fn set_receive_buffer(view: WasiCtxView<'_>, (socket, size): (Handle, u64)) -> Done<()> {
    view.table
        .get(&socket)?
        .socket
        .set_receive_buffer_size(size)
}

fn send_buffer(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<u64> {
    view.table.get(&socket)?.socket.send_buffer_size()
}

fn set_send_buffer(view: WasiCtxView<'_>, (socket, size): (Handle, u64)) -> Done<()> {
    view.table.get(&socket)?.socket.set_send_buffer_size(size)
}
