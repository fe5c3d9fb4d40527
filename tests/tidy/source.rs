//! A Rust file taken apart: its tokens, its comments, its syntax.
//!
//! The tokens come from the lexer of `proc-macro2`, so strings and comments are never mistaken for code. What no token
//! covers is comments.

use std::ops::Range;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

/// A Rust file.
pub(crate) struct Source<'a> {
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
    /// Every token, delimiters included, doc comments excluded.
    pub(crate) tokens: Vec<Token<'a>>,
    stream: TokenStream,
}

/// A token: an identifier, a literal, a delimiter, or a single character of punctuation.
#[derive(Clone)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    /// Counts from 1.
    pub(crate) line: usize,
    /// Whether it is in an item that exists in tests only.
    pub(crate) in_test: bool,
    bytes: Range<usize>,
}

/// What one line has of comments, markers included.
pub(crate) struct Comment {
    /// Counts from 1.
    pub(crate) line: usize,
    pub(crate) text: String,
}

impl<'a> Source<'a> {
    /// Takes a file apart.
    ///
    /// # Panics
    ///
    /// Panics if it cannot be Rust.
    pub(crate) fn new((path, text): (&'a str, &'a str)) -> Source<'a> {
        let stream: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{path}: no Rust tokens: {error}"));
        let mut tokens = Vec::new();
        flatten(text, stream.clone(), false, &mut tokens);
        Source {
            path,
            text,
            tokens,
            stream,
        }
    }

    /// Returns the syntax of the file.
    ///
    /// # Panics
    ///
    /// Panics if it is not Rust.
    pub(crate) fn syntax(&self) -> syn::File {
        syn::parse2(self.stream.clone())
            .unwrap_or_else(|error| panic!("{}: not Rust: {error}", self.path))
    }

    /// Returns the comments, doc comments included, line by line.
    pub(crate) fn comments(&self) -> Vec<Comment> {
        let mut bytes = self.text.as_bytes().to_vec();
        for token in &self.tokens {
            let code = bytes[token.bytes.clone()].iter_mut();
            code.filter(|byte| **byte != b'\n')
                .for_each(|byte| *byte = b' ');
        }
        let text = String::from_utf8(bytes).expect("tokens are made of whole characters");
        text.lines()
            .enumerate()
            .map(|(index, line)| Comment {
                line: index + 1,
                text: line.trim().to_string(),
            })
            .filter(|comment| !comment.text.is_empty())
            .collect()
    }

    /// Returns where the tokens of `pattern` follow each other: the index of the first.
    pub(crate) fn find(&self, pattern: &[&str]) -> Vec<usize> {
        (0..self.tokens.len())
            .filter(|&index| self.has(index, pattern))
            .collect()
    }

    /// Returns whether the tokens from `index` on are those of `pattern`.
    pub(crate) fn has(&self, index: usize, pattern: &[&str]) -> bool {
        let tokens = self.tokens.get(index..index + pattern.len());
        tokens.is_some_and(|tokens| {
            tokens
                .iter()
                .zip(pattern)
                .all(|(token, text)| token.text == *text)
        })
    }
}

/// Adds the tokens of `stream` to `out`.
fn flatten<'a>(text: &'a str, stream: TokenStream, in_test: bool, out: &mut Vec<Token<'a>>) {
    let trees: Vec<TokenTree> = stream.into_iter().collect();
    let mut test_end = 0;
    for (index, tree) in trees.iter().enumerate() {
        if is_doc_comment(text, tree) {
            continue;
        }
        if is_cfg_test(&trees[index..]) {
            test_end = index + item_len(&trees[index..]);
        }
        let in_test = in_test || index < test_end;
        match tree {
            TokenTree::Group(group) => {
                out.push(token(text, group.span_open(), in_test));
                flatten(text, group.stream(), in_test, out);
                out.push(token(text, group.span_close(), in_test));
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => {
                out.push(token(text, tree.span(), in_test));
            }
        }
    }
}

/// Returns the token at `span`.
fn token(text: &str, span: Span, in_test: bool) -> Token<'_> {
    let bytes = span.byte_range();
    Token {
        text: &text[bytes.clone()],
        line: span.start().line,
        in_test,
        bytes,
    }
}

/// Returns whether `tree` is part of a doc comment: the lexer makes an attribute of it whose parts have its place.
fn is_doc_comment(text: &str, tree: &TokenTree) -> bool {
    let is_attribute = match tree {
        TokenTree::Punct(punct) => ['#', '!'].contains(&punct.as_char()),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Bracket,
        TokenTree::Ident(_) | TokenTree::Literal(_) => false,
    };
    let text = || &text[tree.span().byte_range()];
    is_attribute && (text().starts_with("//") || text().starts_with("/*"))
}

/// Returns whether `trees` begin with an attribute that restricts what follows to tests.
fn is_cfg_test(trees: &[TokenTree]) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(attribute), ..] = trees else {
        return false;
    };
    let mut attribute = attribute.stream().to_string();
    attribute.retain(|c| !c.is_whitespace());
    hash.as_char() == '#' && (attribute == "cfg(test)" || attribute.starts_with("cfg(all(test,"))
}

/// Returns the number of trees that the item has with which `trees` begin.
fn item_len(trees: &[TokenTree]) -> usize {
    let is_use_word = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "use");
    let mut is_use = false;
    let end = trees.iter().position(|tree| {
        is_use |= is_use_word(tree);
        match tree {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !is_use,
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        }
    });
    end.map_or(trees.len(), |end| end + 1)
}

#[test]
fn comments_are_what_is_neither_code_nor_string() {
    let text =
        "//! Öne.\nfn a() { // two\n    b(\"// no\"); /* three\n four */ }\n/// five\nfn b() {}\n";
    let comments: Vec<(usize, String)> = Source::new(("a.rs", text))
        .comments()
        .into_iter()
        .map(|comment| (comment.line, comment.text))
        .collect();
    let expected = [
        (1, "//! Öne."),
        (2, "// two"),
        (3, "/* three"),
        (4, "four */"),
        (5, "/// five"),
    ];
    assert_eq!(
        comments,
        expected.map(|(line, text)| (line, text.to_string()))
    );
}

#[test]
fn items_for_tests_end_where_they_end() {
    let text = "#[cfg(test)]\nuse a::{b, c};\nfn d() {}\n#[cfg(test)]\n/// e\nmod e { fn f() {} }\nfn g() {}\n";
    let source = Source::new(("a.rs", text));
    let in_test: Vec<&str> = source
        .tokens
        .iter()
        .filter(|token| token.in_test && token.text.len() == 1)
        .filter(|token| token.text.starts_with(char::is_alphabetic))
        .map(|token| token.text)
        .collect();
    assert_eq!(in_test, ["a", "b", "c", "e", "f"]);
}
