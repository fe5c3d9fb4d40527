//! `wasi:filesystem`: files and folders do what those of the system do.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use interfuse::component::{ResourceAny, Val};
use interfuse::wasi::{DirPerms, FilePerms, WasiCtx};

use crate::guest::{Arg, Guest, bytes, list};

/// A folder of its own for each test, empty at first.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("wasi")
        .join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// A guest with folders, and their handles.
pub(crate) fn guest(folders: &[(&Path, DirPerms, FilePerms)]) -> (Guest, Vec<ResourceAny>) {
    let mut builder = WasiCtx::builder();
    for (index, (path, dir, file)) in folders.iter().enumerate() {
        let guest_path = format!("/{index}");
        builder
            .preopened_dir(path, guest_path, *dir, *file)
            .unwrap();
    }
    let mut guest = Guest::new(builder.build());
    let folders = guest.call("filesystem/preopens#get-directories", &[]);
    let handles = crate::guest::handles(&folders);
    (guest, handles)
}

/// A guest that may do anything with one folder.
pub(crate) fn free(path: &Path) -> (Guest, ResourceAny) {
    let (guest, handles) = guest(&[(path, DirPerms::all(), FilePerms::all())]);
    (guest, handles[0])
}

impl Guest {
    /// Calls a function of a descriptor and returns its result as text.
    #[track_caller]
    pub(crate) fn fs(&mut self, func: &str, handle: ResourceAny, args: &[&str]) -> String {
        let path = format!("filesystem/types#descriptor.{func}");
        let rest = args.iter().map(|text| Arg::Text(text));
        let args: Vec<Arg<'_>> = [handle.into()].into_iter().chain(rest).collect();
        self.text(&path, &args)
    }

    /// Opens something. Returns its handle, or what went wrong.
    #[track_caller]
    pub(crate) fn open(
        &mut self,
        folder: ResourceAny,
        path: &str,
        open: &str,
        flags: &str,
    ) -> Result<ResourceAny, String> {
        let path = Val::String(path.to_owned());
        let args = [
            folder.into(),
            "{symlink-follow}".into(),
            path.into(),
            open.into(),
            flags.into(),
        ];
        let opened = self.call("filesystem/types#descriptor.open-at", &args);
        let handle = crate::guest::handles(&opened);
        let handle = handle.first().copied();
        handle.ok_or_else(|| interfuse::component::wave::to_string(&opened))
    }
}

#[test]
fn files_are_written_and_read() {
    let folder = folder("files_are_written_and_read");
    let (mut guest, root) = free(&folder);
    let file = guest.open(root, "a.txt", "{create, exclusive}", "{read, write}");
    let file = file.unwrap();
    let write = "filesystem/types#descriptor.write";
    let written = guest.text(write, &[file.into(), list(b"hello world"), "0".into()]);
    assert_eq!(written, "ok(11)");
    let written = guest.text(write, &[file.into(), list(b"W"), "6".into()]);
    assert_eq!(written, "ok(1)");
    assert_eq!(fs::read(folder.join("a.txt")).unwrap(), b"hello World");
    let read = "filesystem/types#descriptor.read";
    let part = guest.call(read, &[file.into(), "5".into(), "6".into()]);
    assert_eq!(bytes(&part), b"World");
    assert_eq!(guest.fs("read", file, &["5", "11"]), "ok(([], true))");
    assert_eq!(guest.fs("read", file, &["0", "0"]), "ok(([], false))");
    let far = guest.fs("read", file, &["1", "18446744073709551615"]);
    assert_eq!(far, "err(invalid)");
    assert_eq!(guest.fs("set-size", file, &["5"]), "ok");
    assert_eq!(fs::read(folder.join("a.txt")).unwrap(), b"hello");
    assert_eq!(guest.fs("get-type", file, &[]), "ok(regular-file)");
    assert_eq!(guest.fs("get-flags", file, &[]), "ok({read, write})");
    assert_eq!(guest.fs("advise", file, &["0", "5", "will-need"]), "ok");
    assert_eq!(guest.fs("sync", file, &[]), "ok");
    assert_eq!(guest.fs("sync-data", file, &[]), "ok");
    assert_eq!(guest.fs("read-directory", file, &[]), "err(not-directory)");
    let again = guest.open(root, "a.txt", "{create, exclusive}", "{read}");
    assert_eq!(again, Err("err(exist)".to_owned()));
    let read_only = guest.open(root, "a.txt", "{}", "{read}").unwrap();
    let refused = guest.text(write, &[read_only.into(), list(b"x"), "0".into()]);
    assert_eq!(refused, "err(bad-descriptor)");
    let write_only = guest.open(root, "a.txt", "{truncate}", "{write}").unwrap();
    assert_eq!(
        guest.fs("read", write_only, &["1", "0"]),
        "err(bad-descriptor)"
    );
    assert_eq!(fs::read(folder.join("a.txt")).unwrap(), b"");
}

