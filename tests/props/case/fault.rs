//! Making a call wrong: in one place so that only one trap is right, or in several ways at once.

use interfuse::adapt::{IndexType, ResourceId};
use interfuse::fact::Callback;

use crate::case::layout::Case;
use crate::case::noise::Noise;
use crate::case::site::{Kind, Place, Site};
use crate::oracle::call::Expected;
use crate::oracle::flat::Flat;
use crate::oracle::guest::{Answer, highest};
use crate::oracle::layout::align_to;
use crate::oracle::observation::{GuestCall, Side};
use crate::oracle::scenario::PostReturnScript;

/// Largest number of bytes of a list or string.
const LEN_BYTES_MAX: u64 = (1 << 28) - 1;

/// What was made wrong, for people.
pub(crate) type Story = String;

/// Something that can be made wrong.
#[derive(Clone, Debug)]
enum Target {
    /// Something that a side passes: the caller arguments, the callee results.
    Site(Side, Site),
    /// What `realloc` answers at a call.
    Realloc(Side, usize),
    /// Whether the caller may leave.
    Flag,
    /// The function that is called.
    Callee,
    /// A handle that the callee does not drop.
    Kept(usize),
    /// A resource that the caller gives away while it lends it.
    Given(Place, u32),
    /// A handle that is dropped though the caller lent it, or that is none.
    Dropped(Side, ResourceId, u32),
    PostReturn,
}

/// Makes one thing wrong, so that one trap is right at most. `expected` is what is seen of the call as it is.
pub(crate) fn break_one(case: &mut Case, expected: &Expected, noise: &mut Noise) -> Story {
    let targets = targets(case, expected);
    let target = targets[noise.below(targets.len())].clone();
    break_target(case, &target, expected, noise)
}

/// Makes several things wrong, in ways that may happen to be right.
pub(crate) fn break_some(case: &mut Case, expected: &Expected, noise: &mut Noise) -> Story {
    let targets = targets(case, expected);
    let count = 1 + noise.below(4);
    let mut stories = Vec::new();
    if noise.below(2) == 0 {
        stories.extend(break_bytes(case, noise));
    }
    for _ in 0..count {
        let target = targets[noise.below(targets.len())].clone();
        stories.push(match target {
            Target::Site(side, site) if noise.below(2) == 0 => {
                let bits = wild_bits(case, side, &site, noise);
                put(case, side, site.place, bits);
                format!("{side:?} {site:?} is {bits:#x}")
            }
            target => break_target(case, &target, expected, noise),
        });
    }
    stories.join("; ")
}

fn targets(case: &Case, expected: &Expected) -> Vec<Target> {
    let mut targets = vec![Target::Callee];
    if case.scenario.sides[0].may_leave.is_some() {
        targets.push(Target::Flag);
    }
    if case.scenario.post_return.is_some() {
        targets.push(Target::PostReturn);
    }
    targets.extend((0..case.scenario.drops.len()).map(Target::Kept));
    if case.scenario.has_handles() {
        let ty = ResourceId::from_u32(0);
        targets.extend([0, 1, 3].map(|handle| Target::Dropped(Side::Callee, ty, handle)));
    }
    for site in &case.arg_sites {
        let Kind::Handle { ty, owned: true } = site.kind else {
            continue;
        };
        let lent = case.lent.iter().filter(|(it, _)| *it == ty);
        targets.extend(lent.map(|(_, handle)| Target::Given(site.place, *handle)));
    }
    if case.scenario.callback == Callback::Possible {
        let lent = case.lent.iter();
        targets.extend(lent.map(|(ty, handle)| Target::Dropped(Side::Caller, *ty, *handle)));
    }
    for side in [Side::Caller, Side::Callee] {
        let calls = expected.observation.events.iter();
        let is_realloc =
            |call: &GuestCall| matches!(call, GuestCall::Realloc { side: it, .. } if *it == side);
        let calls = calls.filter(|event| is_realloc(&event.call)).count();
        targets.extend((0..calls.min(8)).map(|call| Target::Realloc(side, call)));
        let sites = match side {
            Side::Caller => &case.arg_sites,
            Side::Callee => &case.result_sites,
        };
        let is_checked =
            |site: &&Site| !matches!(site.kind, Kind::Bool | Kind::Low { .. } | Kind::Free);
        let sites = sites.iter().filter(is_checked).cloned();
        targets.extend(sites.map(|site| Target::Site(side, site)));
    }
    targets
}

