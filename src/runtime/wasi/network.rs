//! Which addresses a guest may use.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// For how many names a guest may look at a time (ours: each takes a thread, as long as the system looks, whatever the guest
/// does meanwhile).
const LOOKUPS_MAX: usize = 64;

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
    /// How many names are looked for.
    lookups: Arc<AtomicUsize>,
}

/// Says that a name is looked for, until it is dropped.
#[derive(Debug)]
pub(in crate::runtime::wasi) struct Lookup(Arc<AtomicUsize>);

impl Drop for Lookup {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
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

    /// Begins to look for a name, if there are not too many already.
    pub(in crate::runtime::wasi) fn begin_lookup(&self) -> Option<Lookup> {
        let lookup = Lookup(Arc::clone(&self.lookups));
        let before = self.lookups.fetch_add(1, Ordering::Relaxed);
        (before < LOOKUPS_MAX).then_some(lookup)
    }
}

#[cfg(test)]
mod tests {
    use super::{LOOKUPS_MAX, Network};

    #[test]
    fn names_that_are_looked_for_are_limited() {
        let network = Network::default();
        let mut lookups: Vec<_> = (0..LOOKUPS_MAX)
            .map(|_| network.clone().begin_lookup().unwrap())
            .collect();
        for _ in 0..2 {
            assert!(network.begin_lookup().is_none());
        }
        lookups.pop();
        let last = network.begin_lookup();
        assert!(last.is_some());
        assert!(network.begin_lookup().is_none());
    }
}
