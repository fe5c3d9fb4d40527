//! What calls take on both engines: into guests, out of them, and between them.

use std::hint::black_box;

use anyhow::{Context, Result, ensure};
use interfuse::runtime as ours;

use crate::runtime::row::{Row, Unit};
use crate::sample::{Contender, Settings, ratio, rounds};

/// What is called.
const CALLEE: &str = r#"
(module
  (func (export "none"))
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))
"#;

/// A loop that calls `add` of the same module.
const INSIDE: &str = r#"
(module
  (func $add (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1)))
  (func (export "run") (param $count i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (call $add (local.get $sum) (local.get $count)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $sum)))
"#;

/// A loop that calls an `add` that is imported.
const ADD: &str = r#"
(module
  (import "callee" "add" (func $add (param i32 i32) (result i32)))
  (func (export "run") (param $count i32) (result i32)
    (local $sum i32)
    (loop $again
      (local.set $sum (call $add (local.get $sum) (local.get $count)))
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (local.get $sum)))
"#;

/// A loop that calls a function that is imported, without parameters.
const NONE: &str = r#"
(module
  (import "callee" "none" (func $none))
  (func (export "run") (param $count i32) (result i32)
    (loop $again
      (call $none)
      (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (i32.const 0)))
"#;

/// Where what a loop calls is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Callee {
    /// In the loop's own module.
    Inside,
    /// In another instance, compiled by itself.
    Apart,
    /// In another instance, compiled with the loop.
    Together(Inlining),
    /// In the host.
    Host,
}

/// Whether functions of a group may be inlined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Inlining {
    On,
    Off,
}

/// A function of the engine of the crate.
type Ours<P, R> = (ours::Store<()>, ours::TypedFunc<P, R>);

/// A function of Wasmtime.
type Theirs<P, R> = (wasmtime::Store<()>, wasmtime::TypedFunc<P, R>);

/// Functions that do nothing, and that add, on both engines.
struct Callees {
    ours: (
        ours::Store<()>,
        ours::TypedFunc<(), ()>,
        ours::TypedFunc<(u32, u32), u32>,
    ),
    theirs: (
        wasmtime::Store<()>,
        wasmtime::TypedFunc<(), ()>,
        wasmtime::TypedFunc<(u32, u32), u32>,
    ),
}

/// A loop on both engines.
type Both = (Ours<u32, u32>, Theirs<u32, u32>);

/// Loops that call something in different places, four on the engine of the crate.
struct Loops {
    ours: [Ours<u32, u32>; 4],
    theirs: [Theirs<u32, u32>; 2],
}

/// Measures all kinds of calls.
///
/// # Errors
///
/// Fails if an engine does, or if a loop returns something else than it must.
pub fn measure(settings: Settings) -> Result<Vec<Row>> {
    let mut rows = into_guest(settings)?;
    rows.extend(out_of_guest(settings)?);
    rows.extend(between(settings)?);
    Ok(rows)
}

fn into_guest(settings: Settings) -> Result<Vec<Row>> {
    let wasm = wat::parse_str(CALLEE)?;
    let engine = ours::Engine::new(&ours::Config::new())?;
    let module = ours::Module::new(&engine, &wasm)?;
    let mut store = ours::Store::new(&engine, ())?;
    let instance = ours::Instance::new(&mut store, &module, &[])?;
    let none = instance.get_typed_func::<(), ()>(&mut store, "none")?;
    let add = instance.get_typed_func::<(u32, u32), u32>(&mut store, "add")?;
    let ours = (store, none, add);
    let engine = wasmtime::Engine::default();
    let module = wasmtime::Module::new(&engine, &wasm)?;
    let mut store = wasmtime::Store::new(&engine, ());
    let instance = wasmtime::Instance::new(&mut store, &module, &[])?;
    let none = instance.get_typed_func::<(), ()>(&mut store, "none")?;
    let add = instance.get_typed_func::<(u32, u32), u32>(&mut store, "add")?;
    let theirs = (store, none, add);
    let mut both = Callees { ours, theirs };
    let contenders: [Contender<'_, Callees>; 4] = [
        &|Callees { ours, .. }, count| {
            (0..count).try_for_each(|_| Ok(ours.1.call(&mut ours.0, ())?))
        },
        &|Callees { theirs, .. }, count| {
            (0..count).try_for_each(|_| Ok(theirs.1.call(&mut theirs.0, ())?))
        },
        &|Callees { ours, .. }, count| {
            (0..count).try_for_each(|i| {
                black_box(ours.2.call(&mut ours.0, (i, 1))?);
                Ok(())
            })
        },
        &|Callees { theirs, .. }, count| {
            (0..count).try_for_each(|i| {
                black_box(theirs.2.call(&mut theirs.0, (i, 1))?);
                Ok(())
            })
        },
    ];
    let samples = rounds(settings, &mut both, &contenders)?;
    let row = |name, at: usize| Row::new(name, Unit::Nanos, &samples[at], &samples[at + 1]);
    Ok(vec![
        row("host → wasm, ()", 0).at_most(5.0),
        row("host → wasm, (u32, u32) -> u32", 2),
    ])
}

fn out_of_guest(settings: Settings) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (name, wat) in [
        ("wasm → host, ()", NONE),
        ("wasm → host, (u32, u32) -> u32", ADD),
    ] {
        let mut both = (ours(wat, Callee::Host)?, theirs(wat, Callee::Host)?);
        let contenders: [Contender<'_, Both>; 2] = [
            &|(ours, _), count| run_ours(ours, count),
            &|(_, theirs), count| run_theirs(theirs, count),
        ];
        let samples = rounds(settings, &mut both, &contenders)?;
        rows.push(Row::new(name, Unit::Nanos, &samples[0], &samples[1]).at_most(4.0));
    }
    Ok(rows)
}

