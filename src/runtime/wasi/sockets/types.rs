//! The types of values of `wasi:sockets/network`.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use rustix::io::Errno;
use rustix::net::AddressFamily;

use crate::runtime::component::typed::declare::{enumeration, record, variant};
use crate::runtime::wasi::interface::Raised;

enumeration! {
    /// The enum `error-code`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) enum ErrorCode {
        Unknown,
        AccessDenied,
        NotSupported,
        InvalidArgument,
        OutOfMemory,
        Timeout,
        ConcurrencyConflict,
        NotInProgress,
        WouldBlock,
        InvalidState,
        NewSocketLimit,
        AddressNotBindable,
        AddressInUse,
        RemoteUnreachable,
        ConnectionRefused,
        ConnectionReset,
        ConnectionAborted,
        DatagramTooLarge,
        NameUnresolvable,
        TemporaryResolverFailure,
        PermanentResolverFailure,
    }
}

enumeration! {
    /// The enum `ip-address-family`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) enum Family {
        Ipv4,
        Ipv6,
    }
}

/// The type `ipv4-address`.
type Ipv4 = (u8, u8, u8, u8);

/// The type `ipv6-address`.
type Ipv6 = (u16, u16, u16, u16, u16, u16, u16, u16);

variant! {
    /// The variant `ip-address`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) enum Address {
        Ipv4(Ipv4),
        Ipv6(Ipv6),
    }
}

record! {
    /// The record `ipv4-socket-address`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) struct Ipv4Socket {
        port: u16,
        address: Ipv4,
    }
}

record! {
    /// The record `ipv6-socket-address`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) struct Ipv6Socket {
        port: u16,
        flow_info: u32,
        address: Ipv6,
        scope_id: u32,
    }
}

variant! {
    /// The variant `ip-socket-address`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) enum SocketAddress {
        Ipv4(Ipv4Socket),
        Ipv6(Ipv6Socket),
    }
}

/// What a function of the interfaces returns.
pub(in crate::runtime::wasi) type Done<T> = Result<T, Raised<ErrorCode>>;

impl From<ErrorCode> for Raised<ErrorCode> {
    fn from(code: ErrorCode) -> Raised<ErrorCode> {
        Raised::Code(code)
    }
}

impl From<&io::Error> for ErrorCode {
    fn from(error: &io::Error) -> ErrorCode {
        let Some(errno) = Errno::from_io_error(error) else {
            return ErrorCode::Unknown;
        };
        match errno {
            Errno::AGAIN => ErrorCode::WouldBlock,
            Errno::ACCESS | Errno::PERM => ErrorCode::AccessDenied,
            Errno::ADDRINUSE => ErrorCode::AddressInUse,
            Errno::ADDRNOTAVAIL => ErrorCode::AddressNotBindable,
            Errno::ALREADY => ErrorCode::ConcurrencyConflict,
            Errno::TIMEDOUT => ErrorCode::Timeout,
            Errno::CONNREFUSED => ErrorCode::ConnectionRefused,
            Errno::CONNRESET => ErrorCode::ConnectionReset,
            Errno::CONNABORTED => ErrorCode::ConnectionAborted,
            Errno::INVAL | Errno::DESTADDRREQ => ErrorCode::InvalidArgument,
            Errno::HOSTUNREACH
            | Errno::HOSTDOWN
            | Errno::NETUNREACH
            | Errno::NETDOWN
            | Errno::NONET => ErrorCode::RemoteUnreachable,
            Errno::ISCONN | Errno::NOTCONN => ErrorCode::InvalidState,
            Errno::MFILE | Errno::NFILE => ErrorCode::NewSocketLimit,
            Errno::MSGSIZE => ErrorCode::DatagramTooLarge,
            Errno::NOMEM | Errno::NOBUFS => ErrorCode::OutOfMemory,
            Errno::OPNOTSUPP | Errno::NOPROTOOPT | Errno::AFNOSUPPORT => ErrorCode::NotSupported,
            _ => ErrorCode::Unknown,
        }
    }
}

impl From<io::Error> for ErrorCode {
    fn from(error: io::Error) -> ErrorCode {
        ErrorCode::from(&error)
    }
}

impl Family {
    /// Returns the family as the system calls it.
    pub(in crate::runtime::wasi) fn system(self) -> AddressFamily {
        match self {
            Family::Ipv4 => AddressFamily::INET,
            Family::Ipv6 => AddressFamily::INET6,
        }
    }

    /// Makes sure that an address is one of the family, and none of the other in disguise.
    pub(in crate::runtime::wasi) fn check(self, addr: SocketAddr) -> Done<()> {
        let is_own = match (self, addr.ip()) {
            (Family::Ipv4, IpAddr::V4(_)) => true,
            (Family::Ipv6, IpAddr::V6(ip)) => ip.to_ipv4_mapped().is_none(),
            _ => false,
        };
        match is_own {
            true => Ok(()),
            false => Err(ErrorCode::InvalidArgument.into()),
        }
    }
}

/// Returns whether an address is that of one receiver.
pub(in crate::runtime::wasi) fn is_unicast(ip: IpAddr) -> bool {
    let is_broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    !ip.is_multicast() && !is_broadcast
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Address {
        match ip {
            IpAddr::V4(ip) => Address::Ipv4(ip.octets().into()),
            IpAddr::V6(ip) => Address::Ipv6(ip.segments().into()),
        }
    }
}

impl From<SocketAddr> for SocketAddress {
    fn from(addr: SocketAddr) -> SocketAddress {
        match addr {
            SocketAddr::V4(addr) => SocketAddress::Ipv4(Ipv4Socket {
                port: addr.port(),
                address: addr.ip().octets().into(),
            }),
            SocketAddr::V6(addr) => SocketAddress::Ipv6(Ipv6Socket {
                port: addr.port(),
                flow_info: addr.flowinfo(),
                address: addr.ip().segments().into(),
                scope_id: addr.scope_id(),
            }),
        }
    }
}

impl From<SocketAddress> for SocketAddr {
    fn from(addr: SocketAddress) -> SocketAddr {
        match addr {
            SocketAddress::Ipv4(addr) => {
                let ip = Ipv4Addr::from(<[u8; 4]>::from(addr.address));
                SocketAddrV4::new(ip, addr.port).into()
            }
            SocketAddress::Ipv6(addr) => {
                let ip = Ipv6Addr::from(<[u16; 8]>::from(addr.address));
                SocketAddrV6::new(ip, addr.port, addr.flow_info, addr.scope_id).into()
            }
        }
    }
}
