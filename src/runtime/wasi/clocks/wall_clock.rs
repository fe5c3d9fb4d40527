//! `wasi:clocks/wall-clock`: what time it is.

use std::time::Duration;

use crate::runtime::component::Linker;
use crate::runtime::component::typed::declare::record;
use crate::runtime::error::Error;
use crate::runtime::wasi::ctx::{WasiCtxView, WasiView};
use crate::runtime::wasi::interface::{Interface, Outcome};

record! {
    /// The record `datetime`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(in crate::runtime::wasi) struct Datetime {
        pub(in crate::runtime::wasi) seconds: u64,
        pub(in crate::runtime::wasi) nanoseconds: u32,
    }
}

impl From<Duration> for Datetime {
    fn from(duration: Duration) -> Datetime {
        Datetime {
            seconds: duration.as_secs(),
            nanoseconds: duration.subsec_nanos(),
        }
    }
}

/// Defines the interface.
pub(in crate::runtime::wasi) fn define<T: WasiView>(linker: &mut Linker<T>) -> Result<(), Error> {
    let mut interface = Interface::new(linker, "clocks/wall-clock")?;
    interface.func("now", now)?;
    interface.func("resolution", resolution)
}

fn now(view: WasiCtxView<'_>, (): ()) -> Outcome<Datetime> {
    Ok(view.ctx.wall_clock.now().into())
}

fn resolution(view: WasiCtxView<'_>, (): ()) -> Outcome<Datetime> {
    Ok(view.ctx.wall_clock.resolution().into())
}
