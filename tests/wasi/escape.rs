//! Tricks to get out of a folder: none of them works.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use interfuse::component::ResourceAny;
use interfuse::wasi::{DirPerms, FilePerms};

use crate::filesystem::{folder, free, guest};
use crate::guest::{Arg, Guest};

/// The error of a path that leads out of a folder.
const OUT: &str = "err(not-permitted)";

/// A guest that may do anything with `in`, beside which is `out` with a file `secret`.
fn start(name: &str) -> (Guest, ResourceAny, PathBuf) {
    let base = folder(&format!("escape_{name}"));
    for path in ["in", "in/sub", "out"] {
        fs::create_dir(base.join(path)).unwrap();
    }
    fs::write(base.join("out/secret"), "secret").unwrap();
    fs::write(base.join("in/own"), "own").unwrap();
    let (guest, root) = free(&base.join("in"));
    (guest, root, base)
}

/// Makes sure that no function reaches what a path leads to, which is outside, and that nothing there changed.
#[track_caller]
fn assert_refused(guest: &mut Guest, root: ResourceAny, base: &Path, path: &str) {
    let quoted = format!("{path:?}");
    for (open, flags) in [
        ("{}", "{read}"),
        ("{create}", "{write}"),
        ("{create, exclusive}", "{write}"),
        ("{truncate}", "{write}"),
        ("{directory}", "{read}"),
    ] {
        let opened = guest.open(root, path, open, flags);
        let error = opened.expect_err(path);
        // What is there is not a link to the guest, however it is made.
        let is_there = open.contains("exclusive") && error == "err(exist)";
        assert!(error == OUT || is_there, "{path} {open}: {error}");
    }
    for (func, args) in [
        ("stat-at", &["{symlink-follow}", &quoted][..]),
        ("metadata-hash-at", &["{symlink-follow}", &quoted]),
        ("set-times-at", &["{symlink-follow}", &quoted, "now", "now"]),
    ] {
        assert_eq!(guest.fs(func, root, args), OUT, "{func} {path}");
    }
    let secret = fs::read_to_string(base.join("out/secret"));
    assert_eq!(secret.unwrap(), "secret");
    assert_eq!(fs::read_dir(base.join("out")).unwrap().count(), 1);
}

