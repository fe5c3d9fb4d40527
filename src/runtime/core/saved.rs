//! What is saved of compiled code besides the code, and what an engine makes of it.

use std::sync::Arc;

use serde::Serialize;
use serde::de::{Deserialize, DeserializeOwned};

use crate::runtime::engine::Engine;
use crate::runtime::error::Error;
use crate::runtime::image::Image;
use crate::runtime::vm::artifact::{Artifact, ArtifactError};
use crate::runtime::vm::code::Code;

/// What only this version of the crate reads: the layout of contexts and the numbers of built-in functions may change with
/// any other.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " for x86-64 Linux");

/// Returns code of some kind as bytes, with something of the caller's.
pub(in crate::runtime) fn save(
    engine: &Engine,
    code: &Code,
    kind: &str,
    own: &impl Serialize,
) -> Vec<u8> {
    let features = engine.target().features();
    let interruptible = engine.codegen().interruptible;
    let settings = (VERSION, features, interruptible, kind);
    let image = code.image();
    Artifact::encode(&(settings, own, image), code.bytes(), &image.bulk)
}

impl Artifact {
    /// Returns whether guests of this code can be interrupted. The engine that it is for can be told so by
    /// [`Config::interruptible`](crate::runtime::Config::interruptible).
    ///
    /// # Errors
    ///
    /// Fails if another version of interfuse compiled it.
    pub fn is_interruptible(&self) -> Result<bool, Error> {
        let (settings, _) = settings(self)?;
        Ok(settings.1)
    }
}

/// What code needs of a processor, whether guests can be interrupted in it, and of what kind it is.
type Settings<'a> = (Vec<&'a str>, bool, &'a str);

/// Returns what is known of saved code before it is decoded, and the rest of its description.
fn settings(artifact: &Artifact) -> Result<(Settings<'_>, &[u8]), Error> {
    let (version, rest): (&str, &[u8]) = decode(artifact.description())?;
    if version != VERSION {
        return Err(Error::artifact(format!(
            "interfuse {version} compiled this, here it is {VERSION}: compile it again"
        )));
    }
    Ok(decode(rest)?)
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
    let ((needs, interruptible, kind), rest) = settings(artifact)?;
    if kind != wanted {
        return Err(Error::artifact(format!(
            "this is a compiled {kind}, not a {wanted}"
        )));
    }
    let has = engine.target().features();
    if let Some(missing) = needs.iter().find(|needed| !has.contains(needed)) {
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
    Ok((engine.adopt(code)?, own))
}

/// Reads the beginning of a description.
fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<(T, &'a [u8]), ArtifactError> {
    postcard::take_from_bytes(bytes).map_err(|_| ArtifactError::Damaged("description"))
}