#[test]
fn streams_begin_at_places() {
    let folder = folder("streams_begin_at_places");
    fs::write(folder.join("a"), "0123456789").unwrap();
    let (mut guest, root) = free(&folder);
    let file = guest.open(root, "a", "{}", "{read, write}").unwrap();
    let input = guest.handle(
        "filesystem/types#descriptor.read-via-stream",
        &[file.into(), "7".into()],
    );
    let read = "io/streams#input-stream.blocking-read";
    assert_eq!(
        bytes(&guest.call(read, &[input.into(), "100".into()])),
        b"789"
    );
    assert_eq!(guest.text(read, &[input.into(), "1".into()]), "err(closed)");
    let write = "io/streams#output-stream.blocking-write-and-flush";
    let output = guest.handle(
        "filesystem/types#descriptor.write-via-stream",
        &[file.into(), "2".into()],
    );
    for part in [b"ab", b"cd"] {
        assert_eq!(guest.text(write, &[output.into(), list(part)]), "ok");
    }
    let output = guest.handle(
        "filesystem/types#descriptor.append-via-stream",
        &[file.into()],
    );
    assert_eq!(guest.text(write, &[output.into(), list(b"end")]), "ok");
    assert_eq!(fs::read(folder.join("a")).unwrap(), b"01abcd6789end");
    // What it can still read it reads from a file that becomes shorter.
    fs::write(folder.join("a"), "01234567_").unwrap();
    let input = guest.handle(
        "filesystem/types#descriptor.read-via-stream",
        &[file.into(), "7".into()],
    );
    fs::OpenOptions::new()
        .write(true)
        .open(folder.join("a"))
        .unwrap()
        .set_len(8)
        .unwrap();
    assert_eq!(
        bytes(&guest.call(read, &[input.into(), "100".into()])),
        b"7"
    );
}

#[test]
fn errors_of_streams_have_codes() {
    let (mut guest, root) = free(Path::new("/dev"));
    let file = guest.open(root, "full", "{}", "{write}").unwrap();
    let output = guest.handle(
        "filesystem/types#descriptor.write-via-stream",
        &[file.into(), "0".into()],
    );
    let write = "io/streams#output-stream.blocking-write-and-flush";
    let error = guest.handle(write, &[output.into(), list(b"x")]);
    let text = guest.text("io/error#error.to-debug-string", &[error.into()]);
    assert!(text.contains("No space left"), "{text}");
    let code = guest.text("filesystem/types#filesystem-error-code", &[error.into()]);
    assert_eq!(code, "some(insufficient-space)");
    assert_eq!(
        guest.text(write, &[output.into(), list(b"x")]),
        "err(closed)"
    );
}

