//! What the end of a path says besides the name: a slash there stands for a folder, which the sandbox takes for one more
//! folder on the way.

use std::path::{Component, Path};

/// Returns whether a path ends in a slash: what it leads to is followed, and is a folder.
pub(in crate::runtime::wasi) fn ends_in_slash(path: &str) -> bool {
    path.ends_with('/')
}

/// Returns a path without the slashes at its end. The root is left as it is.
pub(in crate::runtime::wasi) fn without_slashes(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => path,
        bare => bare,
    }
}

/// Returns whether a path ends in `..`, which is a name that no folder has.
pub(in crate::runtime::wasi) fn ends_in_parent(path: &str) -> bool {
    Path::new(path).components().next_back() == Some(Component::ParentDir)
}

/// Returns the path of the folder that a path leads into, unless that is where the path begins.
pub(in crate::runtime::wasi) fn parent(path: &str) -> Option<&Path> {
    let parent = Path::new(without_slashes(path)).parent();
    parent.filter(|it| !it.as_os_str().is_empty())
}
