//! `interfuse run`: programs, and functions of components.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use interfuse::component::wave::{self, Call};
use interfuse::component::{
    Component, ComponentItem, Func, Instance, InstancePre, Linker, TraceCall, TraceEvent,
    TypedFunc, Val,
};
use interfuse::runtime::{Artifact, Config, Engine, ErrorKind, Store};
use interfuse::wasi::{self, I32Exit};

use crate::cli::args::RunArgs;
use crate::cli::guest::{self, Guest};
use crate::cli::{component, output, precompiled};

/// What runs a program: its result says whether it went well.
type Main = TypedFunc<(), (Result<(), ()>,)>;

/// Runs a program, or a function of a component, and returns the exit code of the program. Prints what the function returns.
///
/// # Errors
///
/// Fails if the component cannot be compiled or linked, or if there is nothing to run.
pub(crate) fn run(args: &RunArgs) -> Result<ExitCode> {
    let mut times = Times::new(args.time);
    let artifact = precompiled::open(&args.file)?;
    // What was compiled before was compiled with that or without.
    let interruptible = match &artifact {
        Some(artifact) => artifact.is_interruptible()?,
        None => args.timeout.is_some(),
    };
    let mut config = Config::new();
    let engine = Engine::new(config.tracing(args.trace).interruptible(interruptible))?;
    let component = times.take("compile", || read(&engine, args, artifact.as_ref()))?;
    let linked = link(args, &engine, &component)?;
    let mut store = Store::new(&engine, Guest::new(args)?)?;
    guest::limit(args, &mut store)?;
    let instance = match times.take("instantiate", || linked.instantiate(&mut store)) {
        Ok(instance) => instance,
        Err(error) => return ending(error),
    };
    if args.invoke.is_none()
        && let Some(main) = main(&instance, &mut store)
    {
        let ended = times.take("run", || main.call(&mut store, ()));
        store.data().end();
        return match ended {
            Ok((Ok(()),)) => Ok(ExitCode::SUCCESS),
            Ok((Err(()),)) => Ok(ExitCode::FAILURE),
            Err(error) => ending(error),
        };
    }
    invoke(args, &instance, &mut store, &mut times)
}

/// Returns a component, compiled or loaded.
fn read(engine: &Engine, args: &RunArgs, artifact: Option<&Artifact>) -> Result<Component> {
    let Some(artifact) = artifact else {
        return component::compiled(engine, &args.file);
    };
    ensure!(
        !args.trace,
        "calls of a component that was compiled before cannot be traced: they are machine code already"
    );
    let component = Component::from_artifact(engine, artifact);
    component.with_context(|| format!("failed to load {}", args.file.display()))
}

/// Finds what a component imports.
fn link(args: &RunArgs, engine: &Engine, component: &Component) -> Result<InstancePre<Guest>> {
    let mut linker = Linker::new(engine);
    wasi::add_to_linker(&mut linker)?;
    for supply in &args.supply {
        let supplied = component::compiled(engine, &supply.file)?;
        linker.root().component(&supply.name, &supplied)?;
    }
    if args.unknown_imports_trap {
        linker.define_unknown_imports_as_traps(component)?;
    }
    if args.trace {
        linker.tracer(print_trace);
    }
    Ok(linker.instantiate_pre(component)?)
}

/// Returns what runs the program that a component is, if it is one.
fn main(instance: &Instance, store: &mut Store<Guest>) -> Option<Main> {
    let main = instance.get_typed_func(store, ("wasi:cli/run@0.2.0", "run"));
    main.ok()
}

/// Calls the function that the arguments name.
fn invoke(
    args: &RunArgs,
    instance: &Instance,
    store: &mut Store<Guest>,
    times: &mut Times,
) -> Result<ExitCode> {
    let Some(text) = &args.invoke else {
        bail!(
            "there is nothing to do: the component is no program, name a function by `--invoke`\n{}",
            listing(instance)
        );
    };
    let call = Call::parse(text).with_context(|| format!("failed to read the call `{text}`"))?;
    let func = find(instance, store, call.name(), args.interface.as_deref())?;
    let params = call.params(&func.ty());
    let params = params.with_context(|| format!("the function is `{}`", func.ty()))?;
    for _ in 0..args.repeat {
        let mut results = vec![Val::Bool(false); usize::from(func.ty().result().is_some())];
        let called = times.take("call", || func.call(&mut *store, &params, &mut results));
        if let Err(error) = called {
            return ending(error);
        }
        if let Some(result) = results.first() {
            output::write(None, &format!("{}\n", wave::to_string(result)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns what a process ends with whose guest did not return: what the guest says, or, if it trapped, something that no
/// program says, after that was printed with the functions that were running.
fn ending(error: interfuse::runtime::Error) -> Result<ExitCode> {
    if let Some(I32Exit(code)) = error.downcast_ref() {
        return Ok(ExitCode::from(u8::try_from(*code).unwrap_or(1)));
    }
    match error.kind() {
        ErrorKind::Trap(_) | ErrorKind::AbiTrap(_) | ErrorKind::Host => {
            output::write_error(&explained(error));
            Ok(ExitCode::from(guest::TRAPPED))
        }
        _ => Err(error.into()),
    }
}

/// Returns the function of a name: one that the component exports, or one of an instance that it exports.
fn find(
    instance: &Instance,
    store: &mut Store<Guest>,
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
