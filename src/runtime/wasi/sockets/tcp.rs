//! `wasi:sockets/tcp` and `tcp-create-socket`: from a socket to a connection.

use std::net::SocketAddr;

use rustix::io::Errno;
use rustix::net::sockopt::{set_socket_reuseaddr, socket_error};
use rustix::net::{
    Shutdown, SocketFlags, SocketType, accept_with, bind, connect, listen, shutdown,
};

use crate::runtime::component::typed::declare::enumeration;
use crate::runtime::component::{Linker, Resource};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::file::again;
use crate::runtime::wasi::interface::{Interface, Outcome};
use crate::runtime::wasi::io::poll::subscribe;
use crate::runtime::wasi::io::stream::{DynInput, DynOutput};
use crate::runtime::wasi::network::{Network, SocketAddrUse};
use crate::runtime::wasi::sockets::socket::Socket;
use crate::runtime::wasi::sockets::tcp_option;
use crate::runtime::wasi::sockets::tcp_socket::{State, TcpSocket};
use crate::runtime::wasi::sockets::types::{Done, ErrorCode, Family, SocketAddress, is_unicast};
use crate::runtime::wasi::wait::is_writable;

enumeration! {
    /// The enum `shutdown-type`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) enum ShutdownType {
        Receive,
        Send,
        Both,
    }
}

/// A socket.
type Handle = Resource<TcpSocket>;

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut tcp = Interface::new(linker, "sockets/tcp")?;
    tcp.resource::<TcpSocket>("tcp-socket")?;
    tcp.fallible("[method]tcp-socket.start-bind", start_bind)?;
    tcp.fallible("[method]tcp-socket.finish-bind", finish_bind)?;
    tcp.fallible("[method]tcp-socket.start-connect", start_connect)?;
    tcp.fallible("[method]tcp-socket.finish-connect", finish_connect)?;
    tcp.fallible("[method]tcp-socket.start-listen", start_listen)?;
    tcp.fallible("[method]tcp-socket.finish-listen", finish_listen)?;
    tcp.fallible("[method]tcp-socket.accept", accept)?;
    tcp.fallible("[method]tcp-socket.local-address", local_address)?;
    tcp.fallible("[method]tcp-socket.remote-address", remote_address)?;
    tcp.func("[method]tcp-socket.is-listening", is_listening)?;
    tcp.func("[method]tcp-socket.address-family", address_family)?;
    tcp.func("[method]tcp-socket.subscribe", subscribe::<TcpSocket>)?;
    tcp.fallible("[method]tcp-socket.shutdown", shut_down)?;
    tcp_option::define(&mut tcp)?;
    let mut create = Interface::new(linker, "sockets/tcp-create-socket")?;
    create.fallible("create-tcp-socket", create_socket)
}

fn create_socket(view: WasiCtxView<'_>, (family,): (Family,)) -> Done<Handle> {
    // Who may use no address needs no socket.
    if view.ctx.network.check.is_none() {
        return Err(ErrorCode::AccessDenied.into());
    }
    let socket = Socket::new(family, SocketType::STREAM)?;
    Ok(view.table.push(TcpSocket::new(socket, State::Unbound))?)
}

fn start_bind(
    view: WasiCtxView<'_>,
    (socket, network, addr): (Handle, Resource<Network>, SocketAddress),
) -> Done<()> {
    let addr = SocketAddr::from(addr);
    let is_allowed = view
        .table
        .get(&network)?
        .allows(addr, SocketAddrUse::TcpBind);
    let tcp = view.table.get_mut(&socket)?;
    tcp.expect(State::Unbound, ErrorCode::InvalidState)?;
    tcp.socket.family.check(addr)?;
    if !is_unicast(addr.ip()) {
        return Err(ErrorCode::InvalidArgument.into());
    }
    if !is_allowed {
        return Err(ErrorCode::AccessDenied.into());
    }
    // A server that is started again gets its address again.
    set_socket_reuseaddr(&tcp.socket.fd, true)?;
    bind(&tcp.socket.fd, &addr)?;
    tcp.state = State::Binding;
    Ok(())
}

