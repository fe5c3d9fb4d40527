//! What is not as it was written is refused, or was not looked at.

use crate::runtime::core::tests::support::{
    Temporary, compile, deserialize, engine, instantiate, open,
};
use crate::runtime::engine::{Config, Engine};
use crate::runtime::error::{Error, ErrorKind};
use crate::runtime::vm::artifact::Artifact;

/// Where the sections begin, as the table in the documentation of artifacts has it.
const HEADER_BYTES: usize = 160;

/// The number of sections, of which the last two begin at pages.
const SECTIONS: usize = 8;

/// How many of them are read when a file is opened.
const CHECKED: usize = 3;

const PAGE_BYTES: usize = 4096;

fn written(engine: &Engine) -> Vec<u8> {
    let data = "x".repeat(40_000);
    let text = format!(
        r#"(module (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $a $b)
            (data (i32.const 8) "{data}") (data "passive")
            (func $a (export "a") (result i64) (i64.const 1))
            (func $b (result i64) (i64.div_u (i64.const 1) (i64.const 0))))"#
    );
    compile(engine, &text).serialize()
}

/// Returns where each section is.
fn sections(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut end = HEADER_BYTES;
    let range = |section: usize| {
        let field = 32 + 16 * section;
        let len = bytes[field..field + 8].try_into().expect("it has 8 bytes");
        let start = match section {
            6 | 7 => end.next_multiple_of(PAGE_BYTES),
            _ => end,
        };
        end = start + usize::try_from(u64::from_le_bytes(len)).expect("it fits");
        start..end
    };
    let sections: Vec<_> = (0..SECTIONS).map(range).collect();
    assert_eq!(end, bytes.len());
    assert!(
        sections.iter().all(|section| !section.is_empty()),
        "{sections:?}"
    );
    sections
}

fn is_refused<T>(result: Result<T, Error>) -> bool {
    result.is_err_and(|error| {
        assert_eq!(error.kind(), ErrorKind::Artifact, "{error}");
        true
    })
}

/// Reads bytes that are not what was written.
fn check(engine: &Engine, bytes: &[u8], is_checked_at_once: bool) {
    assert!(is_refused(deserialize(engine, bytes)));
    let file = Temporary::write(bytes);
    if is_checked_at_once {
        assert!(is_refused(open(engine, &file)));
    } else {
        open(engine, &file).expect("the rest is not read");
        let artifact = Artifact::open_trusted(file.path()).expect("they are not read");
        assert!(is_refused(artifact.verify().map_err(Error::from)));
    }
}

#[test]
fn changes_at_the_ends_of_sections_are_refused() {
    let engine = engine();
    let bytes = written(&engine);
    for (number, section) in sections(&bytes).into_iter().enumerate() {
        for at in [section.start, section.end - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 0x10;
            check(&engine, &changed, number < CHECKED);
        }
        for len in [section.start, section.start + 1, section.end - 1] {
            check(&engine, &bytes[..len], true);
        }
    }
    check(&engine, &[&bytes[..], &[0]].concat(), true);
}

#[test]
fn changes_anywhere_are_refused_or_harmless() {
    let engine = engine();
    let bytes = written(&engine);
    let sections = sections(&bytes);
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..300 {
        let at = random.usize(..bytes.len());
        let mut changed = bytes.clone();
        changed[at] = changed[at].wrapping_add(random.u8(1..));
        let is_used = at < HEADER_BYTES || sections.iter().any(|it| it.contains(&at));
        if is_used {
            check(&engine, &changed, at < sections[CHECKED].start);
        } else {
            // Between the tables and code or data.
            let module = deserialize(&engine, &changed).expect("nothing is there");
            instantiate(&module).expect("there is room");
        }
        let len = random.usize(..bytes.len());
        check(&engine, &bytes[..len], true);
    }
}

#[test]
fn descriptions_that_lie_are_refused() {
    let engine = engine();
    let bytes = written(&engine);
    let sections = sections(&bytes);
    let mut random = fastrand::Rng::with_seed(2);
    // The checksums are right: whoever wrote this wanted it. Nothing of it is run.
    for section in [0, 1, 2, 3, 4, 5] {
        for _ in 0..200 {
            let mut changed = bytes.clone();
            let range = sections[section].clone();
            changed[random.usize(range.clone())] = random.u8(..);
            let field = 32 + 16 * section + 8;
            let sum = xxhash_rust::xxh3::xxh3_64(&changed[range]);
            changed[field..field + 8].copy_from_slice(&sum.to_le_bytes());
            let sum = xxhash_rust::xxh3::xxh3_64(&changed[32..HEADER_BYTES]);
            changed[24..32].copy_from_slice(&sum.to_le_bytes());
            // It may be refused, it may be another module; it does not panic.
            if let Ok(module) = deserialize(&engine, &changed) {
                drop(module);
            }
        }
    }
}

#[test]
fn engines_with_other_settings_refuse() {
    let engine = engine();
    let other = Engine::new(Config::new().interruptible(true)).expect("it is possible here");
    let refusal = |from: &Engine, to: &Engine| {
        let error = deserialize(to, &written(from)).err();
        error.expect("it is refused").to_string()
    };
    assert_eq!(
        refusal(&engine, &other),
        "guests cannot be interrupted in this code, and can with this engine"
    );
    assert_eq!(
        refusal(&other, &engine),
        "guests can be interrupted in this code, and cannot with this engine"
    );
}

#[test]
fn other_versions_and_processors_are_refused() {
    let engine = engine();
    // Replaces a text in the description by another one of the same length.
    let refusal = |from: &str, to: &str| {
        let mut bytes = written(&engine);
        let description = sections(&bytes)[0].clone();
        let text = &mut bytes[description.clone()];
        let at = text
            .windows(from.len())
            .position(|it| it == from.as_bytes());
        let at = at.expect("the text is there");
        text[at..at + to.len()].copy_from_slice(to.as_bytes());
        let sum = xxhash_rust::xxh3::xxh3_64(text);
        bytes[40..48].copy_from_slice(&sum.to_le_bytes());
        let sum = xxhash_rust::xxh3::xxh3_64(&bytes[32..HEADER_BYTES]);
        bytes[24..32].copy_from_slice(&sum.to_le_bytes());
        deserialize(&engine, &bytes)
            .err()
            .expect("it is refused")
            .to_string()
    };
    assert_eq!(
        refusal("has_sse41", "has_sse9z"),
        "the code was compiled for a processor with `sse9z`, which this one lacks: compile it here"
    );
    let found = refusal("for x86-64 Linux", "for x86-64 Minix");
    assert!(
        found.contains("x86-64 Minix compiled this, here it is"),
        "{found}"
    );
}
