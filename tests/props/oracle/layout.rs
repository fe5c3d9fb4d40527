//! Where values lie in memory.
//!
//! Spec: `alignment`, `elem_size`, `discriminant_type`, `max_case_alignment`.

use interfuse::adapt::IndexType;

use crate::oracle::ty::Ty;

/// Returns the size of a pointer in bytes.
pub(crate) fn ptr_size(width: IndexType) -> u64 {
    match width {
        IndexType::I32 => 4,
        IndexType::I64 => 8,
    }
}

/// Returns the next multiple of `align` from `at` on.
pub(crate) fn align_to(at: u64, align: u64) -> u64 {
    at.div_ceil(align) * align
}

/// Returns the alignment of a type in bytes.
pub(crate) fn alignment(ty: &Ty, width: IndexType) -> u64 {
    match ty {
        Ty::Bool | Ty::S8 | Ty::U8 => 1,
        Ty::S16 | Ty::U16 => 2,
        Ty::S32 | Ty::U32 | Ty::F32 | Ty::Char => 4,
        Ty::S64 | Ty::U64 | Ty::F64 => 8,
        Ty::String | Ty::List(_) => ptr_size(width),
        Ty::FixedList(element, _) => alignment(element, width),
        Ty::Record(fields) => alignment_record(fields, width),
        Ty::Variant(cases) => discriminant_size(cases.len()).max(max_case_alignment(cases, width)),
        Ty::Flags(len) => flags_size(*len),
        Ty::Own(_) | Ty::Borrow(_) => 4,
    }
}

fn alignment_record(fields: &[Ty], width: IndexType) -> u64 {
    let alignments = fields.iter().map(|ty| alignment(ty, width));
    alignments.max().expect("a record is not empty")
}

/// Returns the largest alignment of a payload, at least 1.
pub(crate) fn max_case_alignment(cases: &[Option<Ty>], width: IndexType) -> u64 {
    let alignments = cases.iter().flatten().map(|ty| alignment(ty, width));
    alignments.max().unwrap_or(1)
}

/// Returns the size of the discriminant of a variant with this number of cases, which is its alignment too.
pub(crate) fn discriminant_size(cases: usize) -> u64 {
    match cases {
        0 => panic!("a variant is not empty"),
        1..=0x100 => 1,
        0x101..=0x1_0000 => 2,
        _ => 4,
    }
}

/// Returns the size of flags, which is their alignment too.
pub(crate) fn flags_size(len: usize) -> u64 {
    match len {
        1..=8 => 1,
        9..=16 => 2,
        17..=32 => 4,
        _ => panic!("flags have 1 to 32 members"),
    }
}

/// Returns the size of a type in bytes.
pub(crate) fn elem_size(ty: &Ty, width: IndexType) -> u64 {
    match ty {
        Ty::Bool | Ty::S8 | Ty::U8 => 1,
        Ty::S16 | Ty::U16 => 2,
        Ty::S32 | Ty::U32 | Ty::F32 | Ty::Char => 4,
        Ty::S64 | Ty::U64 | Ty::F64 => 8,
        Ty::String | Ty::List(_) => 2 * ptr_size(width),
        Ty::FixedList(element, len) => u64::from(*len) * elem_size(element, width),
        Ty::Record(fields) => {
            let end = fields.iter().fold(0, |at, ty| {
                align_to(at, alignment(ty, width)) + elem_size(ty, width)
            });
            align_to(end, alignment_record(fields, width))
        }
        Ty::Variant(cases) => {
            let payload = cases.iter().flatten().map(|ty| elem_size(ty, width)).max();
            let end = payload_offset(cases, width) + payload.unwrap_or(0);
            align_to(end, alignment(ty, width))
        }
        Ty::Flags(len) => flags_size(*len),
        Ty::Own(_) | Ty::Borrow(_) => 4,
    }
}

/// Returns where payloads begin in a variant.
pub(crate) fn payload_offset(cases: &[Option<Ty>], width: IndexType) -> u64 {
    align_to(
        discriminant_size(cases.len()),
        max_case_alignment(cases, width),
    )
}
