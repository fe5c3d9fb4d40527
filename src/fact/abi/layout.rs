//! Size and alignment of values in memory.
//!
//! Spec: `alignment`, `elem_size`, `discriminant_type`, `align_to`.

use std::collections::HashMap;

use crate::adapt::{Shape, ShapeId, Shapes};
use crate::fact::abi::limit::MAX_VALUE_BYTES;
use crate::fact::emit::Width;

/// Size and alignment of a value in memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::fact) struct Layout {
    /// Its size, a multiple of its alignment; more than [`MAX_VALUE_BYTES`] if it is too large.
    pub(in crate::fact) size: u32,
    /// Its alignment, a power of two.
    pub(in crate::fact) align: u32,
}

/// Layouts of shapes for one width of pointers, each computed once.
#[derive(Debug)]
pub(in crate::fact) struct Layouts {
    width: Width,
    known: HashMap<ShapeId, Layout>,
}

impl Layouts {
    /// Begins with no layout known.
    pub(in crate::fact) fn new(width: Width) -> Layouts {
        Layouts {
            width,
            known: HashMap::new(),
        }
    }

    /// Returns the size of a pointer in bytes.
    pub(in crate::fact) fn pointer_size(&self) -> u32 {
        match self.width {
            Width::W32 => 4,
            Width::W64 => 8,
        }
    }

    /// Returns the layout of a shape.
    pub(in crate::fact) fn of(&mut self, shapes: &Shapes, id: ShapeId) -> Layout {
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        let pair = Layout {
            size: 2 * self.pointer_size(),
            align: self.pointer_size(),
        };
        let layout = match shapes.get(id) {
            Shape::Bool | Shape::S8 | Shape::U8 => number(1),
            Shape::S16 | Shape::U16 => number(2),
            Shape::S32 | Shape::U32 | Shape::F32 | Shape::Char => number(4),
            Shape::S64 | Shape::U64 | Shape::F64 => number(8),
            Shape::Own(_) | Shape::Borrow(_) => number(4),
            Shape::String | Shape::List(_) => pair,
            Shape::FixedList(element, length) => {
                let element = self.of(shapes, *element);
                let size = u64::from(element.size) * u64::from(*length);
                Layout {
                    size: saturate(size),
                    align: element.align,
                }
            }
            Shape::Record(fields) => self.record(shapes, fields).0,
            Shape::Variant(cases) => self.variant(shapes, cases),
            Shape::Flags(count) => number(flags_size(*count)),
        };
        self.known.insert(id, layout);
        layout
    }

    /// Returns the layout of a record and the offsets of its fields.
    pub(in crate::fact) fn record(
        &mut self,
        shapes: &Shapes,
        fields: &[ShapeId],
    ) -> (Layout, Vec<u32>) {
        let (mut size, mut align) = (0, 1);
        let mut offsets = Vec::with_capacity(fields.len());
        for field in fields {
            let field = self.of(shapes, *field);
            align = align.max(field.align);
            size = align_to(size, field.align);
            offsets.push(size);
            size = saturate(u64::from(size) + u64::from(field.size));
        }
        (
            Layout {
                size: align_to(size, align),
                align,
            },
            offsets,
        )
    }

    /// Returns the offset of the payload of a variant, the same for every case.
    pub(in crate::fact) fn payload_offset(
        &mut self,
        shapes: &Shapes,
        cases: &[Option<ShapeId>],
    ) -> u32 {
        let payloads = cases.iter().flatten();
        let align = payloads
            .map(|payload| self.of(shapes, *payload).align)
            .max()
            .unwrap_or(1);
        align_to(discriminant_size(cases.len()), align)
    }

    fn variant(&mut self, shapes: &Shapes, cases: &[Option<ShapeId>]) -> Layout {
        let mut align = discriminant_size(cases.len());
        let mut payload_size = 0;
        for payload in cases.iter().flatten() {
            let payload = self.of(shapes, *payload);
            align = align.max(payload.align);
            payload_size = payload_size.max(payload.size);
        }
        let size = u64::from(self.payload_offset(shapes, cases)) + u64::from(payload_size);
        Layout {
            size: align_to(saturate(size), align),
            align,
        }
    }
}

fn number(size: u32) -> Layout {
    Layout { size, align: size }
}

/// Returns `size`, or something above [`MAX_VALUE_BYTES`] that can still be rounded up and doubled.
fn saturate(size: u64) -> u32 {
    u32::try_from(size)
        .unwrap_or(u32::MAX)
        .min(2 * (MAX_VALUE_BYTES + 1))
}

/// Returns `offset` rounded up to a multiple of `align`, a power of two.
pub(in crate::fact) fn align_to(offset: u32, align: u32) -> u32 {
    offset.next_multiple_of(align)
}

/// Returns the size in memory of the discriminant of a variant, in bytes.
pub(in crate::fact) fn discriminant_size(case_count: usize) -> u32 {
    match case_count {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// Returns the size in memory of flags of `count` members, in bytes.
pub(in crate::fact) fn flags_size(count: u32) -> u32 {
    match count {
        0..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}
