//! Programs as a user runs them by `interfuse run`.

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, Command, Output, Stdio};

use crate::filesystem::folder;

fn program(name: &str) -> String {
    format!("{}/tests/data/wasi/{name}.wat", env!("CARGO_MANIFEST_DIR"))
}

fn start(args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_interfuse"))
        .arg("run")
        .args(args)
        .env("SET_HERE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn run(args: &[&str]) -> Output {
    start(args).wait_with_output().unwrap()
}

#[track_caller]
fn assert_ends(output: &Output, code: i32, message: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert!(stderr.contains(message), "{stderr}");
}

#[test]
fn a_program_gets_arguments_and_variables_and_its_code_is_ours() {
    let file = program("args");
    assert_ends(&run(&[&file]), 1, "");
    assert_ends(&run(&[&file, "--", "a", "--env"]), 3, "");
    let args = ["--env", "A=1", "--env", "SET_HERE", &file, "--", "x"];
    assert_ends(&run(&args), 22, "");
    assert_ends(
        &run(&["--env", "NOT_SET", &file]),
        1,
        "failed to read `NOT_SET`",
    );
}

#[test]
fn input_goes_to_output() {
    let text = "0123456789abcdef".repeat(20_000);
    let mut child = start(&[&program("cat")]);
    let mut to_child = child.stdin.take().unwrap();
    let writer = std::thread::spawn({
        let text = text.clone();
        move || to_child.write_all(text.as_bytes()).unwrap()
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_ends(&output, 0, "");
    assert_eq!(output.stdout, text.as_bytes());
    let file = folder("input_goes_to_output").join("in");
    fs::write(&file, "from a file").unwrap();
    let output = run(&["--stdin", file.to_str().unwrap(), &program("cat")]);
    assert_ends(&output, 0, "");
    assert_eq!(output.stdout, b"from a file");
}

#[test]
fn a_program_gets_folders() {
    let [one, other] = ["folders_one", "folders_other"].map(folder);
    let dirs = [
        format!("{}::/one:ro", one.display()),
        other.display().to_string(),
    ];
    // It makes a folder in each that it has, and says how many that did not work for.
    let output = run(&["--dir", &dirs[0], "--dir", &dirs[1], &program("mkdir")]);
    assert_ends(&output, 1, "");
    assert!(!one.join("new").exists());
    assert!(other.join("new").is_dir());
    for (dir, expected) in [
        (
            "/does/not/exist::/",
            "failed to open the folder /does/not/exist",
        ),
        ("::/", "expected HOST"),
        (":ro", "expected HOST"),
    ] {
        let output = run(&["--dir", dir, &program("mkdir")]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains(expected), "{dir}: {stderr}");
    }
}

#[test]
fn a_program_gets_a_network() {
    let file = program("mkdir");
    assert_ends(&run(&["--allow-net", &file]), 0, "");
    assert_ends(
        &run(&["--allow-net=127.0.0.1:80", "--allow-net=[::1]:80", &file]),
        0,
        "",
    );
    let output = run(&["--allow-net=127.0.0.1", &file]);
    assert_ends(&output, 2, "expected HOST:PORT");
    // What is left out is all, but what is empty, as a variable that is not set, is nothing.
    assert_ends(&run(&["--allow-net=", &file]), 2, "expected HOST:PORT");
}

#[test]
fn a_program_comes_through_a_pipe() {
    let mut child = start(&["/dev/stdin", "--", "a"]);
    let text = fs::read(program("args")).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    assert_ends(&child.wait_with_output().unwrap(), 2, "");
}

#[test]
fn machine_code_goes_through_a_pipe() {
    let output = Command::new(env!("CARGO_BIN_EXE_interfuse"))
        .args(["compile", &program("args"), "-o", "/proc/self/fd/1"])
        .output()
        .unwrap();
    assert_ends(&output, 0, "");
    let file = compiled("machine_code_goes_through_a_pipe", "args", &[]);
    assert_eq!(output.stdout, fs::read(file).unwrap());
}

#[test]
fn output_that_nobody_reads_is_a_failure_of_the_program() {
    let mut child = start(&[&program("cat")]);
    drop(child.stdout.take());
    let mut to_child = child.stdin.take().unwrap();
    // It may have ended before all of that is written.
    let _ = to_child.write_all(&[b'x'; 100_000]);
    drop(to_child);
    assert_ends(&child.wait_with_output().unwrap(), 1, "");
}

#[test]
fn a_trap_has_a_code_and_a_backtrace() {
    let output = run(&["--max-memory", "1M", &program("grow")]);
    assert_ends(
        &output,
        134,
        "error: unreachable\n    at root.main: demand (function 0)\n    at root.main: ",
    );
    assert_ends(&run(&["--max-memory", "64M", &program("grow")]), 0, "");
    assert_ends(
        &run(&["--max-memory", "65535", &program("grow")]),
        1,
        "error: ",
    );
}

#[test]
fn a_program_is_stopped_after_its_time() {
    let output = run(&["--timeout", "50ms", &program("spin")]);
    assert_ends(
        &output,
        134,
        "error: interrupted\n    at root.main: forever",
    );
    let output = run(&["--timeout", "0.05s", &program("sleep")]);
    assert_ends(
        &output,
        134,
        "error: interrupted while it waited\n    at root.main: ",
    );
    assert_ends(&run(&["--timeout", "1h", &program("grow")]), 0, "");
    assert_ends(
        &run(&["--timeout", "5", &program("grow")]),
        2,
        "expected a number and",
    );
}

/// Compiles a program, and returns the file.
fn compiled(folder_name: &str, name: &str, args: &[&str]) -> String {
    let file = folder(folder_name).join("compiled");
    let file = file.to_str().unwrap().to_owned();
    let status = Command::new(env!("CARGO_BIN_EXE_interfuse"))
        .args(["compile", &program(name), "-o", &file])
        .args(args)
        .status();
    assert!(status.unwrap().success());
    file
}

#[test]
fn a_program_that_was_compiled_before_runs() {
    for (folder, args) in [
        ("compiled_before", [].as_slice()),
        ("compiled_before_interruptible", &["--interruptible"]),
    ] {
        let file = &*compiled(folder, "args", args);
        assert_ends(&run(&[file, "--", "a"]), 2, "");
        assert_ends(&run(&["--timeout", "1h", file]), 1, "");
    }
}

#[test]
fn a_program_that_was_compiled_before_is_stopped_after_its_time() {
    let file = compiled("spins_interruptible", "spin", &["--interruptible"]);
    let output = run(&["--timeout", "50ms", &file]);
    assert_ends(
        &output,
        134,
        "error: interrupted\n    at root.main: forever",
    );
    let file = compiled("spins", "spin", &[]);
    let output = run(&["--timeout", "50ms", &file]);
    assert_ends(&output, 134, "error: the program ran longer than 50ms");
    let file = compiled("sleeps", "sleep", &[]);
    let output = run(&["--timeout", "50ms", &file]);
    assert_ends(&output, 134, "error: interrupted while it waited");
}

#[test]
fn a_program_that_nobody_reads_is_stopped_after_its_time() {
    let file = folder("nobody_reads").join("in");
    fs::write(&file, [b'x'; 200_000]).unwrap();
    let stdin = file.to_str().unwrap();
    let mut child = start(&["--timeout", "50ms", "--stdin", stdin, &program("cat")]);
    let status = child.wait().unwrap();
    let mut stderr = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut stderr)
        .unwrap();
    assert_eq!(status.code(), Some(134), "{stderr}");
    let (first, rest) = stderr.split_once('\n').unwrap();
    assert_eq!(first, "error: interrupted while it waited");
    assert!(!rest.contains("ran longer"), "{stderr}");
    assert!(rest.contains("error: nobody reads"), "{stderr}");
}

#[test]
fn a_signal_stops_a_program() {
    let mut child = start(&[&program("cat")]);
    // What it has copied it has begun to run.
    child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
    let mut byte = [0];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut byte)
        .unwrap();
    let pid = child.id().to_string();
    let sent = Command::new("kill").args(["-INT", &pid]).status();
    assert!(sent.unwrap().success());
    let status = child.wait().unwrap();
    assert_eq!(
        std::os::unix::process::ExitStatusExt::signal(&status),
        Some(2)
    );
}

#[test]
fn what_is_no_program_says_what_it_exports() {
    let file = folder("what_is_no_program").join("lib.wat");
    let text = r#"(component
        (core module $m (func (export "f") (result i32) i32.const 7))
        (core instance $m (instantiate $m))
        (func (export "f") (result u32) (canon lift (core func $m "f"))))"#;
    fs::write(&file, text).unwrap();
    let file = file.to_str().unwrap();
    assert_ends(&run(&[file]), 1, "f: func() -> u32");
    let output = run(&["--invoke", "f()", file]);
    assert_ends(&output, 0, "");
    assert_eq!(output.stdout, b"7\n");
}
