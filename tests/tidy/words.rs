//! Words that do not land: marks of unfinished work, suppressed lints and tests, panics and output without a story.

use crate::source::{Source, Token};
use crate::tree::{Finding, Tree, assert_tidy, places};

fn unfinished(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .map(Source::new)
        .flat_map(|source| {
            let mut findings = unfinished_code(&source);
            findings.extend(unfinished_comments(&source));
            findings
        })
        .collect()
}

fn unfinished_code(source: &Source<'_>) -> Vec<Finding> {
    macro_calls(source, &["todo", "unimplemented", "dbg"])
        .map(|token| {
            let message = format!("`{}!`: finish it or take it out", token.text);
            Finding::new(source.path, token.line, message)
        })
        .collect()
}

fn unfinished_comments(source: &Source<'_>) -> Vec<Finding> {
    let is_mark = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .any(|word| word == "TODO" || word == "FIXME")
    };
    let message = "a mark of unfinished work: finish it, or say what holds today";
    source
        .comments()
        .iter()
        .filter(|comment| is_mark(&comment.text))
        .map(|comment| Finding::new(source.path, comment.line, message))
        .collect()
}

/// Returns the names of macros that are called and among `names`.
fn macro_calls<'s>(
    source: &'s Source<'_>,
    names: &'static [&'static str],
) -> impl Iterator<Item = &'s Token<'s>> {
    let calls = source
        .tokens
        .windows(3)
        .filter(|window| window[1].text == "!" && ["(", "[", "{"].contains(&window[2].text));
    calls
        .map(|window| &window[0])
        .filter(|token| names.contains(&token.text))
}

fn suppressions(tree: &Tree) -> Vec<Finding> {
    tree.rust()
        .map(Source::new)
        .flat_map(|source| suppressions_of(&source))
        .collect()
}

fn suppressions_of(source: &Source<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for attribute in attributes(source) {
        let message = match attribute[0].text {
            "ignore" => "`#[ignore]`: a test that is wrong today asserts what happens today",
            "allow" => "`#[allow]`: write `#[expect(…, reason = \"…\")]`, or mend it",
            "expect" if !attribute.iter().any(|token| token.text == "reason") => {
                "`#[expect]` without a reason: add `reason = \"…\"`"
            }
            _ => continue,
        };
        findings.push(Finding::new(source.path, attribute[0].line, message));
    }
    findings
}

/// Returns the attributes of a file, those in `cfg_attr` by themselves.
fn attributes<'s>(source: &'s Source<'_>) -> Vec<&'s [Token<'s>]> {
    let mut found = Vec::new();
    for pattern in [&["#", "["][..], &["#", "!", "["]] {
        for index in source.find(pattern) {
            let tokens = inside(&source.tokens[index + pattern.len()..]);
            add_attribute(tokens, &mut found);
        }
    }
    found
}

