//! `wasi:io`: streams in memory and of the system, and waiting for them.

use std::io::{Read, Write, pipe};
use std::os::fd::OwnedFd;

use interfuse::component::Val;
use interfuse::wasi::{
    FileInputStream, FileOutputStream, MemoryInputPipe, MemoryOutputPipe, WasiCtx,
};

use crate::guest::{Guest, bytes, list};

#[test]
fn bytes_in_memory_are_read_to_their_end() {
    let mut guest = Guest::new(
        WasiCtx::builder()
            .stdin(MemoryInputPipe::new("hello"))
            .build(),
    );
    let stdin = guest.handle("cli/stdin#get-stdin", &[]);
    let read = guest.call("io/streams#input-stream.read", &[stdin.into(), "2".into()]);
    assert_eq!(bytes(&read), b"he");
    let skipped = guest.text("io/streams#input-stream.skip", &[stdin.into(), "1".into()]);
    assert_eq!(skipped, "ok(1)");
    let again = guest.handle("cli/stdin#get-stdin", &[]);
    let args = [again.into(), "18446744073709551615".into()];
    let read = guest.call("io/streams#input-stream.blocking-read", &args);
    assert_eq!(bytes(&read), b"lo");
    for func in ["read", "blocking-read", "skip", "blocking-skip"] {
        let path = format!("io/streams#input-stream.{func}");
        let end = guest.text(&path, &[stdin.into(), "1".into()]);
        assert_eq!(end, "err(closed)", "{func}");
    }
}

#[test]
fn writing_takes_a_permit() {
    let stdout = MemoryOutputPipe::new(10);
    let mut guest = Guest::new(WasiCtx::builder().stdout(stdout.clone()).build());
    let out = guest.handle("cli/stdout#get-stdout", &[]);
    let trap = guest.trap("io/streams#output-stream.write", &[out.into(), list(b"x")]);
    assert_eq!(trap, "write of 1 bytes to a stream that permitted 0");
    let permit = guest.text("io/streams#output-stream.check-write", &[out.into()]);
    assert_eq!(permit, "ok(10)");
    let done = guest.text(
        "io/streams#output-stream.write",
        &[out.into(), list(b"abc")],
    );
    assert_eq!(done, "ok");
    let done = guest.text(
        "io/streams#output-stream.write-zeroes",
        &[out.into(), "2".into()],
    );
    assert_eq!(done, "ok");
    let trap = guest.trap(
        "io/streams#output-stream.write-zeroes",
        &[out.into(), "6".into()],
    );
    assert_eq!(trap, "write of 6 bytes to a stream that permitted 5");
    assert_eq!(stdout.contents(), b"abc\0\0");
    for func in ["flush", "blocking-flush"] {
        let path = format!("io/streams#output-stream.{func}");
        assert_eq!(guest.text(&path, &[out.into()]), "ok");
    }
    let args = [out.into(), list(b"12345")];
    let done = guest.text("io/streams#output-stream.blocking-write-and-flush", &args);
    assert_eq!(done, "ok");
    assert_eq!(stdout.contents(), b"abc\0\x0012345");
    let permit = guest.text("io/streams#output-stream.check-write", &[out.into()]);
    assert_eq!(permit, "err(closed)");
}

#[test]
fn what_another_stream_has_taken_is_no_room() {
    let written = MemoryOutputPipe::new(8);
    let mut builder = WasiCtx::builder();
    let builder = builder.stdout(written.clone()).stderr(written.clone());
    let mut guest = Guest::new(builder.build());
    let out = guest.handle("cli/stdout#get-stdout", &[]);
    let err = guest.handle("cli/stderr#get-stderr", &[]);
    for stream in [out, err] {
        let room = guest.text("io/streams#output-stream.check-write", &[stream.into()]);
        assert_eq!(room, "ok(8)");
    }
    let write = "io/streams#output-stream.write";
    assert_eq!(guest.text(write, &[out.into(), list(b"abcde")]), "ok");
    assert_eq!(
        guest.text(write, &[err.into(), list(b"fghi")]),
        "err(closed)"
    );
    assert_eq!(written.contents(), b"abcdefgh");
}

