//! What `interfuse run` gives a program: arguments, variables, streams, folders, and limits.

use std::fs::File;
use std::io::Write;
use std::net::ToSocketAddrs;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{env, io, process, thread};

use anyhow::{Context, Result};
use interfuse::component::ResourceTable;
use interfuse::runtime::{InterruptHandle, ResourceLimiter, Store};
use interfuse::wasi::{
    DirPerms, FileInputStream, FilePerms, SocketAddrUse, WaitInterruptHandle, WasiCtx,
    WasiCtxBuilder, WasiCtxView, WasiView,
};

use crate::cli::args::RunArgs;
use crate::cli::value::NetArg;

/// The exit code of a program that trapped, which is that of one that was aborted.
pub(crate) const TRAPPED: u8 = 134;

/// How long a program may take to stop that ran too long, before it is ended from outside: it may be waiting for something
/// that cannot be interrupted.
const GRACE: Duration = Duration::from_secs(1);

/// The data of the store of a program.
pub(crate) struct Guest {
    ctx: WasiCtx,
    table: ResourceTable,
    limit: MemoryLimit,
    has_ended: Arc<AtomicBool>,
}

/// How much memory a program may use.
struct MemoryLimit {
    rest_bytes: u64,
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, from_bytes: u64, to_bytes: u64) -> bool {
        let rest = self.rest_bytes.checked_sub(to_bytes - from_bytes);
        self.rest_bytes = rest.unwrap_or(self.rest_bytes);
        rest.is_some()
    }

    fn table_growing(&mut self, from_len: u64, to_len: u64) -> bool {
        let bytes = |len: u64| len.saturating_mul(8);
        self.memory_growing(bytes(from_len), bytes(to_len))
    }
}

impl WasiView for Guest {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.ctx,
            table: &mut self.table,
        }
    }
}

impl Guest {
    /// Makes what the arguments say.
    ///
    /// # Errors
    ///
    /// Fails if a file or a folder cannot be opened.
    pub(crate) fn new(args: &RunArgs) -> Result<Guest> {
        let mut builder = WasiCtx::builder();
        builder.inherit_stdio();
        builder.arg(args.file.to_string_lossy()).args(&args.args);
        for variable in &args.env {
            match variable.split_once('=') {
                Some((name, value)) => builder.env(name, value),
                None => {
                    let value = env::var(variable);
                    let value = value.with_context(|| format!("failed to read `{variable}`"))?;
                    builder.env(variable, value)
                }
            };
        }
        for folder in &args.dirs {
            let (dir_perms, file_perms) = if folder.is_read_only {
                (DirPerms::READ, FilePerms::READ)
            } else {
                (DirPerms::all(), FilePerms::all())
            };
            let opened = builder.preopened_dir(&folder.host, &folder.guest, dir_perms, file_perms);
            let host = folder.host.display();
            opened.with_context(|| format!("failed to open the folder {host}"))?;
        }
        allow_net(args, &mut builder)?;
        if let Some(path) = &args.stdin {
            let file = File::open(path);
            let file = file.with_context(|| format!("failed to open {}", path.display()))?;
            builder.stdin(FileInputStream::new(OwnedFd::from(file)));
        }
        Ok(Guest {
            ctx: builder.build(),
            table: ResourceTable::new(),
            limit: MemoryLimit {
                rest_bytes: args.max_memory.unwrap_or(u64::MAX),
            },
            has_ended: Arc::default(),
        })
    }

    /// Takes note that the program has ended: what may be left to do is to pass on what it wrote.
    pub(crate) fn end(&self) {
        self.has_ended.store(true, Ordering::Relaxed);
    }
}

/// Lets a program use the addresses that the arguments name.
fn allow_net(args: &RunArgs, builder: &mut WasiCtxBuilder) -> Result<()> {
    if args.allow_net.is_empty() {
        return Ok(());
    }
    let (mut names, mut addrs) = (Vec::new(), Vec::new());
    for place in &args.allow_net {
        let NetArg::Place { host, text } = place else {
            builder.inherit_network();
            return Ok(());
        };
        let found = text.to_socket_addrs();
        addrs.extend(found.with_context(|| format!("failed to find the address {text}"))?);
        names.push(host.clone());
    }
    builder.ip_name_check(move |name| names.iter().any(|it| it == name));
    builder.socket_addr_check(move |addr, what| match what {
        // Whoever sends a datagram has an address first, which the system chooses.
        SocketAddrUse::UdpBind if addr.ip().is_unspecified() && addr.port() == 0 => true,
        _ => addrs.contains(&addr),
    });
    Ok(())
}

/// Sets limits on what a program may use.
///
/// # Errors
///
/// Fails if the system refuses what is needed to stop it.
pub(crate) fn limit(args: &RunArgs, store: &mut Store<Guest>) -> Result<()> {
    if args.max_memory.is_some() {
        store.limiter(|guest| &mut guest.limit);
    }
    if let Some(timeout) = args.timeout {
        let running = store.interrupt_handle()?;
        let waiting = store.data_mut().ctx.interrupt_handle()?;
        let has_ended = Arc::clone(&store.data().has_ended);
        thread::spawn(move || stop_after(timeout, &running, &waiting, &has_ended));
    }
    Ok(())
}

/// Stops a program after a time. If it has come to its end before, so has this process.
fn stop_after(
    timeout: Duration,
    running: &InterruptHandle,
    waiting: &WaitInterruptHandle,
    has_ended: &AtomicBool,
) {
    thread::sleep(timeout);
    // If these fail, the process ends all the same.
    let _ = running.interrupt();
    let _ = waiting.interrupt();
    thread::sleep(GRACE);
    let message = if has_ended.load(Ordering::Relaxed) {
        "nobody reads what the program wrote".to_owned()
    } else {
        format!("the program ran longer than {timeout:?}")
    };
    let _ = writeln!(io::stderr(), "error: {message}");
    process::exit(i32::from(TRAPPED));
}
