//! `interfuse run` and `interfuse compile`: components on the runtime.

use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};
use std::{fs, io};

use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use interfuse::component::wave::{self, Call};
use interfuse::component::{
    Component, ComponentItem, Func, Instance, Linker, TraceCall, TraceEvent, Val,
};
use interfuse::runtime::{Config, Engine, Store};

use crate::cli::args::{CompileArgs, RunArgs};
use crate::cli::{input, output, precompiled, progress};

/// Runs a function of a component and prints what it returns.
///
/// # Errors
///
/// Fails if the component cannot be compiled, linked or instantiated, if there is no such function, or if it fails.
pub(crate) fn run(args: &RunArgs) -> Result<()> {
    let engine = Engine::new(Config::new().tracing(args.trace))?;
    let mut times = Times::new(args.time);
    let component = times.take("compile", || component(&engine, &args.file, args.trace))?;
    let mut linker: Linker<()> = Linker::new(&engine);
    for supply in &args.supply {
        let supplied = component_of(&engine, &supply.file)?;
        linker.root().component(&supply.name, &supplied)?;
    }
    if args.unknown_imports_trap {
        linker.define_unknown_imports_as_traps(&component)?;
    }
    if args.trace {
        linker.tracer(print_trace);
    }
    let linked = linker.instantiate_pre(&component)?;
    let mut store = Store::new(&engine, ())?;
    let instance = times.take("instantiate", || linked.instantiate(&mut store))?;
    let Some(text) = &args.invoke else {
        bail!(
            "there is nothing to do: name a function by `--invoke`\n{}",
            listing(&instance)
        );
    };
    let call = Call::parse(text).with_context(|| format!("failed to read the call `{text}`"))?;
    let func = find(
        &instance,
        &mut store,
        call.name(),
        args.interface.as_deref(),
    )?;
    let params = call.params(&func.ty());
    let params = params.with_context(|| format!("the function is `{}`", func.ty()))?;
    for _ in 0..args.repeat {
        let mut results = vec![Val::Bool(false); usize::from(func.ty().result().is_some())];
        times
            .take("call", || func.call(&mut store, &params, &mut results))
            .map_err(explained)?;
        if let Some(result) = results.first() {
            output::write(None, &format!("{}\n", wave::to_string(result)))?;
        }
    }
    Ok(())
}

/// Compiles a component to a file.
///
/// # Errors
///
/// Fails if it cannot be compiled, or the file cannot be written.
pub(crate) fn compile(args: &CompileArgs) -> Result<()> {
    let engine = Engine::new(&Config::new())?;
    let component = component_of(&engine, &args.file)?;
    let bytes = component.serialize()?;
    // Somebody may have the file mapped that was there before: it is replaced, not changed.
    let unfinished = args.output.with_extension("unfinished");
    fs::write(&unfinished, bytes)
        .and_then(|()| fs::rename(&unfinished, &args.output))
        .with_context(|| format!("failed to write {}", args.output.display()))
}

/// Returns a component, compiled or loaded.
fn component(engine: &Engine, path: &Path, trace: bool) -> Result<Component> {
    if !precompiled::is_precompiled(path) {
        return component_of(engine, path);
    }
    ensure!(
        !trace,
        "calls of a component that was compiled before cannot be traced: they are machine code already"
    );
    precompiled::load(engine, path)
}

fn component_of(engine: &Engine, path: &Path) -> Result<Component> {
    let bytes = input::read_one(path)?;
    let what = format!("compiling {}", path.display());
    let compiled = progress::show(&what, || Component::new(engine, &bytes));
    compiled.with_context(|| format!("failed to compile {}", path.display()))
}

/// Returns the function of a name: one that the component exports, or one of an instance that it exports.
fn find(
    instance: &Instance,
    store: &mut Store<()>,
    name: &str,
    interface: Option<&str>,
) -> Result<Func> {
    if let Some(interface) = interface {
        let found = instance.get_func(&mut *store, (interface, name));
        return found.with_context(|| {
            format!(
                "`{interface}` has no function `{name}`\n{}",
                listing(instance)
            )
        });
    }
    if let Some(func) = instance.get_func(&mut *store, [name].as_slice()) {
        return Ok(func);
    }
    let exports = instance.exports();
    let has_it = |item: &ComponentItem| match item {
        ComponentItem::Instance(items) => matches!(items.get(name), Some(ComponentItem::Func(_))),
        _ => false,
    };
    let mut interfaces = exports.iter().filter(|(_, item)| has_it(item));
    match (interfaces.next(), interfaces.next()) {
        (Some((interface, _)), None) => {
            let func = instance.get_func(store, (&**interface, name));
            Ok(func.expect("it was listed"))
        }
        (Some(_), Some(_)) => bail!(
            "more than one interface has a function `{name}`: name one by `--interface`\n{}",
            listing(instance)
        ),
        (None, _) => bail!("there is no function `{name}`\n{}", listing(instance)),
    }
}

/// Returns the functions that an instance exports, for people.
fn listing(instance: &Instance) -> String {
    let mut lines = Vec::new();
    for (name, item) in instance.exports() {
        match item {
            ComponentItem::Func(ty) => lines.push(format!("  {name}: {ty}")),
            ComponentItem::Instance(items) => {
                lines.push(format!("  {name}"));
                let funcs = items.iter().filter_map(|(name, item)| match item {
                    ComponentItem::Func(ty) => Some(format!("    {name}: {ty}")),
                    _ => None,
                });
                lines.extend(funcs);
            }
            _ => {}
        }
    }
    if lines.is_empty() {
        return "the component exports no function".to_owned();
    }
    format!("the component exports\n{}", lines.join("\n"))
}

/// Returns an error with the functions that were running.
fn explained(error: interfuse::runtime::Error) -> Error {
    let frames = error.backtrace();
    let frames: Vec<_> = frames
        .iter()
        .map(|frame| format!("\n    at {frame}"))
        .collect();
    anyhow!("{error}{}", frames.concat())
}

fn print_trace(call: &TraceCall<'_>) {
    let indent = "  ".repeat(call.depth);
    let line = match call.event {
        TraceEvent::Call(params) => {
            let params: Vec<_> = params.iter().map(wave::to_string).collect();
            let [caller, callee] = [call.caller, call.callee].map(|it| it.unwrap_or("host"));
            format!(
                "{indent}{caller} -> {callee}.{}({})",
                call.func,
                params.join(", ")
            )
        }
        TraceEvent::Return(Some(result)) => format!("{indent}= {}", wave::to_string(result)),
        TraceEvent::Return(None) => format!("{indent}= ()"),
        TraceEvent::Fail(error) => format!("{indent}! {error}"),
    };
    // There is nowhere else to say that this fails.
    let _ = writeln!(io::stderr(), "{}", output::printable(&line));
}

/// What takes how long, for the standard error.
struct Times {
    is_shown: bool,
}

impl Times {
    fn new(is_shown: bool) -> Times {
        Times { is_shown }
    }

    fn take<T>(&mut self, what: &str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        let time = start.elapsed();
        if self.is_shown {
            // There is nowhere else to say that this fails.
            let _ = writeln!(io::stderr(), "{what:<12} {:>14} ns", grouped(time));
        }
        result
    }
}

/// Returns a time in nanoseconds, with its digits in groups of three.
fn grouped(time: Duration) -> String {
    let digits = time.as_nanos().to_string();
    let mut text = String::new();
    for (i, digit) in digits.char_indices() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}
