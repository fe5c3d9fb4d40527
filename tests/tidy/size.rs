//! Functions and files of a size that a reader can hold.

use std::ops::RangeInclusive;

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ExprMatch, ImplItemFn, ItemFn, Signature, TraitItemFn};

use crate::source::Source;
use crate::tree::{Finding, Tree, assert_tidy, places};

/// Largest number of lines of a function, from its signature to its last brace.
const FUNCTION_LINES_MAX: usize = 100;

/// Largest number of lines of a file.
const FILE_LINES_MAX: usize = 600;

/// The comment above a function that is long because it is one `match`.
const DISPATCH: &str = "// tidy: dispatch";

/// A function with a body.
struct Function {
    name: String,
    /// The line of its first attribute, doc comments included, or of its signature.
    item_line: usize,
    lines: RangeInclusive<usize>,
    /// Number of lines of its longest `match`.
    match_len: usize,
}

impl Function {
    fn new(attributes: &[Attribute], signature: &Signature, body: &Block) -> Function {
        let start = signature.span().start().line;
        let end = body.brace_token.span.close().end().line;
        let mut longest = LongestMatch(0);
        longest.visit_block(body);
        Function {
            name: signature.ident.to_string(),
            item_line: attributes
                .first()
                .map_or(start, |it| it.span().start().line),
            lines: start..=end,
            match_len: longest.0,
        }
    }

    fn len(&self) -> usize {
        self.lines.clone().count()
    }
}

/// The functions of a file.
#[derive(Default)]
struct Functions(Vec<Function>);

impl Visit<'_> for Functions {
    fn visit_item_fn(&mut self, item: &ItemFn) {
        self.0
            .push(Function::new(&item.attrs, &item.sig, &item.block));
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &ImplItemFn) {
        self.0
            .push(Function::new(&item.attrs, &item.sig, &item.block));
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &TraitItemFn) {
        let body = item.default.as_ref();
        self.0
            .extend(body.map(|body| Function::new(&item.attrs, &item.sig, body)));
        visit::visit_trait_item_fn(self, item);
    }
}

/// The number of lines of the longest `match` seen.
struct LongestMatch(usize);

impl Visit<'_> for LongestMatch {
    fn visit_expr_match(&mut self, expr: &ExprMatch) {
        let span: Span = expr.span();
        self.0 = self.0.max(span.end().line - span.start().line + 1);
        visit::visit_expr_match(self, expr);
    }
}

fn function_lengths(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .map(Source::new)
        .flat_map(|source| long_functions(&source))
        .collect()
}

fn long_functions(source: &Source<'_>) -> Vec<Finding> {
    let mut functions = Functions::default();
    functions.visit_file(&source.syntax());
    let comments = source.comments();
    let is_marked = |function: &Function| {
        comments.iter().any(|comment| {
            let is_above =
                [function.item_line, *function.lines.start()].contains(&(comment.line + 1));
            is_above && comment.text == DISPATCH
        })
    };
    let mut findings = Vec::new();
    for function in functions.0 {
        let message = complaint(&function, is_marked(&function));
        findings.extend(
            message.map(|message| Finding::new(source.path, *function.lines.start(), message)),
        );
    }
    findings
}

/// Returns what is wrong with the length of a function, if anything is.
fn complaint(function: &Function, is_dispatch: bool) -> Option<String> {
    let (name, len) = (&function.name, function.len());
    if len <= FUNCTION_LINES_MAX {
        return None;
    }
    if !is_dispatch {
        return Some(format!(
            "`{name}` has {len} lines, more than {FUNCTION_LINES_MAX}: split it, or put `{DISPATCH}` above it if it \
             is one `match`"
        ));
    }
    let mainly_match = 2 * function.match_len > len;
    (!mainly_match).then(|| {
        format!("`{name}` has {len} lines and is marked as a dispatch, but is not mainly a `match`: split it")
    })
}

fn file_lengths(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .map(|(path, text)| (path, text.lines().count()))
        .filter(|(_, len)| *len > FILE_LINES_MAX)
        .map(|(path, len)| {
            let message = format!("{len} lines, more than {FILE_LINES_MAX}: look for the seam");
            Finding::new(path, FILE_LINES_MAX + 1, message)
        })
        .collect()
}

#[test]
fn functions_fit_a_screen_or_two() {
    assert_tidy(function_lengths);
}

#[test]
fn files_have_one_concept() {
    assert_tidy(file_lengths);
}

/// Returns a function of `len` lines, two of them its own, with `head` above it.
fn function_of(len: usize, head: &str) -> String {
    format!("{head}fn a() {{\n{}}}\n", "    b();\n".repeat(len - 2))
}

#[test]
fn long_function_is_found() {
    let good = function_of(FUNCTION_LINES_MAX, "");
    let bad = function_of(FUNCTION_LINES_MAX + 1, "");
    let not_a_match = function_of(FUNCTION_LINES_MAX + 1, "// tidy: dispatch\n");
    let method = format!("impl A {{\n{bad}}}\ntrait B {{\n{bad}}}\n");
    let files = [
        ("src/good.rs", good.as_str()),
        ("src/bad.rs", &bad),
        ("src/method.rs", &method),
        ("tests/not_a_match.rs", &not_a_match),
    ];
    let expected = [
        "src/bad.rs:1",
        "src/method.rs:2",
        "src/method.rs:105",
        "tests/not_a_match.rs:2",
    ];
    assert_eq!(places(function_lengths, &files), expected);
}

#[test]
fn long_match_passes_only_if_marked() {
    let arms = "        1 => {}\n".repeat(FUNCTION_LINES_MAX);
    let function = format!("fn a() {{\n    match b {{\n{arms}    }}\n}}\n");
    let marked = format!("/// A.\n// tidy: dispatch\n#[inline]\n{function}");
    let marked_first = format!("// tidy: dispatch\n/// A.\n{function}");
    let marked_directly = format!("/// A.\n// tidy: dispatch\n{function}");
    let far = format!("// tidy: dispatch\n\n{function}");
    let files = [
        ("src/directly.rs", marked_directly.as_str()),
        ("src/far.rs", &far),
        ("src/first.rs", &marked_first),
        ("src/inside.rs", &marked),
    ];
    let expected = ["src/far.rs:3", "src/inside.rs:4"];
    assert_eq!(places(function_lengths, &files), expected);
}

#[test]
fn long_file_is_found() {
    let good = "//\n".repeat(FILE_LINES_MAX);
    let bad = "//\n".repeat(FILE_LINES_MAX + 1);
    let files = [("src/a.rs", good.as_str()), ("src/b.rs", &bad)];
    assert_eq!(places(file_lengths, &files), ["src/b.rs:601"]);
}