/// Adds an attribute, or those it stands for.
fn add_attribute<'s>(tokens: &'s [Token<'s>], found: &mut Vec<&'s [Token<'s>]>) {
    match tokens {
        [] => {}
        [name, _, rest @ ..] if name.text == "cfg_attr" => {
            for part in parts(inside(rest)).into_iter().skip(1) {
                add_attribute(part, found);
            }
        }
        _ => found.push(tokens),
    }
}

/// Returns the tokens up to the delimiter that closes a group, of which `tokens` begins with the first inside.
fn inside<'s>(tokens: &'s [Token<'s>]) -> &'s [Token<'s>] {
    let mut depth = 0;
    let end = tokens.iter().position(|token| {
        depth += nesting(token);
        depth < 0
    });
    &tokens[..end.unwrap_or(tokens.len())]
}

/// Returns the parts of a list with commas between them.
fn parts<'s>(tokens: &'s [Token<'s>]) -> Vec<&'s [Token<'s>]> {
    let mut depth = 0;
    tokens
        .split(|token| {
            depth += nesting(token);
            depth == 0 && token.text == ","
        })
        .collect()
}

fn nesting(token: &Token<'_>) -> i32 {
    match token.text {
        "(" | "[" | "{" => 1,
        ")" | "]" | "}" => -1,
        _ => 0,
    }
}

fn unwraps(tree: &Tree) -> Vec<Finding> {
    tree.rust_in("src/")
        .map(Source::new)
        .flat_map(|source| unwraps_of(&source))
        .collect()
}

fn unwraps_of(source: &Source<'_>) -> Vec<Finding> {
    let message =
        "`unwrap` outside of tests: return the error, or `expect` with the invariant that holds";
    source
        .tokens
        .windows(2)
        .filter(|window| [".", ":"].contains(&window[0].text) && window[1].text == "unwrap")
        .filter(|window| !window[1].in_test)
        .map(|window| Finding::new(source.path, window[1].line, message))
        .collect()
}

fn prints(tree: &Tree) -> Vec<Finding> {
    let is_command = |path: &str| {
        let starts = ["src/main.rs", "src/cli.rs", "src/cli/"];
        starts.iter().any(|start| path.starts_with(start))
    };
    tree.rust_in("src/")
        .filter(|(path, _)| !is_command(path))
        .map(Source::new)
        .flat_map(|source| prints_of(&source))
        .collect()
}

fn prints_of(source: &Source<'_>) -> Vec<Finding> {
    macro_calls(source, &["print", "println", "eprint", "eprintln"])
        .map(|token| {
            let message = format!(
                "`{}!` in the library: return what there is to say",
                token.text
            );
            Finding::new(source.path, token.line, message)
        })
        .collect()
}

#[test]
fn nothing_is_half_done() {
    assert_tidy(unfinished);
}

#[test]
fn no_lint_or_test_is_suppressed_without_reason() {
    assert_tidy(suppressions);
}

#[test]
fn nothing_is_unwrapped_outside_of_tests() {
    assert_tidy(unwraps);
}

#[test]
fn the_library_prints_nothing() {
    assert_tidy(prints);
}

#[test]
fn unfinished_work_is_found() {
    let text = "//! A.\nfn a() {\n    todo!();\n    unimplemented!(\"b\");\n    dbg!(c);\n    if todo != d {}\n}\n\
        // TODO: e\n/// See (FIXME).\nconst F: &str = \"TODO\"; // METHODOLOGY, TODOS\n";
    let expected = [3, 4, 5, 8, 9].map(|line| format!("src/a.rs:{line}"));
    assert_eq!(places(unfinished, &[("src/a.rs", text)]), expected);
}

#[test]
fn suppression_is_found() {
    let text = "//! A.\n#![allow(dead_code)]\n#[ignore = \"slow\"]\nfn a() {}\n#[expect(dead_code)]\nfn b() {}\n\
        #[cfg_attr(all(miri, unix), inline, ignore)]\nfn c() {}\n#[expect(dead_code, reason = \"d\")]\nfn d() {}\n\
        #[cfg(allow)]\nfn e() {}\n";
    let expected = [2, 3, 5, 7].map(|line| format!("tests/a.rs:{line}"));
    assert_eq!(places(suppressions, &[("tests/a.rs", text)]), expected);
}

#[test]
fn unwrap_is_found() {
    let text = "//! A.\n/// `a.unwrap()`\nfn a() {\n    b.unwrap();\n    c.map(Option::unwrap);\n    d.unwrap_or(1);\n}\n\
        #[cfg(test)]\nmod tests {\n    fn e() {\n        f.unwrap();\n    }\n}\nfn g() {\n    h.unwrap()\n}\n";
    let files = [("src/a.rs", text), ("tests/a.rs", text)];
    let expected = [4, 5, 15].map(|line| format!("src/a.rs:{line}"));
    assert_eq!(places(unwraps, &files), expected);
}

#[test]
fn output_of_the_library_is_found() {
    let text = "//! A.\nfn a() {\n    println!(\"b\");\n    eprintln!();\n    writeln!(c);\n}\n";
    let files = [
        ("src/a.rs", text),
        ("src/cli/a.rs", text),
        ("src/main.rs", text),
        ("tests/a.rs", text),
    ];
    assert_eq!(places(prints, &files), ["src/a.rs:3", "src/a.rs:4"]);
}
