//! Calls of the host: with types that Rust knows, and with any values.

use std::hint::black_box;

use anyhow::{Context, Result};
use interfuse::component as ours;
use wasmtime::component as theirs;

use crate::component::contest::{Engines, Turn, compare, our_instance, their_instance};
use crate::component::input::Inputs;
use crate::component::row::{Goal, Row};
use crate::runtime::row::Unit;
use crate::sample::Settings;

/// The component whose exports are called.
const FILE: &str = "host.wat";

interfuse::record! {
    /// A record on the engine of the crate.
    #[derive(Clone, Copy)]
    pub struct OurPoint {
        /// A field.
        pub x: i32,
        /// A field.
        pub y: i32,
    }
}

/// A record on Wasmtime.
#[derive(Clone, Copy, theirs::ComponentType, theirs::Lower)]
#[component(record)]
pub struct TheirPoint {
    x: i32,
    y: i32,
}

/// Calls of a function with types, on all engines.
macro_rules! typed {
    ($cx:expr, $name:expr, $func:expr, ($ours:ty, $theirs:ty) -> $result:ty, $our_args:expr, $their_args:expr) => {{
        let (mut store, instance) = our_instance(&$cx.engines.ours, &$cx.wasm)?;
        let func = instance.get_typed_func::<$ours, $result>(&mut store, $func)?;
        let args = $our_args;
        let ours: Turn = Box::new(move |count| {
            for _ in 0..count {
                black_box(func.call(&mut store, black_box(args))?);
            }
            Ok(())
        });
        let theirs = |engine: &wasmtime::Engine| -> Result<Turn> {
            let (mut store, instance) = their_instance(engine, &$cx.wasm)?;
            let func = instance.get_typed_func::<$theirs, $result>(&mut store, $func)?;
            let args = $their_args;
            Ok(Box::new(move |count| {
                for _ in 0..count {
                    black_box(func.call(&mut store, black_box(args))?);
                }
                Ok(())
            }))
        };
        let turns = [
            ours,
            theirs(&$cx.engines.default)?,
            theirs(&$cx.engines.tuned)?,
        ];
        $cx.row($name, turns)
    }};
}

/// What all calls need.
struct Cx<'a> {
    settings: Settings,
    engines: Engines,
    wasm: Vec<u8>,
    filter: &'a str,
    show: &'a mut dyn FnMut(Row) -> Result<()>,
}

impl Cx<'_> {
    fn row(&mut self, name: &str, turns: [Turn; 3]) -> Result<()> {
        let name = format!("host-{name}");
        if !name.contains(self.filter) {
            return Ok(());
        }
        let times = compare(self.settings, turns)?;
        let goal = match name.as_str() {
            "host-typed-noarg" => Some(Goal::Most(8.0)),
            "host-typed-string-16B" => Some(Goal::Most(25.0)),
            "host-typed-list-record-1024" => Some(Goal::Most(500.0)),
            "host-dynamic-list-u8-4K" => Some(Goal::Most(300.0)),
            _ => None,
        };
        (self.show)(Row {
            name,
            unit: Unit::Nanos,
            interfuse: times[0],
            wasmtime: times[1],
            tuned: Some(times[2]),
            limit: None,
            bytes: None,
            goal,
        })
    }

    /// Calls of a function with values, on all engines.
    fn dynamic(
        &mut self,
        name: &str,
        func: &str,
        our_args: Vec<ours::Val>,
        their_args: Vec<theirs::Val>,
        results: usize,
    ) -> Result<()> {
        let (mut store, instance) = our_instance(&self.engines.ours, &self.wasm)?;
        let missing = || format!("there is no `{func}`");
        let our_func = instance.get_func(&mut store, func).with_context(missing)?;
        let mut place = vec![ours::Val::Bool(false); results];
        let ours: Turn = Box::new(move |count| {
            for _ in 0..count {
                our_func.call(&mut store, black_box(&our_args), &mut place)?;
            }
            Ok(())
        });
        let theirs = |engine: &wasmtime::Engine| -> Result<Turn> {
            let (mut store, instance) = their_instance(engine, &self.wasm)?;
            let func = instance.get_func(&mut store, func).with_context(missing)?;
            let mut place = vec![theirs::Val::Bool(false); results];
            let args = their_args.clone();
            Ok(Box::new(move |count| {
                for _ in 0..count {
                    func.call(&mut store, black_box(&args), &mut place)?;
                }
                Ok(())
            }))
        };
        let turns = [
            ours,
            theirs(&self.engines.default)?,
            theirs(&self.engines.tuned)?,
        ];
        self.row(name, turns)
    }
}

