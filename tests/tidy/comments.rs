//! Comments speak of what exists: a path in one is that of a file or folder.
//!
//! Such a path has a `/` and begins with a known folder, or ends as the name of a file does. It counts from the root,
//! from `src`, or from a folder around the file that mentions it. Fenced code is code, unless it says it is `text`.

use crate::source::{Comment, Source};
use crate::tree::{Finding, Tree, assert_tidy, places};

/// Folders whose name before a `/` makes a path of a word.
const FOLDERS: [&str; 8] = [
    ".ci",
    "adapt",
    "cli",
    "fact",
    "proptest-regressions",
    "runtime",
    "src",
    "tests",
];

/// What file names end in.
const EXTENSIONS: [&str; 5] = [".rs", ".wat", ".wast", ".md", ".json"];

/// What looks like a path and is none: the two sides of an adapter.
const SIDES: &str = "src/dst";

/// What a comment says of a path.
#[derive(Clone, Copy)]
struct Mention<'t> {
    path: &'t str,
    /// Whether a pattern follows, so that this is merely how paths begin.
    is_prefix: bool,
}

fn dead_paths(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .map(Source::new)
        .flat_map(|source| dead_paths_of(tree, &source))
        .collect()
}

fn dead_paths_of(tree: &Tree, source: &Source<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for comment in prose(source.comments()) {
        for mention in mentions(&comment.text) {
            if !exists(tree, source.path, mention) {
                let message = format!(
                    "`{}` does not exist: name what does, or nothing",
                    mention.path
                );
                findings.push(Finding::new(source.path, comment.line, message));
            }
        }
    }
    findings
}

/// Returns the comments that are not code of an example.
fn prose(comments: Vec<Comment>) -> Vec<Comment> {
    let mut in_code = false;
    let mut last_line = 0;
    let mut prose = Vec::new();
    for comment in comments {
        in_code &= comment.line == last_line + 1;
        last_line = comment.line;
        let text = comment.text.trim_start_matches(['/', '!']).trim_start();
        if let Some(info) = text.strip_prefix("```") {
            in_code = !in_code && info != "text";
        } else if !in_code {
            prose.push(comment);
        }
    }
    prose
}

/// Returns the paths that a comment mentions.
fn mentions(text: &str) -> Vec<Mention<'_>> {
    let mut found = Vec::new();
    for word in text.split_whitespace() {
        if word.contains("://") {
            continue;
        }
        let mut rest = word;
        while let Some(start) = rest.find(is_path_char) {
            // What follows a colon is an interface (`wasi:cli/run`).
            let is_interface = rest[..start].ends_with(':');
            rest = &rest[start..];
            let len = rest.find(|c| !is_path_char(c)).unwrap_or(rest.len());
            let (path, after) = rest.split_at(len);
            if !is_interface {
                found.extend(mention(path, after));
            }
            rest = after;
        }
    }
    found
}

fn is_path_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_-./".contains(c)
}

/// Returns what is said of `path`, if it is one, before `after`.
fn mention<'t>(path: &'t str, after: &str) -> Option<Mention<'t>> {
    let is_prefix = after.starts_with(['*', '<', '{']);
    let path = if is_prefix {
        path
    } else {
        path.trim_end_matches(['.', '-'])
    };
    let folder = path.split_once('/').map(|(first, _)| first);
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_file = EXTENSIONS.iter().any(|extension| {
        let stem = name.strip_suffix(extension);
        stem.is_some_and(|stem| !stem.is_empty())
    });
    let is_path = match folder {
        Some("") => false,
        Some(_) if path == SIDES => false,
        Some(folder) => is_file || FOLDERS.contains(&folder),
        // The name of every façade: it says what kind of file is meant, not which.
        None => is_file && path != "mod.rs",
    };
    is_path.then_some(Mention { path, is_prefix })
}

/// Returns whether what `file` mentions exists.
fn exists(tree: &Tree, file: &str, mention: Mention<'_>) -> bool {
    bases(file).any(|base| {
        let path = format!("{base}{}", mention.path);
        if mention.is_prefix {
            tree.exists_with_prefix(&path)
        } else {
            tree.exists(&path) || tree.exists(&format!("{path}.rs"))
        }
    })
}

/// Returns the folders that a path in `file` may count from, each with a `/` at its end, but the root is empty.
fn bases(file: &str) -> impl Iterator<Item = &str> {
    let around = file.match_indices('/').map(|(at, _)| &file[..=at]);
    ["", "src/"].into_iter().chain(around)
}

#[test]
fn paths_in_comments_exist() {
    assert_tidy(dead_paths);
}

/// Returns what is found in `text`, as a file below `adapt` of a small crate: lines.
fn found_in(text: &str) -> Vec<String> {
    let path = "src/adapt/types/store.rs";
    let files = [
        (path, text),
        ("README.md", ""),
        ("src/adapt/graph.rs", ""),
        ("src/adapt/types/wit.rs", ""),
        ("tests/data/adapters/list/copy.wat", ""),
    ];
    let found = places(dead_paths, &files);
    let line = |place: &String| place.replace("src/adapt/types/store.rs:", "");
    found.iter().map(line).collect()
}

#[test]
fn path_to_nothing_is_found() {
    let text = "//! See `adapt/translate`.\n// (src/fact/abi),\n/* `effect.rs`: */\n/// [x](tests/api/main.rs)\n\
        fn a() {} // store.wat\n// adapt/gra\n// docs/NOTES.md\n// src/adapt/eff*\n// tests/data/{a,b}/x\n";
    let expected = ["1", "2", "3", "4", "5", "6", "7", "8"];
    assert_eq!(found_in(text), expected);
}

#[test]
fn path_to_something_passes() {
    let text = "//! See `adapt/types/`, `adapt/graph`, graph.rs, wit.rs and src/adapt/graph.rs.\n\
        // README.md, a `mod.rs`, *.wast, tests/data/adapters/<class>/, src/adapt/gra*\n\
        // https://example.org/src/none.rs and/or WebAssembly/spec, wasi:cli/run@0.2.0, `src/dst`\n\
        const A: &str = \"src/none.rs\";\n";
    assert_eq!(found_in(text), [""; 0]);
}

#[test]
fn examples_are_code_unless_they_are_text() {
    let text = "/// ```\n/// read(\"none.wat\")\n/// ```\n/// none.md\n///\n/// ```text\n/// none.rs\n/// ```\n\
        fn a() {}\n/// ```sh\n/// none.md\n\n// none.json\n";
    assert_eq!(found_in(text), ["4", "7", "13"]);
}
