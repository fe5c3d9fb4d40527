//! How fast bytes go through streams, in pieces of 64 KiB.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, process, thread};

use anyhow::{Context, Result, ensure};
use interfuse::{component as ours, runtime};
use wasmtime::component as theirs;

use crate::component::life::Compiled;
use crate::runtime::row::{Row, Unit};
use crate::sample::{Contender, Settings, wall_rounds};
use crate::wasi::host::{OurHost, TheirHost, our_instance, their_instance};

/// What reads and writes.
const GUEST: &str = include_str!("stream.wat");

/// Bytes of a piece.
const PIECE_BYTES: usize = 64 << 10;

/// Pieces of a file.
const PIECES: u32 = 256;

/// Pieces that go through pipes.
const PIPE_PIECES: usize = 1024;

/// What is done with pieces in one process: its name, the function of the guest, and what it reads and writes.
const CASES: [(&str, &str, Place); 7] = [
    ("stream-read, file", "read", Place::Folder),
    ("stream-write, file", "write", Place::Folder),
    (
        "stream-write, file, 4 KiB, flushed",
        "write-flush",
        Place::Folder,
    ),
    ("stream-copy, file to file", "copy", Place::Folder),
    ("stream-splice, file to file", "splice", Place::Folder),
    ("stream-read, /dev/zero", "read", Place::Devices),
    ("stream-write, /dev/null", "write", Place::Devices),
];

/// Where files are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In a folder that is made for that.
    Folder,
    /// Where the system has its devices.
    Devices,
}