/// Measures all calls whose names contain a text.
///
/// # Errors
///
/// Fails if an engine does.
pub fn measure(
    settings: Settings,
    filter: &str,
    show: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let Some(inputs) = Inputs::find()? else {
        return Ok(());
    };
    let mut cx = Cx {
        settings,
        engines: Engines::new()?,
        wasm: inputs.read(FILE)?,
        filter,
        show,
    };
    measure_typed(&mut cx)?;
    measure_dynamic(&mut cx)
}

/// Text of 16 bytes, and 64 times as much.
fn texts() -> (&'static str, &'static str) {
    const ALL: &str = match str::from_utf8(&[b'a'; 1024]) {
        Ok(text) => text,
        Err(_) => panic!("it is ASCII"),
    };
    (ALL.split_at(16).0, ALL)
}

fn measure_typed(cx: &mut Cx<'_>) -> Result<()> {
    let (short, long) = texts();
    static BYTES: [u8; 4096] = [1; 4096];
    static NUMBERS: [u32; 1024] = [1; 1024];
    static OUR_POINTS: [OurPoint; 1024] = [OurPoint { x: 1, y: 2 }; 1024];
    static THEIR_POINTS: [TheirPoint; 1024] = [TheirPoint { x: 1, y: 2 }; 1024];
    let (bytes, numbers) = (&BYTES[..], &NUMBERS[..]);
    typed!(cx, "typed-noarg", "noarg", ((), ()) -> (), (), ())?;
    typed!(cx, "typed-add", "add", ((u32, u32), (u32, u32)) -> (u32,), (1, 2), (1, 2))?;
    typed!(cx, "typed-string-16B", "strlen", ((&str,), (&str,)) -> (u32,), (short,), (short,))?;
    typed!(cx, "typed-string-1K", "strlen", ((&str,), (&str,)) -> (u32,), (long,), (long,))?;
    typed!(cx, "typed-list-u8-4K", "sum-u8", ((&[u8],), (&[u8],)) -> (u32,), (bytes,), (bytes,))?;
    typed!(cx, "typed-list-u32-1024", "sum-u32", ((&[u32],), (&[u32],)) -> (u32,), (numbers,), (numbers,))?;
    typed!(cx, "typed-list-record-1024", "pts", ((&[OurPoint],), (&[TheirPoint],)) -> (u32,),
        (&OUR_POINTS[..],), (&THEIR_POINTS[..],))?;
    typed!(cx, "typed-echo-string-16B", "echo", ((&str,), (&str,)) -> (String,), (short,), (short,))?;
    typed!(cx, "typed-echo-list-u8-4K", "echo-u8", ((&[u8],), (&[u8],)) -> (Vec<u8>,), (bytes,), (bytes,))
}

fn measure_dynamic(cx: &mut Cx<'_>) -> Result<()> {
    use ours::Val as Ours;
    use theirs::Val as Theirs;
    let (short, _) = texts();
    cx.dynamic("dynamic-noarg", "noarg", vec![], vec![], 0)?;
    cx.dynamic(
        "dynamic-add",
        "add",
        vec![Ours::U32(1), Ours::U32(2)],
        vec![Theirs::U32(1), Theirs::U32(2)],
        1,
    )?;
    cx.dynamic(
        "dynamic-string-16B",
        "strlen",
        vec![Ours::String(short.into())],
        vec![Theirs::String(short.into())],
        1,
    )?;
    cx.dynamic(
        "dynamic-list-u8-4K",
        "sum-u8",
        vec![Ours::List(vec![Ours::U8(1); 4096].into())],
        vec![Theirs::List(vec![Theirs::U8(1); 4096])],
        1,
    )
}
