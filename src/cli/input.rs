//! Reading of components, binary or text.

use std::borrow::Cow;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, Result, ensure};

use crate::cli::args::InputArgs;

/// A component that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct InputFile {
    /// The name of the import it is supplied for; none for the component that the command is about.
    pub(crate) import: Option<String>,
    /// Where it was read from.
    pub(crate) path: PathBuf,
    /// The component in the binary format.
    pub(crate) bytes: Vec<u8>,
}

/// Reads all components that the arguments name, the one that the command is about first.
///
/// # Errors
///
/// Fails if a file cannot be read or is text that cannot be parsed, and if two arguments want the standard input.
pub(crate) fn read(args: &InputArgs) -> Result<Vec<InputFile>> {
    let supplies = args.supply.iter();
    let supplies = supplies.map(|supply| (Some(&supply.name), &supply.file));
    let files: Vec<_> = [(None, &args.file)].into_iter().chain(supplies).collect();
    let stdin = files.iter().filter(|(_, path)| is_stdin(path)).count();
    ensure!(stdin <= 1, "the standard input can be read only once");
    files
        .into_iter()
        .map(|(import, path)| {
            Ok(InputFile {
                import: import.cloned(),
                path: path.clone(),
                bytes: binary(path, read_file(path)?)?,
            })
        })
        .collect()
}

/// Reads one component.
///
/// # Errors
///
/// Fails if the file cannot be read or is text that cannot be parsed.
#[cfg(feature = "runtime")]
pub(crate) fn read_one(path: &Path) -> Result<Vec<u8>> {
    binary(path, read_file(path)?)
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn read_file(path: &Path) -> Result<Vec<u8>> {
    if !is_stdin(path) {
        return fs::read(path).with_context(|| format!("failed to read {}", path.display()));
    }
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .context("failed to read the standard input")?;
    Ok(bytes)
}

/// Returns a component in the binary format. What does not begin like a binary is taken for text.
fn binary(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>> {
    let parsed = match wat::parse_bytes(&bytes) {
        Ok(Cow::Borrowed(_)) => None,
        Ok(Cow::Owned(binary)) => Some(binary),
        // The message says what is wrong, where, and shows the line.
        Err(mut error) => {
            error.set_path(path);
            return Err(error.into());
        }
    };
    Ok(parsed.unwrap_or(bytes))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{binary, read};
    use crate::cli::args::InputArgs;
    use crate::cli::value::Supply;

    const EMPTY_COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    #[test]
    fn binary_passes_and_text_is_parsed() {
        let path = Path::new("x.wat");
        assert_eq!(
            binary(path, EMPTY_COMPONENT.into()).unwrap(),
            EMPTY_COMPONENT
        );
        assert_eq!(
            binary(path, b"(component)".into()).unwrap(),
            EMPTY_COMPONENT
        );
        // What a binary holds is not looked at here.
        assert_eq!(binary(path, b"\0asmxyz".into()).unwrap(), b"\0asmxyz");
    }

    #[test]
    fn error_in_text_says_where() {
        let error = binary(Path::new("x.wat"), b"(component\n  (nonsense))".into()).unwrap_err();
        assert!(error.to_string().contains("x.wat:2:4"), "{error}");
        assert!(binary(Path::new("x.wat"), vec![0xff, 0xfe]).is_err());
    }

    #[test]
    fn missing_file_is_named() {
        let args = InputArgs {
            file: "/nonexistent/x.wasm".into(),
            supply: vec![],
        };
        let error = read(&args).unwrap_err();
        assert_eq!(error.to_string(), "failed to read /nonexistent/x.wasm");
    }

    #[test]
    fn standard_input_is_read_once() {
        let supply = Supply {
            name: "a".into(),
            file: "-".into(),
        };
        let args = InputArgs {
            file: "-".into(),
            supply: vec![supply],
        };
        assert!(read(&args).is_err());
    }
}
