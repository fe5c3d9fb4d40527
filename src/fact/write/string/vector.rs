//! Constants of 128 bits.

/// Returns 16-bit lanes that are all the same.
pub(in crate::fact::write::string) fn lanes(lane: u16) -> i128 {
    bytes(std::array::from_fn(|at| lane.to_le_bytes()[at % 2]))
}

/// Returns bytes in their order.
pub(in crate::fact::write::string) fn bytes(bytes: [u8; 16]) -> i128 {
    i128::from_le_bytes(bytes)
}
