//! What is measured: components that lie beside the project.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};
use serde::Deserialize;

/// The folder of small components, seen from that of the crate, unless `INTERFUSE_BENCH` names another.
const BENCH: &str = "../shared/bench/wat";

/// The folder of compositions, unless `INTERFUSE_ZOO` names another.
const ZOO: &str = "../shared/zoo";

/// A component with a function `run: func(n: u32) -> u64`.
#[derive(Clone, Debug, Deserialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its file.
    pub file: String,
    /// What kind of thing it does.
    pub group: String,
    /// How many bytes a call sends.
    pub payload_bytes: u32,
    /// How many elements the list has that it sends.
    pub elems: u32,
    /// What `run(3)` returns.
    pub expect3: Option<u64>,
}

/// The components, and where they are.
#[derive(Clone, Debug)]
pub struct Inputs {
    folder: PathBuf,
    /// The components.
    pub all: Vec<Input>,
}

impl Inputs {
    /// Finds the components; none, and says so, if they are not there.
    ///
    /// # Errors
    ///
    /// Fails if the list of them cannot be read.
    pub fn find() -> Result<Option<Inputs>> {
        let Some(folder) = folder("INTERFUSE_BENCH", BENCH) else {
            return Ok(None);
        };
        let text = fs::read(folder.join("manifest.json"))?;
        let all = serde_json::from_slice(&text).context("the list of components")?;
        Ok(Some(Inputs { folder, all }))
    }

    /// Returns a component in the binary format.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read.
    pub fn read(&self, file: &str) -> Result<Vec<u8>> {
        Ok(wat::parse_file(self.folder.join(file))?)
    }

    /// Returns the component that does the least that has to be done in the place of another.
    pub fn limit_of(&self, input: &Input) -> Option<&Input> {
        let name = match (input.group.as_str(), input.payload_bytes) {
            ("resource", _) | (_, 0) => "ref-core-call".to_owned(),
            (_, bytes) => format!("ref-memcopy-{}", size(bytes)?),
        };
        self.all.iter().find(|it| it.name == name)
    }
}

fn size(bytes: u32) -> Option<&'static str> {
    Some(match bytes {
        16 => "16B",
        80 => "80B",
        0x400 => "1K",
        0x1000 => "4K",
        0x10_0000 => "1M",
        0x100_0000 => "16M",
        _ => return None,
    })
}

/// Returns the file of a composition; none, and says so, if it is not there.
pub fn composition(name: &str) -> Option<PathBuf> {
    let path = folder("INTERFUSE_ZOO", ZOO)?.join(name);
    is_there(&path).then_some(path)
}

fn folder(variable: &str, beside: &str) -> Option<PathBuf> {
    let crate_folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let path = env::var_os(variable).map_or_else(|| crate_folder.join(beside), PathBuf::from);
    is_there(&path).then_some(path)
}

fn is_there(path: &Path) -> bool {
    let is_there = path.exists();
    if !is_there {
        eprintln!("skipped: there is no {}", path.display());
    }
    is_there
}
