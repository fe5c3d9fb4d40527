//! What beginnings and ends take on both engines: instances that are made and dropped, guests that trap.

use anyhow::{Result, ensure};
use interfuse::runtime as ours;

use crate::runtime::row::{Row, Unit};
use crate::sample::{Contender, Settings, rounds};

/// A module that traps in several ways.
const TRAPS: &str = r#"
(module
  (import "host" "fail" (func $fail))
  (memory 1)
  (func (export "unreachable") unreachable)
  (func (export "load") (drop (i32.load (i32.const 0x10000000))))
  (func (export "host") (call $fail)))
"#;

/// Bytes of data of the largest module.
const DATA_BYTES: usize = 10_000_000;

/// Length of the largest table.
const TABLE_LEN: usize = 5_000;

/// Instances of a store, so many that the store itself does not count.
const INSTANCES: u32 = 100;

/// A function that traps, on both engines.
type Both = (
    (ours::Store<()>, ours::TypedFunc<(), ()>),
    (wasmtime::Store<()>, wasmtime::TypedFunc<(), ()>),
);

/// Measures instances that are made and dropped, with their stores.
///
/// # Errors
///
/// Fails if an engine does.
pub fn measure_instances(settings: Settings) -> Result<Vec<Row>> {
    let data = "x".repeat(DATA_BYTES);
    let large = format!(r#"(module (memory 160) (data (i32.const 0) "{data}"))"#);
    let small = r#"(module (memory 1) (func (export "f")))"#;
    let names = "$f ".repeat(TABLE_LEN);
    let table =
        format!("(module (table {TABLE_LEN} funcref) (func $f) (elem (i32.const 0) {names}))");
    let (one, many) = (1, INSTANCES);
    Ok(vec![
        instance("store", None, one, settings)?,
        instance("store, instance with a memory", Some(small), one, settings)?,
        instance(
            "store, instance with 10 MB of data",
            Some(&large),
            one,
            settings,
        )?
        .at_most(10.0)
        .at_most_times(1.0),
        instance(
            "store, instance with 5,000 table elements",
            Some(&table),
            one,
            settings,
        )?,
        instance(
            "one more instance with a memory",
            Some(small),
            many,
            settings,
        )?,
        instance(
            "one more instance with 10 MB of data",
            Some(&large),
            many,
            settings,
        )?
        .at_most(10.0)
        .at_most_times(1.0),
    ])
}

/// Measures an instance that is made and dropped, with its store if it is the only one of that, or only a store.
fn instance(name: &str, wat: Option<&str>, per_store: u32, settings: Settings) -> Result<Row> {
    let wasm = wat.map(wat::parse_str).transpose()?;
    let our_engine = ours::Engine::new(&ours::Config::new())?;
    let module = |wasm: &Vec<u8>| ours::Module::new(&our_engine, wasm);
    let our_module = wasm.as_ref().map(module).transpose()?;
    let their_engine = wasmtime::Engine::default();
    let module = |wasm: &Vec<u8>| wasmtime::Module::new(&their_engine, wasm);
    let their_module = wasm.as_ref().map(module).transpose()?;
    let step = usize::try_from(per_store)?;
    let contenders: [Contender<'_, ()>; 2] = [
        &|(), count| {
            (0..count).step_by(step).try_for_each(|first| {
                let mut store = ours::Store::new(&our_engine, ())?;
                for _ in first..count.min(first + per_store) {
                    if let Some(module) = &our_module {
                        ours::Instance::new(&mut store, module, &[])?;
                    }
                }
                Ok(())
            })
        },
        &|(), count| {
            (0..count).step_by(step).try_for_each(|first| {
                let mut store = wasmtime::Store::new(&their_engine, ());
                for _ in first..count.min(first + per_store) {
                    if let Some(module) = &their_module {
                        wasmtime::Instance::new(&mut store, module, &[])?;
                    }
                }
                Ok(())
            })
        },
    ];
    let samples = rounds(settings, &mut (), &contenders)?;
    Ok(Row::new(name, Unit::Micros, &samples[0], &samples[1]))
}

/// Measures guests that do not return, until the host has the error.
///
/// # Errors
///
/// Fails if a guest returns.
pub fn measure_traps(settings: Settings) -> Result<Vec<Row>> {
    let wasm = wat::parse_str(TRAPS)?;
    let mut rows = Vec::new();
    for (name, export) in [
        ("trap, access beyond a memory", "load"),
        ("trap, unreachable", "unreachable"),
        ("error of the host", "host"),
    ] {
        let engine = ours::Engine::new(&ours::Config::new())?;
        let mut store = ours::Store::new(&engine, ())?;
        let mut linker = ours::Linker::new();
        let fail = |_: ours::StoreContextMut<'_, ()>| Err::<(), _>("no");
        linker.func_wrap(&mut store, ("host", "fail"), fail)?;
        let module = ours::Module::new(&engine, &wasm)?;
        let instance = linker.instantiate(&mut store, &module)?;
        let func = instance.get_typed_func::<(), ()>(&mut store, export)?;
        let ours = (store, func);
        let engine = wasmtime::Engine::default();
        let mut store = wasmtime::Store::new(&engine, ());
        let mut linker = wasmtime::Linker::new(&engine);
        let fail = || -> wasmtime::Result<()> { Err(wasmtime::Error::msg("no")) };
        linker.func_wrap("host", "fail", fail)?;
        let module = wasmtime::Module::new(&engine, &wasm)?;
        let instance = linker.instantiate(&mut store, &module)?;
        let func = instance.get_typed_func::<(), ()>(&mut store, export)?;
        let mut both = (ours, (store, func));
        let contenders: [Contender<'_, Both>; 2] = [
            &|((store, func), _), count| {
                (0..count).try_for_each(|_| {
                    ensure!(func.call(&mut *store, ()).is_err(), "it returned");
                    Ok(())
                })
            },
            &|(_, (store, func)), count| {
                (0..count).try_for_each(|_| {
                    ensure!(func.call(&mut *store, ()).is_err(), "it returned");
                    Ok(())
                })
            },
        ];
        let samples = rounds(settings, &mut both, &contenders)?;
        rows.push(Row::new(name, Unit::Nanos, &samples[0], &samples[1]));
    }
    Ok(rows)
}
