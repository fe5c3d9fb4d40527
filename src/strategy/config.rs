//! Settings of the strategies.

/// Which types there are to choose from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeConfig {
    /// Largest nesting, not counting what is nested in a few special types: 4 by default.
    pub depth: u32,
    /// Whether there are lists of fixed length, which are not a stable feature of components. No by default.
    pub fixed_lists: bool,
    /// Whether there are maps. Yes by default.
    pub maps: bool,
    /// Whether there are, rarely, enums of 65,537 cases, whose discriminants take 32 bits. Yes by default.
    pub huge_enums: bool,
    /// Number of resource types of which there are handles; their ids begin at 0. None by default. Borrowed handles occur
    /// in parameters of functions only.
    pub resources: u32,
}

impl Default for TypeConfig {
    fn default() -> Self {
        TypeConfig {
            depth: 4,
            fixed_lists: false,
            maps: true,
            huge_enums: true,
            resources: 0,
        }
    }
}
