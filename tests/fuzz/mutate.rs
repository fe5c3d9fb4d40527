//! Mutations: of bytes anywhere, and of sections and items so that much of what results is still valid.

use fastrand::Rng;

use crate::corpus::{Corpus, Seed};
use crate::rewire::{Instances, swap_args};
use crate::tree::{
    Binary, Body, COMPONENT_HEADER, COMPONENT_SECTION, CORE_INSTANCE_SECTION, INSTANCE_SECTION,
    Section,
};

/// Of so many inputs one is made from a real component: they are larger.
const REAL_ONE_IN: usize = 8;

/// Of so many inputs one has its bytes mutated as well.
const BYTES_ONE_IN: usize = 3;

/// Numbers that a LEB128 may encode and a reader may mistake.
const EXTREMES: &[&[u8]] = &[
    &[0],
    &[0x7f],
    &[0x80, 0x01],
    &[0xff, 0x7f],
    &[0xff, 0xff, 0xff, 0xff, 0x07],
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0x80, 0x80, 0x80, 0x80, 0x00],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
];

/// Returns the input that belongs to a number.
pub(crate) fn input(corpus: &Corpus, number: u64) -> Vec<u8> {
    let mut rng = Rng::with_seed(number);
    let mut binary = pick(corpus, &mut rng).binary.clone();
    let donor = &pick(corpus, &mut rng).binary;
    // Few mutations leave more of a chance to be valid.
    for _ in 0..1 + rng.u32(..6) / 2 {
        mutate(&mut binary, donor, &mut rng);
    }
    let mut bytes = binary.encode();
    if rng.usize(..BYTES_ONE_IN) == 0 {
        let donor = donor.encode();
        for _ in 0..rng.u32(1..4) {
            mutate_bytes(&mut bytes, &donor, &mut rng);
        }
    }
    bytes
}

fn pick<'a>(corpus: &'a Corpus, rng: &mut Rng) -> &'a Seed {
    let real = !corpus.real.is_empty() && rng.usize(..REAL_ONE_IN) == 0;
    let seeds = if real { &corpus.real } else { &corpus.written };
    &seeds[rng.usize(..seeds.len())]
}

/// Changes one of the components or modules in `binary`.
fn mutate(binary: &mut Binary, donor: &Binary, rng: &mut Rng) {
    let mut donor = donor.clone();
    let count = donor.count();
    let donor = donor
        .nth_mut(rng.usize(..count))
        .expect("there are `count`");
    let count = binary.count();
    // The outermost component is where most is decided.
    let n = if rng.bool() { 0 } else { rng.usize(..count) };
    let target = binary.nth_mut(n).expect("there are `count`");
    match rng.u32(..12) {
        0..5 => mutate_items(target, donor, rng),
        5..10 => mutate_sections(target, donor, rng),
        _ => wrap(binary, rng),
    }
}

/// Changes which sections there are and in which order.
fn mutate_sections(target: &mut Binary, donor: &Binary, rng: &mut Rng) {
    let sections = &mut target.sections;
    if sections.is_empty() {
        return;
    }
    let len = sections.len();
    let at = rng.usize(..len);
    match rng.u32(..10) {
        0 => sections.truncate(len - rng.usize(..len.min(4))),
        1 => drop(sections.remove(at)),
        2 => sections.insert(rng.usize(at..=len), sections[at].clone()),
        3 => sections.swap(at, rng.usize(..len)),
        4 => {
            let section = sections.remove(at);
            sections.insert((at + 1).min(len - 1), section);
        }
        5 => sections.insert(at, random_custom(rng)),
        6 => split(sections, at, rng),
        7 => {
            if let Some(section) = choose(&donor.sections, rng) {
                sections.insert(rng.usize(..=len), section.clone());
            }
        }
        8 => {
            let like: Vec<_> = donor
                .sections
                .iter()
                .filter(|s| s.id == sections[at].id)
                .collect();
            if let Some(section) = choose(&like, rng) {
                sections[at] = (*section).clone();
            }
        }
        _ => {
            let Section { id, body } = &mut sections[at];
            if let Body::Bytes(bytes) = body {
                mutate_bytes(bytes, &[*id], rng);
            }
        }
    }
}

/// Splits a section of items in two, which changes nothing in a component.
fn split(sections: &mut Vec<Section>, at: usize, rng: &mut Rng) {
    let id = sections[at].id;
    if let Body::Items(items) = &mut sections[at].body {
        let rest = items.split_off(rng.usize(..=items.len()));
        let body = Body::Items(rest);
        sections.insert(at + 1, Section { id, body });
    }
}

/// Returns a custom section, some of them with a name that means something.
fn random_custom(rng: &mut Rng) -> Section {
    let names: [&[u8]; 4] = [
        b"\x04name",
        b"\x0ecomponent-name",
        b"\x01x",
        b"\x09producers",
    ];
    let mut bytes = names[rng.usize(..names.len())].to_vec();
    bytes.extend((0..rng.usize(..24)).map(|_| rng.u8(..8)));
    Section {
        id: 0,
        body: Body::Bytes(bytes),
    }
}

