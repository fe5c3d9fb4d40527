//! Components in `tests/data/run` do what their comments say, and real ones what is known of them, when they are
//! instantiated from what `interfuse adapters --wasm` writes.
//!
//! Comments at the top of a file are calls in this order: `;; run(1, 2) = 3`, or `;; run() traps with …`, after which the
//! component is instantiated anew; `;; dropped = 1, 2` says which resources the host was told of.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{interfuse, stdout};
use crate::golden;
use crate::load::files;
use crate::machine::Machine;
use crate::zoo::zoo;

/// Writes the modules of a component and returns their folder.
fn generate(file: &Path) -> PathBuf {
    let name = file.file_stem().unwrap();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("run")
        .join(name);
    let args = [
        "adapters",
        file.to_str().unwrap(),
        "--wasm",
        "-o",
        folder.to_str().unwrap(),
    ];
    assert_eq!(stdout(interfuse(&args, b"")), "");
    folder
}

fn numbers(list: &str) -> Vec<i32> {
    let list = list.split(',').map(str::trim).filter(|it| !it.is_empty());
    list.map(|it| it.parse().unwrap()).collect()
}

fn check(file: &Path, machine: &mut Machine, line: &str) {
    let place = format!("{}: {line}", file.display());
    if let Some(list) = line.strip_prefix("dropped =") {
        assert_eq!(machine.dropped(), numbers(list), "{place}");
        return;
    }
    let (path, rest) = line.split_once('(').expect(&place);
    let (args, wanted) = rest.split_once(')').expect(&place);
    let found = machine.call(path, &numbers(args));
    if let Some(text) = wanted.strip_prefix(" traps with ") {
        assert_eq!(found, Err(text.to_owned()), "{place}");
    } else {
        let list = wanted.strip_prefix(" =").expect(&place);
        assert_eq!(found, Ok(numbers(list)), "{place}");
    }
}

#[test]
fn components_do_what_their_comments_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/run");
    for file in files(&folder, "wat") {
        let generated = generate(&file);
        let text = fs::read_to_string(&file).unwrap();
        let lines = text.lines().map_while(|line| line.strip_prefix(";; "));
        let mut machine = Machine::start(&generated);
        for line in lines.filter(|line| !line.starts_with('#')) {
            check(&file, &mut machine, line);
            if line.contains(" traps with ") {
                machine = Machine::start(&generated);
            }
        }
    }
}

#[test]
fn adapters_of_handles_print_as_they_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/run");
    for (name, args) in [
        ("resource_moves_and_ends", &[][..]),
        ("borrow_is_lent", &["--between", "app,middle"]),
        ("callee_calls_back", &[]),
    ] {
        let file = folder.join(name).with_extension("wat");
        let args = [&["adapters", file.to_str().unwrap()], args].concat();
        let printed = stdout(interfuse(&args, b""));
        golden::check(&file.with_extension("txt"), &printed);
    }
}

#[test]
fn real_components_run() {
    let Some(zoo) = zoo() else { return };
    let expected = fs::read_to_string(zoo.join("expected-selftest.txt")).unwrap();
    for name in [
        "x-c8-c8",
        "x-c8-c16",
        "x-c16-cl1",
        "x-cl1-c8",
        "x-rust-c16",
        "x-rust-cl1",
        "x-rust-rust",
        "x-rust-mid-c16",
    ] {
        let folder = generate(&zoo.join(name).with_extension("wasm"));
        let found = Machine::start(&folder).call_for_string("selftest", &[1]);
        assert_eq!(found.as_deref(), Ok(&*expected), "{name}");
    }
}
