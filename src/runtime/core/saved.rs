//! What is saved of compiled code besides the code, and what an engine makes of it.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::runtime::engine::Engine;
use crate::runtime::error::Error;
use crate::runtime::image::Image;
use crate::runtime::vm::artifact::{Artifact, ArtifactError};
use crate::runtime::vm::code::Code;

/// Returns code of some kind as bytes, with something of the caller's.
pub(in crate::runtime) fn save(
    engine: &Engine,
    code: &Code,
    kind: &str,
    own: &impl Serialize,
) -> Vec<u8> {
    let features = engine.target().features();
    let interruptible = engine.codegen().interruptible;
    let description = ((features, interruptible, kind), own, code.image());
    Artifact::encode(&description, code.bytes())
}

/// Returns saved code of some kind, and what was saved with it.
///
/// # Errors
///
/// Fails if the code is of another kind, or the engine is not one that it is for.
pub(in crate::runtime) fn restore<T: DeserializeOwned>(
    engine: &Engine,
    artifact: &Artifact,
    wanted: &str,
) -> Result<(Arc<Code>, T), Error> {
    let ((needs, interruptible, kind), rest): ((Vec<String>, bool, String), &[u8]) =
        decode(artifact.description())?;
    if kind != wanted {
        return Err(Error::artifact(format!(
            "this is a compiled {kind}, not a {wanted}"
        )));
    }
    let has = engine.target().features();
    if let Some(missing) = needs.iter().find(|needed| !has.contains(&needed.as_str())) {
        let missing = missing.trim_start_matches("has_");
        return Err(Error::artifact(format!(
            "the code was compiled for a processor with `{missing}`, which this one lacks: compile it here"
        )));
    }
    if interruptible != engine.codegen().interruptible {
        let (found, wanted) = if interruptible {
            ("can", "cannot")
        } else {
            ("cannot", "can")
        };
        return Err(Error::artifact(format!(
            "guests {found} be interrupted in this code, and {wanted} with this engine"
        )));
    }
    let ((own, image), _): ((T, Image), &[u8]) = decode(rest)?;
    let code = artifact.load(image, engine.signatures())?;
    Ok((Arc::new(code), own))
}

/// Reads the beginning of a description.
fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, &[u8]), ArtifactError> {
    postcard::take_from_bytes(bytes)
        .map_err(|_| ArtifactError::Damaged("it does not say what it should"))
}
