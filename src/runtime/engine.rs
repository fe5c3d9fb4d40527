//! Engines: what modules are compiled with and stores belong to.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::adapt::Config as Features;
use crate::fact::Reentrance;
use crate::runtime::codegen::{
    CodegenConfig, GroupSource, Module as Parsed, Target, Threads, compile_group,
    compile_trampolines,
};
use crate::runtime::error::Error;
use crate::runtime::image::Image;
use crate::runtime::index::SignatureSlot;
use crate::runtime::perf_map::PerfMap;
use crate::runtime::types::FuncType;
use crate::runtime::vm::code::Code;
use crate::runtime::vm::shared::StoreLimits;
use crate::runtime::vm::signature::Signatures;

/// Settings for components.
#[derive(Clone, Debug, Default)]
pub(in crate::runtime) struct ComponentConfig {
    /// Which features they may use.
    pub(in crate::runtime) features: Features,
    /// Whether their instances may be called while they run.
    pub(in crate::runtime) reentrance: Reentrance,
    /// Whether the host carries out the calls between their instances.
    pub(in crate::runtime) tracing: bool,
}

/// Settings of an engine.
#[derive(Clone, Debug, Default)]
pub struct Config {
    codegen: CodegenConfig,
    limits: StoreLimits,
    components: ComponentConfig,
    perf_map: bool,
}

impl Config {
    /// Returns the default settings.
    pub fn new() -> Config {
        Config::default()
    }

    /// Sets whether guests can be interrupted from other threads, which costs a read in each loop and function. Off by
    /// default.
    pub fn interruptible(&mut self, interruptible: bool) -> &mut Config {
        self.codegen.interruptible = interruptible;
        self
    }

    /// Sets whether functions are compiled on several threads. On by default.
    pub fn parallel_compilation(&mut self, parallel: bool) -> &mut Config {
        self.codegen.threads = if parallel {
            Threads::Pool
        } else {
            Threads::Current
        };
        self
    }

    /// Sets whether small functions are inlined across modules that are compiled together. On by default.
    pub fn inlining(&mut self, inlining: bool) -> &mut Config {
        self.codegen.inlines = inlining;
        self
    }

    /// Sets which features components may use, and how large they may be.
    pub fn component_features(&mut self, features: Features) -> &mut Config {
        self.components.features = features;
        self
    }

    /// Sets which calls between the instances within one component trap because they enter one that is on the stack
    /// already. None by default. Calls by the host, and those between components that were linked while they ran, never do.
    pub fn reentrance(&mut self, reentrance: Reentrance) -> &mut Config {
        self.components.reentrance = reentrance;
        self
    }

    /// Sets whether somebody can be told of the calls between instances of components, see
    /// [`Linker::tracer`](crate::component::Linker::tracer). They go through the host then, which is slow. Off by default.
    pub fn tracing(&mut self, tracing: bool) -> &mut Config {
        self.components.tracing = tracing;
        self
    }

    /// Sets how much stack guests may use, in bytes. 512 KiB by default.
    pub fn max_wasm_stack(&mut self, bytes: usize) -> &mut Config {
        self.limits.stack_bytes = bytes;
        self
    }

    /// Sets how much address space a memory reserves at least, in bytes, so as not to move when it grows: one that guests
    /// access with checks, as they do those with 64-bit addresses or pages of another size than 64 KiB. 1 MiB by default; with
    /// 0 each of them moves soon, which is for tests.
    pub fn memory_room(&mut self, bytes: u64) -> &mut Config {
        self.limits.memory_room_bytes = bytes;
        self
    }

    /// Sets whether the names of functions are written to `/tmp/perf-PID.map` for `perf` when their code is compiled
    /// or loaded: `instance::function`, and for each type what is between host and guests. Off by default.
    pub fn perf_map(&mut self, perf_map: bool) -> &mut Config {
        self.perf_map = perf_map;
        self
    }
}

