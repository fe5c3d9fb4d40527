//! Size and alignment of values in memory.
//!
//! Spec: `alignment`, `elem_size`, `discriminant_type`, `align_to`.

use std::collections::HashMap;

use crate::adapt::{Shape, ShapeId, Shapes};
use crate::fact::abi::limit::MAX_VALUE_BYTES;
use crate::fact::emit::Width;

/// Size and alignment of a value in memory, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Its size, a multiple of its alignment; more than [`MAX_VALUE_BYTES`] if it is too large.
    pub(crate) size: u32,
    /// Its alignment, a power of two.
    pub(crate) align: u32,
}

/// Layouts of shapes for one width of pointers, each computed once.
#[derive(Debug)]
pub(crate) struct Layouts {
    width: Width,
    known: HashMap<ShapeId, Layout>,
}

impl Layouts {
    /// Begins with no layout known.
    pub(crate) fn new(width: Width) -> Layouts {
        Layouts {
            width,
            known: HashMap::new(),
        }
    }

    /// Returns the layout of a shape.
    pub(crate) fn of(&mut self, shapes: &Shapes, id: ShapeId) -> Layout {
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        let layout = match shapes.get(id) {
            Shape::Bool | Shape::S8 | Shape::U8 => number(1),
            Shape::S16 | Shape::U16 => number(2),
            Shape::S32 | Shape::U32 | Shape::F32 | Shape::Char => number(4),
            Shape::S64 | Shape::U64 | Shape::F64 => number(8),
            Shape::Own(_) | Shape::Borrow(_) => number(4),
            Shape::String | Shape::List(_) => pointer_pair(self.width),
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
    pub(crate) fn record(&mut self, shapes: &Shapes, fields: &[ShapeId]) -> (Layout, Vec<u32>) {
        let fields: Vec<_> = fields.iter().map(|it| self.of(shapes, *it)).collect();
        let mut offsets = vec![0; fields.len()];
        (record_layout(&fields, &mut offsets), offsets)
    }

    /// Returns the offset of the payload of a variant, the same for every case.
    pub(crate) fn payload_offset(&mut self, shapes: &Shapes, cases: &[Option<ShapeId>]) -> u32 {
        self.variant_parts(shapes, cases).1
    }

    fn variant(&mut self, shapes: &Shapes, cases: &[Option<ShapeId>]) -> Layout {
        self.variant_parts(shapes, cases).0
    }

    fn variant_parts(&mut self, shapes: &Shapes, cases: &[Option<ShapeId>]) -> (Layout, u32) {
        let payloads = cases.iter().flatten();
        let payloads: Vec<_> = payloads.map(|it| self.of(shapes, *it)).collect();
        variant_layout(cases.len(), &payloads)
    }
}

/// Returns the layout of a record of such fields and writes their offsets, as many as there are fields.
///
/// Spec: `alignment_record`, `elem_size_record`.
pub(crate) const fn record_layout(fields: &[Layout], offsets: &mut [u32]) -> Layout {
    let (mut size, mut align) = (0, 1);
    let mut i = 0;
    while i < fields.len() {
        let field = fields[i];
        if field.align > align {
            align = field.align;
        }
        size = align_to(size, field.align);
        offsets[i] = size;
        size = saturate(size as u64 + field.size as u64);
        i += 1;
    }
    Layout {
        size: align_to(size, align),
        align,
    }
}

/// Returns the layout of a variant of so many cases, some of which have such payloads, and the offset of the payload.
///
/// Spec: `alignment_variant`, `elem_size_variant`.
pub(crate) const fn variant_layout(case_count: usize, payloads: &[Layout]) -> (Layout, u32) {
    let (mut payload_align, mut payload_size) = (1, 0);
    let mut i = 0;
    while i < payloads.len() {
        if payloads[i].align > payload_align {
            payload_align = payloads[i].align;
        }
        if payloads[i].size > payload_size {
            payload_size = payloads[i].size;
        }
        i += 1;
    }
    let discriminant = discriminant_size(case_count);
    let offset = align_to(discriminant, payload_align);
    let align = if discriminant > payload_align {
        discriminant
    } else {
        payload_align
    };
    let size = align_to(saturate(offset as u64 + payload_size as u64), align);
    (Layout { size, align }, offset)
}

/// Returns the layout of a number of `size` bytes.
pub(crate) const fn number(size: u32) -> Layout {
    Layout { size, align: size }
}

/// Returns the layout of a pointer and a length.
pub(crate) const fn pointer_pair(width: Width) -> Layout {
    let align = pointer_size(width);
    let size = 2 * align;
    Layout { size, align }
}

/// Returns the size of a pointer in bytes.
pub(crate) const fn pointer_size(width: Width) -> u32 {
    match width {
        Width::W32 => 4,
        Width::W64 => 8,
    }
}

/// Returns `size`, or something above [`MAX_VALUE_BYTES`] that can still be rounded up and doubled.
const fn saturate(size: u64) -> u32 {
    const CEILING: u32 = 2 * (MAX_VALUE_BYTES + 1);
    if size < CEILING as u64 {
        size as u32
    } else {
        CEILING
    }
}

/// Returns `offset` rounded up to a multiple of `align`, a power of two.
pub(crate) const fn align_to(offset: u32, align: u32) -> u32 {
    offset.next_multiple_of(align)
}

/// Returns the size in memory of the discriminant of a variant, in bytes.
pub(crate) const fn discriminant_size(case_count: usize) -> u32 {
    match case_count {
        0..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// Returns the size in memory of flags of `count` members, in bytes.
pub(crate) const fn flags_size(count: u32) -> u32 {
    match count {
        0..=8 => 1,
        9..=16 => 2,
        _ => 4,
    }
}