fn finish_bind(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<()> {
    let tcp = view.table.get_mut(&socket)?;
    tcp.expect(State::Binding, ErrorCode::NotInProgress)?;
    tcp.state = State::Bound;
    Ok(())
}

fn start_connect(
    view: WasiCtxView<'_>,
    (socket, network, addr): (Handle, Resource<Network>, SocketAddress),
) -> Done<()> {
    let addr = SocketAddr::from(addr);
    let is_allowed = view
        .table
        .get(&network)?
        .allows(addr, SocketAddrUse::TcpConnect);
    let tcp = view.table.get_mut(&socket)?;
    if !matches!(tcp.state, State::Unbound | State::Bound) {
        return Err(ErrorCode::InvalidState.into());
    }
    tcp.socket.family.check(addr)?;
    if addr.ip().is_unspecified() || !is_unicast(addr.ip()) || addr.port() == 0 {
        return Err(ErrorCode::InvalidArgument.into());
    }
    if !is_allowed {
        return Err(ErrorCode::AccessDenied.into());
    }
    match connect(&tcp.socket.fd, &addr) {
        Ok(()) | Err(Errno::INPROGRESS) => {
            tcp.state = State::Connecting;
            Ok(())
        }
        Err(error) => {
            tcp.state = State::Closed;
            match error {
                // No port is free, or none for a connection to there.
                Errno::ADDRNOTAVAIL => Err(ErrorCode::AddressInUse.into()),
                error => Err(error.into()),
            }
        }
    }
}

fn finish_connect(
    view: WasiCtxView<'_>,
    (socket,): (Handle,),
) -> Done<(Resource<DynInput>, Resource<DynOutput>)> {
    let tcp = view.table.get_mut(&socket)?;
    tcp.expect(State::Connecting, ErrorCode::NotInProgress)?;
    if !is_writable(&tcp.socket.fd)? {
        return Err(ErrorCode::WouldBlock.into());
    }
    if let Err(error) = socket_error(&tcp.socket.fd)? {
        tcp.state = State::Closed;
        return Err(error.into());
    }
    tcp.state = State::Connected;
    let (input, output) = tcp.streams();
    Ok((view.table.push(input)?, view.table.push(output)?))
}

fn start_listen(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<()> {
    let tcp = view.table.get_mut(&socket)?;
    tcp.expect(State::Bound, ErrorCode::InvalidState)?;
    match listen(&tcp.socket.fd, tcp.backlog) {
        Ok(()) => {
            tcp.state = State::StartsToListen;
            Ok(())
        }
        Err(error) => {
            tcp.state = State::Closed;
            Err(error.into())
        }
    }
}

fn finish_listen(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<()> {
    let tcp = view.table.get_mut(&socket)?;
    tcp.expect(State::StartsToListen, ErrorCode::NotInProgress)?;
    tcp.state = State::Listening;
    Ok(())
}

fn accept(
    view: WasiCtxView<'_>,
    (socket,): (Handle,),
) -> Done<(Handle, Resource<DynInput>, Resource<DynOutput>)> {
    let tcp = view.table.get(&socket)?;
    tcp.expect(State::Listening, ErrorCode::InvalidState)?;
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let fd = again(|| accept_with(&tcp.socket.fd, flags))?;
    let accepted = TcpSocket::accepted(fd, tcp.socket.family);
    let (input, output) = accepted.streams();
    Ok((
        view.table.push(accepted)?,
        view.table.push(input)?,
        view.table.push(output)?,
    ))
}

fn local_address(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<SocketAddress> {
    let tcp = view.table.get(&socket)?;
    match tcp.state {
        State::Unbound | State::Closed => Err(ErrorCode::InvalidState.into()),
        _ => tcp.socket.local_address(),
    }
}

fn remote_address(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<SocketAddress> {
    let tcp = view.table.get(&socket)?;
    tcp.expect(State::Connected, ErrorCode::InvalidState)?;
    tcp.socket.remote_address()
}

fn is_listening(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Outcome<bool> {
    Ok(view.table.get(&socket)?.state == State::Listening)
}

fn address_family(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Outcome<Family> {
    Ok(view.table.get(&socket)?.socket.family)
}

fn shut_down(view: WasiCtxView<'_>, (socket, direction): (Handle, ShutdownType)) -> Done<()> {
    let tcp = view.table.get(&socket)?;
    tcp.expect(State::Connected, ErrorCode::InvalidState)?;
    let how = match direction {
        ShutdownType::Receive => Shutdown::Read,
        ShutdownType::Send => Shutdown::Write,
        ShutdownType::Both => Shutdown::Both,
    };
    if direction != ShutdownType::Send {
        tcp.deafen();
    }
    if direction != ShutdownType::Receive {
        tcp.silence();
    }
    match shutdown(&tcp.socket.fd, how) {
        // The connection is over, in all directions.
        Ok(()) | Err(Errno::NOTCONN) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
