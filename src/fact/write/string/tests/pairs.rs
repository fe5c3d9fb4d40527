//! Well-formed strings: every pair of encodings, lengths around every block, every character at its edges.

use crate::fact::emit::Width;

use super::case::{Bytes, Place, check, machines};
use super::machine::Policy;

const NARROW: (Width, Width) = (Width::W32, Width::W32);

const WIDTHS: [(Width, Width); 4] = [
    NARROW,
    (Width::W64, Width::W64),
    (Width::W32, Width::W64),
    (Width::W64, Width::W32),
];

/// Characters at the ends of what takes the same number of units.
const EDGES: [char; 16] = [
    '\0',
    'a',
    '\u{7f}',
    '\u{80}',
    '\u{bf}',
    '\u{c0}',
    '\u{ff}',
    '\u{100}',
    '\u{7ff}',
    '\u{800}',
    '\u{d7ff}',
    '\u{e000}',
    '\u{ffff}',
    '\u{10000}',
    '\u{e0000}',
    '\u{10ffff}',
];

fn check_forms(machine: &mut super::machine::Machine, policy: Policy, text: &str, place: Place) {
    for text in Bytes::of(text, machine.setup.src.0) {
        check(machine, policy, &text, place);
    }
}

#[test]
fn strings_of_one_character() {
    for mut machine in machines(&WIDTHS, false) {
        for c in EDGES {
            for len in 0..70 {
                let text: String = std::iter::repeat_n(c, len).collect();
                check_forms(&mut machine, Policy::Move, &text, Place::End);
            }
        }
    }
}

#[test]
fn one_character_among_others() {
    for mut machine in machines(&[NARROW], false) {
        for c in EDGES {
            for others in ["a", "é", "語"] {
                for before in 0..40 {
                    for after in [0, 1, 18] {
                        let text = others.repeat(before) + &c.to_string() + &others.repeat(after);
                        check_forms(&mut machine, Policy::Move, &text, Place::End);
                    }
                }
            }
        }
    }
}

#[test]
fn mixtures() {
    let text = "Ein längerer Text: простой текст, 日本語の文字列、😀🎉 and ASCII at the end, for a while. ÿĀ";
    let starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    for mut machine in machines(&WIDTHS, false) {
        for start in &starts {
            check_forms(&mut machine, Policy::Move, &text[*start..], Place::End);
            check_forms(&mut machine, Policy::Stay, &text[..*start], Place::Start(2));
        }
    }
}

#[test]
fn realloc_that_grows_the_memory() {
    for mut machine in machines(&WIDTHS, false) {
        for text in [
            "",
            "plain ASCII that is longer than a block",
            "é",
            "aé語😀",
            "ab語",
            "😀",
        ] {
            check_forms(&mut machine, Policy::Grow, text, Place::Start(0));
            check_forms(&mut machine, Policy::Grow, &text.repeat(9), Place::Start(2));
        }
    }
}

#[test]
fn both_sides_in_one_memory() {
    let widths = [NARROW, (Width::W64, Width::W64)];
    for mut machine in machines(&widths, true) {
        for text in [
            "",
            "ASCII",
            "naïve, over and over again",
            "日本語 and 😀, again and again",
        ] {
            check_forms(&mut machine, Policy::Move, text, Place::End);
            check_forms(&mut machine, Policy::Stay, &text.repeat(5), Place::End);
        }
    }
}
