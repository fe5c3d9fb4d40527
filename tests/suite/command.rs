//! The command as a user runs it.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

const EXAMPLE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/plan/shim_fixup.wat"
);

pub(crate) fn interfuse(args: &[&str], stdin: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_interfuse"))
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    // A command that fails early does not read what it is given.
    let _ = pipe.write_all(stdin);
    drop(pipe);
    child.wait_with_output().unwrap()
}

#[track_caller]
pub(crate) fn assert_error(output: &Output, expected: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    assert!(stderr.contains(expected), "{stderr}");
    assert!(output.stdout.is_empty());
}

#[track_caller]
pub(crate) fn stdout(output: Output) -> String {
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    assert!(stderr.is_empty(), "{stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn plan_prints_text_and_json() {
    let text = stdout(interfuse(&["plan", EXAMPLE], b""));
    assert!(text.contains("driver.greet → kit.greet"), "{text}");
    let json = stdout(interfuse(&["plan", EXAMPLE, "--json"], b""));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["schema"], &json["version"]),
        (&"interfuse-plan".into(), &1.into())
    );
}

#[test]
fn graph_prints_both_formats() {
    assert!(stdout(interfuse(&["graph", EXAMPLE], b"")).starts_with("digraph"));
    let mermaid = stdout(interfuse(&["graph", EXAMPLE, "--format", "mermaid"], b""));
    assert!(mermaid.starts_with("flowchart"), "{mermaid}");
}

#[test]
fn standard_input_is_text_or_binary() {
    let text = std::fs::read(EXAMPLE).unwrap();
    let binary = wat::parse_bytes(&text).unwrap().into_owned();
    let from_text = stdout(interfuse(&["plan", "-"], &text));
    assert_eq!(from_text, stdout(interfuse(&["plan", "-"], &binary)));
    assert_eq!(from_text, stdout(interfuse(&["plan", EXAMPLE], b"")));
}

#[test]
fn output_goes_to_a_file() {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("plan.txt");
    let printed = stdout(interfuse(
        &["plan", EXAMPLE, "-o", path.to_str().unwrap()],
        b"",
    ));
    assert!(printed.is_empty());
    assert!(
        std::fs::read_to_string(path)
            .unwrap()
            .contains("driver.greet → kit.greet")
    );
}

#[test]
fn broken_input_is_one_error_with_its_place() {
    assert_error(
        &interfuse(&["plan", "/does/not/exist.wasm"], b""),
        "/does/not/exist.wasm",
    );
    assert_error(
        &interfuse(&["plan", "-"], b"\0asm\x01\0\0\0"),
        "core WebAssembly module",
    );
    let truncated = b"\0asm\x0d\0\x01\0\x07\x05\x01";
    assert_error(&interfuse(&["plan", "-"], truncated), "at offset 0xa");
    assert_error(&interfuse(&["plan", "-"], b"(component (export"), "-:1:");
    let named = b"(component (import \"later\" (func async)))";
    assert_error(&interfuse(&["plan", "-"], named), "in `later`");
    let unsupported = b"(component (core func (canon task.cancel)))";
    assert_error(&interfuse(&["plan", "-"], unsupported), "not supported: ");
}

#[test]
fn import_of_a_component_is_supplied() {
    let outer = br#"(component
        (import "c" (component $c (export "f" (func (result u32)))))
        (instance $c (instantiate $c))
        (export "f" (func $c "f")))"#;
    let inner = br#"(component
        (core module $m (func (export "f") (result i32) i32.const 7))
        (core instance $m (instantiate $m))
        (func (export "f") (result u32) (canon lift (core func $m "f"))))"#;
    assert_error(
        &interfuse(&["plan", "-"], outer),
        "`c` is a component: supply one for it",
    );
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("inner.wat");
    std::fs::write(&path, inner).unwrap();
    let supply = format!("c={}", path.display());
    let text = stdout(interfuse(&["plan", "-", "--supply", &supply], outer));
    assert!(text.contains("func() -> u32"), "{text}");
    let wrong = format!("c={EXAMPLE}");
    assert_error(
        &interfuse(&["plan", "-", "--supply", &wrong], outer),
        "supplied for `c`",
    );
}
