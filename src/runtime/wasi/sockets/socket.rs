//! What sockets of both kinds have: a file of the system, addresses, settings.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::net::sockopt::{
    ip_ttl, ipv6_unicast_hops, set_ip_ttl, set_ipv6_unicast_hops, set_ipv6_v6only,
    set_socket_recv_buffer_size, set_socket_send_buffer_size, socket_recv_buffer_size,
    socket_send_buffer_size,
};
use rustix::net::{SocketFlags, SocketType, getpeername, getsockname, socket_with};

use crate::runtime::wasi::sockets::types::{Done, ErrorCode, Family, SocketAddress};

/// A socket of the system, on which nothing waits.
pub(in crate::runtime::wasi) struct Socket {
    pub(in crate::runtime::wasi) fd: Arc<OwnedFd>,
    pub(in crate::runtime::wasi) family: Family,
}

impl Socket {
    /// Makes one.
    pub(in crate::runtime::wasi) fn new(family: Family, ty: SocketType) -> Done<Socket> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let fd = socket_with(family.system(), ty, flags, None)?;
        if family == Family::Ipv6 {
            set_ipv6_v6only(&fd, true)?;
        }
        Ok(Socket {
            fd: Arc::new(fd),
            family,
        })
    }

    /// Returns its own address.
    pub(in crate::runtime::wasi) fn local_address(&self) -> Done<SocketAddress> {
        let addr: Result<SocketAddr, _> = getsockname(&self.fd)?.try_into();
        Ok(addr?.into())
    }

    /// Returns the address that it is connected to.
    pub(in crate::runtime::wasi) fn remote_address(&self) -> Done<SocketAddress> {
        let addr = getpeername(&self.fd)?.ok_or(ErrorCode::InvalidState)?;
        let addr: Result<SocketAddr, _> = addr.try_into();
        Ok(addr?.into())
    }

    /// Returns how many networks what it sends goes through at most.
    pub(in crate::runtime::wasi) fn hop_limit(&self) -> Done<u8> {
        match self.family {
            Family::Ipv4 => {
                let limit = u8::try_from(ip_ttl(&self.fd)?);
                limit.map_err(|_| ErrorCode::Unknown.into())
            }
            Family::Ipv6 => Ok(ipv6_unicast_hops(&self.fd)?),
        }
    }

    /// Sets through how many networks what it sends goes at most.
    pub(in crate::runtime::wasi) fn set_hop_limit(&self, limit: u8) -> Done<()> {
        if limit == 0 {
            return Err(ErrorCode::InvalidArgument.into());
        }
        match self.family {
            Family::Ipv4 => Ok(set_ip_ttl(&self.fd, limit.into())?),
            Family::Ipv6 => Ok(set_ipv6_unicast_hops(&self.fd, Some(limit))?),
        }
    }

    /// Returns how much is kept that was received.
    pub(in crate::runtime::wasi) fn receive_buffer_size(&self) -> Done<u64> {
        // The system counts its own overhead, as much again.
        Ok(to_u64(socket_recv_buffer_size(&self.fd)? / 2))
    }

    /// Sets how much is kept that was received.
    pub(in crate::runtime::wasi) fn set_receive_buffer_size(&self, size: u64) -> Done<()> {
        Ok(set_socket_recv_buffer_size(&self.fd, buffer_size(size)?)?)
    }

    /// Returns how much is kept that is to be sent.
    pub(in crate::runtime::wasi) fn send_buffer_size(&self) -> Done<u64> {
        Ok(to_u64(socket_send_buffer_size(&self.fd)? / 2))
    }

    /// Sets how much is kept that is to be sent.
    pub(in crate::runtime::wasi) fn set_send_buffer_size(&self, size: u64) -> Done<()> {
        Ok(set_socket_send_buffer_size(&self.fd, buffer_size(size)?)?)
    }
}

/// Returns the size of a buffer: the system takes what is next to one that it cannot have.
fn buffer_size(size: u64) -> Done<usize> {
    if size == 0 {
        return Err(ErrorCode::InvalidArgument.into());
    }
    let max = u64::from(i32::MAX.cast_unsigned()) / 2;
    Ok(usize::try_from(size.min(max)).expect("a usize has 64 bits"))
}

fn to_u64(len: usize) -> u64 {
    u64::try_from(len).expect("a usize has 64 bits")
}
