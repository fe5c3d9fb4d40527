//! Compiled code in a file that is used where it lies: nothing that is as long as code or data is read before it is needed.
//!
//! | offset | |
//! |---|---|
//! | 0 | 16 bytes that tell what the file is |
//! | 16 | the version of the format |
//! | 24 | checksum of the rest of the header |
//! | 32 | for each section its length in bytes and its checksum |
//! | 192 | the sections, one after the other, as [`SECTIONS`] says |
//!
//! Numbers have 64 bits and are little-endian, those in tables 32 bits. The *description* is an encoded image without what is
//! in the other sections, after something of whoever saved it. Code and data begin at pages: code is mapped to be
//! executed, and data to memories, to be copied when they are written.
//!
//! # What is checked
//!
//! Always: the header, and the checksums of what instances are made of, which is the description, the references to functions
//! and the element segments. They are small, and after that they are known to be what was written. The rest is most of the
//! file, and a checksum would read all of it, although most of it may never be needed: for 11 MB that takes 1 ms from the
//! page cache (xxh3, 10 GB/s) and 0.1 s from a disk, where opening the file without it takes 0.02 ms. It would not make
//! code safer either: who can change the file can change the checksum. So it is checked when bytes are copied anyway
//! ([`Artifact::deserialize`]), and when someone asks ([`Artifact::verify`]). A changed table of functions, traps or
//! inlined functions gives wrong backtraces and wrong reasons of traps: whatever is in them is read without panics.
//!
//! Invariant: the file is as long as the sections say, as long as the artifact and all that is made of it exist; whoever opens
//! it promises that.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;
use xxhash_rust::xxh3::xxh3_64;

use crate::runtime::bulk::bytes::Bytes;
use crate::runtime::bulk::table::Table;
use crate::runtime::image::{Bulk, Image};
use crate::runtime::vm::address::{to_u64, to_usize};
use crate::runtime::vm::code::Code;
use crate::runtime::vm::contents::{DataFile, nameless};
use crate::runtime::vm::mmap::{FileView, Mapping, PAGE_BYTES, Protection};
use crate::runtime::vm::signature::Signatures;

/// What such a file begins with.
const MAGIC: [u8; 16] = *b"interfuse code\r\n";

/// Changes whenever anything changes about what is written, or about what code relies on.
const FORMAT: u64 = 4;

/// Where the checksum of the header is, and what it is about.
const CHECKSUM_AT: Range<usize> = 24..32;
const CHECKED: Range<usize> = 32..HEADER_BYTES;

/// Size of what comes before the sections in bytes.
const HEADER_BYTES: usize = 32 + SECTIONS.len() * 16;

/// The sections that are read when a file is opened.
const AT_ONCE: Range<usize> = DESCRIPTION..FUNCTIONS;

/// Names of the sections, and what they are aligned to.
const SECTIONS: [(&str, usize); 10] = [
    ("description", 1),
    ("references to functions", 1),
    ("element segments", 1),
    ("functions", 1),
    ("function names", 1),
    ("traps", 1),
    ("inlined functions", 1),
    ("code of inlined functions", 1),
    ("code", PAGE_BYTES),
    ("data", PAGE_BYTES),
];

const DESCRIPTION: usize = 0;
const FUNC_SITES: usize = 1;
const ELEMENTS: usize = 2;
const FUNCTIONS: usize = 3;
const NAMES: usize = 4;
const TRAPS: usize = 5;
const INLINE_SITES: usize = 6;
const INLINE_STRETCHES: usize = 7;
const CODE: usize = 8;
const DATA: usize = 9;

/// Compiled code, as it is kept in a file or in memory.
///
/// What is refused: bytes that are something else, of another version of interfuse, or damaged in the header or in what
/// instances are made of; code of another kind, for another processor, or for an engine with other settings.
/// What is not found out by [`open`](Artifact::open), unless by [`verify`](Artifact::verify): damage of machine code,
/// data, and what is known of code for backtraces. What nobody finds out: whether the code was made by interfuse at all, and is what it says. This is why
/// reading is `unsafe`.
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
    file: Arc<File>,
    bytes: Bytes,
    sections: [Section; SECTIONS.len()],
}

