//! Limits that the canonical ABI sets.

/// Largest number of flat parameters; more are passed in memory (spec: `MAX_FLAT_PARAMS`).
pub const MAX_FLAT_PARAMS: usize = 16;

/// Largest number of flat results; more are passed in memory (spec: `MAX_FLAT_RESULTS`).
pub const MAX_FLAT_RESULTS: usize = 1;

/// Largest length of a string in bytes (spec: `MAX_STRING_BYTE_LENGTH`).
pub const MAX_STRING_BYTES: u32 = (1 << 28) - 1;

/// Largest length of a list in bytes (spec: `MAX_LIST_BYTE_LENGTH`).
pub const MAX_LIST_BYTES: u32 = (1 << 28) - 1;

/// Largest size of a value in memory in bytes (spec: a type whose `elem_size` with 64-bit pointers is 2^28 or more is
/// not valid).
pub const MAX_VALUE_BYTES: u32 = (1 << 28) - 1;
