//! The files that rules look at, on disk or made up, and what rules find in them.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

/// Files by their path from the root of the repository, with `/` between names.
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

/// A breach of a rule: where it is, what is wrong and what to do.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl Tree {
    /// Returns a tree of these paths and texts.
    pub(crate) fn of(files: &[(&str, &str)]) -> Tree {
        let own = |(path, text): &(&str, &str)| (path.to_string(), text.to_string());
        Tree {
            files: files.iter().map(own).collect(),
        }
    }

    /// Returns the files of this repository. Only Rust files have their text: others merely exist.
    pub(crate) fn of_repository() -> Tree {
        let mut files = BTreeMap::new();
        read_folder(Path::new(env!("CARGO_MANIFEST_DIR")), "", &mut files);
        let tree = Tree { files };
        assert!(tree.get("src/lib.rs").is_some(), "the crate was not found");
        tree
    }

    /// Returns the text of a file.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Returns whether `path` is a file or a folder; the root is one.
    pub(crate) fn exists(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        path.is_empty()
            || self.files.contains_key(path)
            || self.exists_with_prefix(&format!("{path}/"))
    }

    /// Returns whether the path of a file begins with `prefix`.
    pub(crate) fn exists_with_prefix(&self, prefix: &str) -> bool {
        self.files
            .range(prefix.to_string()..)
            .next()
            .is_some_and(|(path, _)| path.starts_with(prefix))
    }

    /// Returns paths and texts of the Rust files of the crate and its tests.
    pub(crate) fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .filter(|(path, _)| path.starts_with("src/") || path.starts_with("tests/"))
            .filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Returns paths and texts of the Rust files whose path begins with `prefix`.
    pub(crate) fn rust_in(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        self.rust()
            .filter(move |(path, _)| path.starts_with(prefix))
    }
}

impl Finding {
    /// Returns a finding.
    pub(crate) fn new(path: &str, line: usize, message: impl Into<String>) -> Finding {
        Finding {
            path: path.to_string(),
            line,
            message: message.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Fails with everything that `rule` finds in this repository.
pub(crate) fn assert_tidy(rule: fn(&Tree) -> Vec<Finding>) {
    let mut findings = rule(&Tree::of_repository());
    findings.sort();
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(lines.is_empty(), "not tidy:\n{}", lines.join("\n"));
}

/// Returns what `rule` finds in made-up files, as `path:line`, in order.
pub(crate) fn places(rule: fn(&Tree) -> Vec<Finding>, files: &[(&str, &str)]) -> Vec<String> {
    let mut findings = rule(&Tree::of(files));
    findings.sort();
    findings
        .iter()
        .map(|finding| format!("{}:{}", finding.path, finding.line))
        .collect()
}

/// Adds the files of a folder, whose path from the root is `prefix`, empty or ending in `/`.
fn read_folder(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder of the repository is readable") {
        let entry = entry.expect("a folder of the repository is readable");
        let name = entry
            .file_name()
            .into_string()
            .expect("a file name is UTF-8");
        if is_foreign(&name) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            read_folder(&entry.path(), &format!("{path}/"), files);
        } else {
            files.insert(path, read_rust(&entry.path()));
        }
    }
}

/// Returns whether a name is that of something the repository does not contain, although it lies there.
fn is_foreign(name: &str) -> bool {
    name == "target" || (name.starts_with('.') && name != ".ci")
}

/// Returns the text of a Rust file, and nothing for another.
fn read_rust(path: &Path) -> String {
    if path.extension().is_none_or(|extension| extension != "rs") {
        return String::new();
    }
    fs::read_to_string(path).expect("a Rust file is readable and UTF-8")
}

#[test]
fn folders_exist_and_prefixes_of_names_do_not() {
    let tree = Tree::of(&[("src/adapt/plan.rs", "")]);
    assert!(tree.exists("src/adapt"));
    assert!(tree.exists("src/adapt/"));
    assert!(!tree.exists("src/ada"));
    assert!(tree.exists_with_prefix("src/ada"));
}
