//! Whether what a group is given is what it asks for.

use thiserror::Error;

use crate::runtime::image::{Externals, Minimum};
use crate::runtime::index::{
    ExternalFuncId, ExternalGlobalId, ExternalMemoryId, ExternalTableId, SignatureSlot,
};
use crate::runtime::types::{FuncType, GlobalType, Limits, MemoryType, TableType};

/// What a group is given is not what it asks for.
#[derive(Debug, Error)]
pub(in crate::runtime) enum LinkError {
    /// A function has another type.
    #[error("{id:?} has type {found}, {expected} is expected")]
    Func {
        /// Which one.
        id: ExternalFuncId,
        /// The type it has.
        found: FuncType,
        /// The type it should have.
        expected: FuncType,
    },
    /// A memory has another type or is too small.
    #[error("{id:?} has type {found:?}, {expected:?} is expected")]
    Memory {
        /// Which one.
        id: ExternalMemoryId,
        /// The type it has.
        found: MemoryType,
        /// The type it should have.
        expected: MemoryType,
    },
    /// A table has another type or is too small.
    #[error("{id:?} has type {found:?}, {expected:?} is expected")]
    Table {
        /// Which one.
        id: ExternalTableId,
        /// The type it has.
        found: TableType,
        /// The type it should have.
        expected: TableType,
    },
    /// A memory or a table is smaller than an import demands.
    #[error("{minimum:?} is demanded, {found} is the size")]
    TooSmall {
        /// What is demanded of what.
        minimum: Minimum,
        /// The size it has.
        found: u64,
    },
    /// A global has another type.
    #[error("{id:?} has type {found:?}, {expected:?} is expected")]
    Global {
        /// Which one.
        id: ExternalGlobalId,
        /// The type it has.
        found: GlobalType,
        /// The type it should have.
        expected: GlobalType,
    },
}

/// The types of what a group is given, in the order of ids.
pub(in crate::runtime::vm) struct Found {
    /// Functions.
    pub(in crate::runtime::vm) funcs: Vec<FuncType>,
    /// Memories.
    pub(in crate::runtime::vm) memories: Vec<MemoryType>,
    /// Tables.
    pub(in crate::runtime::vm) tables: Vec<TableType>,
    /// Globals.
    pub(in crate::runtime::vm) globals: Vec<GlobalType>,
}

/// Checks what a group is given.
///
/// # Panics
///
/// Panics if it is not given as much as it asks for.
pub(in crate::runtime::vm) fn check<'t>(
    externals: &Externals,
    type_of: impl Fn(SignatureSlot) -> &'t FuncType,
    found: Found,
) -> Result<(), LinkError> {
    assert_eq!(externals.funcs.len(), found.funcs.len(), "functions");
    assert_eq!(externals.memories.len(), found.memories.len(), "memories");
    assert_eq!(externals.tables.len(), found.tables.len(), "tables");
    assert_eq!(externals.globals.len(), found.globals.len(), "globals");
    for ((id, slot), found) in externals.funcs.iter().zip(found.funcs) {
        let expected = type_of(*slot);
        if *expected != found {
            let expected = expected.clone();
            return Err(LinkError::Func {
                id,
                found,
                expected,
            });
        }
    }
    for ((id, &expected), found) in externals.memories.iter().zip(found.memories) {
        let is_same =
            expected.shared == found.shared && expected.page_size_log2 == found.page_size_log2;
        if !is_same || !is_within(found.limits, expected.limits) {
            return Err(LinkError::Memory {
                id,
                found,
                expected,
            });
        }
    }
    for ((id, &expected), found) in externals.tables.iter().zip(found.tables) {
        if expected.element != found.element || !is_within(found.limits, expected.limits) {
            return Err(LinkError::Table {
                id,
                found,
                expected,
            });
        }
    }
    for ((id, &expected), found) in externals.globals.iter().zip(found.globals) {
        if expected != found {
            return Err(LinkError::Global {
                id,
                found,
                expected,
            });
        }
    }
    Ok(())
}

/// Returns whether limits, with the size there is now, are good enough where others are expected.
fn is_within(found: Limits, expected: Limits) -> bool {
    let max_fits = match (found.max, expected.max) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(found), Some(expected)) => found <= expected,
    };
    found.is_64 == expected.is_64 && found.min >= expected.min && max_fits
}
