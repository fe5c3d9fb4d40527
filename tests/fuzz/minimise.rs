//! Smaller inputs with the same defect: sections, items and then bytes are left out as long as it stays.

use crate::tree::{Binary, Body};

/// Largest number of inputs that are tried.
const TRIALS_MAX: usize = 2_000;

/// Returns a smaller input that still `fails`.
pub(crate) fn minimise(bytes: &[u8], fails: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut trials = 0;
    let mut fails = |bytes: &[u8]| {
        trials += 1;
        trials <= TRIALS_MAX && fails(bytes)
    };
    let mut best = bytes.to_vec();
    if let Ok(mut binary) = Binary::parse(bytes) {
        while let Some(smaller) = reductions(&binary).find(|smaller| fails(&smaller.encode())) {
            binary = smaller;
            best = binary.encode();
        }
    }
    let mut chunk = best.len() / 2;
    while chunk > 0 {
        let mut at = 0;
        while at + chunk <= best.len() {
            let mut smaller = best.clone();
            smaller.drain(at..at + chunk);
            if fails(&smaller) {
                best = smaller;
            } else {
                at += chunk;
            }
        }
        chunk /= 2;
    }
    best
}

/// Returns every component that lacks one section or one item, those that lack most first.
fn reductions(binary: &Binary) -> impl Iterator<Item = Binary> + use<> {
    let binary = binary.clone();
    let count = binary.count();
    (0..count).flat_map(move |n| {
        let mut original = binary.clone();
        let sections = &original.nth_mut(n).expect("there are `count`").sections;
        let without_section = (0..sections.len()).map(|section| (n, section, None));
        let items = sections.iter().enumerate().flat_map(|(index, section)| {
            let len = match &section.body {
                Body::Items(items) => items.len(),
                Body::Bytes(_) | Body::Binary(_) => 0,
            };
            (0..len).map(move |item| (n, index, Some(item)))
        });
        let all: Vec<_> = without_section.chain(items).collect();
        all.into_iter().map(move |place| without(&original, place))
    })
}

fn without(binary: &Binary, (n, section, item): (usize, usize, Option<usize>)) -> Binary {
    let mut smaller = binary.clone();
    let sections = &mut smaller.nth_mut(n).expect("it was counted").sections;
    match (item, &mut sections[section].body) {
        (Some(item), Body::Items(items)) => drop(items.remove(item)),
        _ => drop(sections.remove(section)),
    }
    smaller
}

#[test]
fn what_matters_stays() {
    let bytes = wat::parse_str(
        r#"(component (component (type u8) (type s8) (type char)) (component) (core module))"#,
    );
    let bytes = bytes.expect("this is WAT");
    let has_char = |bytes: &[u8]| bytes.starts_with(b"\0asm") && bytes.contains(&0x74);
    let smaller = minimise(&bytes, has_char);
    assert_eq!(smaller, b"\0asm\x74");
}
