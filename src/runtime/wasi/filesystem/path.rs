//! What the end of a path says besides the name: a slash or a dot there stands for a folder, which the sandbox takes for
//! one more folder on the way.

/// Returns whether a path ends in a slash.
pub(in crate::runtime::wasi) fn ends_in_slash(path: &str) -> bool {
    path.ends_with('/')
}

/// Returns whether a path ends in `.` or `..`, which are names that nothing is made, moved or removed by.
pub(in crate::runtime::wasi) fn ends_in_dots(path: &str) -> bool {
    matches!(last(path), "." | "..")
}

/// Returns whether a path ends in `..`.
pub(in crate::runtime::wasi) fn ends_in_parent(path: &str) -> bool {
    last(path) == ".."
}

/// Returns whether what a path leads to is followed because of what it ends in, and is a folder.
pub(in crate::runtime::wasi) fn names_folder(path: &str) -> bool {
    ends_in_slash(path) || ends_in_dots(path)
}

/// Returns a path without the slashes at its end. The root is left as it is.
pub(in crate::runtime::wasi) fn without_slashes(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => path,
        bare => bare,
    }
}

/// Returns the path of the folder that a path leads into, with a slash at its end, unless that is where the path begins.
pub(in crate::runtime::wasi) fn parent(path: &str) -> Option<&str> {
    let bare = without_slashes(path);
    bare.rfind('/').map(|slash| &bare[..=slash])
}

fn last(path: &str) -> &str {
    let bare = without_slashes(path);
    bare.rsplit_once('/').map_or(bare, |(_, last)| last)
}
