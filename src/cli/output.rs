//! Writing of results and errors.

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context, Error, Result};

/// Writes a text to a file, or to the standard output if none is given. That nobody reads the standard output to
/// its end is no error.
///
/// # Errors
///
/// Fails if the text cannot be written.
pub(crate) fn write(path: Option<&Path>, text: &str) -> Result<()> {
    if let Some(path) = path {
        return std::fs::write(path, text)
            .with_context(|| format!("failed to write {}", path.display()));
    }
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(text.as_bytes());
    match written.and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(error).context("failed to write to the standard output")
        }
        _ => Ok(()),
    }
}

/// Writes an error with its causes to the standard error.
pub(crate) fn write_error(error: &Error) {
    let text = printable(&format!("error: {error:#}"));
    // There is nowhere else to say that this fails.
    let _ = writeln!(io::stderr(), "{text}");
}

/// Returns a message without terminal sequences: it may hold names that come from a binary.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn messages_hold_no_terminal_sequences() {
        assert_eq!(printable("a\n\u{1b}[2J"), "a\n\\u{1b}[2J");
    }
}