#[test]
fn a_stream_that_failed_is_closed() {
    let folder = folder("a_stream_that_failed_is_closed");
    let (mut guest, root) = free(&folder);
    let file = guest.open(root, "a", "{create}", "{read, write}").unwrap();
    let place = || [file.into(), "18446744073709551615".into()];
    let input = guest.handle("filesystem/types#descriptor.read-via-stream", &place());
    let read = "io/streams#input-stream.read";
    let error = guest.handle(read, &[input.into(), "1".into()]);
    let code = guest.text("filesystem/types#filesystem-error-code", &[error.into()]);
    assert_eq!(code, "some(invalid)");
    assert_eq!(guest.text(read, &[input.into(), "1".into()]), "err(closed)");
    assert_eq!(guest.text(read, &[input.into(), "0".into()]), "err(closed)");
    let output = guest.handle("filesystem/types#descriptor.write-via-stream", &place());
    let write = "io/streams#output-stream.blocking-write-and-flush";
    guest.handle(write, &[output.into(), list(b"x")]);
    for func in ["check-write", "flush", "blocking-flush"] {
        let path = format!("io/streams#output-stream.{func}");
        assert_eq!(guest.text(&path, &[output.into()]), "err(closed)", "{func}");
    }
    assert_eq!(
        guest.text(write, &[output.into(), list(b"x")]),
        "err(closed)"
    );
}

#[test]
fn a_file_that_is_open_for_nothing_is_read() {
    let folder = folder("a_file_that_is_open_for_nothing_is_read");
    fs::write(folder.join("a"), "text").unwrap();
    let (mut guest, root) = free(&folder);
    for open in ["{}", "{create}", "{truncate}"] {
        let file = guest.open(root, "a", open, "{}").unwrap();
        assert_eq!(guest.fs("get-flags", file, &[]), "ok({read})", "{open}");
        let read = guest.fs("read", file, &["9", "0"]);
        let expected = fs::read(folder.join("a")).unwrap();
        let is_at_end = expected.is_empty();
        assert_eq!(read, format!("ok(({expected:?}, {is_at_end}))"), "{open}");
    }
}

#[test]
fn folders_are_made_listed_and_removed() {
    let folder = folder("folders_are_made_listed_and_removed");
    let (mut guest, root) = free(&folder);
    assert_eq!(guest.fs("create-directory-at", root, &["\"sub\""]), "ok");
    assert_eq!(
        guest.fs("create-directory-at", root, &["\"sub\""]),
        "err(exist)"
    );
    fs::write(folder.join("sub/file"), "x").unwrap();
    symlink("file", folder.join("sub/link")).unwrap();
    let sub = guest.open(root, "sub", "{directory}", "{read}").unwrap();
    assert_eq!(guest.fs("get-type", sub, &[]), "ok(directory)");
    let entries = guest.handle("filesystem/types#descriptor.read-directory", &[sub.into()]);
    let mut found: Vec<String> = Vec::new();
    loop {
        let next = "filesystem/types#directory-entry-stream.read-directory-entry";
        match guest.text(next, &[entries.into()]) {
            end if end == "ok(none)" => break,
            entry => found.push(entry),
        }
    }
    found.sort();
    let expected = [
        r#"ok(some({type: regular-file, name: "file"}))"#,
        r#"ok(some({type: symbolic-link, name: "link"}))"#,
    ];
    assert_eq!(found, expected);
    assert_eq!(
        guest.fs("remove-directory-at", root, &["\"sub\""]),
        "err(not-empty)"
    );
    assert_eq!(guest.fs("unlink-file-at", root, &["\"sub/link\""]), "ok");
    assert_eq!(guest.fs("unlink-file-at", sub, &["\"file\""]), "ok");
    assert_eq!(
        guest.fs("unlink-file-at", sub, &["\"file\""]),
        "err(no-entry)"
    );
    assert_eq!(
        guest.fs("unlink-file-at", root, &["\"sub\""]),
        "err(is-directory)"
    );
    assert_eq!(guest.fs("remove-directory-at", root, &["\"sub\""]), "ok");
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
    assert_eq!(guest.fs("sync", root, &[]), "ok");
    let file = guest.open(root, "sub/", "{directory}", "{read}");
    assert_eq!(file, Err("err(no-entry)".to_owned()));
}

