//! Paths that end in a slash or in dots: what they mean where the last name of a path is not followed.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use interfuse::component::ResourceAny;

use crate::filesystem::{folder, free};
use crate::guest::{Arg, Guest};

/// Paths with what they end in that matters here.
const PATHS: [&str; 22] = [
    "file/",
    "folder/",
    "folder//",
    "full/",
    "to-folder/",
    "to-file/",
    "to-nothing/",
    "nothing/",
    "nothing/folder/",
    "full/.",
    "full/..",
    "full/inner/../",
    "full/inner/./",
    "full/inner/../.",
    "file/.",
    "to-file/.",
    "to-folder/./",
    "to-nothing/.",
    "nothing/.",
    "to-folder/..",
    "file/..",
    ".",
];

/// What the system says, in the words of WASI.
fn says(result: io::Result<&str>) -> String {
    let error = match result {
        Ok(text) => return text.to_owned(),
        Err(error) => error,
    };
    let code = match error.kind() {
        io::ErrorKind::NotFound => "no-entry",
        io::ErrorKind::NotADirectory => "not-directory",
        io::ErrorKind::IsADirectory => "is-directory",
        io::ErrorKind::DirectoryNotEmpty => "not-empty",
        io::ErrorKind::InvalidInput => "invalid",
        io::ErrorKind::AlreadyExists => "exist",
        io::ErrorKind::ResourceBusy => "busy",
        _ => panic!("{error}"),
    };
    format!("err({code})")
}

/// Makes the same in a folder, whatever was in it.
fn fill(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => fs::remove_dir_all(entry.path()).unwrap(),
            false => fs::remove_file(entry.path()).unwrap(),
        }
    }
    fs::write(folder.join("file"), "x").unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    fs::create_dir_all(folder.join("full/inner")).unwrap();
    symlink("folder", folder.join("to-folder")).unwrap();
    symlink("file", folder.join("to-file")).unwrap();
    symlink("none", folder.join("to-nothing")).unwrap();
}

/// Does something with each path in two folders alike, in one of them as a guest, and compares what both say.
#[track_caller]
fn compare(
    name: &str,
    call: impl Fn(&mut Guest, ResourceAny, &str) -> String,
    system: impl Fn(&Path, &Path) -> io::Result<&'static str>,
) {
    let both = folder(name);
    let [ours, theirs] = ["guest", "system"].map(|it| both.join(it));
    for it in [&ours, &theirs] {
        fs::create_dir(it).unwrap();
    }
    let (mut guest, root) = free(&ours);
    let found = PATHS.map(|path| {
        fill(&ours);
        format!("{path}: {}", call(&mut guest, root, path))
    });
    let expected = PATHS.map(|path| {
        fill(&theirs);
        format!("{path}: {}", says(system(&theirs, &theirs.join(path))))
    });
    assert_eq!(found, expected);
}

#[test]
fn folders_are_removed_by_paths_that_end_in_slashes() {
    compare(
        "folders_are_removed_by_paths_that_end_in_slashes",
        |guest, root, path| guest.fs("remove-directory-at", root, &[&format!("{path:?}")]),
        |_, path| fs::remove_dir(path).map(|()| "ok"),
    );
}

#[test]
fn files_are_not_removed_by_paths_that_end_in_slashes() {
    compare(
        "files_are_not_removed_by_paths_that_end_in_slashes",
        |guest, root, path| guest.fs("unlink-file-at", root, &[&format!("{path:?}")]),
        |_, path| fs::remove_file(path).map(|()| "ok"),
    );
}

#[test]
fn links_are_followed_by_paths_that_end_in_slashes() {
    compare(
        "links_are_followed_by_paths_that_end_in_slashes",
        |guest, root, path| {
            let stat = guest.fs("stat-at", root, &["{}", &format!("{path:?}")]);
            let hash = guest.fs("metadata-hash-at", root, &["{}", &format!("{path:?}")]);
            assert_eq!(stat.starts_with("ok"), hash.starts_with("ok"), "{path}");
            match stat.starts_with("ok({type: directory") {
                true => "ok: a folder".to_owned(),
                false => stat,
            }
        },
        |_, path| {
            fs::symlink_metadata(path).map(|it| if it.is_dir() { "ok: a folder" } else { "ok" })
        },
    );
}

fn two_paths(func: &str, from: &str, to: &str, guest: &mut Guest, root: ResourceAny) -> String {
    let [from, to] = [from, to].map(|it| format!("{it:?}"));
    let mut args: Vec<Arg<'_>> = vec![root.into(), (&*from).into(), root.into(), (&*to).into()];
    if func == "link-at" {
        args.insert(1, "{}".into());
    }
    guest.text(&format!("filesystem/types#descriptor.{func}"), &args)
}

#[test]
fn nothing_but_folders_is_made_by_paths_that_end_in_slashes() {
    compare(
        "what_is_linked_to_slashes",
        |guest, root, path| two_paths("link-at", "file", path, guest, root),
        |root, path| fs::hard_link(root.join("file"), path).map(|()| "ok"),
    );
    compare(
        "what_is_not_there_and_linked",
        |guest, root, path| two_paths("link-at", "nothing", path, guest, root),
        |root, path| fs::hard_link(root.join("nothing"), path).map(|()| "ok"),
    );
    compare(
        "links_that_end_in_slashes",
        |guest, root, path| guest.fs("symlink-at", root, &["\"x\"", &format!("{path:?}")]),
        |_, path| symlink("x", path).map(|()| "ok"),
    );
    compare(
        "folders_that_end_in_slashes",
        |guest, root, path| guest.fs("create-directory-at", root, &[&format!("{path:?}")]),
        |_, path| fs::create_dir(path).map(|()| "ok"),
    );
}

#[test]
fn only_folders_are_moved_by_paths_that_end_in_slashes() {
    compare(
        "what_is_moved_from",
        |guest, root, path| two_paths("rename-at", path, "moved", guest, root),
        |root, path| fs::rename(path, root.join("moved")).map(|()| "ok"),
    );
    compare(
        "what_is_moved_from_to_slash",
        |guest, root, path| two_paths("rename-at", path, "moved/", guest, root),
        |root, path| fs::rename(path, root.join("moved/")).map(|()| "ok"),
    );
    for from in ["file", "folder", "to-folder"] {
        compare(
            "where_it_is_moved_to",
            |guest, root, path| two_paths("rename-at", from, path, guest, root),
            |root, path| fs::rename(root.join(from), path).map(|()| "ok"),
        );
    }
}

#[test]
fn a_link_that_is_not_followed_is_no_folder() {
    let folder = folder("a_link_that_is_not_followed_is_no_folder");
    fill(&folder);
    let (mut guest, root) = free(&folder);
    let open = |guest: &mut Guest, path: &str, flags: &str| {
        guest.fs("open-at", root, &["{}", path, flags, "{read}"])
    };
    for link in ["\"to-folder\"", "\"to-file\"", "\"to-nothing\""] {
        assert_eq!(
            open(&mut guest, link, "{directory}"),
            "err(not-directory)",
            "{link}"
        );
        assert_eq!(open(&mut guest, link, "{}"), "err(loop)", "{link}");
    }
    symlink("to-itself", folder.join("to-itself")).unwrap();
    let follows = guest.open(root, "to-itself", "{directory}", "{read}");
    assert_eq!(follows, Err("err(loop)".to_owned()));
    assert_eq!(
        open(&mut guest, "\"to-itself/x\"", "{directory}"),
        "err(loop)"
    );
    assert!(open(&mut guest, "\"to-folder/\"", "{directory}").starts_with("ok"));
}