/// What modules are compiled with and stores belong to. Copies are cheap and mean the same engine.
///
/// An engine keeps each type of function that it has met, and for those that a host defines or calls without a module that
/// has it ready, some hundred bytes of code. It keeps the adapters of functions that are linked while they run as well (see
/// [`export_from`](crate::component::LinkerInstance::export_from)). All that is freed with the engine: there are as many as
/// there are different types, and of adapters as names, options and types differ,
/// however many functions, modules and stores come and go. A host that compiles modules of strangers without end, each with
/// new types, makes a new engine from time to time.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    target: Target,
    signatures: Arc<Signatures>,
    trampolines: Mutex<HashMap<FuncType, Arc<Code>>>,
    /// Modules that were made on the spot, by their bytes.
    modules: Mutex<HashMap<Vec<u8>, Arc<Code>>>,
    perf_map: Option<PerfMap>,
}

/// Largest number of parameters or of results of a function: that of wasmparser, which is that of browsers.
const VALUES_MAX: usize = 1_000;

/// The one signature of code that holds nothing but its trampolines.
pub(in crate::runtime) const ONLY: SignatureSlot = SignatureSlot::FIRST;

impl Engine {
    /// Makes an engine for this machine.
    ///
    /// # Errors
    ///
    /// Fails if this is not an x86-64 processor with SSE4.1 and SSSE3, or if there shall be a map for `perf` that cannot be
    /// written.
    pub fn new(config: &Config) -> Result<Engine, Error> {
        let inner = Inner {
            config: config.clone(),
            target: Target::host()?,
            signatures: Arc::default(),
            trampolines: Mutex::default(),
            modules: Mutex::default(),
            perf_map: config.perf_map.then(PerfMap::open).transpose()?,
        };
        Ok(Engine {
            inner: Arc::new(inner),
        })
    }

    /// Returns whether two engines are the same.
    pub fn same(a: &Engine, b: &Engine) -> bool {
        Arc::ptr_eq(&a.inner, &b.inner)
    }

    pub(in crate::runtime) fn target(&self) -> &Target {
        &self.inner.target
    }

    pub(in crate::runtime) fn codegen(&self) -> &CodegenConfig {
        &self.inner.config.codegen
    }

    pub(in crate::runtime) fn components(&self) -> &ComponentConfig {
        &self.inner.config.components
    }

    pub(in crate::runtime) fn store_limits(&self) -> StoreLimits {
        self.inner.config.limits
    }

    pub(in crate::runtime) fn signatures(&self) -> &Arc<Signatures> {
        &self.inner.signatures
    }

    /// Maps the code of an image.
    pub(in crate::runtime) fn load(&self, image: Image) -> io::Result<Arc<Code>> {
        self.adopt(Code::new(image, self.signatures())?)
    }

    /// Takes code that was mapped: its functions get names for `perf`.
    pub(in crate::runtime) fn adopt(&self, code: Code) -> io::Result<Arc<Code>> {
        if let Some(perf_map) = &self.inner.perf_map {
            perf_map.add(&code)?;
        }
        Ok(Arc::new(code))
    }

    /// Returns the code of a module that was generated on the spot, and keeps it for when the same is generated again.
    ///
    /// # Errors
    ///
    /// Fails if there is no memory for it.
    pub(in crate::runtime) fn generated(
        &self,
        name: &str,
        wasm: &[u8],
    ) -> Result<Arc<Code>, Error> {
        let known = &self.inner.modules;
        let lock = || known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = lock().get(wasm) {
            return Ok(Arc::clone(code));
        }
        let parsed = Parsed::parse(wasm)?;
        let source = GroupSource::single(name.to_owned(), &parsed);
        let image = compile_group(self.target(), self.codegen(), &source)?;
        let code = self.load(image)?;
        lock().insert(wasm.to_owned(), Arc::clone(&code));
        Ok(code)
    }

    /// Returns code with the entry and the exit for a type, which is the signature [`ONLY`] of it.
    ///
    /// # Errors
    ///
    /// Fails if the type has more parameters or results than guests may use, or there is no memory.
    pub(in crate::runtime) fn trampolines(&self, ty: &FuncType) -> Result<Arc<Code>, Error> {
        let count = ty.params.len().max(ty.results.len());
        if count > VALUES_MAX {
            return Err(Error::call(format!(
                "a function with {count} parameters or results, at most {VALUES_MAX} are possible"
            )));
        }
        let known = &self.inner.trampolines;
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = known.get(ty) {
            return Ok(Arc::clone(code));
        }
        let compiled = compile_trampolines(self.target(), ty)?;
        let code = self.adopt(Code::of_trampolines(compiled, self.signatures())?)?;
        known.insert(ty.clone(), Arc::clone(&code));
        Ok(code)
    }
}
