//! What can be chosen about the code.

/// How many steps register allocation may take for a function, unless something else is chosen.
///
/// A step takes 50 ns in a chain of joins, and up to 270 ns if a hundred variables take turns. The largest function of
/// CPython takes 460,000 steps, that of StarlingMonkey 1,700,000: a twentieth of this.
pub(in crate::runtime) const STEPS_MAX: u64 = 1 << 25;

/// What can be chosen about the code of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runtime) struct CodegenConfig {
    /// Whether code can be interrupted from outside: it then reads the interrupt page at the head of each function and
    /// loop.
    pub(in crate::runtime) interruptible: bool,
    /// On which threads functions are compiled.
    pub(in crate::runtime) threads: Threads,
    /// How many steps register allocation may take for a function, as far as that can be known before, see [`STEPS_MAX`].
    pub(in crate::runtime) max_steps: u64,
    /// Whether the bodies of small functions take the place of calls to them.
    pub(in crate::runtime) inlines: bool,
}

/// On which threads functions are compiled. The code is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) enum Threads {
    /// On the one that asks for it.
    Current,
    /// On those of the pool of rayon in which it is asked for.
    Pool,
}

impl Default for CodegenConfig {
    fn default() -> CodegenConfig {
        CodegenConfig {
            interruptible: false,
            threads: Threads::Pool,
            max_steps: STEPS_MAX,
            inlines: true,
        }
    }
}
