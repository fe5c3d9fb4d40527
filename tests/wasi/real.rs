//! A command that a toolchain made of C and the library that most programs use, beside the same source as a program of the
//! system: what each call says is compared line by line, then what both leave behind.
//!
//! `tests/data/wasi/real` has the sources, the component, and how it was built.

use std::collections::BTreeSet;
use std::fs;
use std::io::{PipeReader, Read, Write, pipe};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use interfuse::component::{Component, ComponentItem, Linker, ResourceTable};
use interfuse::runtime::{Config, Engine, ErrorKind, Store};
use interfuse::wasi::{
    DirPerms, FileInputStream, FilePerms, I32Exit, MemoryInputPipe, MemoryOutputPipe, StdinStream,
    WasiCtx, add_to_linker,
};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::filesystem::folder;
use crate::guest::Host;

/// The variables of both programs, in the order that the system gives them in.
const VARIABLES: [(&str, &str); 5] = [
    ("A", "1"),
    ("EMPTY", ""),
    ("NAME", "naïve = €"),
    ("START", "/where/it/begins"),
    ("TZ", "UTC"),
];

/// What a program did.
#[derive(Debug, PartialEq, Eq)]
struct Done {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

fn source(name: &str) -> PathBuf {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wasi/real");
    sources.join(name)
}

/// Returns the program of the system, made by its compiler of C, which whoever has Rust has too: it links.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let program = folder("real_program").join("real");
        let files = [
            "main",
            "process",
            "files",
            "folders",
            "sockets",
            "direct",
            "direct_host",
            "any",
        ];
        let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
        let output = Command::new(compiler)
            .args(files.map(|name| source(&format!("{name}.c"))))
            .arg("-o")
            .arg(&program)
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{message}");
        program
    })
}

/// Returns the component.
fn component() -> &'static Component {
    static COMPONENT: OnceLock<Component> = OnceLock::new();
    COMPONENT.get_or_init(|| {
        let engine = Engine::new(&Config::new()).unwrap();
        Component::from_file(&engine, source("real.wasm")).unwrap()
    })
}