/// Where a section is, and its checksum.
#[derive(Clone, Debug)]
struct Section {
    range: Range<usize>,
    checksum: u64,
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
    #[error("the compiled code is damaged: its {0} changed")]
    Damaged(&'static str),
}

impl Artifact {
    /// Returns the bytes that hold code, what is known of it, and a description.
    pub(in crate::runtime) fn encode(
        description: &impl Serialize,
        code: &[u8],
        bulk: &Bulk,
    ) -> Vec<u8> {
        let description = postcard::to_stdvec(description).expect("memory takes what is written");
        let sections: [&[u8]; SECTIONS.len()] = [
            &description,
            bulk.func_sites.bytes(),
            bulk.elements.bytes(),
            bulk.functions.bytes(),
            &bulk.names,
            bulk.traps.bytes(),
            bulk.inline_sites.bytes(),
            bulk.inline_stretches.bytes(),
            code,
            &bulk.data,
        ];
        let ranges = place(sections.map(<[u8]>::len)).expect("what is in memory has a length");
        let mut bytes = Vec::with_capacity(ranges[DATA].end);
        bytes.extend(MAGIC);
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend([0; CHECKSUM_AT.end - CHECKSUM_AT.start]);
        for section in sections {
            bytes.extend(to_u64(section.len()).to_le_bytes());
            bytes.extend(xxh3_64(section).to_le_bytes());
        }
        let checksum = xxh3_64(&bytes[CHECKED]);
        bytes[CHECKSUM_AT].copy_from_slice(&checksum.to_le_bytes());
        for (range, section) in ranges.iter().zip(sections) {
            bytes.resize(range.start, 0);
            bytes.extend(section);
        }
        bytes
    }

    /// Reads compiled code from memory. It is copied; nothing of it is left unchecked that can be checked.
    ///
    /// # Errors
    ///
    /// Fails if the bytes are something else, were changed in a way that can be noticed, or if there is no memory.
    ///
    /// # Safety
    ///
    /// The bytes are those that `serialize` of a module or a group returned. Machine code is run as it is: bytes of
    /// somebody else can do whatever this process can, and it cannot be found out what they do.
    pub unsafe fn deserialize(bytes: &[u8]) -> Result<Artifact, ArtifactError> {
        read_header(bytes)?;
        let artifact = Artifact::new(nameless(bytes)?, bytes.len())?;
        artifact.verify()?;
        Ok(artifact)
    }

    /// Reads compiled code from a file. The file is mapped: code is read when it runs, and data when a guest reads them.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is something else, or was changed in a way that can be noticed without reading
    /// machine code, data, and what is for backtraces only; [`verify`](Artifact::verify) checks those.
    ///
    /// # Safety
    ///
    /// As that of [`deserialize`](Artifact::deserialize). Besides, nobody changes or truncates the file as long as the
    /// artifact, a module or group that was made of it, or an instance of one exists: code that changes while it runs does
    /// anything, and what is read beyond the end of a file kills the process (`SIGBUS`). To replace the file, write another
    /// one and rename it; to remove it is harmless.
    pub unsafe fn open(path: impl AsRef<Path>) -> Result<Artifact, ArtifactError> {
        let file = File::open(path)?;
        let len = usize::try_from(file.metadata()?.len()).map_err(|_| WRONG_LENGTH)?;
        Artifact::new(file, len)
    }

    fn new(file: File, len_bytes: usize) -> Result<Artifact, ArtifactError> {
        let bytes = Bytes::of(Arc::new(FileView::new(file.as_fd(), len_bytes)?));
        let artifact = Artifact {
            sections: read_header(&bytes)?,
            file: Arc::new(file),
            bytes,
        };
        artifact.check(AT_ONCE)?;
        Ok(artifact)
    }