#[test]
fn at_most_4096_bytes_are_written_and_flushed_at_once() {
    let stdout = MemoryOutputPipe::new(1 << 20);
    let mut guest = Guest::new(WasiCtx::builder().stdout(stdout.clone()).build());
    let out = guest.handle("cli/stdout#get-stdout", &[]);
    let (most, more) = (vec![b'x'; 4096], vec![b'x'; 4097]);
    let func = "io/streams#output-stream.blocking-write-and-flush";
    assert_eq!(guest.text(func, &[out.into(), list(&most)]), "ok");
    let trap = guest.trap(func, &[out.into(), list(&more)]);
    assert!(trap.contains("at most 4096"), "{trap}");
    let func = "io/streams#output-stream.blocking-write-zeroes-and-flush";
    assert_eq!(guest.text(func, &[out.into(), "4096".into()]), "ok");
    let trap = guest.trap(func, &[out.into(), "4097".into()]);
    assert!(trap.contains("at most 4096"), "{trap}");
    let zeros = vec![0; 4096];
    assert_eq!(stdout.contents(), [most, zeros].concat());
}

#[test]
fn splicing_moves_what_fits() {
    let stdout = MemoryOutputPipe::new(5);
    let stdin = MemoryInputPipe::new("abcdefgh");
    let mut guest = Guest::new(
        WasiCtx::builder()
            .stdin(stdin)
            .stdout(stdout.clone())
            .build(),
    );
    let source = guest.handle("cli/stdin#get-stdin", &[]);
    let out = guest.handle("cli/stdout#get-stdout", &[]);
    let args = [out.into(), source.into(), "2".into()];
    let moved = guest.text("io/streams#output-stream.splice", &args);
    assert_eq!(moved, "ok(2)");
    let args = [out.into(), source.into(), "9".into()];
    let moved = guest.text("io/streams#output-stream.blocking-splice", &args);
    assert_eq!(moved, "ok(3)");
    let moved = guest.text("io/streams#output-stream.blocking-splice", &args);
    assert_eq!(moved, "err(closed)");
    assert_eq!(stdout.contents(), b"abcde");
}

/// A guest with a pipe of the system as its standard input and one as its output, and their other ends.
fn piped() -> (Guest, impl Write, impl Read) {
    let (input, to_guest) = pipe().unwrap();
    let (from_guest, output) = pipe().unwrap();
    let mut builder = WasiCtx::builder();
    builder.stdin(FileInputStream::new(OwnedFd::from(input)));
    builder.stdout(FileOutputStream::new(OwnedFd::from(output)));
    (Guest::new(builder.build()), to_guest, from_guest)
}

#[test]
fn pipes_are_read_when_there_is_something() {
    let (mut guest, mut to_guest, _from_guest) = piped();
    let stdin = guest.handle("cli/stdin#get-stdin", &[]);
    let pollable = guest.handle("io/streams#input-stream.subscribe", &[stdin.into()]);
    let nothing = guest.text("io/streams#input-stream.read", &[stdin.into(), "9".into()]);
    assert_eq!(nothing, "ok([])");
    assert_eq!(
        guest.text("io/poll#pollable.ready", &[pollable.into()]),
        "false"
    );
    let thread = std::thread::spawn(move || {
        to_guest.write_all(b"hello").unwrap();
        to_guest
    });
    guest.call("io/poll#pollable.block", &[pollable.into()]);
    assert_eq!(
        guest.text("io/poll#pollable.ready", &[pollable.into()]),
        "true"
    );
    let read = guest.call("io/streams#input-stream.read", &[stdin.into(), "9".into()]);
    assert_eq!(bytes(&read), b"hello");
    drop(thread.join().unwrap());
    let end = guest.text(
        "io/streams#input-stream.blocking-read",
        &[stdin.into(), "9".into()],
    );
    assert_eq!(end, "err(closed)");
    assert_eq!(
        guest.text("io/poll#pollable.ready", &[pollable.into()]),
        "true"
    );
}

