//! Names of compiled functions for `perf`, which reads them from `/tmp/perf-PID.map`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::process;
use std::sync::{Mutex, PoisonError};

use crate::runtime::vm::code::Code;

/// Held while something is written: other engines append to the same file.
static WRITER: Mutex<()> = Mutex::new(());

/// The file, to which lines are appended.
pub(in crate::runtime) struct PerfMap {
    file: File,
}

impl PerfMap {
    /// Opens the file of this process.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written, also if it is a link: others may put files where it is.
    pub(in crate::runtime) fn open() -> io::Result<PerfMap> {
        let mut options = OpenOptions::new();
        let options = options.append(true).create(true).mode(0o644);
        let options = options.custom_flags(libc::O_NOFOLLOW);
        let file = options.open(format!("/tmp/perf-{}.map", process::id()))?;
        Ok(PerfMap { file })
    }

    /// Adds every function of some code: start and length in hexadecimal digits, and the name.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be written.
    pub(in crate::runtime) fn add(&self, code: &Code) -> io::Result<()> {
        let mut lines = String::new();
        for (function, name, instance) in code.functions() {
            let start = code.address(function.start);
            let name = display_name(&name, instance);
            writeln!(lines, "{start:x} {:x} {name}", function.len).expect("a string takes all");
        }
        let _guard = WRITER.lock().unwrap_or_else(PoisonError::into_inner);
        (&self.file).write_all(lines.as_bytes())
    }
}

/// Returns `instance::function` in one line. What is between host and guest belongs to no instance.
fn display_name(name: &str, instance: Option<&str>) -> String {
    let full = match instance {
        Some(instance) => {
            // A function without a name is called after its instance.
            let made_up = name
                .strip_prefix(instance)
                .and_then(|it| it.strip_prefix('!'));
            Cow::Owned(format!("{instance}::{}", made_up.unwrap_or(name)))
        }
        None => Cow::Borrowed(name),
    };
    full.replace(char::is_control, "_")
}

#[cfg(test)]
mod tests {
    use super::display_name;

    #[test]
    fn names_are_one_line() {
        let cases = [
            ("run", Some("guest"), "guest::run"),
            ("guest!func3", Some("guest"), "guest::func3"),
            ("entry () -> ()", None, "entry () -> ()"),
            ("a\n7f00 10 b\r\0", Some("x\ty"), "x_y::a_7f00 10 b__"),
        ];
        for (name, instance, expected) in cases {
            assert_eq!(display_name(name, instance), expected);
        }
    }
}
