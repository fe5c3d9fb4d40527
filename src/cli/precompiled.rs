//! Components that were compiled before.

#![expect(unsafe_code, reason = "who runs the command vouches for the file")]

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use interfuse::runtime::Artifact;

/// Opens a file if it is a compiled component, by what it begins with.
///
/// # Errors
///
/// Fails if the file is damaged.
pub(crate) fn open(path: &Path) -> Result<Option<Artifact>> {
    // What is read from a pipe is not there any more for whoever reads it as something else.
    if !path.is_file() {
        return Ok(None);
    }
    let mut start = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    if read.is_err() || !Artifact::begins(&start) {
        return Ok(None);
    }
    // SAFETY: whoever runs the command names the file, and the help says that it is trusted. Nobody else's word counts: the
    // command runs with the rights of that user, who could as well start the machine code without it.
    let artifact = unsafe { Artifact::open(path) };
    let artifact = artifact.with_context(|| format!("failed to load {}", path.display()))?;
    Ok(Some(artifact))
}
