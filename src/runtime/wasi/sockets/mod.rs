//! `wasi:sockets`: networks, as far as the guest may use them.

pub(in crate::runtime::wasi) mod types;

pub(in crate::runtime::wasi) mod network;

pub(in crate::runtime::wasi) mod socket;

pub(in crate::runtime::wasi) mod tcp_socket;

pub(in crate::runtime::wasi) mod tcp_option;

pub(in crate::runtime::wasi) mod tcp;

pub(in crate::runtime::wasi) mod datagram;

pub(in crate::runtime::wasi) mod udp;

pub(in crate::runtime::wasi) mod lookup;

use crate::runtime::component::Linker;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::WasiView;

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    network::define(linker)?;
    tcp::define(linker)?;
    udp::define(linker)?;
    lookup::define(linker)
}