    /// Returns whether something that begins with these bytes may be compiled code.
    pub fn begins(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// Reads all of it, and finds out whether anything changed since it was written.
    ///
    /// # Errors
    ///
    /// Fails if something did.
    pub fn verify(&self) -> Result<(), ArtifactError> {
        self.check(0..SECTIONS.len())
    }

    fn check(&self, sections: Range<usize>) -> Result<(), ArtifactError> {
        let mut sections = sections.filter(|section| {
            let Section { range, checksum } = &self.sections[*section];
            xxh3_64(&self.bytes[range.clone()]) != *checksum
        });
        match sections.next() {
            Some(section) => Err(ArtifactError::Damaged(SECTIONS[section].0)),
            None => Ok(()),
        }
    }

    /// Returns the description, encoded.
    pub(in crate::runtime) fn description(&self) -> &[u8] {
        &self.bytes[self.sections[DESCRIPTION].range.clone()]
    }

    fn section(&self, section: usize) -> Bytes {
        let bytes = self.bytes.slice(self.sections[section].range.clone());
        bytes.expect("the header was checked")
    }

    /// Maps code and data, of which an image says the rest.
    ///
    /// # Errors
    ///
    /// Fails if the image is not one of this code, or if the system refuses.
    pub(in crate::runtime) fn load(
        &self,
        image: Image,
        signatures: &Arc<Signatures>,
    ) -> Result<Code, ArtifactError> {
        let image = Image {
            bulk: Bulk {
                // It is mapped by itself.
                code: Bytes::default(),
                functions: Table::new(self.section(FUNCTIONS)),
                names: self.section(NAMES),
                traps: Table::new(self.section(TRAPS)),
                inline_sites: Table::new(self.section(INLINE_SITES)),
                inline_stretches: Table::new(self.section(INLINE_STRETCHES)),
                func_sites: Table::new(self.section(FUNC_SITES)),
                elements: Table::new(self.section(ELEMENTS)),
                data: self.section(DATA),
            },
            ..image
        };
        let [code, data] = [CODE, DATA].map(|section| &self.sections[section].range);
        if !image.is_consistent(code.len()) {
            return Err(ArtifactError::Damaged(SECTIONS[DESCRIPTION].0));
        }
        let mapping = if code.is_empty() {
            Mapping::reserve(0)
        } else {
            let protection = Protection::ReadExecute;
            Mapping::of_file(
                self.file.as_fd(),
                to_u64(code.start),
                code.len(),
                protection,
            )
        };
        let data = DataFile::new(&self.file, to_u64(data.start));
        let code = (mapping?, code.len());
        Ok(Code::of_mapping(image, code, Some(data), signatures))
    }
}

/// What tests read is what they wrote, so that the promises hold, or is damaged where the checks find it.
#[cfg(test)]
impl Artifact {
    /// Reads compiled code that a test wrote.
    pub(in crate::runtime) fn deserialize_trusted(bytes: &[u8]) -> Result<Artifact, ArtifactError> {
        // SAFETY: the bytes are what `serialize` returned, or their code is not run.
        unsafe { Artifact::deserialize(bytes) }
    }

    /// Reads a file that a test wrote.
    pub(in crate::runtime) fn open_trusted(path: &Path) -> Result<Artifact, ArtifactError> {
        // SAFETY: the file is what `serialize` returned, or its code is not run. Only the test knows it.
        unsafe { Artifact::open(path) }
    }
}

const WRONG_LENGTH: ArtifactError = ArtifactError::Damaged("length");

/// Returns where sections of these lengths lie, if a number can say it.
fn place(lens: [usize; SECTIONS.len()]) -> Option<[Range<usize>; SECTIONS.len()]> {
    let mut ranges = [const { 0..0 }; SECTIONS.len()];
    let mut end = HEADER_BYTES;
    for ((range, len), (_, align)) in ranges.iter_mut().zip(lens).zip(SECTIONS) {
        let start = end.checked_next_multiple_of(align)?;
        end = start.checked_add(len)?;
        *range = start..end;
    }
    Some(ranges)
}

/// Reads the header of a file, of which all bytes are there.
fn read_header(bytes: &[u8]) -> Result<[Section; SECTIONS.len()], ArtifactError> {
    let Some(header) = bytes.get(..HEADER_BYTES) else {
        return Err(ArtifactError::Foreign);
    };
    let Some(fields) = header.strip_prefix(&MAGIC) else {
        return Err(ArtifactError::Foreign);
    };
    let (fields, _) = fields.as_chunks::<8>();
    let number = |field: usize| u64::from_le_bytes(fields[field]);
    let (found, checksum) = (number(0), number(1));
    if found != FORMAT {
        return Err(ArtifactError::Version { found });
    }
    if xxh3_64(&header[CHECKED]) != checksum {
        return Err(ArtifactError::Damaged("header"));
    }
    let section = |section: usize| (number(2 + 2 * section), number(3 + 2 * section));
    let sections: [(u64, u64); SECTIONS.len()] = std::array::from_fn(section);
    let ranges = place(sections.map(|(len, _)| to_usize(len))).ok_or(WRONG_LENGTH)?;
    if ranges[DATA].end != bytes.len() {
        return Err(WRONG_LENGTH);
    }
    let mut ranges = ranges.into_iter();
    Ok(sections.map(|(_, checksum)| Section {
        range: ranges.next().expect("there is one for each"),
        checksum,
    }))
}
