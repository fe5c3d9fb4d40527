//! What tables of functions hold at first, as far as that is certain: what element segments of a group write, if nobody can
//! tell when they do. Tables get it before anything else happens, or still have it from the last group.
//!
//! Who uses a table of an instance is this instance or a later one. Before the start function of one of those no code of
//! theirs runs, if none of their functions is in a table from outside either: a group that traps before that leaves
//! nobody behind who could look. What certainly is in a table can be there from the beginning, up to a segment that comes
//! after such a start function, or after a segment that may trap or is for another table.

use cranelift_entity::{EntityRef, EntitySet, PrimaryMap};
use indexmap::IndexMap;

use crate::runtime::bulk::span::Span;
use crate::runtime::image::{ConstOp, ElementItems, ElementMode, ElementSegment, Image, TableSite};
use crate::runtime::index::{ElementId, FuncRefId, InstanceId, OwnTableId};
use crate::runtime::types::RefType;
use crate::runtime::vm::decoded::Reference;

/// What the tables of a group hold.
#[derive(Debug)]
pub(in crate::runtime::vm) struct HeldByAll {
    tables: Vec<Held>,
    /// The segments that are done when the tables hold this.
    segments: PrimaryMap<InstanceId, EntitySet<ElementId>>,
}

/// What a table holds.
#[derive(Debug)]
pub(in crate::runtime::vm) struct Held {
    /// The instance that defines the table.
    pub(in crate::runtime::vm) instance: InstanceId,
    /// The table.
    pub(in crate::runtime::vm) table: OwnTableId,
    /// What is not null: the positions of elements, all of them in the table and each once, and the elements.
    pub(in crate::runtime::vm) elements: Box<[(u32, Reference)]>,
    /// Those that are references to functions from outside: they differ from group to group.
    pub(in crate::runtime::vm) external: Box<[(u32, Reference)]>,
}

/// Where functions are written.
struct Target {
    instance: InstanceId,
    table: OwnTableId,
    start: u32,
    funcs: Span<FuncRefId>,
}

impl HeldByAll {
    /// Finds out what the tables of instances of an image hold. `references` returns those of an instance, by their ids.
    pub(in crate::runtime::vm) fn new<'a>(
        image: &Image,
        references: impl Fn(InstanceId) -> &'a [Reference],
    ) -> HeldByAll {
        let mut written: IndexMap<_, Vec<_>> = IndexMap::new();
        let mut segments = PrimaryMap::with_capacity(image.instances.len());
        // The last instance of those so far of which a start function ran, or not all segments are known.
        let mut barrier = None;
        for (instance, plan) in &image.instances {
            let mut done = EntitySet::new();
            let references = references(instance);
            for (id, segment) in &plan.elements {
                if !matches!(segment.mode, ElementMode::Active(..)) {
                    continue;
                }
                let target = target(image, segment);
                let Some(target) =
                    target.filter(|it| barrier.is_none_or(|last| last < it.instance))
                else {
                    barrier = Some(instance);
                    continue;
                };
                let funcs = image.bulk.elements.at(target.funcs);
                let elements = funcs.map(|func| references[func.index()]);
                let table = written.entry((target.instance, target.table)).or_default();
                table.extend((target.start..).zip(elements));
                done.insert(id);
            }
            segments.push(done);
            if plan.start.is_some() {
                barrier = Some(instance);
            }
        }
        let tables = written.into_iter();
        let tables = tables.map(|((instance, table), written)| Held::new(instance, table, written));
        HeldByAll {
            tables: tables.collect(),
            segments,
        }
    }

    /// Returns what each table holds that holds something.
    pub(in crate::runtime::vm) fn tables(&self) -> &[Held] {
        &self.tables
    }

    /// Returns whether a segment is done when the tables hold this.
    pub(in crate::runtime::vm) fn includes(&self, instance: InstanceId, id: ElementId) -> bool {
        self.segments[instance].contains(id)
    }
}

impl Held {
    /// Begins with what is written one after the other.
    fn new(instance: InstanceId, table: OwnTableId, mut written: Vec<(u32, Reference)>) -> Held {
        // The last one counts.
        written.reverse();
        written.sort_by_key(|(position, _)| *position);
        written.dedup_by_key(|(position, _)| *position);
        let all = written.iter().copied();
        let external = all.filter(|(_, it)| matches!(it, Reference::External(_)));
        Held {
            instance,
            table,
            external: external.collect(),
            elements: written.into(),
        }
    }
}

/// Returns where an active segment is written, if it certainly is, to a table of the group that is null before.
fn target(image: &Image, segment: &ElementSegment) -> Option<Target> {
    let ElementMode::Active(TableSite::Own(instance, table), offset) = &segment.mode else {
        return None;
    };
    let ElementItems::Funcs(funcs) = segment.items else {
        return None;
    };
    let (ty, value) = &image.instances[*instance].tables[*table];
    if ty.element != RefType::Func || value.is_some() {
        return None;
    }
    let start = match offset.ops[..] {
        [ConstOp::I32(start)] => start.cast_unsigned(),
        [ConstOp::I64(start)] => u32::try_from(start).ok()?,
        _ => return None,
    };
    let len = u32::try_from(funcs.len()).ok()?;
    let end = start.checked_add(len)?;
    (u64::from(end) <= ty.limits.min).then_some(Target {
        instance: *instance,
        table: *table,
        start,
        funcs,
    })
}
