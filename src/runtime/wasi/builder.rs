//! Making what a guest finds.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::{env, io, mem};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::runtime::wasi::clock::{HostMonotonicClock, HostWallClock};
use crate::runtime::wasi::ctx::WasiCtx;
use crate::runtime::wasi::folder::{DirPerms, FilePerms, Folder};
use crate::runtime::wasi::network::SocketAddrUse;
use crate::runtime::wasi::random::HostRandom;
use crate::runtime::wasi::stdio::{Inherited, StdinStream, StdoutStream};

/// Makes what a guest finds. Unless something else is said that is nothing: no arguments, no variables, an empty standard
/// input, an output that goes nowhere, no folders, no network; and the time and the random numbers of the system.
///
/// # Examples
///
/// ```
/// use interfuse::wasi::{MemoryInputPipe, MemoryOutputPipe, WasiCtxBuilder};
///
/// let stdout = MemoryOutputPipe::new(1 << 20);
/// let ctx = WasiCtxBuilder::new()
///     .args(&["prog", "--verbose"])
///     .env("HOME", "/")
///     .stdin(MemoryInputPipe::new("some text"))
///     .stdout(stdout.clone())
///     .inherit_stderr()
///     .build();
/// # drop(ctx);
/// ```
#[derive(Default)]
pub struct WasiCtxBuilder {
    ctx: WasiCtx,
}

impl WasiCtxBuilder {
    /// Begins with nothing.
    pub fn new() -> WasiCtxBuilder {
        WasiCtxBuilder::default()
    }