#[test]
fn pipes_take_what_has_room_and_then_wait() {
    let (mut guest, _to_guest, mut from_guest) = piped();
    let out = guest.handle("cli/stdout#get-stdout", &[]);
    let pollable = guest.handle("io/streams#output-stream.subscribe", &[out.into()]);
    let chunk = vec![b'x'; 4096];
    let mut total = 0;
    loop {
        let permit = guest.text("io/streams#output-stream.check-write", &[out.into()]);
        if permit == "ok(0)" {
            break;
        }
        let done = guest.text(
            "io/streams#output-stream.write",
            &[out.into(), list(&chunk)],
        );
        assert_eq!(done, "ok");
        total += chunk.len();
    }
    assert_eq!(
        guest.text("io/poll#pollable.ready", &[pollable.into()]),
        "false"
    );
    let thread = std::thread::spawn(move || {
        let mut read = vec![0; total + chunk.len()];
        from_guest.read_exact(&mut read).unwrap();
        (read, from_guest)
    });
    let args = [out.into(), list(&[b'y'; 4096])];
    let done = guest.text("io/streams#output-stream.blocking-write-and-flush", &args);
    assert_eq!(done, "ok");
    let (read, from_guest) = thread.join().unwrap();
    assert!(read[..total].iter().all(|it| *it == b'x'));
    assert!(read[total..].iter().all(|it| *it == b'y'));
    drop(from_guest);
    let args = [out.into(), list(b"z")];
    let closed = guest.text("io/streams#output-stream.blocking-write-and-flush", &args);
    assert_eq!(closed, "err(closed)");
    assert_eq!(
        guest.text("io/poll#pollable.ready", &[pollable.into()]),
        "true"
    );
}

#[test]
fn writing_to_a_full_pipe_waits_for_nobody() {
    let (mut guest, _to_guest, mut from_guest) = piped();
    let out = guest.handle("cli/stdout#get-stdout", &[]);
    let pollable = guest.handle("io/streams#output-stream.subscribe", &[out.into()]);
    let check = "io/streams#output-stream.check-write";
    let write = "io/streams#output-stream.write";
    let flush = "io/streams#output-stream.flush";
    let ready = "io/poll#pollable.ready";
    assert_eq!(guest.text(write, &[out.into(), list(b"")]), "ok");
    assert_eq!(guest.text(check, &[out.into()]), "ok(65536)");
    // Others fill the pipe after the guest was told that there is room.
    let other = guest.handle("cli/stdout#get-stdout", &[]);
    assert_eq!(guest.text(check, &[other.into()]), "ok(65536)");
    let all = vec![b'x'; 65536];
    assert_eq!(guest.text(write, &[other.into(), list(&all)]), "ok");
    for part in [b"ab", b"cd"] {
        assert_eq!(guest.text(write, &[out.into(), list(part)]), "ok");
    }
    assert_eq!(guest.text(check, &[out.into()]), "ok(0)");
    assert_eq!(guest.text(flush, &[out.into()]), "ok");
    assert_eq!(guest.text(ready, &[pollable.into()]), "false");

    from_guest.read_exact(&mut vec![0; 65536]).unwrap();
    assert_eq!(guest.text(ready, &[pollable.into()]), "true");
    assert_eq!(guest.text(check, &[out.into()]), "ok(65536)");
    let mut kept = [0; 4];
    from_guest.read_exact(&mut kept).unwrap();
    assert_eq!(kept, *b"abcd");
}

#[test]
fn what_was_written_is_passed_on_when_a_stream_is_dropped() {
    let (mut guest, _to_guest, mut from_guest) = piped();
    let [one, other] = [(), ()].map(|()| guest.handle("cli/stdout#get-stdout", &[]));
    for (stream, byte) in [(one, b'x'), (other, b'y')] {
        guest.text("io/streams#output-stream.check-write", &[stream.into()]);
        let args = [stream.into(), list(&[byte; 65536])];
        assert_eq!(guest.text("io/streams#output-stream.write", &args), "ok");
    }
    let reader = std::thread::spawn(move || {
        let mut read = vec![0; 2 * 65536];
        from_guest.read_exact(&mut read).unwrap();
        read
    });
    guest.drop(other);
    let read = reader.join().unwrap();
    assert_eq!(read, [[b'x'; 65536], [b'y'; 65536]].concat());
}

