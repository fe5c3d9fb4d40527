//! Which addresses a guest may use.

use std::net::SocketAddr;
use std::sync::Arc;

/// What an address is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SocketAddrUse {
    /// A TCP socket gets it as its own.
    TcpBind,
    /// A TCP socket connects to it.
    TcpConnect,
    /// A UDP socket gets it as its own.
    UdpBind,
    /// A UDP socket is to send to it only, and to receive from it only.
    UdpConnect,
    /// A UDP socket sends to it.
    UdpOutgoingDatagram,
}

/// Decides about names.
type CheckName = dyn Fn(&str) -> bool + Send + Sync;

/// Decides about addresses.
type Check = dyn Fn(SocketAddr, SocketAddrUse) -> bool + Send + Sync;

/// What a guest may do in networks: nothing, unless something else is said. Copies mean the same.
#[derive(Clone, Default)]
pub(in crate::runtime::wasi) struct Network {
    /// Decides about addresses; without it none is allowed.
    pub(in crate::runtime::wasi) check: Option<Arc<Check>>,
    /// Decides about names whose addresses the guest asks for; without it none is allowed.
    pub(in crate::runtime::wasi) check_name: Option<Arc<CheckName>>,
}

impl Network {
    /// Returns whether the guest may use an address.
    pub(in crate::runtime::wasi) fn allows(&self, addr: SocketAddr, what: SocketAddrUse) -> bool {
        self.check.as_ref().is_some_and(|check| check(addr, what))
    }

    /// Returns whether the guest may ask for the addresses that a name has.
    pub(in crate::runtime::wasi) fn allows_name(&self, name: &str) -> bool {
        self.check_name.as_ref().is_some_and(|check| check(name))
    }
}
