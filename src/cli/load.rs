//! From input files to a plan and its partition: the composition of the stages.

use anyhow::{Result, bail};
use interfuse::adapt::{Partition, Plan};

use crate::cli::input::InputFile;

/// Returns the plan and the partition of a component.
///
/// # Errors
///
/// Fails if a component is invalid or unsupported, or its plan is too large.
pub(crate) fn load(files: &[InputFile]) -> Result<(Plan, Partition)> {
    // The stages before the partition are being written; until they are here, every component is refused.
    match files {
        [main, ..] => bail!("failed to plan {}: no translation yet", main.path.display()),
        [] => bail!("there is no component"),
    }
}