/// Makes sure that no function that changes names reaches a path, which leads outside in the middle.
#[track_caller]
fn assert_unreachable(guest: &mut Guest, root: ResourceAny, path: &str) {
    let quoted = format!("{path:?}");
    for (func, args) in [
        ("stat-at", &["{}", &*quoted][..]),
        ("readlink-at", &[&quoted]),
        ("unlink-file-at", &[&quoted]),
        ("remove-directory-at", &[&quoted]),
        ("create-directory-at", &[&quoted]),
        ("symlink-at", &["\"own\"", &quoted]),
        ("set-times-at", &["{}", &quoted, "now", "now"]),
    ] {
        assert_eq!(guest.fs(func, root, args), OUT, "{func} {path}");
    }
    for [from, to] in [[&*quoted, "\"new\""], ["\"own\"", &quoted]] {
        let args: [Arg<'_>; 4] = [root.into(), from.into(), root.into(), to.into()];
        let moved = guest.text("filesystem/types#descriptor.rename-at", &args);
        assert_eq!(moved, OUT, "{from} {to}");
        let args: [Arg<'_>; 5] = [
            root.into(),
            "{}".into(),
            from.into(),
            root.into(),
            to.into(),
        ];
        let linked = guest.text("filesystem/types#descriptor.link-at", &args);
        assert_eq!(linked, OUT, "{from} {to}");
    }
}

#[test]
fn by_dots() {
    let (mut guest, root, base) = start("by_dots");
    for path in [
        "../out/secret",
        "sub/../../out/secret",
        "./sub/../sub/../../out/secret",
    ] {
        assert_refused(&mut guest, root, &base, path);
        assert_unreachable(&mut guest, root, path);
    }
    assert_eq!(
        guest.open(root, "..", "{directory}", "{read}"),
        Err(OUT.to_owned())
    );
    let sub = guest.open(root, "sub", "{directory}", "{read}").unwrap();
    // A folder that was opened is a root as well, though its parent is not outside.
    assert_eq!(
        guest.open(sub, "../own", "{}", "{read}"),
        Err(OUT.to_owned())
    );
    assert!(guest.open(root, "sub/../own", "{}", "{read}").is_ok());
}

#[test]
fn by_absolute_paths() {
    let (mut guest, root, base) = start("by_absolute_paths");
    let path = base.join("out/secret");
    assert_refused(&mut guest, root, &base, path.to_str().unwrap());
    assert_unreachable(&mut guest, root, path.to_str().unwrap());
    let own = base.join("in/own");
    let opened = guest.open(root, own.to_str().unwrap(), "{}", "{read}");
    assert_eq!(opened, Err(OUT.to_owned()));
}

#[test]
fn by_links_of_others() {
    let (mut guest, root, base) = start("by_links_of_others");
    symlink("../out/secret", base.join("in/relative")).unwrap();
    symlink(base.join("out/secret"), base.join("in/absolute")).unwrap();
    symlink("relative", base.join("in/twice")).unwrap();
    for path in ["relative", "absolute", "twice"] {
        assert_refused(&mut guest, root, &base, path);
    }
    symlink("../out", base.join("in/folder")).unwrap();
    symlink(base.join("out"), base.join("in/root")).unwrap();
    for path in ["folder/secret", "root/secret", "sub/../folder/secret"] {
        assert_refused(&mut guest, root, &base, path);
        assert_unreachable(&mut guest, root, path);
    }
    // Reading where a link leads is no way out, but an absolute path says more than the guest should know.
    assert_eq!(
        guest.fs("readlink-at", root, &["\"relative\""]),
        "ok(\"../out/secret\")"
    );
    assert_eq!(guest.fs("readlink-at", root, &["\"absolute\""]), OUT);
}

#[test]
fn by_own_links() {
    let (mut guest, root, base) = start("by_own_links");
    let out = format!("{:?}", base.join("out"));
    assert_eq!(guest.fs("symlink-at", root, &[&out, "\"link\""]), OUT);
    // That one can be made, and leads nowhere.
    assert_eq!(
        guest.fs("symlink-at", root, &["\"../out\"", "\"link\""]),
        "ok"
    );
    assert_refused(&mut guest, root, &base, "link/secret");
    assert_unreachable(&mut guest, root, "link/secret");
}

#[test]
fn by_links_to_what_is_not_there_yet() {
    let (mut guest, root, base) = start("by_links_to_what_is_not_there_yet");
    symlink("../out/new", base.join("in/dangling")).unwrap();
    for (open, expected) in [
        ("{create}", OUT),
        ("{create, exclusive}", "err(exist)"),
        ("{create, truncate}", OUT),
    ] {
        let opened = guest.open(root, "dangling", open, "{write}");
        assert_eq!(opened, Err(expected.to_owned()), "{open}");
    }
    assert!(!base.join("out/new").exists());
}

#[test]
fn by_moving_folders() {
    let base = folder("escape_by_moving_folders");
    for path in ["one/a/b", "other"] {
        fs::create_dir_all(base.join(path)).unwrap();
    }
    fs::write(base.join("other/secret"), "secret").unwrap();
    let (mut guest, roots) = guest(&[
        (&base.join("one"), DirPerms::all(), FilePerms::all()),
        (&base.join("other"), DirPerms::READ, FilePerms::READ),
    ]);
    let [one, other] = roots[..] else {
        panic!("{roots:?}")
    };
    // Into a folder that it may not change, and out of it.
    let rename = "filesystem/types#descriptor.rename-at";
    let args: [Arg<'_>; 4] = [one.into(), "\"a\"".into(), other.into(), "\"a\"".into()];
    assert_eq!(guest.text(rename, &args), "err(read-only)");
    let args: [Arg<'_>; 4] = [
        other.into(),
        "\"secret\"".into(),
        one.into(),
        "\"a/secret\"".into(),
    ];
    assert_eq!(guest.text(rename, &args), "err(read-only)");
    let link = "filesystem/types#descriptor.link-at";
    let args: [Arg<'_>; 5] = [
        other.into(),
        "{}".into(),
        "\"secret\"".into(),
        one.into(),
        "\"a/secret\"".into(),
    ];
    assert_eq!(guest.text(link, &args), "err(read-only)");
    // A folder that was moved up has another parent, which is no way out of it.
    let b = guest
        .open(one, "a/b", "{directory}", "{read, mutate-directory}")
        .unwrap();
    let args: [Arg<'_>; 4] = [one.into(), "\"a/b\"".into(), one.into(), "\"b\"".into()];
    assert_eq!(guest.text(rename, &args), "ok");
    assert_eq!(
        guest.open(b, "../../other/secret", "{}", "{read}"),
        Err(OUT.to_owned())
    );
    assert_eq!(
        guest.open(b, "..", "{directory}", "{read}"),
        Err(OUT.to_owned())
    );
}

#[test]
fn into_folders_with_more_rights() {
    let base = folder("escape_into_folders_with_more_rights");
    for path in ["one", "other"] {
        fs::create_dir_all(base.join(path)).unwrap();
    }
    fs::write(base.join("one/a"), "text").unwrap();
    let (mut guest, roots) = guest(&[
        (&base.join("one"), DirPerms::all(), FilePerms::READ),
        (&base.join("other"), DirPerms::all(), FilePerms::all()),
    ]);
    let [one, other] = roots[..] else {
        panic!("{roots:?}")
    };
    let args: [Arg<'_>; 4] = [one.into(), "\"a\"".into(), other.into(), "\"a\"".into()];
    assert_eq!(
        guest.text("filesystem/types#descriptor.rename-at", &args),
        OUT
    );
    let args: [Arg<'_>; 5] = [
        one.into(),
        "{}".into(),
        "\"a\"".into(),
        other.into(),
        "\"a\"".into(),
    ];
    assert_eq!(
        guest.text("filesystem/types#descriptor.link-at", &args),
        OUT
    );
}

#[test]
fn by_links_of_the_system() {
    let (mut guest, root) = free(Path::new("/proc/self"));
    for path in ["fd/0", "root", "cwd", "root/etc/hostname", "exe"] {
        let error = guest.open(root, path, "{}", "{read}").unwrap_err();
        assert!([OUT, "err(loop)"].contains(&&*error), "{path}: {error}");
    }
}

#[test]
fn by_names_that_end_early() {
    let (mut guest, root, base) = start("by_names_that_end_early");
    fs::write(base.join("in/a"), "text").unwrap();
    for path in ["a\0b", "\0", "../out/secret\0"] {
        for open in ["{}", "{create}"] {
            let opened = guest.open(root, path, open, "{write}");
            let error = opened.unwrap_err();
            assert!(
                ["err(invalid)", OUT].contains(&&*error),
                "{path:?}: {error}"
            );
        }
    }
    assert_eq!(fs::read_dir(base.join("in")).unwrap().count(), 3);
    assert_eq!(
        guest.open(root, "", "{}", "{read}"),
        Err("err(no-entry)".to_owned())
    );
    let long = "x".repeat(300);
    assert_eq!(
        guest.open(root, &long, "{create}", "{write}"),
        Err("err(name-too-long)".to_owned())
    );
}

#[test]
fn a_pipe_does_not_make_anybody_wait() {
    let (mut guest, root, base) = start("a_pipe_does_not_make_anybody_wait");
    let made = std::process::Command::new("mkfifo")
        .arg(base.join("in/pipe"))
        .status();
    assert!(made.unwrap().success());
    let opened = guest.open(root, "pipe", "{}", "{write}");
    assert_eq!(opened, Err("err(no-such-device)".to_owned()));
    let pipe = guest.open(root, "pipe", "{}", "{read}").unwrap();
    assert_eq!(guest.fs("get-type", pipe, &[]), "ok(fifo)");
    guest.drop(pipe);
    let time = "timestamp({seconds: 5, nanoseconds: 6})";
    for flags in ["{symlink-follow}", "{}"] {
        let times = [flags, "\"pipe\"", "no-change", time];
        assert_eq!(guest.fs("set-times-at", root, &times), "ok");
    }
    let modified = fs::metadata(base.join("in/pipe")).unwrap().modified();
    let since_1970 = modified.unwrap().duration_since(UNIX_EPOCH).unwrap();
    assert_eq!(since_1970, Duration::new(5, 6));
}

#[test]
fn out_of_folders_that_it_must_not_read() {
    let base = folder("escape_out_of_folders_that_it_must_not_read");
    for path in ["one/sub", "other"] {
        fs::create_dir_all(base.join(path)).unwrap();
    }
    fs::write(base.join("one/a"), "text").unwrap();
    let (mut guest, roots) = guest(&[
        (&base.join("one"), DirPerms::MUTATE, FilePerms::all()),
        (&base.join("other"), DirPerms::all(), FilePerms::all()),
    ]);
    let [one, other] = roots[..] else {
        panic!("{roots:?}")
    };
    assert_eq!(guest.open(one, "a", "{}", "{read}"), Err(OUT.to_owned()));
    for path in ["\"a\"", "\"sub\""] {
        let args: [Arg<'_>; 4] = [one.into(), path.into(), other.into(), "\"new\"".into()];
        let moved = guest.text("filesystem/types#descriptor.rename-at", &args);
        assert_eq!(moved, OUT, "{path}");
    }
    let args: [Arg<'_>; 5] = [
        one.into(),
        "{}".into(),
        "\"a\"".into(),
        other.into(),
        "\"a\"".into(),
    ];
    let linked = guest.text("filesystem/types#descriptor.link-at", &args);
    assert_eq!(linked, OUT);
}
