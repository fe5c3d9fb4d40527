//! `wasi:sockets/network` and `instance-network`.

use crate::runtime::component::{Linker, Resource};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};
use crate::runtime::wasi::io::error::IoError;
use crate::runtime::wasi::network::Network;
use crate::runtime::wasi::sockets::types::ErrorCode;

/// Defines the interfaces.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut network = Interface::new(linker, "sockets/network")?;
    network.resource::<Network>("network")?;
    network.func("network-error-code", error_code)?;
    let mut instance = Interface::new(linker, "sockets/instance-network")?;
    instance.func("instance-network", instance_network)
}

fn instance_network(view: WasiCtxView<'_>, (): ()) -> Outcome<Resource<Network>> {
    Ok(view.table.push(view.ctx.network.clone())?)
}

/// Returns what went wrong with a stream of a socket.
fn error_code(view: WasiCtxView<'_>, (error,): (Resource<IoError>,)) -> Outcome<Option<ErrorCode>> {
    Ok(Some(ErrorCode::from(&view.table.get(&error)?.0)))
}
