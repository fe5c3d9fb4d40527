//! Between the reasons for traps that the code generator knows and ours.

use cranelift_codegen::ir::TrapCode;

use crate::runtime::trap::TrapKind;

/// The trap of `call_indirect` beyond the end of a table.
///
/// The code generator has no such reason, and memory accesses cannot have a reason of ours; so this takes the place of one
/// that nothing else uses.
pub(in crate::runtime::codegen) const UNDEFINED_ELEMENT: TrapCode = TrapCode::NullI31Ref;

/// What follows a call that does not return.
pub(in crate::runtime::codegen) const AFTER_RAISE: TrapCode = TrapCode::UnreachableCodeReached;

/// Returns what a trap of the code generator means; none if it is one that our code has not.
pub(in crate::runtime::codegen) fn kind(code: TrapCode) -> Option<TrapKind> {
    match code {
        UNDEFINED_ELEMENT => Some(TrapKind::UndefinedElement),
        TrapCode::StackOverflow => Some(TrapKind::StackExhausted),
        TrapCode::HeapOutOfBounds => Some(TrapKind::MemoryOutOfBounds),
        TrapCode::HeapMisaligned => Some(TrapKind::UnalignedAtomic),
        TrapCode::TableOutOfBounds => Some(TrapKind::TableOutOfBounds),
        TrapCode::IndirectCallToNull => Some(TrapKind::UninitializedElement),
        TrapCode::BadSignature => Some(TrapKind::IndirectCallType),
        TrapCode::IntegerOverflow => Some(TrapKind::IntegerOverflow),
        TrapCode::IntegerDivisionByZero => Some(TrapKind::DivisionByZero),
        TrapCode::BadConversionToInteger => Some(TrapKind::InvalidConversion),
        TrapCode::UnreachableCodeReached => Some(TrapKind::Unreachable),
        TrapCode::Interrupt => Some(TrapKind::Interrupted),
        TrapCode::NullReference => Some(TrapKind::NullReference),
        TrapCode::User(_) => None,
    }
}
