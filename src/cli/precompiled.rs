//! Components that were compiled before.

#![expect(unsafe_code, reason = "who runs the command vouches for the file")]

use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result};
use interfuse::component::Component;
use interfuse::runtime::{Artifact, Engine};

/// Returns whether a file is a compiled component, by what it begins with.
pub(crate) fn is_precompiled(path: &Path) -> bool {
    let mut start = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut start));
    read.is_ok() && Artifact::begins(&start)
}

/// Loads a compiled component.
///
/// # Errors
///
/// Fails if the file is damaged, or was compiled for something else.
pub(crate) fn load(engine: &Engine, path: &Path) -> Result<Component> {
    // SAFETY: whoever runs the command names the file, and the help says that it is trusted. Nobody else's word counts: the
    // command runs with the rights of that user, who could as well start the machine code without it.
    let artifact = unsafe { Artifact::open(path) };
    let artifact = artifact.with_context(|| format!("failed to load {}", path.display()))?;
    let component = Component::from_artifact(engine, &artifact);
    component.with_context(|| format!("failed to load {}", path.display()))
}
