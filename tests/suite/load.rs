//! From a file to its plan and partition.

use std::fs;
use std::path::{Path, PathBuf};

use interfuse::adapt::{
    Config, Limits, Partition, PartitionConfig, Plan, inline, partition, translate,
};

/// Returns the plan and the partition of the component at `path`, text or binary.
pub(crate) fn load(path: &Path) -> (Plan, Partition) {
    let bytes = wat::parse_bytes(&fs::read(path).unwrap())
        .unwrap()
        .into_owned();
    let translation = translate(&Config::default(), &bytes)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let plan = inline(&translation, Limits::default())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let partition = partition(&plan, &PartitionConfig::default());
    (plan, partition)
}

/// Returns the files in a folder whose names end in `.extension`, sorted.
pub(crate) fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|it| it == extension))
        .collect();
    files.sort();
    files
}
