//! Building of transfers, simplified as they are built: neighbouring bytes are one copy, and equal transfers are one.

use std::collections::HashMap;

use cranelift_entity::PrimaryMap;

use crate::adapt::{Shape, ShapeId, Shapes};
use crate::fact::abi::{FlatTypes, Flattener, Layout, Layouts, discriminant_size, flags_size};
use crate::fact::emit::Width;
use crate::fact::transfer::data::{
    At, List, Number, Part, PlaceKind, Route, Run, Scalar, Transfer, TransferId, TransferKind,
    UNIT_BYTES_MAX, Variant,
};

/// What costs more than this is written as a function of its own, and called (ours: a call with its arguments takes
/// about as much).
pub(in crate::fact) const OUTLINE_COST: u32 = 100;

/// Largest number of parts that a sequence takes over from a sequence inside it (ours: keeps the size of transfers
/// linear in that of types).
pub(in crate::fact::transfer) const SEQUENCE_PARTS_MAX: usize = 32;

/// Transfers between two widths of pointers, each built once.
#[derive(Debug)]
pub(in crate::fact) struct Transfers {
    src_layouts: Layouts,
    dst_layouts: Layouts,
    src_flats: Flattener,
    dst_flats: Flattener,
    transfers: PrimaryMap<TransferId, Transfer>,
    known: HashMap<(ShapeId, Route), TransferId>,
}

impl Transfers {
    /// Begins with no transfer built.
    pub(in crate::fact) fn new(src: Width, dst: Width) -> Transfers {
        Transfers {
            src_layouts: Layouts::new(src),
            dst_layouts: Layouts::new(dst),
            src_flats: Flattener::new(src),
            dst_flats: Flattener::new(dst),
            transfers: PrimaryMap::new(),
            known: HashMap::new(),
        }
    }

    /// Returns a transfer.
    pub(in crate::fact) fn get(&self, id: TransferId) -> &Transfer {
        &self.transfers[id]
    }

    /// Returns the transfer of a value of some shape by some route.
    pub(in crate::fact) fn build(
        &mut self,
        shapes: &Shapes,
        shape: ShapeId,
        route: Route,
    ) -> TransferId {
        if let Some(known) = self.known.get(&(shape, route)) {
            return *known;
        }
        let kind = self.kind(shapes, shape, route);
        let cost = self.cost(&kind);
        let id = self.transfers.push(Transfer {
            shape,
            route,
            kind,
            src_flat: self.src_flats.of(shapes, shape),
            dst_flat: self.dst_flats.of(shapes, shape),
            cost,
        });
        self.known.insert((shape, route), id);
        id
    }

    /// Returns the transfer of several values one after the other, as the fields of a tuple, and the layout of that
    /// tuple on both sides.
    pub(in crate::fact) fn tuple(
        &mut self,
        shapes: &Shapes,
        fields: &[ShapeId],
        route: Route,
    ) -> (Vec<Part>, Layout, Layout) {
        let (src_layout, src_offsets) = self.src_layouts.record(shapes, fields);
        let (dst_layout, dst_offsets) = self.dst_layouts.record(shapes, fields);
        let (mut src_slot, mut dst_slot) = (0, 0);
        let mut parts = Vec::with_capacity(fields.len());
        for (i, field) in fields.iter().enumerate() {
            let transfer = self.build(shapes, *field, route);
            let at = |kind, slot, offset| match kind {
                PlaceKind::Flat => At::Slot(slot),
                PlaceKind::Memory => At::Offset(offset),
            };
            let src = at(route.src, src_slot, src_offsets[i]);
            let dst = at(route.dst, dst_slot, dst_offsets[i]);
            let Transfer {
                src_flat, dst_flat, ..
            } = &self.transfers[transfer];
            src_slot += src_flat.as_ref().map_or(0, |flat| flat.len());
            dst_slot += dst_flat.as_ref().map_or(0, |flat| flat.len());
            parts.push(Part { src, dst, transfer });
        }
        (parts, src_layout, dst_layout)
    }

    /// Returns the flat types of several values one after the other, on both sides.
    pub(in crate::fact) fn flatten(
        &mut self,
        shapes: &Shapes,
        ids: &[ShapeId],
    ) -> (FlatTypes, FlatTypes) {
        let src = self.src_flats.all(shapes, ids.iter().copied());
        (src, self.dst_flats.all(shapes, ids.iter().copied()))
    }

