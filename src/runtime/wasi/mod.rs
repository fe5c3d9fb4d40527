//! WASI 0.2: what programs find that run as components.
//!
//! **Architecture invariant:** of components only what the crate makes public is used here.
//!
//! A function that waits does so in one system call for everything it waits for, so that no thread but that of the guest
//! is needed. Streams are read and written when guests ask for it, in pieces: nothing is kept but what the system did not
//! take, 64 KiB of a stream at most.
//!
//! # Examples
//!
//! ```
//! use interfuse::component::{Component, Linker, ResourceTable};
//! use interfuse::runtime::{Config, Engine, Store};
//! use interfuse::wasi::{I32Exit, WasiCtx, WasiCtxView, WasiView};
//!
//! struct Host {
//!     ctx: WasiCtx,
//!     table: ResourceTable,
//! }
//!
//! impl WasiView for Host {
//!     fn ctx(&mut self) -> WasiCtxView<'_> {
//!         WasiCtxView { ctx: &mut self.ctx, table: &mut self.table }
//!     }
//! }
//!
//! let component = wat::parse_str(r#"
//!     (component
//!       (import "wasi:cli/exit@0.2.0" (instance $exit
//!         (export "exit" (func (param "status" (result))))))
//!       (core func $exit (canon lower (func $exit "exit")))
//!       (core module $m
//!         (import "" "exit" (func $exit (param i32)))
//!         (func (export "run") (result i32) (call $exit (i32.const 1)) unreachable))
//!       (core instance $i (instantiate $m (with "" (instance (export "exit" (func $exit))))))
//!       (func (export "run") (result (result)) (canon lift (core func $i "run"))))
//! "#)?;
//! let engine = Engine::new(&Config::new())?;
//! let component = Component::new(&engine, &component)?;
//! let mut linker = Linker::new(&engine);
//! interfuse::wasi::add_to_linker(&mut linker)?;
//!
//! let host = Host {
//!     ctx: WasiCtx::builder().inherit_stdio().args(&["prog"]).build(),
//!     table: ResourceTable::new(),
//! };
//! let mut store = Store::new(&engine, host)?;
//! let instance = linker.instantiate(&mut store, &component)?;
//! let run = instance.get_typed_func::<(), (Result<(), ()>,)>(&mut store, "run")?;
//! let error = run.call(&mut store, ()).expect_err("it exits");
//! assert_eq!(error.downcast_ref(), Some(&I32Exit(1)));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub(in crate::runtime) mod event;

pub(in crate::runtime) mod clock;

pub(in crate::runtime) mod wait;

pub(in crate::runtime) mod stream;

pub(in crate::runtime) mod memory;

pub(in crate::runtime) mod file;

pub(in crate::runtime) mod stdio;

pub(in crate::runtime) mod random;

pub(in crate::runtime) mod folder;

pub(in crate::runtime) mod network;

pub(in crate::runtime) mod ctx;

pub(in crate::runtime) mod builder;

pub(in crate::runtime) mod interface;

pub(in crate::runtime) mod io;

pub(in crate::runtime) mod cli;

pub(in crate::runtime) mod clocks;

pub(in crate::runtime) mod filesystem;

pub(in crate::runtime) mod sockets;

pub(in crate::runtime) mod numbers;

pub(in crate::runtime) mod link;

pub use builder::WasiCtxBuilder;
pub use cli::exit::I32Exit;
pub use clock::{HostMonotonicClock, HostWallClock, SystemClock, VirtualClock};
pub use ctx::{WaitInterruptHandle, WasiCtx, WasiCtxView, WasiView};
pub use event::{Event, Wait};
pub use file::{FileInputStream, FileOutputStream};
pub use folder::{DirPerms, FilePerms};
pub use link::add_to_linker;
pub use memory::{MemoryInputPipe, MemoryOutputPipe};
pub use network::SocketAddrUse;
pub use random::{HostRandom, SeededRandom, SystemRandom};
pub use stdio::{StdinStream, StdoutStream};
pub use stream::{InputStream, OutputStream, StreamError};
pub use wait::Interrupted;
