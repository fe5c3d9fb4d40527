//! Functions that compute, and what they take on both engines.

use anyhow::{Result, ensure};
use interfuse::runtime as ours;

use crate::runtime::row::{Row, Unit};
use crate::sample::{Contender, Settings, rounds};

/// A function that computes.
#[derive(Clone, Copy, Debug)]
pub struct Kernel {
    /// Its name.
    pub name: &'static str,
    wat: &'static str,
    /// How much it computes.
    size: u32,
}

/// All of them.
pub const KERNELS: [Kernel; 8] = [
    Kernel {
        name: "fib",
        wat: include_str!("kernels/fib.wat"),
        size: 24,
    },
    Kernel {
        name: "sieve",
        wat: include_str!("kernels/sieve.wat"),
        size: 200_000,
    },
    Kernel {
        name: "matmul f64",
        wat: include_str!("kernels/matmul.wat"),
        size: 80,
    },
    Kernel {
        name: "mix (hash)",
        wat: include_str!("kernels/mix.wat"),
        size: 40,
    },
    Kernel {
        name: "mandelbrot f64",
        wat: include_str!("kernels/mandelbrot.wat"),
        size: 80,
    },
    Kernel {
        name: "quicksort",
        wat: include_str!("kernels/quicksort.wat"),
        size: 10_000,
    },
    Kernel {
        name: "call_indirect",
        wat: include_str!("kernels/dispatch.wat"),
        size: 100_000,
    },
    Kernel {
        name: "dot product, SIMD",
        wat: include_str!("kernels/dot.wat"),
        size: 500,
    },
];

/// A kernel on both engines.
pub struct Prepared {
    ours: (ours::Store<()>, ours::TypedFunc<u32, u64>),
    theirs: (wasmtime::Store<()>, wasmtime::TypedFunc<u32, u64>),
    size: u32,
}

impl Kernel {
    /// Compiles it on both engines, and compares what it computes.
    ///
    /// # Errors
    ///
    /// Fails if the results differ.
    pub fn prepare(&self) -> Result<Prepared> {
        let wasm = wat::parse_str(self.wat)?;
        let engine = ours::Engine::new(&ours::Config::new())?;
        let module = ours::Module::new(&engine, &wasm)?;
        let mut store = ours::Store::new(&engine, ())?;
        let instance = ours::Instance::new(&mut store, &module, &[])?;
        let run = instance.get_typed_func(&mut store, "run")?;
        let ours = (store, run);
        let engine = wasmtime::Engine::default();
        let module = wasmtime::Module::new(&engine, &wasm)?;
        let mut store = wasmtime::Store::new(&engine, ());
        let instance = wasmtime::Instance::new(&mut store, &module, &[])?;
        let run = instance.get_typed_func(&mut store, "run")?;
        let theirs = (store, run);
        let size = self.size;
        let mut prepared = Prepared { ours, theirs, size };
        let (ours, theirs) = (prepared.ours()?, prepared.theirs()?);
        ensure!(
            ours == theirs,
            "{}: {ours:#x}, Wasmtime says {theirs:#x}",
            self.name
        );
        Ok(prepared)
    }

    /// Measures it.
    ///
    /// # Errors
    ///
    /// As [`Kernel::prepare`].
    pub fn measure(&self, settings: Settings) -> Result<Row> {
        let mut prepared = self.prepare()?;
        let contenders: [Contender<'_, Prepared>; 2] = [
            &|prepared, count| (0..count).try_for_each(|_| prepared.ours().map(drop)),
            &|prepared, count| (0..count).try_for_each(|_| prepared.theirs().map(drop)),
        ];
        let samples = rounds(settings, &mut prepared, &contenders)?;
        let row = Row::new(self.name, Unit::Micros, &samples[0], &samples[1]);
        Ok(row.at_most_times(1.1))
    }
}

impl Prepared {
    /// Runs it on the engine of the crate.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn ours(&mut self) -> Result<u64> {
        let (store, run) = &mut self.ours;
        Ok(run.call(store, self.size)?)
    }

    /// Runs it on Wasmtime.
    ///
    /// # Errors
    ///
    /// Does not fail.
    pub fn theirs(&mut self) -> Result<u64> {
        let (store, run) = &mut self.theirs;
        Ok(run.call(store, self.size)?)
    }
}
