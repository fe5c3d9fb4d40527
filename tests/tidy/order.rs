//! The law: no circles. A file uses what is declared above it, and a `mod.rs`, which comes last, its children.

use crate::modules::{Module, Modules};
use crate::source::{Source, Token};
use crate::tree::{Finding, Tree, assert_tidy, places};

/// A path that begins with `crate`, without that.
#[derive(Debug, PartialEq, Eq)]
struct CratePath {
    names: Vec<String>,
    line: usize,
    /// Whether it is one of a macro (`$crate`), which is followed where the macro is used.
    is_of_macro: bool,
}

fn upward_paths(tree: &Tree) -> Vec<Finding> {
    let (crates, _) = Modules::of(tree);
    let mut findings = Vec::new();
    for modules in &crates {
        for (rank, module) in modules.in_order.iter().enumerate() {
            let source = source_of(tree, module);
            findings.extend(upward_paths_of(modules, rank, &source));
        }
    }
    findings
}

fn source_of<'t>(tree: &'t Tree, module: &'t Module) -> Source<'t> {
    let text = tree.get(&module.file).expect("the file of a module exists");
    Source::new((&module.file, text))
}

/// Returns the paths in the file of the module with this rank that lead to modules after it.
fn upward_paths_of(modules: &Modules, rank: usize, source: &Source<'_>) -> Vec<Finding> {
    let own = subject(modules, rank);
    crate_paths(&source.tokens)
        .into_iter()
        .filter_map(|path| {
            let target = modules.rank_of(&path.names);
            // What a macro for users names has to be what users can name: a re-export of the root.
            if path.is_of_macro && modules.in_order[target].path.is_empty() {
                return None;
            }
            let message = upward_message(&path, &modules.in_order[target], &modules.in_order[own]);
            (target > own).then(|| Finding::new(source.path, path.line, message))
        })
        .collect()
}

/// Returns the rank of what a module tests, or its own if it is no test.
fn subject(modules: &Modules, rank: usize) -> usize {
    let mut subject = rank;
    while let module = &modules.in_order[subject]
        && module.is_test
    {
        subject = modules.rank_of(&module.path[..module.path.len() - 1]);
    }
    subject
}

fn upward_message(path: &CratePath, target: &Module, own: &Module) -> String {
    let (text, file) = (path.names.join("::"), &target.file);
    if own.path.starts_with(&target.path) {
        return format!(
            "`crate::{text}` is in `{file}`, which comes after its children: name the earlier file that defines it"
        );
    }
    format!(
        "`crate::{text}` is in `{file}`, which is declared later: move what both need further up"
    )
}

/// Returns the paths through `crate` in some code, those in macros included, those in visibilities excepted.
fn crate_paths(tokens: &[Token<'_>]) -> Vec<CratePath> {
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = |back: usize| index.checked_sub(back).map_or("", |at| tokens[at].text);
        let is_visibility = before(1) == "in" && before(2) == "(" && before(3) == "pub";
        let next = tokens.get(index + 1).map_or("", |it| it.text);
        if token.text != "crate" || is_visibility {
            continue;
        }
        let first = found.len();
        if next == ":" {
            use_tree(&tokens[index + 1..], token.line, &[], &mut found);
        } else if next == "as" {
            let names = Vec::new();
            found.push(CratePath {
                names,
                line: token.line,
                is_of_macro: false,
            });
        }
        for path in &mut found[first..] {
            path.is_of_macro = before(1) == "$";
        }
    }
    found
}