    /// Adds an argument. The first is the name of the program.
    pub fn arg(&mut self, arg: impl AsRef<str>) -> &mut WasiCtxBuilder {
        self.ctx.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments. The first is the name of the program.
    pub fn args(&mut self, args: &[impl AsRef<str>]) -> &mut WasiCtxBuilder {
        let args = args.iter().map(|arg| arg.as_ref().to_owned());
        self.ctx.args.extend(args);
        self
    }

    /// Adds the arguments of this process, but for those that are no Unicode.
    pub fn inherit_args(&mut self) -> &mut WasiCtxBuilder {
        let args = env::args_os().filter_map(|arg| arg.into_string().ok());
        self.ctx.args.extend(args);
        self
    }

    /// Adds a variable.
    pub fn env(&mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> &mut WasiCtxBuilder {
        let variable = (name.as_ref().to_owned(), value.as_ref().to_owned());
        self.ctx.env.push(variable);
        self
    }

    /// Adds variables.
    pub fn envs(&mut self, envs: &[(impl AsRef<str>, impl AsRef<str>)]) -> &mut WasiCtxBuilder {
        for (name, value) in envs {
            self.env(name, value);
        }
        self
    }

    /// Adds the variables of this process, but for those that are no Unicode.
    pub fn inherit_env(&mut self) -> &mut WasiCtxBuilder {
        let envs = env::vars_os().filter_map(|(name, value)| {
            let variable = (name.into_string().ok()?, value.into_string().ok()?);
            Some(variable)
        });
        self.ctx.env.extend(envs);
        self
    }

    /// Sets in which folder the guest is to begin. Without that it is the first of those it has.
    pub fn initial_cwd(&mut self, path: impl AsRef<str>) -> &mut WasiCtxBuilder {
        self.ctx.initial_cwd = Some(path.as_ref().to_owned());
        self
    }

    /// Sets the standard input.
    pub fn stdin(&mut self, stdin: impl StdinStream + 'static) -> &mut WasiCtxBuilder {
        self.ctx.stdin = Box::new(stdin);
        self
    }

    /// Sets the standard output.
    pub fn stdout(&mut self, stdout: impl StdoutStream + 'static) -> &mut WasiCtxBuilder {
        self.ctx.stdout = Box::new(stdout);
        self
    }

    /// Sets the standard error.
    pub fn stderr(&mut self, stderr: impl StdoutStream + 'static) -> &mut WasiCtxBuilder {
        self.ctx.stderr = Box::new(stderr);
        self
    }

    /// Gives the guest the standard input of this process.
    pub fn inherit_stdin(&mut self) -> &mut WasiCtxBuilder {
        self.stdin(Inherited::Stdin)
    }

    /// Gives the guest the standard output of this process.
    pub fn inherit_stdout(&mut self) -> &mut WasiCtxBuilder {
        self.stdout(Inherited::Stdout)
    }

    /// Gives the guest the standard error of this process.
    pub fn inherit_stderr(&mut self) -> &mut WasiCtxBuilder {
        self.stderr(Inherited::Stderr)
    }

    /// Gives the guest the standard streams of this process.
    pub fn inherit_stdio(&mut self) -> &mut WasiCtxBuilder {
        self.inherit_stdin().inherit_stdout().inherit_stderr()
    }

    /// Sets what time it is.
    pub fn wall_clock(&mut self, clock: impl HostWallClock + 'static) -> &mut WasiCtxBuilder {
        self.ctx.wall_clock = Box::new(clock);
        self
    }

    /// Sets how time passes.
    pub fn monotonic_clock(
        &mut self,
        clock: impl HostMonotonicClock + 'static,
    ) -> &mut WasiCtxBuilder {
        self.ctx.monotonic_clock = Box::new(clock);
        self
    }

    /// Sets the random numbers that nobody shall guess.
    pub fn secure_random(&mut self, random: impl HostRandom + 'static) -> &mut WasiCtxBuilder {
        self.ctx.random = Box::new(random);
        self
    }

    /// Sets the random numbers that may be guessed.
    pub fn insecure_random(&mut self, random: impl HostRandom + 'static) -> &mut WasiCtxBuilder {
        self.ctx.insecure_random = Box::new(random);
        self
    }

    /// Sets what guests begin their hash functions with. Without that it is random.
    pub fn insecure_random_seed(&mut self, seed: u128) -> &mut WasiCtxBuilder {
        self.ctx.insecure_seed = Some(seed);
        self
    }

    /// Gives the guest a folder of this system, by another path.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be opened.
    pub fn preopened_dir(
        &mut self,
        host_path: impl AsRef<Path>,
        guest_path: impl AsRef<str>,
        dir_perms: DirPerms,
        file_perms: FilePerms,
    ) -> io::Result<&mut WasiCtxBuilder> {
        let folder = Folder {
            dir: Arc::new(Dir::open_ambient_dir(host_path, ambient_authority())?),
            dir_perms,
            file_perms,
        };
        let path = guest_path.as_ref().to_owned();
        self.ctx.preopens.push((folder, path));
        Ok(self)
    }

    /// Lets the guest use any address, and ask for those of any name.
    pub fn inherit_network(&mut self) -> &mut WasiCtxBuilder {
        self.socket_addr_check(|_, _| true)
            .allow_ip_name_lookup(true)
    }

    /// Sets which addresses the guest may use. Without that it is none.
    pub fn socket_addr_check(
        &mut self,
        check: impl Fn(SocketAddr, SocketAddrUse) -> bool + Send + Sync + 'static,
    ) -> &mut WasiCtxBuilder {
        self.ctx.network.check = Some(Arc::new(check));
        self
    }

    /// Sets whether the guest may ask for the addresses of names.
    pub fn allow_ip_name_lookup(&mut self, allow: bool) -> &mut WasiCtxBuilder {
        self.ip_name_check(move |_| allow)
    }

    /// Sets of which names the guest may ask for the addresses. Without that it is none. Names in other scripts
    /// come in the form that resolvers know, `xn--…`.
    pub fn ip_name_check(
        &mut self,
        check: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> &mut WasiCtxBuilder {
        self.ctx.network.check_name = Some(Arc::new(check));
        self
    }

    /// Returns what the guest finds. The builder begins with nothing again.
    pub fn build(&mut self) -> WasiCtx {
        mem::take(&mut self.ctx)
    }
}

impl WasiCtx {
    /// Begins to make one.
    pub fn builder() -> WasiCtxBuilder {
        WasiCtxBuilder::new()
    }
}
