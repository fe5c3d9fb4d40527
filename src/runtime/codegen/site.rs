//! Where bodies were put into a function, and which of its machine code came of them: backtraces show functions that code
//! has no frames of.

use cranelift_codegen::CompiledCode;
use cranelift_codegen::ir::{Function, SourceLoc};
use cranelift_entity::{EntitySet, PrimaryMap, entity_impl};

use crate::runtime::codegen::link::Symbol;

/// A place in a function that the body of another one was put into.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SiteId(u32);
entity_impl!(SiteId, "site");

/// What was put into a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Site {
    /// The place in whose body this place is; none if it is in the function itself.
    pub(super) parent: Option<SiteId>,
    /// The function whose body it is.
    pub(super) callee: Symbol,
}

/// The places in a function that bodies were put into; those around others come first.
pub(super) type Sites = PrimaryMap<SiteId, Site>;

/// From an instruction on, which place the instructions came of that trap or call; none if it is the function itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// Offset of a byte of the instruction.
    pub(super) start: u32,
    /// The place.
    pub(super) site: Option<SiteId>,
}

/// Forgets what instructions came of. Names of places take the place of that.
pub(super) fn forget(func: &mut Function) {
    func.srclocs.clear();
}

/// Returns the name that instructions get that come of a place.
pub(super) fn name(func: &mut Function, site: SiteId) -> SourceLoc {
    // The code generator keeps distances from the base, of which the largest one means nothing.
    let base = func.params.ensure_base_srcloc(SourceLoc::new(0));
    SourceLoc::new(base.bits().wrapping_add(site.as_u32()))
}

/// Gives the instructions of each block the name of the last one, after optimization. That may have made others, which
/// have no name, and moved some; the code generator lets an instruction that traps be part of one that uses its result, but
/// only within a block, and takes the name of the latter.
pub(super) fn spread(func: &mut Function) {
    let mut next = func.layout.entry_block();
    while let Some(block) = next {
        let last = func.layout.last_inst(block);
        let name = func.srcloc(last.expect("a block ends with a branch"));
        let mut inst = func.layout.first_inst(block);
        while let Some(it) = inst {
            func.set_srcloc(it, name);
            inst = func.layout.next_inst(it);
        }
        next = func.layout.next_block(block);
    }
}

/// Returns what came of places, and those that something came of.
pub(super) fn stretches(
    func: &Function,
    output: &CompiledCode,
    sites: &Sites,
) -> (Vec<Stretch>, Sites) {
    if sites.is_empty() {
        return (Vec::new(), Sites::new());
    }
    let buffer = &output.buffer;
    let traps = buffer.traps().iter().map(|trap| trap.offset);
    let calls = buffer.call_sites().iter().map(|call| call.ret_addr - 1);
    let mut points: Vec<u32> = traps.chain(calls).collect();
    points.sort_unstable();
    let base = func.params.base_srcloc().bits();
    let mut ranges = buffer.get_srclocs_sorted().iter().peekable();
    let mut found: Vec<Stretch> = Vec::new();
    for start in points {
        while ranges.next_if(|range| range.end <= start).is_some() {}
        let range = ranges.peek().filter(|range| range.start <= start);
        let range = range.filter(|range| !range.loc.is_default());
        let site = range.map(|range| SiteId::from_u32(range.loc.bits().wrapping_sub(base)));
        let before = found.last().and_then(|stretch| stretch.site);
        if site != before {
            found.push(Stretch { start, site });
        }
    }
    renumber(found, sites)
}

/// Leaves out the places that nothing came of.
fn renumber(mut stretches: Vec<Stretch>, sites: &Sites) -> (Vec<Stretch>, Sites) {
    let mut used = EntitySet::with_capacity(sites.len());
    for stretch in &stretches {
        let mut next = stretch.site;
        while let Some(site) = next.filter(|site| used.insert(*site)) {
            next = sites[site].parent;
        }
    }
    let mut left = Sites::new();
    let mut numbers = PrimaryMap::<SiteId, Option<SiteId>>::with_capacity(sites.len());
    for (id, site) in sites {
        let parent = site.parent.and_then(|parent| numbers[parent]);
        let number = used
            .contains(id)
            .then(|| left.push(Site { parent, ..*site }));
        numbers.push(number);
    }
    for stretch in &mut stretches {
        stretch.site = stretch.site.and_then(|site| numbers[site]);
    }
    (stretches, left)
}