/// Runs the program of the system in a folder.
fn run_program(args: &[&str], folder: &Path, stdin: Stdio) -> Done {
    let output = Command::new(program())
        .args(args)
        .env_clear()
        .envs(VARIABLES)
        .current_dir(folder)
        .stdin(stdin)
        .output()
        .unwrap();
    Done {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Runs the component, whose root is a folder.
fn run_component(args: &[&str], folder: &Path, stdin: impl StdinStream + 'static) -> Done {
    let component = component();
    let [stdout, stderr] = [(); 2].map(|()| MemoryOutputPipe::new(1 << 20));
    let mut builder = WasiCtx::builder();
    builder
        .arg("real")
        .args(args)
        .envs(&VARIABLES)
        .initial_cwd("/where/it/begins")
        .stdin(stdin)
        .stdout(stdout.clone())
        .stderr(stderr.clone())
        .inherit_network()
        .preopened_dir(folder, "/", DirPerms::all(), FilePerms::all())
        .unwrap();
    let host = Host {
        ctx: builder.build(),
        table: ResourceTable::new(),
    };
    let mut linker = Linker::new(component.engine());
    add_to_linker(&mut linker).unwrap();
    let mut store = Store::new(component.engine(), host).unwrap();
    let instance = linker.instantiate(&mut store, component).unwrap();
    let run = ("wasi:cli/run@0.2.0", "run");
    let run = instance.get_typed_func::<(), (Result<(), ()>,)>(&mut store, run);
    let code = match run.unwrap().call(&mut store, ()) {
        Ok((result,)) => Some(i32::from(result.is_err())),
        Err(error) => match error.downcast_ref() {
            Some(I32Exit(code)) => Some(*code),
            // Like a program that a signal ended.
            None if matches!(error.kind(), ErrorKind::Trap(_)) => None,
            None => panic!("{error}"),
        },
    };
    let [stdout, stderr] = [stdout, stderr].map(|it| String::from_utf8(it.contents()).unwrap());
    Done {
        code,
        stdout,
        stderr,
    }
}

/// Returns a pipe that holds some bytes, and nothing after them.
fn pipe_of(bytes: &[u8]) -> PipeReader {
    let (reader, mut writer) = pipe().unwrap();
    writer.write_all(bytes).unwrap();
    reader
}

/// Returns what is in a folder: everything that programs may change, but for times that nobody set.
fn state(folder: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let metadata = fs::symlink_metadata(&path).unwrap();
        let year_ago = SystemTime::now() - Duration::from_secs(365 * 24 * 60 * 60);
        let times = match metadata.modified().unwrap() < year_ago {
            true => format!(", {}.{:09}", metadata.mtime(), metadata.mtime_nsec()),
            false => String::new(),
        };
        let mode = metadata.mode();
        if metadata.is_dir() {
            lines.push(format!("{name}: {mode:o}{times}"));
            let below = state(&path);
            lines.extend(below.into_iter().map(|it| format!("{name}/{it}")));
        } else if metadata.is_symlink() {
            let target = fs::read_link(&path).unwrap();
            lines.push(format!("{name}: to {}{times}", target.display()));
        } else {
            let names = metadata.nlink();
            let text = if metadata.is_file() {
                fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            let text = String::from_utf8_lossy(&text);
            lines.push(format!("{name}: {mode:o}, {names} names{times}: {text:?}"));
        }
    }
    lines.sort();
    lines
}

#[track_caller]
fn assert_same(component: &Done, program: &Done) {
    let both = component.stdout.lines().zip(program.stdout.lines());
    for (line, (component, program)) in both.enumerate() {
        assert_eq!(component, program, "in line {}", line + 1);
    }
    assert_eq!(component, program);
}

/// Runs a section of both programs, each in a folder in which the same was done before. Returns what it says.
#[track_caller]
fn compare(section: &str, prepare: impl Fn(&Path)) -> String {
    compare_with(&[section], prepare)
}

#[track_caller]
fn compare_with(args: &[&str], prepare: impl Fn(&Path)) -> String {
    let both = folder(&format!("real_{}", args[0]));
    let [ours, theirs] = ["component", "program"].map(|it| both.join(it));
    for it in [&ours, &theirs] {
        fs::create_dir(it).unwrap();
        prepare(it);
    }
    // Nobody writes to the standard input, and nobody closes it.
    let (reader, _writer) = pipe().unwrap();
    let program = run_program(args, &theirs, reader.try_clone().unwrap().into());
    let stdin = FileInputStream::new(OwnedFd::from(reader));
    let component = run_component(args, &ours, stdin);
    assert_same(&component, &program);
    assert_eq!(state(&ours), state(&theirs));
    assert_eq!(program.code, Some(0));
    assert!(program.stdout.lines().count() > 5, "{}", program.stdout);
    program.stdout
}

#[test]
fn arguments_and_variables_are_those_of_the_caller() {
    let folder = folder("real_environment");
    let args = ["environment", "", "two words", "naïve €", "--", "-x"];
    let program = run_program(&args, &folder, Stdio::null());
    let component = run_component(&args, &folder, MemoryInputPipe::default());
    assert_same(&component, &program);
    assert!(
        program.stdout.contains("\"NAME=na\\c3\\afve"),
        "{program:?}"
    );
}

#[test]
fn programs_end_as_they_say() {
    let folder = folder("real_end");
    for (section, code) in [("", Some(0)), ("fail", Some(1)), ("abort", None)] {
        let program = run_program(&[section], &folder, Stdio::null());
        let component = run_component(&[section], &folder, MemoryInputPipe::default());
        assert_eq!(program.code, code);
        assert_same(&component, &program);
    }
}

#[test]
fn standard_streams_are_read_and_written() {
    let folder = folder("real_standard_streams");
    let input: Vec<u8> = (0..5000_u32).map(|it| (it * it % 253) as u8).collect();
    let section = ["standard-streams"];
    let program = run_program(&section, &folder, pipe_of(&input).into());
    assert!(program.stdout.contains("count is 4995\n"), "{program:?}");
    assert_eq!(program.stderr, "to the error\nmore to the error\n");
    let piped = FileInputStream::new(OwnedFd::from(pipe_of(&input)));
    assert_same(&run_component(&section, &folder, piped), &program);
    let in_memory = MemoryInputPipe::new(input.clone());
    assert_same(&run_component(&section, &folder, in_memory), &program);
    let file = folder.join("input");
    fs::write(&file, input).unwrap();
    let from_file = FileInputStream::new(OwnedFd::from(fs::File::open(file).unwrap()));
    assert_same(&run_component(&section, &folder, from_file), &program);
}

/// Runs a program at a terminal, and returns what is to be read there.
fn at_terminal(program: &Path, args: &[&str]) -> String {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let mut terminal = fs::File::from(openpt(flags).unwrap());
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let mut options = fs::File::options();
    options.read(true).write(true);
    let end = || options.open(name.to_str().unwrap()).unwrap();
    let status = Command::new(program)
        .args(args)
        .stdin(end())
        .stdout(end())
        .stderr(end())
        .status();
    assert!(status.unwrap().success());
    let mut text = Vec::new();
    // There is no end of a terminal, but an error when nobody has its other end.
    terminal.read_to_end(&mut text).unwrap_err();
    String::from_utf8(text).unwrap()
}

#[test]
fn terminals_are_known() {
    let said = at_terminal(program(), &["terminals"]);
    assert_eq!(said.matches("= 1").count(), 3, "{said}");
    let interfuse = Path::new(env!("CARGO_BIN_EXE_interfuse"));
    let component = source("real.wasm");
    let args = ["run", component.to_str().unwrap(), "--", "terminals"];
    // It says what it compiles before.
    let found = at_terminal(interfuse, &args);
    assert!(found.ends_with(&said), "{found}");
}

#[test]
fn clocks_go_as_those_of_the_system_do() {
    let folder = folder("real_clocks");
    let run = |run: &dyn Fn() -> Done| {
        let now = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_nanos()
        };
        let before = now();
        let mut done = run();
        let after = now();
        let said = done
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("now: "));
        let said = said.unwrap().to_owned();
        assert!((before..=after).contains(&said.parse().unwrap()), "{said}");
        done.stdout = done.stdout.replace(&said, "?");
        done
    };
    let program = run(&|| run_program(&["clocks"], &folder, Stdio::null()));
    let component = run(&|| run_component(&["clocks"], &folder, MemoryInputPipe::default()));
    assert_same(&component, &program);
}

