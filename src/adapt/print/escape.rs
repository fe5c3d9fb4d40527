//! Escaping of names for every output format.
//!
//! Names come from binaries that anybody may have written: they may hold quotes, line breaks, terminal sequences and
//! markup, and be a megabyte long. Every name that is printed passes through here.

use std::fmt::{self, Write};

/// Largest number of characters of a name that are printed (ours: names are for people, and a binary may hold
/// names of 100,000 bytes).
pub(crate) const NAME_CHARS_MAX: usize = 100;

/// Largest number of characters of a printed type (ours: keeps the size of the output proportional to the plan).
pub(crate) const WIT_CHARS_MAX: usize = 1000;

/// Returns a name for people: cut, with what cannot be seen escaped, in quotes if it does not read as one word.
pub(crate) fn name(name: &str) -> String {
    let text = visible(&cut(name, NAME_CHARS_MAX));
    let is_word = |c: char| !c.is_whitespace() && !matches!(c, '"' | '\\');
    if !text.is_empty() && text.chars().all(is_word) {
        return text;
    }
    format!("\"{}\"", text.replace('"', "\\\""))
}

/// Returns a type in WIT: cut, with what cannot be seen escaped.
pub(crate) fn wit(ty: impl fmt::Display) -> String {
    visible(&cut(ty, WIT_CHARS_MAX))
}

/// Returns what a value prints, with `…` for all that comes after `chars_max` characters.
pub(crate) fn cut(value: impl fmt::Display, chars_max: usize) -> String {
    let mut cut = Cut {
        text: String::new(),
        left: chars_max,
    };
    if write!(cut, "{value}").is_err() {
        cut.text.push('…');
    }
    cut.text
}

/// Returns a string for the inside of quotes in Graphviz's language, where `&` begins an entity.
pub(crate) fn dot(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '&' => out.push_str("&amp;"),
            c if is_hidden(c) => push_code_point(&mut out, "\\\\u{", c, "}"),
            c => out.push(c),
        }
    }
    out
}

/// Returns a string for the inside of quotes in Mermaid, where labels are HTML and Markdown at once: of ASCII, only
/// letters, digits and harmless punctuation stand for themselves.
pub(crate) fn mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' | '.' | ',' | ':' | '/' | '@' | '(' | ')' | '+' | '=' | '-' => out.push(c),
            c if is_hidden(c) => push_code_point(&mut out, "#92;u#123;", c, "#125;"),
            c if c.is_ascii_alphanumeric() || !c.is_ascii() => out.push(c),
            c => out.push_str(&format!("#{};", u32::from(c))),
        }
    }
    out
}

/// Returns JSON with escapes for all that cannot be seen.
pub(crate) fn json(text: String) -> String {
    // The writer of JSON breaks lines between strings; those inside of strings it escapes.
    let is_fine = |c: char| c == '\n' || !is_hidden(c);
    if text.chars().all(is_fine) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_fine(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
    out
}

/// Returns a text with what cannot be seen, and the backslash, escaped as in Rust.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => push_code_point(&mut out, "\\u{", c, "}"),
            c => out.push(c),
        }
    }
    out
}

/// Returns whether a character is a control character or changes how its neighbours are shown: the direction of
/// text, zero-width characters, separators of lines, tags.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

fn push_code_point(out: &mut String, before: &str, c: char, after: &str) {
    out.push_str(&format!("{before}{:x}{after}", u32::from(c)));
}

/// A text that fails to grow beyond a number of characters.
struct Cut {
    text: String,
    left: usize,
}

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        match text.char_indices().nth(self.left) {
            None => {
                self.left -= text.chars().count();
                self.text.push_str(text);
                Ok(())
            }
            Some((end, _)) => {
                self.left = 0;
                self.text.push_str(&text[..end]);
                Err(fmt::Error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{NAME_CHARS_MAX, cut, dot, json, mermaid, name, visible};

    /// A name with everything that any of the formats could trip over.
    const HOSTILE: &str =
        "a\"]\n-->x;%%{init}%%\u{7f}\u{1b}[31m\\N&lt;<b>`|\u{202e}#quot;\u{9b}\u{e0041}";

    #[test]
    fn plain_name_stands_for_itself() {
        assert_eq!(
            name("wasi:http/types@0.2.0#[method]x.y"),
            "wasi:http/types@0.2.0#[method]x.y"
        );
        assert_eq!(name("grüße-→"), "grüße-→");
    }

    #[test]
    fn name_that_is_not_one_word_is_quoted() {
        assert_eq!(name(""), "\"\"");
        assert_eq!(name("a b"), "\"a b\"");
        assert_eq!(name("a\"b"), "\"a\\\"b\"");
        assert_eq!(name("a\\b"), "\"a\\\\b\"");
        assert_eq!(name("a\nb\u{1b}[2J"), "\"a\\nb\\u{1b}[2J\"");
    }

    #[test]
    fn different_names_print_differently() {
        assert_ne!(name("a\nb"), name("a\\nb"));
        assert_ne!(name("a\u{7f}"), name("a\\u{7f}"));
        assert_ne!(name("\"\""), name(""));
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut(format_args!("{}{}", "ab", "cd"), 2), "ab…");
        assert_eq!(cut("a", 0), "…");
        let long = name(&"x".repeat(1 << 20));
        assert_eq!(long.chars().count(), NAME_CHARS_MAX + 1);
    }

    #[test]
    fn hidden_characters_never_pass() {
        for text in [visible(HOSTILE), dot(HOSTILE), mermaid(HOSTILE)] {
            assert!(!text.chars().any(super::is_hidden), "{text:?}");
        }
    }

    #[test]
    fn dot_leaves_no_quote_entity_or_escape_open() {
        assert_eq!(dot("a\"b\\N&lt;\n"), "a\\\"b\\\\N&amp;lt;\\\\u{a}");
    }

    #[test]
    fn mermaid_leaves_no_markup() {
        let text = mermaid(HOSTILE);
        assert!(
            !text.contains(['"', ']', '<', '>', '`', '|', '%', '{', '\\', '&']),
            "{text}"
        );
        assert_eq!(mermaid("#quot;"), "#35;quot#59;");
    }

    #[test]
    fn json_with_escapes_is_the_same_json() {
        let value = serde_json::json!({ "name": HOSTILE });
        let text = json(serde_json::to_string_pretty(&value).unwrap());
        let is_open = |c| c != '\n' && super::is_hidden(c);
        assert!(!text.chars().any(is_open), "{text:?}");
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).unwrap(),
            value
        );
    }
}