/// Adds the paths that begin with `prefix` and go on with `tokens`, which begin with `::` or not at all; returns how
/// many tokens they are.
fn use_tree(
    tokens: &[Token<'_>],
    line: usize,
    prefix: &[String],
    found: &mut Vec<CratePath>,
) -> usize {
    let mut names = prefix.to_vec();
    let mut at = 0;
    let is_colon = |at: usize| tokens.get(at).is_some_and(|token| token.text == ":");
    while is_colon(at) && is_colon(at + 1) {
        at += 2;
        match tokens.get(at) {
            Some(token) if token.text == "{" => {
                return at + use_group(&tokens[at..], &names, found);
            }
            Some(token) if is_name(token.text) => names.push(token.text.to_string()),
            _ => break,
        }
        at += 1;
    }
    found.push(CratePath {
        names,
        line,
        is_of_macro: false,
    });
    at
}

/// Adds the paths of a group, of which `tokens` begins with the brace; returns how many tokens it is.
fn use_group(tokens: &[Token<'_>], prefix: &[String], found: &mut Vec<CratePath>) -> usize {
    let mut at = 1;
    while let Some(token) = tokens.get(at) {
        at += 1;
        match token.text {
            "}" => break,
            "self" | "*" => found.push(CratePath {
                names: prefix.to_vec(),
                line: token.line,
                is_of_macro: false,
            }),
            "as" => at += 1,
            name if is_name(name) => {
                let names = [prefix, &[name.to_string()]].concat();
                at += use_tree(&tokens[at..], token.line, &names, found);
            }
            _ => {}
        }
    }
    at
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn super_paths(tree: &Tree) -> Vec<Finding> {
    let (crates, _) = Modules::of(tree);
    let mut findings = Vec::new();
    for module in crates.iter().flat_map(|it| &it.in_order) {
        findings.extend(super_paths_of(&source_of(tree, module), module.is_test));
    }
    findings
}

fn super_paths_of(source: &Source<'_>, is_test: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for index in source.find(&["super", ":", ":"]) {
        let token = &source.tokens[index];
        if !is_test && !token.in_test {
            let message = "`super::` outside of a test: name the module from `crate::`";
            findings.push(Finding::new(source.path, token.line, message));
        } else if source.has(index + 3, &["super"]) {
            let message =
                "`super::super`: a test uses its own subject, and the rest from `crate::`";
            findings.push(Finding::new(source.path, token.line, message));
        }
    }
    findings
}

#[test]
fn files_use_what_is_declared_above_them() {
    assert_tidy(upward_paths);
}

#[test]
fn only_tests_use_super() {
    assert_tidy(super_paths);
}

/// Returns what the law finds in `text`, as one file of a small crate.
fn law_on(path: &str, text: &str) -> Vec<String> {
    let mut files = vec![
        ("src/lib.rs", "mod adapt;\n\nmod fact;"),
        (
            "src/adapt/mod.rs",
            "mod index;\n\nmod types;\n\nmod plan;\n\nmod graph;",
        ),
        ("src/adapt/index.rs", ""),
        ("src/adapt/types/mod.rs", "mod value;\n\nmod store;"),
        ("src/adapt/types/value.rs", ""),
        ("src/adapt/types/store.rs", ""),
        ("src/adapt/plan.rs", "#[cfg(test)]\nmod tests;"),
        ("src/adapt/plan/tests.rs", ""),
        ("src/adapt/graph.rs", ""),
        ("src/fact/mod.rs", "mod call;"),
        ("src/fact/call.rs", ""),
        ("src/main.rs", "mod cli;"),
        ("src/cli.rs", ""),
    ];
    files.push((path, text));
    let start = format!("{path}:");
    let found = places(upward_paths, &files);
    found
        .iter()
        .map(|place| {
            place
                .strip_prefix(&start)
                .expect("only this file")
                .to_string()
        })
        .collect()
}

#[test]
fn what_the_law_allows() {
    let none: [&str; 0] = [];
    let plan = "use crate::adapt::index::AdapterId;\nuse crate::adapt::types::{Label, value::Val};\n\
        use crate::adapt::types::store;\n// crate::fact\n/// [`a`](crate::fact::A)\n\
        pub(in crate::adapt) fn a() { b(\"crate::fact\"); crate::adapt::plan::c() }\n";
    assert_eq!(law_on("src/adapt/plan.rs", plan), none);
    let facade = "mod call;\npub use call::A;\nuse crate::fact::call::B;\nuse crate::adapt::C;\n";
    assert_eq!(law_on("src/fact/mod.rs", facade), none);
    let tests = "use crate::adapt::plan::A;\nuse crate::adapt::types::B;\n";
    assert_eq!(law_on("src/adapt/plan/tests.rs", tests), none);
    assert_eq!(law_on("src/cli.rs", "use interfuse::A;\n"), none);
    let value = "macro_rules! a { () => { $crate::Val } }\n";
    assert_eq!(law_on("src/adapt/types/value.rs", value), none);
}

#[test]
fn later_module_is_found() {
    let plan = "use crate::adapt::graph::A;\nuse crate::{\n    adapt::{\n        index::{self, B as C, D},\n        \
        graph::E,\n    },\n    fact,\n};\nfn f() { crate::fact::g::<crate::adapt::graph::H>() }\n";
    let expected = ["1", "5", "7", "9", "9"];
    assert_eq!(law_on("src/adapt/plan.rs", plan), expected);
    let value =
        "macro_rules! a { () => { $crate::adapt::types::store::B } }\nuse crate::adapt::plan::*;\n";
    assert_eq!(law_on("src/adapt/types/value.rs", value), ["1", "2"]);
}

#[test]
fn own_facade_is_found() {
    let plan = "use crate::adapt::Types;\nuse crate::adapt::{self, index};\nuse crate::Error;\nuse crate as a;\n\
        #[cfg(test)]\nmod tests { use crate::adapt::B; use crate::adapt::plan::C; }\n";
    let expected = ["1", "2", "3", "4", "6"];
    assert_eq!(law_on("src/adapt/plan.rs", plan), expected);
    let store = "use crate::adapt::types::Val;\nuse crate::adapt::types::value::Val;\n";
    assert_eq!(law_on("src/adapt/types/store.rs", store), ["1"]);
    let tests = "use crate::adapt::graph::A;\nuse crate::adapt::B;\n";
    assert_eq!(law_on("src/adapt/plan/tests.rs", tests), ["1", "2"]);
    assert_eq!(law_on("src/cli.rs", "use crate::Args;\n"), ["1"]);
}

#[test]
fn super_is_found_outside_of_tests() {
    let a = "pub(super) fn a() {}\nuse super::B;\nmod def {\n    use super::C;\n}\n#[cfg(test)]\nmod tests {\n    \
        use super::a;\n    use super::super::d;\n}\n";
    let files = [
        ("src/lib.rs", "mod a;\n\n#[cfg(test)]\nmod tests;\n"),
        ("src/a.rs", a),
        ("src/tests.rs", "use super::a;\n"),
    ];
    let expected = ["src/a.rs:2", "src/a.rs:4", "src/a.rs:9"];
    assert_eq!(places(super_paths, &files), expected);
}
