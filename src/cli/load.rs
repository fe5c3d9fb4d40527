//! From input files to a plan and its partition: the composition of the stages.

use anyhow::{Context, Result, bail};
use interfuse::adapt::{
    Config, Limits, Partition, PartitionConfig, Plan, Supplied, inline, partition, translate_with,
};

use crate::cli::input::InputFile;

/// Returns the plan and the partition of a component: that of the first file, the others are supplied for its
/// imports.
///
/// # Errors
///
/// Fails if a component is invalid or unsupported, or its plan is too large.
pub(crate) fn load(files: &[InputFile]) -> Result<(Plan, Partition)> {
    let [main, others @ ..] = files else {
        bail!("there is no component");
    };
    let supplied: Vec<_> = others
        .iter()
        .map(|file| Supplied {
            import: file.import.as_deref().unwrap_or_default(),
            bytes: &file.bytes,
        })
        .collect();
    let translation = translate_with(&Config::default(), &main.bytes, &supplied)
        .with_context(|| format!("failed to translate {}", main.path.display()))?;
    let plan = inline(&translation, Limits::default())
        .with_context(|| format!("failed to inline {}", main.path.display()))?;
    let partition = partition(&plan, &PartitionConfig::default());
    Ok((plan, partition))
}
