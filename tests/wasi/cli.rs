//! `wasi:cli`: what a command gets from whoever starts it.

use interfuse::wasi::{I32Exit, MemoryOutputPipe, WasiCtx};

use crate::guest::{Guest, list};

#[test]
fn arguments_and_variables_are_those_given() {
    let mut guest = Guest::new(
        WasiCtx::builder()
            .arg("prog")
            .args(&["-v", "ä"])
            .env("A", "1")
            .envs(&[("B", "")])
            .initial_cwd("/x")
            .build(),
    );
    let args = guest.text("cli/environment#get-arguments", &[]);
    assert_eq!(args, r#"["prog", "-v", "ä"]"#);
    let env = guest.text("cli/environment#get-environment", &[]);
    assert_eq!(env, r#"[("A", "1"), ("B", "")]"#);
    let cwd = guest.text("cli/environment#initial-cwd", &[]);
    assert_eq!(cwd, r#"some("/x")"#);
}

#[test]
fn without_anything_there_is_nothing() {
    let mut guest = Guest::new(WasiCtx::default());
    assert_eq!(guest.text("cli/environment#get-arguments", &[]), "[]");
    assert_eq!(guest.text("cli/environment#get-environment", &[]), "[]");
    assert_eq!(guest.text("cli/environment#initial-cwd", &[]), "none");
    for stream in ["stdin", "stdout", "stderr"] {
        let path = format!("cli/terminal-{stream}#get-terminal-{stream}");
        assert_eq!(guest.text(&path, &[]), "none");
    }
    let stdin = guest.handle("cli/stdin#get-stdin", &[]);
    let end = guest.text("io/streams#input-stream.read", &[stdin.into(), "1".into()]);
    assert_eq!(end, "err(closed)");
    let stdout = guest.handle("cli/stdout#get-stdout", &[]);
    let args = [stdout.into(), list(b"lost")];
    let done = guest.text("io/streams#output-stream.blocking-write-and-flush", &args);
    assert_eq!(done, "ok");
}

#[test]
fn exit_is_an_error_with_the_code() {
    let mut guest = Guest::new(WasiCtx::default());
    for (func, status, expected) in [
        ("exit", "ok", 0),
        ("exit", "err", 1),
        ("exit-with-code", "42", 42),
        ("exit-with-code", "255", 255),
    ] {
        let path = format!("cli/exit#{func}");
        let error = guest.try_call(&path, &[status.into()]).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&I32Exit(expected)));
    }
}

#[test]
fn outputs_are_apart() {
    let [out, err] = [(), ()].map(|()| MemoryOutputPipe::new(100));
    let mut guest = Guest::new(
        WasiCtx::builder()
            .stdout(out.clone())
            .stderr(err.clone())
            .build(),
    );
    for (stream, text) in [("stdout", "to out"), ("stderr", "to err")] {
        let handle = guest.handle(&format!("cli/{stream}#get-{stream}"), &[]);
        let args = [handle.into(), list(text.as_bytes())];
        guest.call("io/streams#output-stream.blocking-write-and-flush", &args);
        guest.drop(handle);
    }
    assert_eq!(
        (out.contents(), err.contents()),
        (b"to out".to_vec(), b"to err".to_vec())
    );
}