    fn kind(&mut self, shapes: &Shapes, shape: ShapeId, route: Route) -> TransferKind {
        let number = |number: Number| match route {
            Route::IN_MEMORY => TransferKind::Bytes(Run::one(number.size())),
            _ => TransferKind::Scalar(Scalar::Number(number)),
        };
        match shapes.get(shape) {
            Shape::Bool => TransferKind::Scalar(Scalar::Bool),
            Shape::S8 => number(Number::S8),
            Shape::U8 => number(Number::U8),
            Shape::S16 => number(Number::S16),
            Shape::U16 => number(Number::U16),
            Shape::S32 | Shape::U32 => number(Number::Int32),
            Shape::S64 | Shape::U64 => number(Number::Int64),
            Shape::F32 => number(Number::F32),
            Shape::F64 => number(Number::F64),
            Shape::Char => TransferKind::Scalar(Scalar::Char),
            Shape::Own(resource) => TransferKind::Scalar(Scalar::Own(*resource)),
            Shape::Borrow(resource) => TransferKind::Scalar(Scalar::Borrow(*resource)),
            Shape::Flags(count) => match (route, count) {
                // Every bit is a member: every bit pattern is a value.
                (Route::IN_MEMORY, 8 | 16 | 32) => {
                    TransferKind::Bytes(Run::one(flags_size(*count)))
                }
                _ => TransferKind::Scalar(Scalar::Flags(*count)),
            },
            Shape::String => TransferKind::String,
            Shape::List(element) => TransferKind::List(self.list(shapes, *element)),
            Shape::Record(fields) => {
                let (parts, src, dst) = self.tuple(shapes, fields, route);
                self.sequence(parts, src, dst)
            }
            Shape::FixedList(element, count) => self.repeat(shapes, *element, *count, route),
            Shape::Variant(cases) => self.variant(shapes, cases, route),
        }
    }

    fn list(&mut self, shapes: &Shapes, element: ShapeId) -> List {
        let src = self.src_layouts.of(shapes, element);
        let dst = self.dst_layouts.of(shapes, element);
        List {
            element: self.build(shapes, element, Route::IN_MEMORY),
            src_size: src.size,
            dst_size: dst.size,
            src_align: src.align,
            dst_align: dst.align,
        }
    }

    /// Returns a sequence of parts, or what it comes down to.
    fn sequence(&mut self, parts: Vec<Part>, src: Layout, dst: Layout) -> TransferKind {
        let mut simple: Vec<Part> = Vec::with_capacity(parts.len());
        for part in parts {
            match &self.transfers[part.transfer].kind {
                TransferKind::Sequence(inner) if inner.len() <= SEQUENCE_PARTS_MAX => {
                    let inner = inner.clone();
                    for it in &inner {
                        let (src, dst) = (shift(part.src, it.src), shift(part.dst, it.dst));
                        self.append(
                            &mut simple,
                            Part {
                                src,
                                dst,
                                transfer: it.transfer,
                            },
                        );
                    }
                }
                _ => self.append(&mut simple, part),
            }
        }
        if let [Part { transfer, .. }] = simple[..]
            && let TransferKind::Bytes(run) = self.transfers[transfer].kind
            && (run.size, run.size) == (src.size, dst.size)
        {
            return TransferKind::Bytes(run);
        }
        TransferKind::Sequence(simple.into())
    }

    /// Appends a part; bytes that follow bytes on both sides are one copy.
    fn append(&mut self, parts: &mut Vec<Part>, part: Part) {
        if let Some(last) = parts.last_mut()
            && let (At::Offset(last_src), At::Offset(last_dst)) = (last.src, last.dst)
            && let (At::Offset(src), At::Offset(dst)) = (part.src, part.dst)
            && let TransferKind::Bytes(run) = self.transfers[last.transfer].kind
            && let TransferKind::Bytes(next) = self.transfers[part.transfer].kind
            && (last_src + run.size, last_dst + run.size) == (src, dst)
        {
            last.transfer = self.bytes(part.transfer, run.and(next));
            return;
        }
        parts.push(part);
    }