/// Changes the items of a section.
fn mutate_items(target: &mut Binary, donor: &Binary, rng: &mut Rng) {
    let is_component = target.is_component();
    let mut of_items: Vec<_> = target.sections.iter_mut().filter_map(with_items).collect();
    if of_items.is_empty() {
        return;
    }
    let chosen = rng.usize(..of_items.len());
    let (id, items) = &mut of_items[chosen];
    if items.is_empty() {
        return;
    }
    let len = items.len();
    let at = rng.usize(..len);
    match rng.u32(..12) {
        0 => drop(items.remove(at)),
        1 => items.truncate(at),
        2 => items.insert(rng.usize(..=at), items[at].clone()),
        3 => items.push(items[at].clone()),
        4 => items.swap(at, rng.usize(..len)),
        5 => {
            let mut donor = donor.clone();
            let mut like = donor.sections.iter_mut().filter_map(with_items);
            if let Some((_, donor)) = like.find(|(donor, _)| donor == id)
                && let Some(item) = choose(donor, rng)
            {
                items.insert(rng.usize(at..=len), item.clone());
            }
        }
        6 | 7 if is_component && *id == CORE_INSTANCE_SECTION => {
            swap_args(Instances::Core, &mut items[at], rng);
        }
        6 | 7 if is_component && *id == INSTANCE_SECTION => {
            swap_args(Instances::Component, &mut items[at], rng);
        }
        6..10 => change_index(&mut items[at], rng),
        10 => change_letter(&mut items[at], rng),
        _ => mutate_bytes(&mut items[at], &[0, 1, 0xff], rng),
    }
}

fn with_items(section: &mut Section) -> Option<(u8, &mut Vec<Vec<u8>>)> {
    match &mut section.body {
        Body::Items(items) => Some((section.id, items)),
        Body::Bytes(_) | Body::Binary(_) => None,
    }
}

/// Changes a byte that is too small to be a letter: an index, a kind or a length.
fn change_index(item: &mut [u8], rng: &mut Rng) {
    let mut small: Vec<_> = item.iter_mut().filter(|byte| **byte < 0x20).collect();
    if small.is_empty() {
        return;
    }
    let chosen = rng.usize(..small.len());
    let byte = &mut *small[chosen];
    *byte = match rng.u32(..4) {
        0 => byte.wrapping_add(1),
        1 => byte.wrapping_sub(1) & 0x7f,
        2 => rng.u8(..8),
        _ => rng.u8(..0x20),
    };
}

/// Changes a letter of a name.
fn change_letter(item: &mut [u8], rng: &mut Rng) {
    let mut letters: Vec<_> = item
        .iter_mut()
        .filter(|byte| byte.is_ascii_lowercase())
        .collect();
    if !letters.is_empty() {
        let chosen = rng.usize(..letters.len());
        *letters[chosen] = rng.lowercase() as u8;
    }
}

/// Puts the component into one around it, which instantiates it or not.
fn wrap(binary: &mut Binary, rng: &mut Rng) {
    let inner = std::mem::replace(
        binary,
        Binary {
            header: COMPONENT_HEADER,
            sections: Vec::new(),
        },
    );
    // Nothing is given for its imports.
    let instances = (0..rng.usize(..3)).map(|_| vec![0, 0, 0]).collect();
    binary.sections = vec![
        Section {
            id: COMPONENT_SECTION,
            body: Body::Binary(inner),
        },
        Section {
            id: INSTANCE_SECTION,
            body: Body::Items(instances),
        },
    ];
}

/// Changes bytes, whatever they mean.
fn mutate_bytes(bytes: &mut Vec<u8>, donor: &[u8], rng: &mut Rng) {
    if bytes.is_empty() {
        return;
    }
    let at = rng.usize(..bytes.len());
    let end = bytes.len().min(at + 1 + rng.usize(..16));
    match rng.u32(..9) {
        0 => bytes[at] ^= 1 << rng.u32(..8),
        1 => bytes[at] = rng.u8(..),
        2 => {
            let extreme = EXTREMES[rng.usize(..EXTREMES.len())];
            bytes.splice(at..=at, extreme.iter().copied());
        }
        3 => bytes.truncate(at),
        4 => drop(bytes.drain(at..end)),
        5 => {
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
        }
        6 => {
            let random: Vec<u8> = (at..end).map(|_| rng.u8(..)).collect();
            bytes.splice(at..at, random);
        }
        7 => {
            let from = rng.usize(..=donor.len());
            let to = donor.len().min(from + rng.usize(..64));
            bytes.splice(at..end, donor[from..to].iter().copied());
        }
        _ => bytes[at] = rng.u8(..8),
    }
}

fn choose<'a, T>(from: &'a [T], rng: &mut Rng) -> Option<&'a T> {
    (!from.is_empty()).then(|| &from[rng.usize(..from.len())])
}