#[test]
fn a_name_that_is_no_unicode_is_said_to_be_none() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = folder("a_name_that_is_no_unicode_is_said_to_be_none");
    fs::write(folder.join(OsStr::from_bytes(b"\xff")), "x").unwrap();
    let (mut guest, root) = free(&folder);
    let entries = guest.handle("filesystem/types#descriptor.read-directory", &[root.into()]);
    let next = "filesystem/types#directory-entry-stream.read-directory-entry";
    assert_eq!(
        guest.text(next, &[entries.into()]),
        "err(illegal-byte-sequence)"
    );
    assert_eq!(guest.text(next, &[entries.into()]), "ok(none)");
    symlink(OsStr::from_bytes(b"\xff"), folder.join("link")).unwrap();
    assert_eq!(
        guest.fs("readlink-at", root, &["\"link\""]),
        "err(illegal-byte-sequence)"
    );
}

#[test]
fn links_and_names_change() {
    let folder = folder("links_and_names_change");
    let (mut guest, root) = free(&folder);
    fs::write(folder.join("a"), "text").unwrap();
    assert_eq!(guest.fs("symlink-at", root, &["\"a\"", "\"link\""]), "ok");
    assert_eq!(guest.fs("readlink-at", root, &["\"link\""]), "ok(\"a\")");
    assert_eq!(guest.fs("readlink-at", root, &["\"a\""]), "err(invalid)");
    let here = |args: &[&'static str; 3]| -> Vec<Arg<'static>> {
        vec![
            root.into(),
            args[0].into(),
            args[1].into(),
            root.into(),
            args[2].into(),
        ]
    };
    let link = "filesystem/types#descriptor.link-at";
    assert_eq!(guest.text(link, &here(&["{}", "\"a\"", "\"b\""])), "ok");
    let follow = guest.text(link, &here(&["{symlink-follow}", "\"a\"", "\"c\""]));
    assert_eq!(follow, "err(invalid)");
    let rename = "filesystem/types#descriptor.rename-at";
    let args: [Arg<'_>; 4] = [root.into(), "\"b\"".into(), root.into(), "\"c\"".into()];
    assert_eq!(guest.text(rename, &args), "ok");
    assert_eq!(guest.text(rename, &args), "err(no-entry)");
    let [a, c, other] = ["a", "c", "."].map(|path| guest.open(root, path, "{}", "{read}").unwrap());
    let same = "filesystem/types#descriptor.is-same-object";
    assert_eq!(guest.text(same, &[a.into(), c.into()]), "true");
    assert_eq!(guest.text(same, &[a.into(), other.into()]), "false");
    let hash = guest.fs("metadata-hash", a, &[]);
    assert_eq!(guest.fs("metadata-hash-at", root, &["{}", "\"c\""]), hash);
    assert_eq!(
        guest.fs("metadata-hash-at", root, &["{symlink-follow}", "\"link\""]),
        hash
    );
    assert_ne!(
        guest.fs("metadata-hash-at", root, &["{}", "\"link\""]),
        hash
    );
    let nofollow = guest.call(
        "filesystem/types#descriptor.open-at",
        &[
            root.into(),
            "{}".into(),
            "\"link\"".into(),
            "{}".into(),
            "{read}".into(),
        ],
    );
    assert_eq!(
        interfuse::component::wave::to_string(&nofollow),
        "err(loop)"
    );
}

#[test]
fn what_is_known_of_files_is_what_the_system_says() {
    let folder = folder("what_is_known_of_files_is_what_the_system_says");
    fs::write(folder.join("a"), "12345").unwrap();
    let (mut guest, root) = free(&folder);
    let times = [
        "timestamp({seconds: 7, nanoseconds: 8})",
        "timestamp({seconds: 9, nanoseconds: 10})",
    ];
    let set = guest.fs(
        "set-times-at",
        root,
        &["{symlink-follow}", "\"a\"", times[0], times[1]],
    );
    assert_eq!(set, "ok");
    let start = "ok({type: regular-file, link-count: 1, size: 5, \
        data-access-timestamp: some({seconds: 7, nanoseconds: 8}), \
        data-modification-timestamp: some({seconds: 9, nanoseconds: 10}), status-change-timestamp: some(";
    let stat = guest.fs("stat-at", root, &["{}", "\"a\""]);
    assert!(stat.starts_with(start), "{stat}");
    let file = guest.open(root, "a", "{}", "{read, write}").unwrap();
    assert_eq!(guest.fs("stat", file, &[]), stat);
    assert_eq!(guest.fs("set-times", file, &["no-change", "now"]), "ok");
    let stat = guest.fs("stat", file, &[]);
    assert!(
        stat.contains("data-access-timestamp: some({seconds: 7, nanoseconds: 8})"),
        "{stat}"
    );
    assert!(!stat.contains("{seconds: 9, nanoseconds: 10}"), "{stat}");
    assert_eq!(guest.fs("set-times", root, &[times[0], times[1]]), "ok");
    let stat = guest.fs("stat", root, &[]);
    assert!(stat.starts_with("ok({type: directory"), "{stat}");
    assert!(
        stat.contains("data-modification-timestamp: some({seconds: 9, nanoseconds: 10})"),
        "{stat}"
    );
    // Whose file it is may say when it was written, without writing it.
    let read_only = guest.open(root, "a", "{}", "{read}").unwrap();
    assert_eq!(guest.fs("set-times", read_only, &times), "ok");
    assert_eq!(
        fs::metadata(folder.join("a")).unwrap().modified().unwrap(),
        std::time::UNIX_EPOCH + std::time::Duration::new(9, 10)
    );
    let never = "timestamp({seconds: 18446744073709551615, nanoseconds: 4294967295})";
    assert_eq!(
        guest.fs("set-times", file, &["no-change", never]),
        "err(overflow)"
    );
}

#[test]
fn what_is_not_permitted_is_refused() {
    let folder = folder("what_is_not_permitted_is_refused");
    fs::write(folder.join("a"), "text").unwrap();
    let (mut guest, handles) = guest(&[(&folder, DirPerms::READ, FilePerms::READ)]);
    let root = handles[0];
    let file = guest.open(root, "a", "{}", "{read}").unwrap();
    assert_eq!(guest.fs("get-flags", file, &[]), "ok({read})");
    assert_eq!(guest.fs("get-flags", root, &[]), "ok({read})");
    for (open, flags) in [
        ("{}", "{write}"),
        ("{create}", "{}"),
        ("{truncate}", "{}"),
        ("{}", "{mutate-directory}"),
    ] {
        let refused = guest.open(root, "a", open, flags);
        assert_eq!(refused, Err("err(read-only)".to_owned()), "{open} {flags}");
    }
    for (func, args) in [
        ("create-directory-at", &["\"b\""][..]),
        ("remove-directory-at", &["\"a\""]),
        ("unlink-file-at", &["\"a\""]),
        ("symlink-at", &["\"a\"", "\"b\""]),
        ("set-times-at", &["{}", "\"a\"", "now", "now"]),
        ("set-times", &["now", "now"]),
    ] {
        assert_eq!(guest.fs(func, root, args), "err(read-only)", "{func}");
    }
    assert_eq!(
        guest.fs("set-times", file, &["now", "now"]),
        "err(read-only)"
    );
    assert_eq!(guest.fs("set-size", file, &["0"]), "err(invalid)");
    assert_eq!(guest.fs("set-size", root, &["0"]), "err(invalid)");
    assert_eq!(fs::read(folder.join("a")).unwrap(), b"text");
}

#[test]
fn ten_thousand_handles_are_open() {
    let folder = folder("ten_thousand_handles_are_open");
    let (mut guest, root) = free(&folder);
    let stream = guest.open(root, "a", "{create}", "{write}").unwrap();
    let mut handles = Vec::new();
    for _ in 0..10_000 {
        let args = [stream.into(), "0".into()];
        handles.push(guest.handle("filesystem/types#descriptor.write-via-stream", &args));
    }
    handles.into_iter().for_each(|handle| guest.drop(handle));
    guest.drop(stream);
    guest.drop(root);
    assert!(guest.store.data().table.is_empty());
}
