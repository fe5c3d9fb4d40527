//! Imports say where each name comes from: none of them is a glob.
//!
//! Two globs hide nothing: that of an enum inside a function, and that of a façade which re-exports all of a child.

use syn::visit::{self, Visit};
use syn::{Block, File, ItemUse, UseTree, Visibility};

use crate::source::Source;
use crate::tree::{Finding, Tree, assert_tidy, places};

/// The lines of a file with globs that hide something.
struct Globs {
    /// Whether the file is one that re-exports what its children define.
    is_facade: bool,
    /// Number of blocks around the place.
    depth: usize,
    lines: Vec<usize>,
}

impl Visit<'_> for Globs {
    fn visit_block(&mut self, block: &Block) {
        self.depth += 1;
        visit::visit_block(self, block);
        self.depth -= 1;
    }

    fn visit_item_use(&mut self, item: &ItemUse) {
        let is_export = !matches!(item.vis, Visibility::Inherited);
        if self.is_facade && is_export && is_child_glob(&item.tree) {
            return;
        }
        self.visit_tree(&item.tree, "");
    }
}

impl Globs {
    /// Looks through an import whose path has led to `name`.
    fn visit_tree(&mut self, tree: &UseTree, name: &str) {
        match tree {
            UseTree::Path(path) => self.visit_tree(&path.tree, &path.ident.to_string()),
            UseTree::Group(group) => {
                let trees = group.items.iter();
                trees.for_each(|tree| self.visit_tree(tree, name));
            }
            UseTree::Glob(glob) => {
                let is_enum = name.starts_with(char::is_uppercase);
                if self.depth == 0 || !is_enum {
                    let star = glob.star_token.spans[0];
                    self.lines.push(star.start().line);
                }
            }
            UseTree::Name(_) | UseTree::Rename(_) => {}
        }
    }
}

/// Returns whether an import is `child::*`.
fn is_child_glob(tree: &UseTree) -> bool {
    let not_a_child = ["crate", "super", "self"];
    matches!(tree, UseTree::Path(path)
        if matches!(*path.tree, UseTree::Glob(_)) && !not_a_child.iter().any(|it| path.ident == it))
}

fn globs(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .map(Source::new)
        .flat_map(|source| globs_of(source.path, &source.syntax()))
        .collect()
}

fn globs_of(path: &str, syntax: &File) -> Vec<Finding> {
    let mut globs = Globs {
        is_facade: path == "src/lib.rs" || path.ends_with("/mod.rs"),
        depth: 0,
        lines: Vec::new(),
    };
    globs.visit_file(syntax);
    let message = "a glob import: name what is used (that of an enum may stand inside a function)";
    let lines = globs.lines.into_iter();
    lines
        .map(|line| Finding::new(path, line, message))
        .collect()
}

#[test]
fn imports_name_what_they_bring() {
    assert_tidy(globs);
}

#[test]
fn glob_is_found() {
    let text = "pub use index::*;\nuse crate::a::*;\nuse std::{\n    fmt::*,\n    io,\n};\nuse crate::a::Shape::*;\n\
        fn a() {\n    use crate::a::Shape::*;\n    use crate::a::shape::*;\n}\n\
        #[cfg(test)]\nmod tests {\n    use super::*;\n}\npub use crate::b::*;\n";
    let files = [("src/adapt/mod.rs", text), ("tests/a.rs", text)];
    let mut expected = [2, 4, 7, 10, 14, 16]
        .map(|line| format!("src/adapt/mod.rs:{line}"))
        .to_vec();
    expected.extend([1, 2, 4, 7, 10, 14, 16].map(|line| format!("tests/a.rs:{line}")));
    assert_eq!(places(globs, &files), expected);
}
