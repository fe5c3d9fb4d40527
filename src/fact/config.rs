//! Settings of the generator.

/// Settings of the generator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactConfig {
    /// Whether adapters may use SIMD instructions. On by default.
    pub simd: bool,
    /// Which calls into an instance that is on the stack already trap. None by default.
    pub reentrance: Reentrance,
}

/// Which calls into an instance that is on the stack already trap. What traps is known from the two instances of an
/// adapter alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Reentrance {
    /// None: the spec of today. A call within one instance lifts all of its values before it lowers the first.
    #[default]
    Allowed,
    /// Calls within one instance: as Wasmtime 49 does.
    TrapSame,
    /// Calls within one instance, and those between an instance and another around it: as the spec demanded once, and
    /// Wasmtime did up to version 48.
    TrapKin,
}

impl Default for FactConfig {
    fn default() -> Self {
        FactConfig {
            simd: true,
            reentrance: Reentrance::Allowed,
        }
    }
}
