//! Components run by the command.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::{assert_error, interfuse, stdout};

const GREETER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/component/greeter.wat"
);

fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("running");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

#[test]
fn a_function_is_called_with_values_in_wave() {
    let call = ["run", GREETER, "--invoke", r#"chant("é!", 3)"#];
    assert_eq!(stdout(interfuse(&call, b"")), "\"é!é!é!\"\n");
    let twice = [&call[..], &["--repeat", "2"]].concat();
    assert_eq!(stdout(interfuse(&twice, b"")), "\"é!é!é!\"\n\"é!é!é!\"\n");
    // That of an interface is found by its name alone.
    let call = ["run", GREETER, "--invoke", r#"repeat("a", 2)"#];
    assert_eq!(stdout(interfuse(&call, b"")), "\"aa\"\n");
    let interface = [&call[..], &["--interface", "example:kit/texts"]].concat();
    assert_eq!(stdout(interfuse(&interface, b"")), "\"aa\"\n");
}

#[test]
fn calls_are_traced() {
    let output = interfuse(
        &["run", GREETER, "--invoke", r#"chant("a", 2)"#, "--trace"],
        b"",
    );
    assert_eq!(output.stdout, b"\"aa\"\n");
    let trace = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        trace,
        "host -> driver.chant(\"a\", 2)\n  driver -> kit.repeat(\"a\", 2)\n  = \"aa\"\n= \"aa\"\n"
    );
}

#[test]
fn times_are_printed() {
    let output = interfuse(
        &["run", GREETER, "--invoke", r#"chant("a", 2)"#, "--time"],
        b"",
    );
    assert_eq!(output.stdout, b"\"aa\"\n");
    let times = String::from_utf8(output.stderr).unwrap();
    let words: Vec<_> = times
        .lines()
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert_eq!(words, ["compile", "instantiate", "call"]);
}

#[test]
fn what_is_wrong_with_a_call_is_said() {
    let run = |call: &str| interfuse(&["run", GREETER, "--invoke", call], b"");
    assert_error(&run("chant("), "failed to read the call");
    assert_error(
        &run("sing()"),
        "chant: func(text: string, times: u32) -> string",
    );
    assert_error(
        &run("chant(1, 2)"),
        "func(text: string, times: u32) -> string",
    );
    let trap = run(r#"chant("a", 6)"#);
    assert_eq!(trap.status.code(), Some(134));
    let stderr = String::from_utf8(trap.stderr).unwrap();
    for frame in [
        "error: unreachable\n",
        "at kit.i: repeat",
        "at driver.i: chant",
    ] {
        assert!(stderr.contains(frame), "{stderr}");
    }
    assert_error(&interfuse(&["run", GREETER], b""), "--invoke");
    assert_error(
        &interfuse(&["run", "-"], b"(component (import \"f\" (func)))"),
        "`f`",
    );
}

#[test]
fn a_compiled_component_runs() {
    let path = scratch("greeter.cwasm");
    let path = path.to_str().unwrap();
    assert_eq!(
        stdout(interfuse(&["compile", GREETER, "-o", path], b"")),
        ""
    );
    let call = ["run", path, "--invoke", r#"chant("a", 4)"#];
    assert_eq!(stdout(interfuse(&call, b"")), "\"aaaa\"\n");
    let traced = [&call[..], &["--trace"]].concat();
    assert_error(&interfuse(&traced, b""), "cannot be traced");
    let mut bytes = fs::read(path).unwrap();
    bytes.truncate(bytes.len() / 2);
    let broken = scratch("broken.cwasm");
    fs::write(&broken, bytes).unwrap();
    let call = [
        "run",
        broken.to_str().unwrap(),
        "--invoke",
        "chant(\"a\", 4)",
    ];
    assert_error(&interfuse(&call, b""), "broken.cwasm");
}

#[test]
fn scripts_are_counted() {
    let script = scratch("counted.wast");
    let text = "(component (core module $m (func (export \"one\") (result i32) i32.const 1))
        (core instance $i (instantiate $m))
        (func (export \"one\") (result u32) (canon lift (core func $i \"one\"))))
(assert_return (invoke \"one\") (u32.const 1))
(assert_return (invoke \"one\") (u32.const 2))
(module (func (export \"two\") (result i32) i32.const 2))
(assert_return (invoke \"two\") (i32.const 2))
";
    fs::write(&script, text).unwrap();
    let path = script.to_str().unwrap();
    let output = interfuse(&["wast", path], b"");
    assert_eq!(output.status.code(), Some(1));
    let table = String::from_utf8(output.stdout).unwrap();
    let total = table
        .lines()
        .find(|line| line.starts_with("total"))
        .unwrap();
    assert_eq!(
        total.split_whitespace().collect::<Vec<_>>(),
        ["total", "4", "1"]
    );
    assert!(table.contains("counted.wast:5: "), "{table}");
    let list = scratch("expected.txt");
    fs::write(&list, "# known\ncounted.wast:5 one is not two\n").unwrap();
    let list = list.to_str().unwrap();
    let known = ["wast", path, "--expected-failures", list];
    assert_eq!(interfuse(&known, b"").status.code(), Some(0));
    fs::write(
        list,
        "counted.wast:4 it passes\ncounted.wast:5 one is not two\n",
    )
    .unwrap();
    let output = interfuse(&known, b"");
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.contains("expected to fail, and passes"), "{table}");
}
