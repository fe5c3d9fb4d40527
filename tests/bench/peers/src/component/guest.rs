//! Calls from component to component: the loop is in the guest, the host is not measured.

use std::hint::black_box;

use anyhow::{Result, ensure};

use crate::component::contest::{Engines, Turn, compare, our_instance, their_instance};
use crate::component::input::{Input, Inputs};
use crate::component::row::{Goal, Row};
use crate::runtime::row::Unit;
use crate::sample::Settings;

/// Returns what is to be reached, if anything is.
fn goal(name: &str) -> Option<Goal> {
    use Goal::{GigabytesPerSecond, Most, TimesLimit};
    Some(match name {
        "call-noarg" | "call-u32u32-u32" => Most(1.0),
        "call-flat16" | "variant5" | "enum" | "flags8" | "flags32" => Most(1.5),
        "record20-spilled" => Most(8.0),
        "chain3-u32u32-u32" => Most(2.0),
        "string-utf8-to-utf8-ascii-16B" => Most(10.0),
        "string-utf8-to-utf8-ascii-1K" => Most(30.0),
        // 48 µs where the copy takes 43.
        "string-utf8-to-utf8-ascii-1M" => TimesLimit(48.0 / 43.0),
        "string-utf8-to-utf8-cjk-1M" => GigabytesPerSecond(5.0),
        "string-utf8-to-utf16-ascii-1M" | "string-utf16-to-utf8-ascii-1M" => {
            GigabytesPerSecond(10.0)
        }
        "string-utf8-to-utf16-cjk-1M" | "string-utf16-to-utf8-cjk-1M" => GigabytesPerSecond(1.5),
        "string-utf16-to-utf16-ascii-1M" | "string-utf16-to-utf16-cjk-1M" => {
            GigabytesPerSecond(12.0)
        }
        "string-l1u16-to-utf8-latin1-1M" => GigabytesPerSecond(2.0),
        "string-utf8-to-l1u16-latin1-1M" => GigabytesPerSecond(1.5),
        "list-u8-16B" => Most(7.0),
        "list-u8-4K"
        | "list-u8-1M"
        | "list-u8-16M"
        | "list-u32-1M"
        | "list-f64-1M"
        | "list-record-u32x4-1M" => TimesLimit(1.15),
        "list-record-u32-f64-1M" => TimesLimit(1.2),
        "list-bool-1M" | "list-char-1M" | "list-enum-1M" => TimesLimit(2.0),
        "list-option-u32-1M" | "list-variant-1M" => TimesLimit(2.5),
        // 8 ns for each of 1,000 strings.
        "list-string16-1000" => Most(8_000.0),
        "resource-borrow-method" => Most(6.0),
        "resource-make-drop" => Most(15.0),
        _ => return None,
    })
}

/// Measures all components whose names contain a text.
///
/// # Errors
///
/// Fails if an engine does, or if a component returns something else than it must.
pub fn measure(
    settings: Settings,
    filter: &str,
    show: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let Some(inputs) = Inputs::find()? else {
        return Ok(());
    };
    let engines = Engines::new()?;
    let is_wanted = |it: &&Input| it.group != "host" && it.name.contains(filter);
    for input in inputs.all.iter().filter(is_wanted) {
        show(measure_one(settings, &engines, &inputs, input)?)?;
    }
    Ok(())
}

fn measure_one(
    settings: Settings,
    engines: &Engines,
    inputs: &Inputs,
    input: &Input,
) -> Result<Row> {
    let wasm = inputs.read(&input.file)?;
    let [ours, default] = both(engines, &wasm, input)?;
    let tuned = theirs(&engines.tuned, &wasm, input)?;
    let limit = inputs.limit_of(input).filter(|it| it.name != input.name);
    let (times, limit) = match limit {
        Some(limit) => {
            let [our_limit, their_limit] = both(engines, &inputs.read(&limit.file)?, limit)?;
            let turns = [ours, default, tuned, our_limit, their_limit];
            let [ours, default, tuned, our_limit, their_limit] = compare(settings, turns)?;
            ([ours, default, tuned], Some(our_limit.min(their_limit)))
        }
        None => (compare(settings, [ours, default, tuned])?, None),
    };
    let bytes = f64::from(input.payload_bytes);
    Ok(Row {
        name: input.name.clone(),
        unit: Unit::Nanos,
        interfuse: times[0],
        wasmtime: times[1],
        tuned: Some(times[2]),
        limit,
        bytes: (bytes > 0.0).then_some(bytes),
        goal: goal(&input.name),
    })
}

fn both(engines: &Engines, wasm: &[u8], input: &Input) -> Result<[Turn; 2]> {
    Ok([
        ours(engines, wasm, input)?,
        theirs(&engines.default, wasm, input)?,
    ])
}

fn ours(engines: &Engines, wasm: &[u8], input: &Input) -> Result<Turn> {
    let (mut store, instance) = our_instance(&engines.ours, wasm)?;
    let run = instance.get_typed_func::<(u32,), (u64,)>(&mut store, "run")?;
    check(input, run.call(&mut store, (3,))?.0)?;
    Ok(Box::new(move |count| {
        black_box(run.call(&mut store, (count,))?);
        Ok(())
    }))
}

fn theirs(engine: &wasmtime::Engine, wasm: &[u8], input: &Input) -> Result<Turn> {
    let (mut store, instance) = their_instance(engine, wasm)?;
    let run = instance.get_typed_func::<(u32,), (u64,)>(&mut store, "run")?;
    check(input, run.call(&mut store, (3,))?.0)?;
    Ok(Box::new(move |count| {
        black_box(run.call(&mut store, (count,))?);
        Ok(())
    }))
}

fn check(input: &Input, found: u64) -> Result<()> {
    let name = &input.name;
    ensure!(
        input.expect3.is_none_or(|it| it == found),
        "`{name}`: run(3) is {found}"
    );
    Ok(())
}
