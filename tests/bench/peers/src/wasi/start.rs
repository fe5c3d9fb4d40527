//! How long programs take from the start of a process to its end, from what was compiled before.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::component::input::composition;
use crate::component::life::Compiled;
use crate::runtime::row::{Row, Unit};
use crate::sample::{Contender, Settings, wall_rounds};

/// A program that greets.
const HELLO: &str = include_str!("hello.wat");

/// A composition with Python in it, and a function that calls it as often as it is told.
const PYTHON: (&str, &str) = ("x-rust-py-c.wasm", "bench-add");

/// How long a turn takes at least: of one process it is chance how long it waits for a processor that others use, too.
const TURN: Duration = Duration::from_millis(60);

/// What is run: a file that was compiled by each engine, and what the process is told besides.
struct Program {
    ours: Compiled,
    theirs: Compiled,
    func: Option<&'static str>,
}

impl Program {
    fn new(name: &str, source: &Path, func: Option<&'static str>) -> Result<Program> {
        let [mut ours, mut theirs] = ["interfuse", "wasmtime"].map(|it| Compiled::new(it, name));
        ours.again("interfuse", source)?;
        theirs.again("wasmtime", source)?;
        Ok(Program { ours, theirs, func })
    }

    /// Returns the process that runs it on one of the engines, and does nothing else.
    fn host(&self, engine: &str) -> Result<Process> {
        let compiled = match engine {
            "interfuse" => &self.ours,
            _ => &self.theirs,
        };
        let mut args = vec!["host".into(), engine.into(), compiled.path().into()];
        args.extend(self.func.map(OsString::from));
        Ok(Process {
            file: env::current_exe()?,
            args,
        })
    }

    /// Returns the process of the command, if it was built.
    fn command(&self) -> Result<Option<Process>> {
        let Some(file) = command()? else {
            return Ok(None);
        };
        let mut args: Vec<OsString> = vec!["run".into(), self.ours.path().into()];
        if let Some(func) = self.func {
            args.extend(["--invoke".into(), format!("{func}(1)").into()]);
        }
        Ok(Some(Process { file, args }))
    }
}

/// Returns the command that was built with the crate: beside this one, or what `INTERFUSE_COMMAND` names.
fn command() -> Result<Option<PathBuf>> {
    let beside = env::current_exe()?.with_file_name("interfuse");
    let file = env::var_os("INTERFUSE_COMMAND").map_or(beside, PathBuf::from);
    if !file.exists() {
        eprintln!("skipped: there is no {}", file.display());
        return Ok(None);
    }
    Ok(Some(file))
}

/// A process that is started again and again.
struct Process {
    file: PathBuf,
    args: Vec<OsString>,
}

impl Process {
    /// Runs it to its end, and returns what it printed.
    fn run(&self) -> Result<String> {
        let mut command = Command::new(&self.file);
        let output = command.args(&self.args).stdin(Stdio::null()).output()?;
        let errors = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "the process failed: {errors}");
        Ok(String::from_utf8(output.stdout)?)
    }
}

/// Measures starts: of programs whose name contains a text.
///
/// # Errors
///
/// Fails if an engine does, or the processes print different things.
pub fn measure(
    settings: Settings,
    filter: &str,
    show: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let is_wanted = |name: &str| name.contains(filter);
    if is_wanted("start-hello") {
        let source = env::temp_dir().join(format!("interfuse-{}-hello.wat", std::process::id()));
        std::fs::write(&source, wat::parse_str(HELLO)?)?;
        let program = Program::new("hello", &source, None);
        std::fs::remove_file(&source)?;
        starts("start-hello", &program?, settings, show)?;
    }
    let (file, func) = PYTHON;
    if is_wanted("start-python")
        && let Some(source) = composition(file)
    {
        let program = Program::new("python", &source, Some(func))?;
        starts("start-python", &program, settings, show)?;
    }
    Ok(())
}

/// Measures a program in processes that do nothing else, and by the command.
fn starts(
    name: &str,
    program: &Program,
    settings: Settings,
    show: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let settings = Settings {
        turn: settings.turn.max(TURN),
        ..settings
    };
    let theirs = program.host("wasmtime")?;
    let hosts = ("bare host", Some(program.host("interfuse")?));
    let commands = ("interfuse run", program.command()?);
    for (host, ours) in [hosts, commands] {
        let Some(ours) = ours else { continue };
        let (one, other) = (ours.run()?, theirs.run()?);
        ensure!(one == other, "{one:?} and {other:?} differ");
        let repeat =
            |process: &Process, count: u32| (0..count).try_for_each(|_| process.run().map(drop));
        let contenders: [Contender<'_, ()>; 2] =
            [&|(), count| repeat(&ours, count), &|(), count| {
                repeat(&theirs, count)
            }];
        let samples = wall_rounds(settings, &mut (), &contenders).context("processes")?;
        let row = Row::new(
            format!("{name}, {host}"),
            Unit::Millis,
            &samples[0],
            &samples[1],
        );
        show(row.at_most_times(1.0))?;
    }
    Ok(())
}
