//! What is not as it was written is refused, or was not looked at.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::runtime::core::tests::support::{
    Temporary, compile_nested, deserialize_group, divide_by_zero, engine, open_group,
};
use crate::runtime::engine::{Config, Engine};
use crate::runtime::error::{Error, ErrorKind};
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::artifact::Artifact;

/// Where the sections begin, as the table in the documentation of artifacts has it.
const HEADER_BYTES: usize = 192;

/// The number of sections, of which the last two begin at pages.
const SECTIONS: usize = 10;

/// How many of them are read when a file is opened.
const CHECKED: usize = 3;

const PAGE_BYTES: usize = 4096;

fn written(engine: &Engine) -> Vec<u8> {
    compile_nested(engine).serialize()
}

/// Returns where each section is.
fn sections(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut end = HEADER_BYTES;
    let range = |section: usize| {
        let field = 32 + 16 * section;
        let len = bytes[field..field + 8].try_into().expect("it has 8 bytes");
        let start = match section {
            8 | 9 => end.next_multiple_of(PAGE_BYTES),
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
    assert!(is_refused(deserialize_group(engine, bytes)));
    let file = Temporary::write(bytes);
    if is_checked_at_once {
        assert!(is_refused(open_group(engine, &file)));
    } else {
        open_group(engine, &file).expect("the rest is not read");
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
            let group = deserialize_group(&engine, &changed).expect("nothing is there");
            assert_eq!(divide_by_zero(&engine, &group).backtrace().len(), 3);
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
    for section in 0..=7 {
        for _ in 0..200 {
            let mut changed = bytes.clone();
            changed[random.usize(sections[section].clone())] = random.u8(..);
            sum_up(&mut changed, &sections, section);
            // It may be refused, it may be another group; it does not panic.
            if let Ok(group) = deserialize_group(&engine, &changed) {
                drop(group);
            }
        }
    }
}

#[test]
fn backtraces_of_tables_that_lie_are_wrong_and_end() {
    let engine = engine();
    let bytes = written(&engine);
    let sections = sections(&bytes);
    let mut seen = BTreeSet::new();
    // The functions, their names, and which were put into others.
    for section in [3, 4, 6, 7] {
        for word in sections[section].clone().step_by(4) {
            for lie in [0_u32, 1, 2, 3, 7, 1 << 31, u32::MAX - 1, u32::MAX] {
                let mut changed = bytes.clone();
                let end = sections[section].end.min(word + 4);
                changed[word..end].copy_from_slice(&lie.to_le_bytes()[..end - word]);
                sum_up(&mut changed, &sections, section);
                let group = deserialize_group(&engine, &changed).expect("nobody knows better");
                let error = divide_by_zero(&engine, &group);
                assert_eq!(error.trap(), Some(TrapKind::DivisionByZero));
                seen.insert(error.backtrace().len());
            }
        }
    }
    // The function itself, and no place more than once.
    let places = sections[6].len() / 8;
    assert_eq!(seen, (0..=places + 1).collect());
}

/// Makes the checksums right after a change of a section.
fn sum_up(bytes: &mut [u8], sections: &[Range<usize>], section: usize) {
    let field = 32 + 16 * section + 8;
    let sum = xxhash_rust::xxh3::xxh3_64(&bytes[sections[section].clone()]);
    bytes[field..field + 8].copy_from_slice(&sum.to_le_bytes());
    let sum = xxhash_rust::xxh3::xxh3_64(&bytes[32..HEADER_BYTES]);
    bytes[24..32].copy_from_slice(&sum.to_le_bytes());
}

#[test]
fn engines_with_other_settings_refuse() {
    let engine = engine();
    let other = Engine::new(Config::new().interruptible(true)).expect("it is possible here");
    let refusal = |from: &Engine, to: &Engine| {
        let error = deserialize_group(to, &written(from)).err();
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
fn code_says_whether_guests_can_be_interrupted() {
    for interruptible in [false, true] {
        let engine = Engine::new(Config::new().interruptible(interruptible));
        let bytes = written(&engine.expect("it is possible here"));
        let artifact = Artifact::deserialize_trusted(&bytes).expect("it was written");
        assert_eq!(artifact.is_interruptible().ok(), Some(interruptible));
    }
}

#[test]
fn other_versions_and_processors_are_refused() {
    let engine = engine();
    // Replaces a text in the description by another one of the same length.
    let refusal = |from: &str, to: &str| {
        let mut bytes = written(&engine);
        let sections = sections(&bytes);
        let text = &mut bytes[sections[0].clone()];
        let at = text
            .windows(from.len())
            .position(|it| it == from.as_bytes());
        let at = at.expect("the text is there");
        text[at..at + to.len()].copy_from_slice(to.as_bytes());
        sum_up(&mut bytes, &sections, 0);
        deserialize_group(&engine, &bytes)
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
