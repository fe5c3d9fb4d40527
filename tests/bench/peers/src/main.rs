//! `table [GROUP…] [--filter TEXT] [--rounds N] [--millis N] [--json]`: measures and prints, a row at a time.
//!
//! Groups are `generate`, `copy`, `handles`, `runtime`, `components` and `wasi`; a row is measured if its name contains the text, of
//! `runtime` if that of its part does: `kernel`, `call`, `instance`, `trap`, `load` or `compile`. With `--json` each row is a
//! line of JSON.
//!
//! `compile ENGINE FILE` and `compile-component ENGINE FILE OUT` are what the table runs to learn how much memory compilation
//! takes, and `host ENGINE FILE [FUNCTION]` what it runs to learn how long a program takes from its start to its end.

use std::path::Path;
use std::time::Duration;
use std::{env, fs};

use anyhow::{Context, Result, bail};
use interfuse_peers::report::Row;
use interfuse_peers::sample::Settings;
use interfuse_peers::{component, copy, generate, handle, runtime, wasi, world};

const USE: &str = "use: table [generate|copy|handles|runtime|components|wasi …] [--filter TEXT] [--rounds N] [--millis N] [--json]";

/// What can be measured.
const GROUPS: [&str; 6] = [
    "generate",
    "copy",
    "handles",
    "runtime",
    "components",
    "wasi",
];

/// What is asked for.
struct Options {
    groups: Vec<String>,
    filter: String,
    settings: Settings,
    json: bool,
}

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    if let [command, engine, path] = &args[..]
        && command == "compile"
    {
        let cost = runtime::compile::compile(engine, Path::new(path))?;
        println!("{}", serde_json::to_string(&cost)?);
        return Ok(());
    }
    if let [command, engine, path, out] = &args[..]
        && command == "compile-component"
    {
        let cost = component::life::compile(engine, Path::new(path), Path::new(out))?;
        println!("{}", serde_json::to_string(&cost)?);
        return Ok(());
    }
    if let [command, engine, path, func @ ..] = &args[..]
        && command == "host"
    {
        let func = func.first().map(|it| &**it);
        return wasi::program::run(engine, Path::new(path), func);
    }
    let options = parse(args.into_iter())?;
    if !options.json {
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        println!("load: {}", load.trim());
    }
    let mut missed = Vec::new();
    for group in GROUPS {
        if options.groups.is_empty() || options.groups.iter().any(|it| it == group) {
            missed.extend(measure(group, &options)?);
        }
    }
    if !options.json {
        println!("\n{} goals missed", missed.len());
        missed.iter().for_each(|row| println!("{}", row.line()));
    }
    Ok(())
}

fn parse(mut args: impl Iterator<Item = String>) -> Result<Options> {
    let mut options = Options {
        groups: Vec::new(),
        filter: String::new(),
        settings: Settings {
            rounds: 15,
            turn: Duration::from_millis(1),
        },
        json: false,
    };
    if args.next().as_deref() != Some("table") {
        bail!(USE);
    }
    while let Some(arg) = args.next() {
        let mut value = || {
            args.next()
                .with_context(|| format!("`{arg}` needs a value"))
        };
        match &*arg {
            group if GROUPS.contains(&group) => options.groups.push(arg),
            "--filter" => options.filter = value()?,
            "--rounds" => options.settings.rounds = value()?.parse::<usize>()?.max(1),
            "--millis" => options.settings.turn = Duration::from_millis(value()?.parse()?),
            "--json" => options.json = true,
            _ => bail!(USE),
        }
    }
    Ok(options)
}

/// Measures and prints a group; returns the rows that miss their goals.
fn measure(group: &str, options: &Options) -> Result<Vec<Row>> {
    let (settings, engine) = (options.settings, world::engine()?);
    let is_wanted = |name: &str| name.contains(&options.filter);
    let mut missed = Vec::new();
    let mut is_first = true;
    let mut show = |row: Row| -> Result<()> {
        if options.json {
            println!("{}", serde_json::to_string(&row)?);
        } else {
            if is_first {
                println!("\n{}", row.heading());
            }
            println!("{}", row.line());
        }
        is_first = false;
        missed.extend((row.is_met() == Some(false)).then_some(row));
        Ok(())
    };
    match group {
        "generate" => {
            for case in generate::cases()?.iter().filter(|it| is_wanted(&it.name)) {
                show(Row::Generate(case.measure(settings)?))?;
            }
        }
        "copy" => {
            for case in copy::cases().iter().filter(|it| is_wanted(&it.name)) {
                show(Row::Copy(case.measure(&engine, settings)?))?;
            }
        }
        "runtime" => runtime_rows(options, &mut |row| show(Row::Runtime(row)))?,
        "components" => {
            let mut show = |row| show(Row::Components(row));
            component::guest::measure(settings, &options.filter, &mut show)?;
            component::host::measure(settings, &options.filter, &mut show)?;
            component::life::measure(settings, &options.filter, &mut show)?;
        }
        "wasi" => {
            let mut show = |row| show(Row::Wasi(row));
            wasi::start::measure(settings, &options.filter, &mut show)?;
            wasi::stream::measure(settings, &options.filter, &mut show)?;
        }
        _ => {
            for case in handle::Case::ALL
                .into_iter()
                .filter(|it| is_wanted(it.name()))
            {
                show(Row::Handles(case.measure(&engine, settings)?))?;
            }
        }
    }
    Ok(missed)
}

/// Measures the parts of the group `runtime`.
fn runtime_rows(options: &Options, show: &mut dyn FnMut(runtime::Row) -> Result<()>) -> Result<()> {
    let settings = options.settings;
    let is_wanted = |part: &str| part.contains(&options.filter);
    if is_wanted("kernel") {
        for kernel in &runtime::kernel::KERNELS {
            show(kernel.measure(settings)?)?;
        }
    }
    let parts: [(&str, fn(Settings) -> Result<Vec<runtime::Row>>); 5] = [
        ("call", runtime::call::measure),
        ("instance", runtime::life::measure_instances),
        ("trap", runtime::life::measure_traps),
        ("load", runtime::load::measure),
        ("compile", runtime::compile::measure),
    ];
    for (_, measure) in parts.iter().filter(|(part, _)| is_wanted(part)) {
        measure(settings)?.into_iter().try_for_each(&mut *show)?;
    }
    Ok(())
}