#[test]
fn what_was_kept_is_lost_with_the_reader() {
    let (mut guest, _to_guest, from_guest) = piped();
    let out = guest.handle("cli/stdout#get-stdout", &[]);
    let check = "io/streams#output-stream.check-write";
    for expected in ["ok(65536)", "ok(65536)"] {
        assert_eq!(guest.text(check, &[out.into()]), expected);
        let args = [out.into(), list(&[b'x'; 65536])];
        assert_eq!(guest.text("io/streams#output-stream.write", &args), "ok");
    }
    assert_eq!(guest.text(check, &[out.into()]), "ok(0)");
    drop(from_guest);
    for func in ["blocking-flush", "flush", "check-write"] {
        let path = format!("io/streams#output-stream.{func}");
        assert_eq!(guest.text(&path, &[out.into()]), "err(closed)", "{func}");
    }
    guest.drop(out);
}

#[test]
fn handles_are_limited() {
    let mut guest = Guest::new(WasiCtx::default());
    guest.store.data_mut().table.set_max_capacity(2);
    for _ in 0..2 {
        guest.handle("cli/stdin#get-stdin", &[]);
    }
    let trap = guest.trap("cli/stdin#get-stdin", &[]);
    assert_eq!(trap, "resource table has no free keys");
}

#[test]
fn polling_says_which_are_ready() {
    let (mut guest, mut to_guest, _from_guest) = piped();
    let stdin = guest.handle("cli/stdin#get-stdin", &[]);
    let never = guest.handle(
        "clocks/monotonic-clock#subscribe-instant",
        &["18446744073709551615".into()],
    );
    let input = guest.handle("io/streams#input-stream.subscribe", &[stdin.into()]);
    to_guest.write_all(b"x").unwrap();
    let mut pollables = vec![Val::Resource(never); 1000];
    pollables[7] = Val::Resource(input);
    pollables[999] = Val::Resource(input);
    let list = Val::List(pollables.into());
    assert_eq!(guest.text("io/poll#poll", &[list.into()]), "[7, 999]");
    let trap = guest.trap("io/poll#poll", &["[]".into()]);
    assert_eq!(trap, "empty list of pollables");
}

#[test]
fn waiting_is_interrupted() {
    let (guest, _to_guest, _from_guest) = piped();
    let mut guest = guest;
    let handle = guest.store.data_mut().ctx.interrupt_handle().unwrap();
    let stdin = guest.handle("cli/stdin#get-stdin", &[]);
    let thread = std::thread::spawn(move || handle.interrupt());
    let trap = guest.trap(
        "io/streams#input-stream.blocking-read",
        &[stdin.into(), "1".into()],
    );
    assert_eq!(trap, "interrupted while it waited");
    thread.join().unwrap().unwrap();
}

#[test]
fn passing_on_what_was_kept_is_interrupted() {
    let (mut guest, _to_guest, mut from_guest) = piped();
    let handle = guest.store.data_mut().ctx.interrupt_handle().unwrap();
    let [one, other] = [(), ()].map(|()| guest.handle("cli/stdout#get-stdout", &[]));
    for stream in [one, other] {
        guest.text("io/streams#output-stream.check-write", &[stream.into()]);
        let args = [stream.into(), list(&[b'x'; 65536])];
        assert_eq!(guest.text("io/streams#output-stream.write", &args), "ok");
    }
    handle.interrupt().unwrap();
    // What keeps nothing is dropped all the same.
    guest.drop(one);
    let error = other.resource_drop(&mut guest.store).unwrap_err();
    assert_eq!(error.to_string(), "interrupted while it waited");
    // It is passed on by the host, when that drops the guest.
    let reader = std::thread::spawn(move || {
        let mut read = Vec::new();
        from_guest.read_to_end(&mut read).unwrap();
        read.len()
    });
    drop(guest);
    assert_eq!(reader.join().unwrap(), 2 * 65536);
}

#[test]
fn streams_outlive_what_waits_for_them() {
    let (mut guest, _to_guest, _from_guest) = piped();
    let stdin = guest.handle("cli/stdin#get-stdin", &[]);
    let pollable = guest.handle("io/streams#input-stream.subscribe", &[stdin.into()]);
    let error = stdin.resource_drop(&mut guest.store).unwrap_err();
    assert!(
        error.to_string().contains("resource has children"),
        "{error}"
    );
    guest.drop(pollable);
}

#[test]
fn any_compatible_version_links() {
    for version in ["0.2.0", "0.2.6", "0.2.99"] {
        let mut guest = Guest::of_version(WasiCtx::default(), version);
        assert_eq!(guest.text("cli/environment#get-arguments", &[]), "[]");
    }
}