#[test]
fn random_numbers_are_random() {
    compare("random", |_| ());
}

#[test]
fn files_are_those_of_the_system() {
    compare("files", |folder| {
        fs::create_dir(folder.join("folder")).unwrap();
        for (target, link) in [
            ("new", "link-to-new"),
            ("made-by-link", "link-to-none"),
            ("link-to-itself", "link-to-itself"),
            ("times", "link-to-times"),
            ("folder", "link-to-folder"),
        ] {
            symlink(target, folder.join(link)).unwrap();
        }
    });
}

#[test]
fn folders_are_those_of_the_system() {
    compare("folders", |folder| {
        fs::write(folder.join("file"), "text").unwrap()
    });
}

#[test]
fn links_are_those_of_the_system() {
    compare("links", |_| ());
}

#[test]
fn paths_lead_where_they_do_on_the_system() {
    let seeds = std::env::var("INTERFUSE_WASI_SEEDS").map_or(10, |it| it.parse().unwrap());
    for seed in 0..seeds {
        compare_with(&["any", &seed.to_string()], |_| ());
    }
}

#[test]
fn nothing_leads_out() {
    let both = folder("real_outside");
    let ours = both.join("ours");
    fs::create_dir_all(ours.join("folder")).unwrap();
    fs::create_dir_all(both.join("empty")).unwrap();
    fs::create_dir_all(both.join("other")).unwrap();
    for name in ["secret", "other/secret", "ours/file"] {
        fs::write(both.join(name), "text").unwrap();
    }
    symlink(both.join("secret"), ours.join("link-out")).unwrap();
    for (target, link) in [
        ("../secret", "ours/link-up"),
        ("../other", "ours/folder-out"),
        ("../new", "ours/link-to-new-out"),
        ("x", "link-in"),
    ] {
        symlink(target, both.join(link)).unwrap();
    }
    let before = state(&both);
    let done = run_component(&["outside"], &ours, MemoryInputPipe::default());
    for line in done.stdout.lines() {
        assert!(line.ends_with(" = EPERM"), "{line}");
    }
    assert_eq!(done.stdout.lines().count(), 28);
    assert_eq!(state(&both), before);
}

#[test]
fn waiting_ends_when_it_does_on_the_system() {
    compare("waiting", |folder| {
        fs::create_dir(folder.join("folder")).unwrap()
    });
}

#[test]
fn sockets_of_tcp_are_those_of_the_system() {
    compare("tcp", |_| ());
}

#[test]
fn sockets_of_udp_are_those_of_the_system() {
    compare("udp", |_| ());
}

#[test]
fn names_have_the_addresses_that_the_system_knows() {
    compare("names", |_| ());
}

#[test]
fn what_no_library_calls_does_what_the_system_does() {
    let said = compare("direct", |folder| {
        fs::create_dir(folder.join("folder")).unwrap();
        fs::write(folder.join("file"), "the contents of a file\n").unwrap();
        fs::write(folder.join("other"), "0123456789\n").unwrap();
        fs::hard_link(folder.join("file"), folder.join("hard")).unwrap();
        symlink("file", folder.join("soft")).unwrap();
        let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
        rustix::fs::mkfifoat(rustix::fs::CWD, folder.join("pipe"), mode).unwrap();
    });
    assert!(
        said.starts_with("initial folder = 16 \"/where/it/begins\"\n"),
        "{said}"
    );
}

/// Adds the names of the functions among some items.
fn functions<'a>(
    items: impl IntoIterator<Item = (&'a String, &'a ComponentItem)>,
    within: &str,
    found: &mut BTreeSet<String>,
) {
    for (name, item) in items {
        match item {
            ComponentItem::Func(_) => {
                found.insert(format!("{within}#{name}"));
            }
            ComponentItem::Instance(items) => functions(items, name, found),
            _ => {}
        }
    }
}

#[test]
fn every_function_is_called() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/wasi/imports.wat");
    let all = wat::parse_file(file).unwrap();
    let all = Component::new(component().engine(), &all).unwrap();
    let [mut called, mut known] = [BTreeSet::new(), BTreeSet::new()];
    functions(&component().imports(), "", &mut called);
    functions(&all.imports(), "", &mut known);
    let rest: Vec<&str> = known.difference(&called).map(String::as_str).collect();
    // These are younger than what the library was made with.
    let expected = [
        "wasi:cli/exit@0.2.12#exit-with-code",
        "wasi:sockets/network@0.2.12#network-error-code",
    ];
    assert_eq!(rest, expected);
}