fn break_target(case: &mut Case, target: &Target, expected: &Expected, noise: &mut Noise) -> Story {
    let scenario = &mut case.scenario;
    match target {
        Target::Callee => scenario.callee.results = None,
        // Of several things that go wrong, one may have made the number of drops smaller.
        Target::Kept(drop) if *drop >= scenario.drops.len() => {}
        Target::Kept(drop) => {
            scenario.drops.remove(*drop);
        }
        Target::Given(place, handle) => put(case, Side::Caller, *place, (*handle).into()),
        Target::Dropped(side, ty, handle) => scenario.drops.push((*side, *ty, *handle)),
        Target::Flag => scenario.sides[0].may_leave = Some(false),
        Target::PostReturn => {
            let guard = scenario.post_return.expect("there is one").guard;
            scenario.post_return = Some(PostReturnScript { guard, traps: true });
        }
        Target::Realloc(side, call) => {
            let answer = noise.pick(&Answer::ALL);
            let realloc = scenario.sides[side.index()].realloc.as_mut();
            realloc.expect("it was called").0.hostile = Some((*call, answer));
            return format!("{side:?} realloc {call} answers {answer:?}");
        }
        Target::Site(side, site) => return break_site(case, *side, site, expected, noise),
    }
    format!("{target:?}")
}

fn break_site(
    case: &mut Case,
    side: Side,
    site: &Site,
    expected: &Expected,
    noise: &mut Noise,
) -> Story {
    let width = case.scenario.side(side).width;
    // What the callee returns is read when its memory is as large as it gets; what the caller passes, before it grows.
    let memory_len = match side {
        Side::Caller => case.scenario.sides[0].memory.as_ref().map_or(0, Vec::len),
        Side::Callee => expected.observation.memories[1].len(),
    };
    let memory_len = u64::try_from(memory_len).unwrap();
    let old = get(case, side, site.place);
    let bits = match (site.kind, site.place) {
        (Kind::Pointer { align, len }, _) => {
            noise.pick(&bad_pointers(width, memory_len, (old, align, len)))
        }
        (Kind::Length { ptr, unit, tag }, _) => {
            let room = memory_len.saturating_sub(ptr) / unit;
            noise.pick(&bad_lengths(width, room, unit, old & !tag)) | tag
        }
        (Kind::Handle { .. }, _) => noise.pick(&bad_handles(case.scenario.rows_max, old)),
        (Kind::Discriminant { cases }, place) => noise.pick(&bad_discriminants(cases, place)),
        (Kind::Char, _) => noise.pick(&[0xd800, 0xdc00, 0xdfff, 0x11_0000, 0x11_d800, u64::MAX]),
        (Kind::Text { unit }, Place::Memory { at, len }) => {
            let at = at
                + unit * u64::try_from(noise.below(usize::try_from(len / unit).unwrap())).unwrap();
            let bits = match unit {
                1 => noise.pick(&[0x80, 0xc0, 0xe2, 0xed, 0xf4, 0xff]),
                _ => noise.pick(&[0xd800, 0xdbff, 0xdc00, 0xdfff]),
            };
            put(case, side, Place::Memory { at, len: unit }, bits);
            return format!("{side:?} text at {at:#x} is {bits:#x}");
        }
        (Kind::Bool | Kind::Low { .. } | Kind::Free | Kind::Text { .. }, _) => noise.next(),
    };
    put(case, side, site.place, bits);
    format!("{side:?} {site:?} is {bits:#x}")
}

/// Returns handles of which some do not exist, and the others are of any type, lent or borrowed.
fn bad_handles(rows_max: u32, old: u64) -> Vec<u64> {
    let rows_max = u64::from(rows_max);
    let mut bad = vec![
        0,
        rows_max,
        1 << 28,
        old ^ 1 << 28,
        old ^ 1 << 31,
        u64::from(u32::MAX),
    ];
    bad.extend(1..12);
    bad.extend([old + 1, old.saturating_sub(1)]);
    bad
}

/// Returns discriminants of no case, as far as there are any that fit into a place.
fn bad_discriminants(cases: u64, place: Place) -> Vec<u64> {
    let mask = match place {
        Place::Memory { len, .. } => u64::MAX >> (64 - 8 * len),
        Place::Flat(_) => u64::from(u32::MAX),
    };
    let bad = [cases, cases + 1, 1 << 31, u64::MAX].map(|bits| bits & mask);
    let mut bad: Vec<_> = bad.into_iter().filter(|bits| *bits >= cases).collect();
    if bad.is_empty() {
        bad.push(cases - 1);
    }
    bad
}

/// Returns addresses at which something does not lie.
fn bad_pointers(width: IndexType, memory_len: u64, (old, align, len): (u64, u64, u64)) -> Vec<u64> {
    let last = memory_len.saturating_sub(len) / align * align;
    let mut bad = vec![
        last + align,
        align_to(memory_len, align) + align,
        highest(width) / align * align,
        // The end would be that of the address space, or the beginning.
        ((highest(width) - len) / align * align).wrapping_add(align),
        1 << 31,
    ];
    if align > 1 {
        bad.extend([old.wrapping_add(1), old.wrapping_add(align / 2), last + 1]);
    }
    if width == IndexType::I64 {
        bad.extend([old ^ 1 << 32, old ^ 1 << 63]);
    }
    bad
}