    /// Returns the transfer of a number of bytes; it takes what else a transfer has from `like`.
    fn bytes(&mut self, like: TransferId, run: Run) -> TransferId {
        let kind = TransferKind::Bytes(run);
        let cost = self.cost(&kind);
        let like = &self.transfers[like];
        let (shape, route) = (like.shape, like.route);
        self.transfers.push(Transfer {
            shape,
            route,
            kind,
            src_flat: None,
            dst_flat: None,
            cost,
        })
    }

    fn repeat(
        &mut self,
        shapes: &Shapes,
        element: ShapeId,
        count: u32,
        route: Route,
    ) -> TransferKind {
        if route != Route::IN_MEMORY {
            // One side is flat: there are at most as many elements as flat values.
            let fields: Vec<_> = (0..count).map(|_| element).collect();
            let (parts, src, dst) = self.tuple(shapes, &fields, route);
            return self.sequence(parts, src, dst);
        }
        let List {
            element,
            src_size,
            dst_size,
            ..
        } = self.list(shapes, element);
        match self.transfers[element].kind {
            TransferKind::Bytes(Run { size, .. }) if (size, size) == (src_size, dst_size) => {
                TransferKind::Bytes(Run {
                    size: size.saturating_mul(count),
                    // Who writes many numbers that are alike writes them together.
                    unit: UNIT_BYTES_MAX,
                })
            }
            _ => TransferKind::Repeat {
                count,
                element,
                src_stride: src_size,
                dst_stride: dst_size,
            },
        }
    }

    fn variant(
        &mut self,
        shapes: &Shapes,
        cases: &[Option<ShapeId>],
        route: Route,
    ) -> TransferKind {
        if cases.iter().all(Option::is_none) {
            let count = u32::try_from(cases.len()).expect("a type has fewer than 2^32 cases");
            return match (route, count) {
                // Every bit pattern is a case.
                (Route::IN_MEMORY, 0x100 | 0x1_0000) => {
                    TransferKind::Bytes(Run::one(discriminant_size(cases.len())))
                }
                _ => TransferKind::Scalar(Scalar::Enum(count)),
            };
        }
        TransferKind::Variant(Variant {
            discriminant_size: discriminant_size(cases.len()),
            src_payload: self.src_layouts.payload_offset(shapes, cases),
            dst_payload: self.dst_layouts.payload_offset(shapes, cases),
            cases: cases
                .iter()
                .map(|case| case.map(|shape| self.build(shapes, shape, route)))
                .collect(),
        })
    }

    /// Estimates the bytes of code that a transfer takes where it is written.
    fn cost(&self, kind: &TransferKind) -> u32 {
        let part = |id: TransferId| self.transfers[id].cost.min(OUTLINE_COST / 4);
        match kind {
            TransferKind::Scalar(Scalar::Number(_) | Scalar::Flags(_)) => 10,
            TransferKind::Scalar(Scalar::Bool) => 12,
            TransferKind::Scalar(Scalar::Enum(_)) => 20,
            TransferKind::Scalar(Scalar::Char) => 35,
            TransferKind::Scalar(Scalar::Own(_) | Scalar::Borrow(_)) => 20,
            TransferKind::Bytes(run) => {
                6 * run.step().map_or(8, |step| run.size.div_ceil(step)) + 4
            }
            TransferKind::Sequence(parts) => {
                let sum = |sum: u32, it: &Part| sum.saturating_add(part(it.transfer));
                parts.iter().fold(0, sum)
            }
            TransferKind::Repeat { element, .. } => 40 + part(*element),
            TransferKind::Variant(variant) => {
                let cases = variant.cases.iter();
                let sum =
                    |sum: u32, it: &Option<TransferId>| sum.saturating_add(1 + it.map_or(0, part));
                cases.fold(40, sum)
            }
            TransferKind::List(list) => 140 + part(list.element),
            TransferKind::String => 30,
        }
    }
}

/// Returns the place of a part of a part.
fn shift(outer: At, inner: At) -> At {
    match (outer, inner) {
        (At::Slot(a), At::Slot(b)) => At::Slot(a + b),
        (At::Offset(a), At::Offset(b)) => At::Offset(a + b),
        (a, b) => unreachable!("a part is held like the whole: {a:?}, {b:?}"),
    }
}
