//! Whether what an import is given is what it demands.

use crate::runtime::codegen::error::ImportProblem;
use crate::runtime::codegen::module::ItemType;
use crate::runtime::types::{GlobalType, Limits, MemoryType, RefType, TableType, ValType};

/// How large something has to be that is given to an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// It is large enough from the beginning.
    Enough,
    /// It has to have grown to this when the instance is made.
    AtLeast(u64),
}

/// Compares the type of an import with that of what it is given.
///
/// # Errors
///
/// Fails if they can never agree.
pub(super) fn check(expected: &ItemType, found: &ItemType) -> Result<Size, ImportProblem> {
    let (agree, size) = match (expected, found) {
        (ItemType::Func(expected), ItemType::Func(found)) => (expected == found, Size::Enough),
        (ItemType::Global(expected), ItemType::Global(found)) => (expected == found, Size::Enough),
        (ItemType::Memory(expected), ItemType::Memory(found)) => (
            expected.shared == found.shared
                && expected.page_size_log2 == found.page_size_log2
                && can_hold(expected.limits, found.limits),
            size(expected.limits, found.limits),
        ),
        (ItemType::Table(expected), ItemType::Table(found)) => (
            expected.element == found.element && can_hold(expected.limits, found.limits),
            size(expected.limits, found.limits),
        ),
        _ => (false, Size::Enough),
    };
    if agree {
        return Ok(size);
    }
    Err(mismatch(expected, found))
}

/// Returns the error that says how two types differ.
pub(super) fn mismatch(expected: &ItemType, found: &ItemType) -> ImportProblem {
    ImportProblem::Type {
        expected: describe(expected),
        found: describe(found),
    }
}

/// Returns whether something with limits never becomes larger than an import allows.
fn can_hold(expected: Limits, found: Limits) -> bool {
    let fits = match (expected.max, found.max) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(expected), Some(found)) => found <= expected,
    };
    let can_grow_to = found.max.unwrap_or(u64::MAX);
    fits && expected.is_64 == found.is_64 && expected.min <= can_grow_to
}

fn size(expected: Limits, found: Limits) -> Size {
    if expected.min <= found.min {
        Size::Enough
    } else {
        Size::AtLeast(expected.min)
    }
}

fn describe(ty: &ItemType) -> String {
    match ty {
        ItemType::Func(ty) => format!("function {ty}"),
        ItemType::Memory(MemoryType {
            limits,
            shared,
            page_size_log2,
        }) => {
            let shared = if *shared { "shared " } else { "" };
            let page = 1u64 << page_size_log2;
            format!("{shared}memory {} of pages of {page} bytes", range(*limits))
        }
        ItemType::Table(TableType { element, limits }) => {
            let element = ValType::Ref(RefType::clone(element));
            format!("table {} of {element}", range(*limits))
        }
        ItemType::Global(GlobalType { content, mutable }) => {
            let mutable = if *mutable { "mutable " } else { "" };
            format!("{mutable}global {content}")
        }
    }
}

fn range(limits: Limits) -> String {
    let bits = if limits.is_64 { 64 } else { 32 };
    match limits.max {
        Some(max) => format!("i{bits} {}..={max}", limits.min),
        None => format!("i{bits} {}..", limits.min),
    }
}
