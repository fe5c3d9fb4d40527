//! The modules of a crate in the order in which they may use each other.

use std::collections::BTreeMap;

use crate::source::{Source, Token};
use crate::tree::{Finding, Tree, assert_tidy, places};

/// The roots of the crates whose modules have an order: the library and the command.
const ROOTS: [&str; 2] = ["src/lib.rs", "src/main.rs"];

/// A module that is a file.
pub(crate) struct Module {
    pub(crate) file: String,
    /// Names from the root of its crate, which has none.
    pub(crate) path: Vec<String>,
    /// Whether it exists in tests only; its parent is what it tests.
    pub(crate) is_test: bool,
}

/// The modules of one crate. One comes after its children, and they are in the order of their declarations: a module
/// may use those before it.
#[derive(Default)]
pub(crate) struct Modules {
    pub(crate) in_order: Vec<Module>,
    ranks: BTreeMap<Vec<String>, usize>,
}

/// A line that declares a file to be a module.
struct Declaration {
    name: String,
    line: usize,
    is_test: bool,
}

impl Modules {
    /// Returns the modules of each crate of a tree, and declarations without a file.
    pub(crate) fn of(tree: &Tree) -> (Vec<Modules>, Vec<Finding>) {
        let mut findings = Vec::new();
        let roots = ROOTS.into_iter().filter(|root| tree.get(root).is_some());
        let crates = roots
            .map(|root| {
                let mut modules = Modules::default();
                let root = Module {
                    file: root.to_string(),
                    path: Vec::new(),
                    is_test: false,
                };
                modules.add(tree, root, &mut findings);
                modules
            })
            .collect();
        (crates, findings)
    }

    /// Returns the rank of the module in which a path ends, or which contains what it names.
    pub(crate) fn rank_of(&self, path: &[String]) -> usize {
        (0..=path.len())
            .rev()
            .find_map(|len| self.ranks.get(&path[..len]))
            .copied()
            .expect("every path begins in the root")
    }

    /// Adds the children of a module, then the module.
    fn add(&mut self, tree: &Tree, module: Module, findings: &mut Vec<Finding>) {
        let text = tree.get(&module.file).expect("the file was found");
        for child in declarations(&Source::new((&module.file, text))) {
            let Some(file) = file_of_child(tree, &module.file, &child.name) else {
                let message = format!(
                    "no file for `mod {}`: put it where rustc looks first",
                    child.name
                );
                findings.push(Finding::new(&module.file, child.line, message));
                continue;
            };
            let path = [module.path.as_slice(), &[child.name]].concat();
            let is_test = module.is_test || child.is_test;
            let child = Module {
                file,
                path,
                is_test,
            };
            self.add(tree, child, findings);
        }
        self.ranks.insert(module.path.clone(), self.in_order.len());
        self.in_order.push(module);
    }
}

/// Returns the modules that a file declares to be files.
fn declarations(source: &Source<'_>) -> Vec<Declaration> {
    let of = |window: &[Token<'_>]| Declaration {
        name: window[1].text.trim_start_matches("r#").to_string(),
        line: window[0].line,
        is_test: window[0].in_test,
    };
    source
        .tokens
        .windows(3)
        .filter(|window| window[0].text == "mod" && window[2].text == ";")
        .map(of)
        .collect()
}

/// Returns the file of a module that `file` declares.
fn file_of_child(tree: &Tree, file: &str, name: &str) -> Option<String> {
    let (folder, file_name) = file.rsplit_once('/').expect("a Rust file is in a folder");
    let folder = match file_name {
        "lib.rs" | "main.rs" | "mod.rs" => folder.to_string(),
        _ => file.trim_end_matches(".rs").to_string(),
    };
    let places = [
        format!("{folder}/{name}.rs"),
        format!("{folder}/{name}/mod.rs"),
    ];
    places.into_iter().find(|place| tree.get(place).is_some())
}

fn declared_files(tree: &Tree) -> Vec<Finding> {
    let (crates, mut findings) = Modules::of(tree);
    let is_declared = |path: &str| {
        let mut modules = crates.iter().flat_map(|it| &it.in_order);
        modules.any(|module| module.file == path)
    };
    let message =
        "no `mod` line declares this file: it is not compiled, so declare it or delete it";
    findings.extend(
        tree.rust_in("src/")
            .filter(|(path, _)| !is_declared(path))
            .map(|(path, _)| Finding::new(path, 1, message)),
    );
    findings
}

fn crowded_declarations(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .map(Source::new)
        .flat_map(|source| crowded_declarations_of(&source))
        .collect()
}

fn crowded_declarations_of(source: &Source<'_>) -> Vec<Finding> {
    let lines: Vec<&str> = source.text.lines().collect();
    let has_blank = |first: usize, second: usize| {
        let between = lines.get(first..second.saturating_sub(1)).unwrap_or(&[]);
        between.iter().any(|line| line.trim().is_empty())
    };
    let message =
        "`mod` lines without a blank line between them: add one, else rustfmt sorts them by name";
    declarations(source)
        .windows(2)
        .filter(|pair| !has_blank(pair[0].line, pair[1].line))
        .map(|pair| Finding::new(source.path, pair[1].line, message))
        .collect()
}

#[test]
fn every_file_is_declared() {
    assert_tidy(declared_files);
}

#[test]
fn blank_lines_keep_declarations_in_order() {
    assert_tidy(crowded_declarations);
}

#[test]
fn file_without_declaration_is_found() {
    let files = [
        ("src/lib.rs", "//! A.\n\npub mod a;\n\nmod missing;\n"),
        ("src/a/mod.rs", "mod b;\n"),
        ("src/a/b.rs", "mod c;\n"),
        ("src/a/b/c.rs", ""),
        ("src/a/c.rs", ""),
        ("src/cli.rs", ""),
        ("src/main.rs", "mod cli;"),
    ];
    let expected = ["src/a/c.rs:1", "src/lib.rs:5"];
    assert_eq!(places(declared_files, &files), expected);
}

#[test]
fn crowded_declaration_is_found() {
    let text = "//! A.\nmod a;\nmod b;\n\n#[cfg(unix)]\npub mod c;\n/// D.\npub(crate) mod d;\n\nmod e {}\nmod f {}\n";
    let files = [("src/a.rs", text)];
    let expected = ["src/a.rs:3", "src/a.rs:8"];
    assert_eq!(places(crowded_declarations, &files), expected);
}
