//! Types of memories, and of what counts in them.

use crate::adapt::types::{IndexType, MemoryType};

/// Converts the type of a memory.
pub(in crate::adapt::translate) fn memory_type(ty: wasmparser::MemoryType) -> MemoryType {
    MemoryType {
        index_type: index_type(ty.memory64),
        shared: ty.shared,
        min_pages: ty.initial,
        max_pages: ty.maximum,
        page_size_log2: ty.page_size_log2.map_or(16, |log2| {
            u8::try_from(log2).expect("the validator allows page sizes of 1 and 2^16 bytes")
        }),
    }
}

/// Converts the width of addresses or indices.
pub(in crate::adapt::translate) fn index_type(is_64: bool) -> IndexType {
    if is_64 {
        IndexType::I64
    } else {
        IndexType::I32
    }
}
