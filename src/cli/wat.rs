//! Generated modules in the text format, with traps in words.

use anyhow::{Context, Result};
use interfuse::fact::TrapCode;

/// Returns a module in the text format. What a trap code means stands beside its number.
///
/// # Errors
///
/// Fails if the module is not valid.
pub(crate) fn print(wasm: &[u8]) -> Result<String> {
    let printed = wasmprinter::print_bytes(wasm).context("failed to print a module")?;
    let mut out = String::with_capacity(printed.len());
    let mut lines = printed.lines().peekable();
    while let Some(line) = lines.next() {
        out.push_str(line);
        if lines.peek().is_some_and(|next| is_trap(next))
            && let Some(code) = pushed(line).and_then(TrapCode::from_number)
        {
            out.push_str(" ;; ");
            out.push_str(&code.to_string());
        }
        out.push('\n');
    }
    Ok(out)
}

fn is_trap(line: &str) -> bool {
    line.trim() == "call $interfuse.trap"
}

/// Returns the constant that an instruction pushes.
fn pushed(line: &str) -> Option<u32> {
    line.trim().strip_prefix("i32.const ")?.parse().ok()
}
