//! Two guests on an engine, an adapter between them, and loops that call it: everything that is timed is wasm.

use anyhow::{Context, Result, ensure};
use interfuse::fact::{FactConfig, state_module};
use wasmtime::{Config, Engine, Instance, Linker, Memory, Module, Store, TypedFunc};

/// Where data begins in both memories.
pub const BASE: u32 = 1 << 16;

/// A guest: memory, flag, an allocator that resets, and functions that take what an adapter gives.
const GUEST: &str = r#"
(module
  (memory (export "memory") 128)
  (global (export "may-leave") (mut i32) (i32.const 1))
  (global $next (mut i32) (i32.const 65536))
  (global $first (export "first") (mut i32) (i32.const 0))
  (global $second (export "second") (mut i32) (i32.const 0))
  (func (export "realloc") (param $old i32) (param $old_size i32) (param $align i32) (param $size i32) (result i32)
    (if (i32.eqz (local.get $old))
      (then
        (local.set $old
          (i32.and
            (i32.sub (i32.add (global.get $next) (local.get $align)) (i32.const 1))
            (i32.sub (i32.const 0) (local.get $align))))))
    (global.set $next (i32.add (local.get $old) (local.get $size)))
    (local.get $old))
  (func (export "take") (param i32 i32)
    (global.set $next (i32.const 65536))
    (global.set $first (local.get 0))
    (global.set $second (local.get 1)))
  (func (export "take-one") (param i32)
    (global.set $first (local.get 0))))
"#;

/// Calls an adapter of a pointer and a length.
const DRIVER: &str = r#"
(module
  (import "adapter" "adapter" (func $adapter (param i32 i32)))
  (func (export "run") (param $count i32) (param $pointer i32) (param $length i32)
    (loop $again
      (call $adapter (local.get $pointer) (local.get $length))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
"#;

/// Copies bytes between the memories of the guests.
const COPY: &str = r#"
(module
  (import "caller" "memory" (memory $from 0))
  (import "callee" "memory" (memory $to 0))
  (func (export "run") (param $count i32) (param $pointer i32) (param $length i32)
    (loop $again
      (memory.copy $to $from (local.get $pointer) (local.get $pointer) (local.get $length))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
"#;

/// A loop: number of turns, pointer, length.
pub type Loop = TypedFunc<(u32, u32, u32), ()>;

/// Two guests.
pub struct World {
    /// What runs.
    pub store: Store<()>,
    linker: Linker<()>,
    caller: Instance,
    callee: Instance,
}

/// Returns the engine.
///
/// # Errors
///
/// Fails if it cannot run here.
pub fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.wasm_multi_memory(true);
    Ok(Engine::new(&config)?)
}

impl World {
    /// Makes the guests.
    ///
    /// # Errors
    ///
    /// Fails if the engine does.
    pub fn new(engine: &Engine) -> Result<World> {
        let mut store = Store::new(engine, ());
        let mut linker = Linker::new(engine);
        linker.allow_shadowing(true);
        let trap = |code: u32| -> wasmtime::Result<()> {
            Err(wasmtime::Error::msg(format!("trap with code {code}")))
        };
        linker.func_wrap("interfuse", "trap", trap)?;
        let guest = Module::new(engine, wat::parse_str(GUEST)?)?;
        let caller = linker.instantiate(&mut store, &guest)?;
        linker.instance(&mut store, "caller", caller)?;
        let callee = linker.instantiate(&mut store, &guest)?;
        linker.instance(&mut store, "callee", callee)?;
        Ok(World {
            store,
            linker,
            caller,
            callee,
        })
    }

    /// Gives each guest a state module; returns that of the caller.
    ///
    /// # Errors
    ///
    /// Fails if the engine does.
    pub fn add_states(&mut self) -> Result<Instance> {
        let module = state_module(&FactConfig::default());
        let caller = self.add("caller-state", &module)?;
        self.add("callee-state", &module)?;
        Ok(caller)
    }

    /// Instantiates a module, whose exports others may import from `name`.
    ///
    /// # Errors
    ///
    /// Fails if the module is not valid or imports what there is not.
    pub fn add(&mut self, name: &str, wasm: &[u8]) -> Result<Instance> {
        let module = Module::new(self.store.engine(), wasm)?;
        let instance = self.linker.instantiate(&mut self.store, &module);
        let instance = instance
            .map_err(anyhow::Error::from)
            .with_context(|| format!("failed to instantiate `{name}`"))?;
        self.linker.instance(&mut self.store, name, instance)?;
        Ok(instance)
    }

    /// Instantiates an adapter and returns a loop around it.
    ///
    /// # Errors
    ///
    /// As [`World::add`].
    pub fn driver(&mut self, adapter: &[u8]) -> Result<Loop> {
        self.add("adapter", adapter)?;
        self.looping(DRIVER)
    }

    /// Returns a loop around a copy of bytes that begin at the same address in both memories.
    ///
    /// # Errors
    ///
    /// As [`World::add`].
    pub fn copier(&mut self) -> Result<Loop> {
        self.looping(COPY)
    }

    /// Instantiates a module in the text format that exports the loop `run`.
    ///
    /// # Errors
    ///
    /// As [`World::add`].
    pub fn looping(&mut self, wat: &str) -> Result<Loop> {
        let instance = self.add("driver", &wat::parse_str(wat)?)?;
        Ok(instance.get_typed_func(&mut self.store, "run")?)
    }

    /// Writes into the caller's memory, at [`BASE`].
    ///
    /// # Errors
    ///
    /// Fails if there is no room.
    pub fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let memory = self.memory(self.caller)?;
        Ok(memory.write(&mut self.store, BASE as usize, bytes)?)
    }

    /// Returns what the callee was given last: two numbers.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn taken(&mut self) -> Result<[u32; 2]> {
        let mut taken = [0; 2];
        for (name, taken) in ["first", "second"].into_iter().zip(&mut taken) {
            let global = self.callee.get_global(&mut self.store, name);
            let value = global
                .context("a guest has this global")?
                .get(&mut self.store);
            *taken = value
                .i32()
                .context("the global is a number")?
                .cast_unsigned();
        }
        Ok(taken)
    }

    /// Returns the callee's memory.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn received(&mut self) -> Result<&[u8]> {
        let memory = self.memory(self.callee)?;
        Ok(memory.data(&self.store))
    }

    /// Makes the callee's memory something else than what adapters write.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn wipe(&mut self) -> Result<()> {
        let memory = self.memory(self.callee)?;
        let data = memory.data_mut(&mut self.store);
        ensure!(data.len() > BASE as usize, "a guest has more than one page");
        data[BASE as usize..].fill(0xcc);
        Ok(())
    }

    fn memory(&mut self, guest: Instance) -> Result<Memory> {
        guest
            .get_memory(&mut self.store, "memory")
            .context("a guest has a memory")
    }
}
