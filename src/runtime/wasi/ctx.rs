//! What a guest finds: arguments, variables, streams, clocks, folders.

use std::io;

use crate::runtime::component::ResourceTable;
use crate::runtime::wasi::clock::{HostMonotonicClock, HostWallClock, SystemClock};
use crate::runtime::wasi::event::{Event, Wait};
use crate::runtime::wasi::folder::Folder;
use crate::runtime::wasi::memory::MemoryInputPipe;
use crate::runtime::wasi::network::Network;
use crate::runtime::wasi::random::{HostRandom, SystemRandom};
use crate::runtime::wasi::stdio::{Sink, StdinStream, StdoutStream};
use crate::runtime::wasi::wait::{WaitError, wait};

/// What a guest finds: arguments, variables, streams, clocks, folders. [`WasiCtxBuilder`](crate::wasi::WasiCtxBuilder)
/// makes one.
pub struct WasiCtx {
    pub(in crate::runtime::wasi) args: Vec<String>,
    pub(in crate::runtime::wasi) env: Vec<(String, String)>,
    pub(in crate::runtime::wasi) initial_cwd: Option<String>,
    pub(in crate::runtime::wasi) stdin: Box<dyn StdinStream>,
    pub(in crate::runtime::wasi) stdout: Box<dyn StdoutStream>,
    pub(in crate::runtime::wasi) stderr: Box<dyn StdoutStream>,
    pub(in crate::runtime::wasi) wall_clock: Box<dyn HostWallClock>,
    pub(in crate::runtime::wasi) monotonic_clock: Box<dyn HostMonotonicClock>,
    pub(in crate::runtime::wasi) random: Box<dyn HostRandom>,
    pub(in crate::runtime::wasi) insecure_random: Box<dyn HostRandom>,
    pub(in crate::runtime::wasi) insecure_seed: Option<u128>,
    pub(in crate::runtime::wasi) preopens: Vec<(Folder, String)>,
    pub(in crate::runtime::wasi) network: Network,
    interrupt: Option<Event>,
}

/// Interrupts a guest that waits, from any thread: it traps. So does one that begins to wait later.
///
/// It does not stop a guest that computes; a handle of the [store](crate::runtime::Store::interrupt_handle) does.
#[derive(Clone, Debug)]
pub struct WaitInterruptHandle(Event);

impl WaitInterruptHandle {
    /// Interrupts the guest.
    ///
    /// # Errors
    ///
    /// Fails if the system does.
    pub fn interrupt(&self) -> io::Result<()> {
        self.0.set()
    }
}

/// What is needed to carry out what a guest asks for.
pub struct WasiCtxView<'a> {
    /// What the guest finds.
    pub ctx: &'a mut WasiCtx,
    /// The resources that it has.
    pub table: &'a mut ResourceTable,
}

/// Data of a store with what a guest finds in it.
pub trait WasiView {
    /// Returns it, and the resources that the guest has.
    fn ctx(&mut self) -> WasiCtxView<'_>;
}

impl Default for WasiCtx {
    fn default() -> WasiCtx {
        WasiCtx {
            args: Vec::new(),
            env: Vec::new(),
            initial_cwd: None,
            stdin: Box::new(MemoryInputPipe::default()),
            stdout: Box::new(Sink),
            stderr: Box::new(Sink),
            wall_clock: Box::new(SystemClock::default()),
            monotonic_clock: Box::new(SystemClock::default()),
            random: Box::new(SystemRandom),
            insecure_random: Box::new(SystemRandom),
            insecure_seed: None,
            preopens: Vec::new(),
            network: Network::default(),
            interrupt: None,
        }
    }
}

impl WasiCtx {
    /// Returns a handle that interrupts the guest when it waits.
    ///
    /// # Errors
    ///
    /// Fails if the system has no room for it.
    pub fn interrupt_handle(&mut self) -> io::Result<WaitInterruptHandle> {
        let event = match self.interrupt.take() {
            Some(event) => event,
            None => Event::new()?,
        };
        self.interrupt = Some(event.clone());
        Ok(WaitInterruptHandle(event))
    }

    /// Returns which of some things are ready, by position, as soon as there is one.
    pub(in crate::runtime::wasi) fn wait(&self, waits: &[Wait]) -> Result<Vec<usize>, WaitError> {
        if let [Wait::Nothing] = waits {
            return Ok(vec![0]);
        }
        wait(waits, &*self.monotonic_clock, self.interrupt.as_ref())
    }
}