/// A folder with a file to read and one to write, which is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder> {
        let folder = Folder(env::temp_dir().join(format!("interfuse-{}-streams", process::id())));
        fs::create_dir(&folder.0)?;
        let pieces = usize::try_from(PIECES)?;
        for name in ["in", "out"] {
            fs::write(folder.0.join(name), vec![b'x'; pieces * PIECE_BYTES])?;
        }
        Ok(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A function that moves so many pieces and returns the number of bytes, on both engines.
type Both = (
    (runtime::Store<OurHost>, ours::TypedFunc<(u32,), (u64,)>),
    (
        wasmtime::Store<TheirHost>,
        theirs::TypedFunc<(u32,), (u64,)>,
    ),
);

/// Measures streams: of cases whose name contains a text.
///
/// # Errors
///
/// Fails if an engine does, or if files cannot be written.
pub fn measure(
    settings: Settings,
    filter: &str,
    show: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let wasm = wat::parse_str(GUEST)?;
    let folder = Folder::new()?;
    for (name, func, place) in CASES.iter().filter(|(name, ..)| name.contains(filter)) {
        let mut both = guests(&wasm, func, *place, &folder.0)?;
        let samples = moved(&mut both, settings)?;
        let row = Row::new(*name, Unit::Micros, &samples[0], &samples[1]);
        // Nothing can be won by splicing: on both sides it is the same two system calls, and nearly nothing else.
        show(match *func {
            "splice" => row,
            _ => row.at_most_times(1.0),
        })?;
    }
    piped(&wasm, &folder.0, settings, filter, show)
}

/// Makes guests that have both files open.
fn guests(wasm: &[u8], func: &str, place: Place, folder: &Path) -> Result<Both> {
    let (folder, input, output) = match place {
        Place::Folder => (folder, "in", "out"),
        Place::Devices => (Path::new("/dev"), "zero", "null"),
    };
    let engine = runtime::Engine::new(&runtime::Config::new())?;
    let component = ours::Component::new(&engine, wasm)?;
    let (mut store, instance) = our_instance(&engine, &component, Some(folder))?;
    let open = instance.get_typed_func::<(&str, &str), ()>(&mut store, "open")?;
    open.call(&mut store, (input, output))?;
    let ours = instance.get_typed_func(&mut store, func)?;
    let ours = (store, ours);
    let engine = wasmtime::Engine::default();
    let component = theirs::Component::new(&engine, wasm)?;
    let (mut store, instance) = their_instance(&engine, &component, Some(folder))?;
    let open = instance.get_typed_func::<(&str, &str), ()>(&mut store, "open")?;
    open.call(&mut store, (input, output))?;
    let theirs = instance.get_typed_func(&mut store, func)?;
    Ok((ours, (store, theirs)))
}

/// Returns nanoseconds per piece of both in each round.
fn moved(both: &mut Both, settings: Settings) -> Result<Vec<Vec<f64>>> {
    /// Calls with numbers of pieces that are in the file, as often as needed.
    fn calls(count: u32, mut call: impl FnMut(u32) -> Result<u64>) -> Result<()> {
        let mut rest = count;
        while rest > 0 {
            let pieces = rest.min(PIECES);
            ensure!(call(pieces)? > 0, "nothing was moved");
            rest -= pieces;
        }
        Ok(())
    }
    let contenders: [Contender<'_, Both>; 2] = [
        &|((store, func), _), count| calls(count, |it| Ok(func.call(&mut *store, (it,))?.0)),
        &|(_, (store, func)), count| calls(count, |it| Ok(func.call(&mut *store, (it,))?.0)),
    ];
    wall_rounds(settings, both, &contenders)
}

/// Measures processes that copy their standard input to their standard output, which are pipes or files.
fn piped(
    wasm: &[u8],
    folder: &Path,
    settings: Settings,
    filter: &str,
    show: &mut dyn FnMut(Row) -> Result<()>,
) -> Result<()> {
    let cases: [(&str, Copy); 2] = [
        ("stream-copy, pipe to pipe, 64 MiB", through_pipes),
        ("stream-copy, file to pipe, 64 MiB", from_file),
    ];
    if !cases.iter().any(|(name, _)| name.contains(filter)) {
        return Ok(());
    }
    let (source, input) = (folder.join("stream.wasm"), folder.join("large"));
    fs::write(&source, wasm)?;
    fs::write(&input, vec![b'x'; PIPE_PIECES * PIECE_BYTES])?;
    let [mut ours, mut theirs] = ["interfuse", "wasmtime"].map(|it| Compiled::new(it, "stream"));
    ours.again("interfuse", &source)?;
    theirs.again("wasmtime", &source)?;
    for (name, copy) in cases.iter().filter(|(name, _)| name.contains(filter)) {
        let repeat = |engine: &str, compiled: &Compiled, count: u32| {
            (0..count).try_for_each(|_| {
                let mut command = Command::new(env::current_exe()?);
                command.args(["host", engine]).arg(compiled.path());
                copy(command, &input)
            })
        };
        let contenders: [Contender<'_, ()>; 2] = [
            &|(), count| repeat("interfuse", &ours, count),
            &|(), count| repeat("wasmtime", &theirs, count),
        ];
        let samples = wall_rounds(settings, &mut (), &contenders)?;
        let row = Row::new(*name, Unit::Millis, &samples[0], &samples[1]);
        show(row.at_most_times(1.0))?;
    }
    Ok(())
}

/// Runs a process that copies, and makes sure that it does; a file has what it may copy.
type Copy = fn(Command, &Path) -> Result<()>;

fn through_pipes(mut command: Command, _: &Path) -> Result<()> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let mut input = child.stdin.take().context("it has an input")?;
    let writer = thread::spawn(move || {
        let piece = vec![b'x'; PIECE_BYTES];
        (0..PIPE_PIECES).try_for_each(|_| input.write_all(&piece))
    });
    let output = child.stdout.take().context("it has an output")?;
    drain(output)?;
    writer.join().expect("it does not panic")?;
    ensure!(child.wait()?.success(), "the process failed");
    Ok(())
}

fn from_file(mut command: Command, input: &Path) -> Result<()> {
    command.stdin(fs::File::open(input)?).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let output = child.stdout.take().context("it has an output")?;
    drain(output)?;
    ensure!(child.wait()?.success(), "the process failed");
    Ok(())
}

fn drain(mut output: impl Read) -> Result<()> {
    let mut piece = vec![0; PIECE_BYTES];
    let mut total = 0;
    loop {
        match output.read(&mut piece)? {
            0 => break,
            count => total += count,
        }
    }
    ensure!(total == PIPE_PIECES * PIECE_BYTES, "{total} bytes came out");
    Ok(())
}
