//! `wasi:sockets/tcp`, the functions that set and say how a socket behaves.

use std::time::Duration;

use rustix::net::listen;
use rustix::net::sockopt::{
    set_socket_keepalive, set_tcp_keepcnt, set_tcp_keepidle, set_tcp_keepintvl, socket_keepalive,
    tcp_keepcnt, tcp_keepidle, tcp_keepintvl,
};

use crate::runtime::component::Resource;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::Interface;
use crate::runtime::wasi::sockets::tcp_socket::{State, TcpSocket};
use crate::runtime::wasi::sockets::types::{Done, ErrorCode};

/// A socket.
type Handle = Resource<TcpSocket>;

/// Longest time between signs of life, in seconds (Linux: `MAX_TCP_KEEPIDLE`).
const KEEP_ALIVE_SECONDS_MAX: u64 = 32_767;

/// Largest number of signs of life (Linux: `MAX_TCP_KEEPCNT`).
const KEEP_ALIVE_COUNT_MAX: u32 = 127;

/// Defines the functions.
pub(in crate::runtime::wasi) fn define<T: WasiView>(
    tcp: &mut Interface<'_, T>,
) -> Result<(), Error> {
    tcp.fallible("[method]tcp-socket.set-listen-backlog-size", set_backlog)?;
    tcp.fallible("[method]tcp-socket.keep-alive-enabled", keep_alive)?;
    tcp.fallible("[method]tcp-socket.set-keep-alive-enabled", set_keep_alive)?;
    tcp.fallible("[method]tcp-socket.keep-alive-idle-time", idle_time)?;
    tcp.fallible("[method]tcp-socket.set-keep-alive-idle-time", set_idle_time)?;
    tcp.fallible("[method]tcp-socket.keep-alive-interval", interval)?;
    tcp.fallible("[method]tcp-socket.set-keep-alive-interval", set_interval)?;
    tcp.fallible("[method]tcp-socket.keep-alive-count", count)?;
    tcp.fallible("[method]tcp-socket.set-keep-alive-count", set_count)?;
    tcp.fallible("[method]tcp-socket.hop-limit", hop_limit)?;
    tcp.fallible("[method]tcp-socket.set-hop-limit", set_hop_limit)?;
    tcp.fallible("[method]tcp-socket.receive-buffer-size", receive_buffer)?;
    tcp.fallible(
        "[method]tcp-socket.set-receive-buffer-size",
        set_receive_buffer,
    )?;
    tcp.fallible("[method]tcp-socket.send-buffer-size", send_buffer)?;
    tcp.fallible("[method]tcp-socket.set-send-buffer-size", set_send_buffer)
}

fn set_backlog(view: WasiCtxView<'_>, (socket, size): (Handle, u64)) -> Done<()> {
    let tcp = view.table.get_mut(&socket)?;
    if size == 0 {
        return Err(ErrorCode::InvalidArgument.into());
    }
    let size = i32::try_from(size).unwrap_or(i32::MAX);
    match tcp.state {
        State::Unbound | State::Binding | State::Bound => {}
        State::StartsToListen | State::Listening => listen(&tcp.socket.fd, size)?,
        State::Connecting | State::Connected | State::Closed => {
            return Err(ErrorCode::InvalidState.into());
        }
    }
    tcp.backlog = size;
    Ok(())
}

fn keep_alive(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<bool> {
    Ok(socket_keepalive(&view.table.get(&socket)?.socket.fd)?)
}

fn set_keep_alive(view: WasiCtxView<'_>, (socket, value): (Handle, bool)) -> Done<()> {
    Ok(set_socket_keepalive(
        &view.table.get(&socket)?.socket.fd,
        value,
    )?)
}

fn idle_time(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<u64> {
    Ok(nanos(tcp_keepidle(&view.table.get(&socket)?.socket.fd)?))
}

fn set_idle_time(view: WasiCtxView<'_>, (socket, time): (Handle, u64)) -> Done<()> {
    let time = seconds(time)?;
    Ok(set_tcp_keepidle(&view.table.get(&socket)?.socket.fd, time)?)
}

fn interval(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<u64> {
    Ok(nanos(tcp_keepintvl(&view.table.get(&socket)?.socket.fd)?))
}

fn set_interval(view: WasiCtxView<'_>, (socket, time): (Handle, u64)) -> Done<()> {
    let time = seconds(time)?;
    Ok(set_tcp_keepintvl(
        &view.table.get(&socket)?.socket.fd,
        time,
    )?)
}

fn count(view: WasiCtxView<'_>, (socket,): (Handle,)) -> Done<u32> {
    Ok(tcp_keepcnt(&view.table.get(&socket)?.socket.fd)?)
}

fn set_count(view: WasiCtxView<'_>, (socket, count): (Handle, u32)) -> Done<()> {
    if count == 0 {
        return Err(ErrorCode::InvalidArgument.into());
    }
    let count = count.min(KEEP_ALIVE_COUNT_MAX);
    Ok(set_tcp_keepcnt(&view.table.get(&socket)?.socket.fd, count)?)
}

/// Returns whole seconds, which is what the system counts, at least one and at most as many as it allows.
fn seconds(nanos: u64) -> Done<Duration> {
    if nanos == 0 {
        return Err(ErrorCode::InvalidArgument.into());
    }
    let seconds = nanos.div_ceil(1_000_000_000);
    Ok(Duration::from_secs(seconds.min(KEEP_ALIVE_SECONDS_MAX)))
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
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