fn between(settings: Settings) -> Result<Vec<Row>> {
    let mut all = Loops {
        ours: [
            ours(INSIDE, Callee::Inside)?,
            ours(ADD, Callee::Together(Inlining::Off))?,
            ours(ADD, Callee::Together(Inlining::On))?,
            ours(ADD, Callee::Apart)?,
        ],
        theirs: [theirs(INSIDE, Callee::Inside)?, theirs(ADD, Callee::Apart)?],
    };
    let contenders: [Contender<'_, Loops>; 6] = [
        &|all, count| run_ours(&mut all.ours[0], count),
        &|all, count| run_ours(&mut all.ours[1], count),
        &|all, count| run_ours(&mut all.ours[2], count),
        &|all, count| run_ours(&mut all.ours[3], count),
        &|all, count| run_theirs(&mut all.theirs[0], count),
        &|all, count| run_theirs(&mut all.theirs[1], count),
    ];
    let samples = rounds(settings, &mut all, &contenders)?;
    let [inside, together, inlined, apart, their_inside, their_apart] = &samples[..] else {
        unreachable!("there are six contenders");
    };
    let mut times = Row::new("… of a call in one module", Unit::Times, inside, inside);
    times.interfuse = ratio(together, inside);
    times.wasmtime = ratio(their_apart, their_inside);
    times.ratio = times.interfuse / times.wasmtime;
    let row = |name, ours: &[f64], theirs: &[f64]| Row::new(name, Unit::Nanos, ours, theirs);
    Ok(vec![
        row("wasm → wasm, one module", inside, their_inside),
        row("wasm → wasm, one group", together, their_apart),
        times.at_most(1.1),
        row("wasm → wasm, one group, inlined", inlined, their_apart).at_most(0.5),
        row("wasm → wasm, compiled apart", apart, their_apart),
    ])
}

/// Prepares a loop on the engine of the crate.
fn ours(wat: &str, callee: Callee) -> Result<Ours<u32, u32>> {
    let (caller, other) = (wat::parse_str(wat)?, wat::parse_str(CALLEE)?);
    let mut config = ours::Config::new();
    config.inlining(callee == Callee::Together(Inlining::On));
    let engine = ours::Engine::new(&config)?;
    let mut store = ours::Store::new(&engine, ())?;
    let mut linker = ours::Linker::new();
    let instance = if let Callee::Together(_) = callee {
        let mut group = ours::GroupBuilder::new(&engine);
        group.instance("callee", &other).instance("caller", &caller);
        let instances = group.compile()?.instantiate(&mut store, &linker)?;
        instances.get("caller").context("it was named so")?
    } else {
        if callee == Callee::Host {
            let add = |_: ours::StoreContextMut<'_, ()>, a: u32, b: u32| a.wrapping_add(b);
            linker.func_wrap(&mut store, ("callee", "add"), add)?;
            let none = |_: ours::StoreContextMut<'_, ()>| {};
            linker.func_wrap(&mut store, ("callee", "none"), none)?;
        } else {
            let module = ours::Module::new(&engine, &other)?;
            let instance = linker.instantiate(&mut store, &module)?;
            linker.instance(&mut store, "callee", &module, instance);
        }
        linker.instantiate(&mut store, &ours::Module::new(&engine, &caller)?)?
    };
    let run = instance.get_typed_func(&mut store, "run")?;
    let sum = run.call(&mut store, 3)?;
    ensure!(sum == if wat == NONE { 0 } else { 6 }, "{callee:?}: {sum}");
    Ok((store, run))
}

/// Prepares a loop on Wasmtime.
fn theirs(wat: &str, callee: Callee) -> Result<Theirs<u32, u32>> {
    let engine = wasmtime::Engine::default();
    let mut store = wasmtime::Store::new(&engine, ());
    let mut linker = wasmtime::Linker::new(&engine);
    if callee == Callee::Host {
        let add = |_: wasmtime::Caller<'_, ()>, a: u32, b: u32| a.wrapping_add(b);
        linker.func_wrap("callee", "add", add)?;
        linker.func_wrap("callee", "none", |_: wasmtime::Caller<'_, ()>| {})?;
    } else {
        let module = wasmtime::Module::new(&engine, wat::parse_str(CALLEE)?)?;
        linker.module(&mut store, "callee", &module)?;
    }
    let module = wasmtime::Module::new(&engine, wat::parse_str(wat)?)?;
    let instance = linker.instantiate(&mut store, &module)?;
    let run = instance.get_typed_func(&mut store, "run")?;
    let sum = run.call(&mut store, 3)?;
    ensure!(sum == if wat == NONE { 0 } else { 6 }, "{callee:?}: {sum}");
    Ok((store, run))
}

fn run_ours((store, run): &mut Ours<u32, u32>, count: u32) -> Result<()> {
    black_box(run.call(store, count)?);
    Ok(())
}

fn run_theirs((store, run): &mut Theirs<u32, u32>, count: u32) -> Result<()> {
    black_box(run.call(store, count)?);
    Ok(())
}
