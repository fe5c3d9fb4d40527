//! Compiled code in a file: a header, what is known of the code, and the code itself, at the beginning of a page so that it
//! can be mapped.
//!
//! | offset | |
//! |---|---|
//! | 0 | 16 bytes that tell what the file is |
//! | 16 | the version of the format |
//! | 24 | length of the description in bytes |
//! | 32 | checksum of the description |
//! | 40 | length of the code in bytes |
//! | 48 | the description |
//! | next page | the code |
//!
//! Numbers have 64 bits and are little-endian.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use crate::runtime::image::Image;
use crate::runtime::vm::code::Code;
use crate::runtime::vm::mmap::{Mapping, PAGE_BYTES};
use crate::runtime::vm::signature::Signatures;

/// What such a file begins with.
const MAGIC: [u8; 16] = *b"interfuse code\r\n";

/// Size of what comes before the description in bytes.
const HEADER_BYTES: usize = 48;

/// Changes whenever anything changes about what is written, or about what code relies on.
const FORMAT: u64 = 2;

/// Compiled code, as it is kept in a file or in memory.
///
/// # Examples
///
/// ```
/// use interfuse::runtime::{Artifact, Config, Engine, Instance, Module, Store};
///
/// let engine = Engine::new(&Config::new())?;
/// let wasm = wat::parse_str(r#"(module (func (export "two") (result i32) i32.const 2))"#)?;
/// let path = std::env::temp_dir().join(format!("interfuse-example-{}", std::process::id()));
/// std::fs::write(&path, Module::new(&engine, &wasm)?.serialize())?;
///
/// // SAFETY: the file was just written by `serialize`, and nobody else knows it.
/// let artifact = unsafe { Artifact::open(&path) }?;
/// let module = Module::from_artifact(&engine, &artifact)?;
/// let mut store = Store::new(&engine, ())?;
/// let instance = Instance::new(&mut store, &module, &[])?;
/// let two = instance.get_typed_func::<(), i32>(&mut store, "two")?;
/// assert_eq!(two.call(&mut store, ())?, 2);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Artifact {
    description: Vec<u8>,
    code: Source,
}

/// Where the code is.
enum Source {
    Bytes(Vec<u8>),
    File { file: File, offset: u64, len: usize },
}

/// Why compiled code cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArtifactError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is something else.
    #[error("this is no code that interfuse compiled")]
    Foreign,
    /// Another version of interfuse wrote it.
    #[error(
        "another version of interfuse compiled this (format {found}, here it is {FORMAT}): compile it again"
    )]
    Version {
        /// The version of its format.
        found: u64,
    },
    /// It is shorter than it should be, or something in it changed.
    #[error("the compiled code is damaged: {0}")]
    Damaged(&'static str),
}

impl Artifact {
    /// Returns the bytes that hold the code, its image, and a description of the caller's.
    pub(in crate::runtime) fn encode(description: &impl Serialize, code: &[u8]) -> Vec<u8> {
        let description = postcard::to_stdvec(description).expect("memory takes what is written");
        let number = |len: usize| u64::try_from(len).expect("a usize has 64 bits or less");
        let mut bytes =
            Vec::with_capacity(HEADER_BYTES + description.len() + PAGE_BYTES + code.len());
        bytes.extend(MAGIC);
        for field in [
            FORMAT,
            number(description.len()),
            xxh3_64(&description),
            number(code.len()),
        ] {
            bytes.extend(field.to_le_bytes());
        }
        bytes.extend(description);
        bytes.resize(bytes.len().next_multiple_of(PAGE_BYTES), 0);
        bytes.extend(code);
        bytes
    }

    /// Reads compiled code from memory.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are something else, or were changed in a way that can be noticed.
    ///
    /// # Safety
    ///
    /// The bytes are those that `Module::serialize` returned. Machine code is run as it is: bytes of somebody else can do
    /// whatever this process can, and it cannot be found out what they do.
    pub unsafe fn deserialize(bytes: &[u8]) -> Result<Artifact, ArtifactError> {
        let mut rest = bytes;
        let (description, code_len) = read_description(&mut rest)?;
        let offset = (HEADER_BYTES + description.len()).next_multiple_of(PAGE_BYTES);
        let code = bytes.get(offset..).unwrap_or_default();
        if code.len() != code_len {
            return Err(ArtifactError::Damaged("its length is wrong"));
        }
        let code = Source::Bytes(code.to_vec());
        Ok(Artifact { description, code })
    }

    /// Reads compiled code from a file. The code is mapped when a module is made of it, and read when it runs.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is something else, or was changed in a way that can be noticed: its length, and
    /// what it says of the code, but not the code.
    ///
    /// # Safety
    ///
    /// As that of [`deserialize`](Artifact::deserialize). Besides, nobody changes the file as long as a module that was made
    /// of it exists.
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Artifact, ArtifactError> {
        let mut file = File::open(path)?;
        let (description, len) = read_description(&mut file)?;
        let offset = (HEADER_BYTES + description.len()).next_multiple_of(PAGE_BYTES);
        let number = |len: usize| u64::try_from(len).expect("a usize has 64 bits or less");
        let offset = number(offset);
        if file.metadata()?.len() != offset.saturating_add(number(len)) {
            return Err(ArtifactError::Damaged("its length is wrong"));
        }
        let code = Source::File { file, offset, len };
        Ok(Artifact { description, code })
    }

    /// Returns the description, encoded.
    pub(in crate::runtime) fn description(&self) -> &[u8] {
        &self.description
    }

    /// Maps the code.
    ///
    /// # Errors
    ///
    /// Fails if the system refuses.
    pub(in crate::runtime) fn load(
        &self,
        image: Image,
        signatures: &Arc<Signatures>,
    ) -> io::Result<Code> {
        let (mapping, len) = match &self.code {
            Source::Bytes(bytes) => (Mapping::of_code(bytes)?, bytes.len()),
            Source::File { file, offset, len } => {
                let mapping = Mapping::of_code_in_file(file.as_fd(), *offset, *len)?;
                (mapping, *len)
            }
        };
        Code::of_mapping(image, mapping, len, signatures)
    }
}

/// Reads up to the end of the description. Returns it, and how many bytes of code there should be.
fn read_description(from: &mut impl Read) -> Result<(Vec<u8>, usize), ArtifactError> {
    let mut header = [0; HEADER_BYTES];
    read(from, &mut header)?;
    let (magic, fields) = header.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(ArtifactError::Foreign);
    }
    let (fields, _) = fields.as_chunks::<8>();
    let [format, len, checksum, code_len] = [0, 1, 2, 3].map(|at| u64::from_le_bytes(fields[at]));
    if format != FORMAT {
        return Err(ArtifactError::Version { found: format });
    }
    let too_long = |_| ArtifactError::Damaged("its length is wrong");
    // As much is read as there is: nothing is allocated for a length that is made up.
    let mut description = Vec::new();
    from.take(len).read_to_end(&mut description)?;
    if description.len() != usize::try_from(len).map_err(too_long)? {
        return Err(ArtifactError::Damaged("it ends too early"));
    }
    if xxh3_64(&description) != checksum {
        return Err(ArtifactError::Damaged("its checksum is wrong"));
    }
    Ok((description, usize::try_from(code_len).map_err(too_long)?))
}

/// Fills a buffer. What is too short for it is not an artifact.
fn read(from: &mut impl Read, buffer: &mut [u8]) -> Result<(), ArtifactError> {
    from.read_exact(buffer).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ArtifactError::Foreign,
        _ => ArtifactError::Io(error),
    })
}
