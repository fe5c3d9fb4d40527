//! `wasi:sockets/ip-name-lookup`: the addresses that names have.

use std::net::{IpAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::{io, thread, vec};

use crate::runtime::component::{Linker, Resource};
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::event::{Event, Wait};
use crate::runtime::wasi::interface::Interface;
use crate::runtime::wasi::io::poll::{Subscribe, subscribe};
use crate::runtime::wasi::network::Network;
use crate::runtime::wasi::sockets::types::{Address, Done, ErrorCode};

/// What a thread finds, which asks the system: that has no way to ask without waiting.
type Found = Arc<Mutex<Option<Result<Vec<IpAddr>, ErrorCode>>>>;

/// Length of a name at most, with a dot at its end (of the Domain Name System).
const NAME_BYTES_MAX: usize = 254;

/// The resource `resolve-address-stream`.
enum Addresses {
    /// Somebody looks for them.
    Coming(Found, Event),
    /// They are there.
    There(vec::IntoIter<IpAddr>),
    /// There are none.
    Failed(ErrorCode),
}

impl Subscribe for Addresses {
    fn wait(&mut self) -> Wait {
        match self {
            Addresses::Coming(_, event) => event.wait(),
            Addresses::There(_) | Addresses::Failed(_) => Wait::Nothing,
        }
    }
}

/// Defines the interface.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut lookup = Interface::new(linker, "sockets/ip-name-lookup")?;
    lookup.resource::<Addresses>("resolve-address-stream")?;
    lookup.fallible("resolve-addresses", resolve)?;
    lookup.fallible("[method]resolve-address-stream.resolve-next-address", next)?;
    lookup.func(
        "[method]resolve-address-stream.subscribe",
        subscribe::<Addresses>,
    )
}

fn resolve(
    view: WasiCtxView<'_>,
    (network, name): (Resource<Network>, String),
) -> Done<Resource<Addresses>> {
    let network = view.table.get(&network)?;
    let Some(name) = ascii(name) else {
        return Err(ErrorCode::InvalidArgument.into());
    };
    if !network.allows_name(&name) {
        return Err(ErrorCode::AccessDenied.into());
    }
    let bare = name.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    if let Ok(ip) = bare.unwrap_or(&name).parse::<IpAddr>() {
        return Ok(view.table.push(Addresses::There(vec![ip].into_iter()))?);
    }
    let is_name = name.bytes().all(|it| it.is_ascii_graphic() && it != b':');
    if !is_name || name.is_empty() || name.len() > NAME_BYTES_MAX {
        return Err(ErrorCode::InvalidArgument.into());
    }
    let Some(lookup) = network.begin_lookup() else {
        let code = ErrorCode::TemporaryResolverFailure;
        return Ok(view.table.push(Addresses::Failed(code))?);
    };
    let (found, event) = (Found::default(), Event::new()?);
    let addresses = Addresses::Coming(Arc::clone(&found), event.clone());
    thread::Builder::new().spawn(move || {
        let result = look_up(&name);
        drop(lookup);
        *found.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        // Nobody can be told of this but those who do not hear of the event.
        let _ = event.set();
    })?;
    Ok(view.table.push(addresses)?)
}

/// Returns a name as resolvers know it; none if it has no such form.
fn ascii(name: String) -> Option<String> {
    match name.is_ascii() {
        true => Some(name),
        false => idna::domain_to_ascii(&name).ok(),
    }
}

fn look_up(name: &str) -> Result<Vec<IpAddr>, ErrorCode> {
    let found = (name, 0).to_socket_addrs();
    let found = found.map_err(|error: io::Error| match error.raw_os_error() {
        Some(_) => ErrorCode::from(error),
        // The resolver has its own errors, which have no numbers here.
        None => ErrorCode::NameUnresolvable,
    })?;
    let mut addresses = Vec::new();
    for addr in found {
        if !addresses.contains(&addr.ip()) {
            addresses.push(addr.ip());
        }
    }
    Ok(addresses)
}

fn next(view: WasiCtxView<'_>, (stream,): (Resource<Addresses>,)) -> Done<Option<Address>> {
    let stream = view.table.get_mut(&stream)?;
    if let Addresses::Coming(found, _) = stream {
        let found = found.lock().unwrap_or_else(PoisonError::into_inner).take();
        *stream = match found {
            None => return Err(ErrorCode::WouldBlock.into()),
            Some(Ok(addresses)) => Addresses::There(addresses.into_iter()),
            Some(Err(code)) => Addresses::Failed(code),
        };
    }
    match stream {
        Addresses::There(addresses) => Ok(addresses.next().map(Address::from)),
        Addresses::Failed(code) => Err((*code).into()),
        Addresses::Coming(..) => unreachable!("it was replaced"),
    }
}
