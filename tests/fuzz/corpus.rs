//! The components that mutation begins with: written ones, the repository's test data, and real ones if they are there.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::exercise::{Outcome, exercise};
use crate::seeds::SEEDS;
use crate::strip::strip;
use crate::tree::Binary;

/// Where real components are, from the root of the repository.
const ZOO: &str = "../shared/zoo";

/// A component to mutate.
pub(crate) struct Seed {
    pub(crate) name: String,
    pub(crate) binary: Binary,
    pub(crate) bytes: Vec<u8>,
}

impl Seed {
    fn new(name: String, binary: Binary) -> Seed {
        let bytes = binary.encode();
        Seed {
            name,
            binary,
            bytes,
        }
    }
}

/// The components that mutation begins with.
pub(crate) struct Corpus {
    /// Small ones.
    pub(crate) written: Vec<Seed>,
    /// Real ones, without most of their code; none if they are not there.
    pub(crate) real: Vec<Seed>,
}

impl Corpus {
    /// Gathers them.
    pub(crate) fn gather() -> Result<Corpus> {
        let mut written = Vec::new();
        for (name, text) in SEEDS {
            written.push(seed_of_text(name, text)?);
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for path in files(&root.join("tests/data"), "wat")? {
            let text = fs::read_to_string(&path)?;
            // Some files hold what is not one component; they are somebody else's.
            if let Ok(seed) = seed_of_text(&path.display().to_string(), &text) {
                written.push(seed);
            }
        }
        let zoo = root.join(ZOO);
        if !zoo.is_dir() {
            if std::env::var_os("CI").is_some_and(|ci| ci == "true") {
                bail!("{} is not there, as it should be in CI", zoo.display());
            }
            eprintln!("no real components are mutated: {ZOO} is not there");
        }
        let mut real = Vec::new();
        for path in files(&zoo, "wasm")? {
            let name = path.display().to_string();
            real.push(seed_of_file(&path).with_context(|| format!("failed to take {name}"))?);
        }
        Ok(Corpus { written, real })
    }
}

fn seed_of_text(name: &str, text: &str) -> Result<Seed> {
    let bytes = wat::parse_str(text).with_context(|| format!("failed to parse {name}"))?;
    Ok(Seed::new(name.to_owned(), Binary::parse(&bytes)?))
}

fn seed_of_file(path: &Path) -> Result<Seed> {
    let bytes = fs::read(path).context("failed to read it")?;
    let mut binary = Binary::parse(&bytes)?;
    strip(&mut binary)?;
    Ok(Seed::new(path.display().to_string(), binary))
}

/// Returns the files below a folder whose names end in `.extension`, in order; none if there is no such folder.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).context("failed to list a folder")? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[test]
fn seeds_are_what_they_say() -> Result<()> {
    let corpus = Corpus::gather()?;
    for seed in corpus.written.iter().chain(&corpus.real) {
        assert_eq!(
            Binary::parse(&seed.bytes)?,
            seed.binary,
            "{}: taken apart",
            seed.name
        );
        let outcome = exercise(&seed.bytes);
        let refused = seed.name.starts_with("unsupported") || seed.name == "fixed-lists";
        assert_eq!(
            !matches!(outcome, Outcome::Plan),
            refused,
            "{}: {outcome}",
            seed.name
        );
    }
    Ok(())
}