/// Returns lengths of what is shorter. There is room for `room` elements.
fn bad_lengths(width: IndexType, room: u64, unit: u64, old: u64) -> Vec<u64> {
    let max = LEN_BYTES_MAX / unit;
    let mut bad = vec![room + 1, max, max + 1, highest(width) >> 1, highest(width)];
    // The product with the size of an element would be 0, or right, if it were cut off.
    let wraps = (1_u64 << 32) / unit;
    if unit > 1 {
        bad.extend([wraps, wraps.wrapping_add(old)]);
    }
    if width == IndexType::I64 {
        bad.extend([1 << 32, old ^ 1 << 32, 1 << 63, 1 << 61, old ^ 1 << 61]);
    }
    bad
}

/// Changes some of the bytes that the caller passes in memory.
fn break_bytes(case: &mut Case, noise: &mut Noise) -> Vec<Story> {
    let len = case.arg_hole.end - case.arg_hole.start;
    let Some(last) = usize::try_from(len).unwrap().checked_sub(1) else {
        return Vec::new();
    };
    if case.scenario.sides[0].memory.is_none() {
        return Vec::new();
    }
    let count = 1 + noise.below(4);
    let stories = (0..count).map(|_| {
        let at = case.arg_hole.start + u64::try_from(noise.below(last + 1)).unwrap();
        let bits = noise.next() & 0xff;
        put(case, Side::Caller, Place::Memory { at, len: 1 }, bits);
        format!("caller's byte at {at:#x} is {bits:#x}")
    });
    stories.collect()
}

/// Returns anything, more often something that might be right.
fn wild_bits(case: &Case, side: Side, site: &Site, noise: &mut Noise) -> u64 {
    let old = get(case, side, site.place);
    let (any, small) = (noise.next(), noise.next() % 0x40);
    noise.pick(&[
        small,
        old.wrapping_add(1),
        old.wrapping_sub(1),
        old ^ small,
        old.wrapping_add(8),
        old ^ 1 << (any % 64),
        any % 0x1_0000,
        any,
    ])
}

/// Returns the bits of a place, of what is there the first eight bytes.
fn get(case: &Case, side: Side, place: Place) -> u64 {
    match place {
        Place::Flat(at) => flats(case, side).get(at).map_or(0, |flat| flat.bits()),
        Place::Memory { at, len } => {
            let (bytes, start) = memory(case, side);
            let at = usize::try_from(at - start).unwrap();
            let len = usize::try_from(len.min(8)).unwrap();
            let bytes = bytes[at..][..len].iter().rev();
            bytes.fold(0, |bits, byte| bits << 8 | u64::from(*byte))
        }
    }
}

/// Sets the bits of a place, of what is there the first eight bytes.
fn put(case: &mut Case, side: Side, place: Place, bits: u64) {
    match place {
        Place::Flat(at) => {
            let flats = match side {
                Side::Caller => Some(&mut case.scenario.args),
                Side::Callee => case.scenario.callee.results.as_mut(),
            };
            // The callee might have been made to trap.
            if let Some(flats) = flats {
                flats[at] = Flat::of(flats[at].core(), bits);
            }
        }
        Place::Memory { at, len } => {
            let (bytes, start) = match side {
                Side::Caller => (case.scenario.sides[0].memory.as_mut(), 0),
                Side::Callee => case
                    .scenario
                    .callee
                    .write
                    .as_mut()
                    .map_or((None, 0), |(start, bytes)| (Some(bytes), *start)),
            };
            let bytes = bytes.expect("there is a memory");
            let at = usize::try_from(at - start).unwrap();
            let len = usize::try_from(len.min(8)).unwrap();
            bytes[at..][..len].copy_from_slice(&bits.to_le_bytes()[..len]);
        }
    }
}

fn flats(case: &Case, side: Side) -> &[Flat] {
    match side {
        Side::Caller => &case.scenario.args,
        Side::Callee => case.scenario.callee.results.as_deref().unwrap_or(&[]),
    }
}

/// Returns what a side has written, and where that begins.
fn memory(case: &Case, side: Side) -> (&[u8], u64) {
    match side {
        Side::Caller => (case.scenario.sides[0].memory.as_deref().unwrap_or(&[]), 0),
        Side::Callee => match &case.scenario.callee.write {
            None => (&[], 0),
            Some((start, bytes)) => (bytes, *start),
        },
    }
}
