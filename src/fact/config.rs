//! Settings of the generator.

/// Settings of the generator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactConfig {
    /// Whether adapters may use SIMD instructions. On by default.
    pub simd: bool,
}

impl Default for FactConfig {
    fn default() -> Self {
        FactConfig { simd: true }
    }
}
