//! Functions that compiled code calls besides those of guests and host.

/// A built-in function, which has the calling convention of C. All parameters and results are of 64 bits.
///
/// A *status* is 0, or anything else after the function took note of a trap: then code calls
/// [`Raise`](Builtin::Raise). An *owner* is the field of a `MemoryDef` or `TableDef` of that name. Bounds are
/// checked by the functions, unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(usize)]
pub(in crate::runtime) enum Builtin {
    /// `(context)`: unwinds to the entry through which the guest was called. Does not return. Not called with guests of
    /// another entry in between.
    Raise,
    /// `(memory owner, pages) -> previous size in pages or -1`
    MemoryGrow,
    /// `(destination, source, bytes)`: moves bytes of the process; code checked the bounds. The same as `memmove`, with a
    /// result that has no meaning.
    MemoryCopy,
    /// `(destination, byte, bytes)`: sets bytes of the process; code checked the bounds. The same as `memset`, with a
    /// result that has no meaning.
    MemoryFill,
    /// `(context, instance, data segment, memory owner, destination, source, bytes) -> status`
    MemoryInit,
    /// `(context, instance, data segment)`
    DataDrop,
    /// `(table owner, elements, reference) -> previous size in elements or -1`
    TableGrow,
    /// `(table owner, destination, reference, elements) -> status`
    TableFill,
    /// `(destination's table owner, source's table owner, destination, source, elements) -> status`
    TableCopy,
    /// `(context, instance, element segment, table owner, destination, source, elements) -> status`
    TableInit,
    /// `(context, instance, element segment)`
    ElementDrop,
    /// `(memory owner, address) -> status`: `memory.atomic.wait`, which always fails on an unshared memory. `address` is
    /// that of wasm with the offset added; code checked its alignment and bounds.
    AtomicWait,
}

impl Builtin {
    /// Every function, in the order of numbers.
    pub(in crate::runtime) const ALL: [Builtin; 12] = [
        Builtin::Raise,
        Builtin::MemoryGrow,
        Builtin::MemoryCopy,
        Builtin::MemoryFill,
        Builtin::MemoryInit,
        Builtin::DataDrop,
        Builtin::TableGrow,
        Builtin::TableFill,
        Builtin::TableCopy,
        Builtin::TableInit,
        Builtin::ElementDrop,
        Builtin::AtomicWait,
    ];

    /// Returns its position in the array of addresses.
    pub(in crate::runtime) fn number(self) -> usize {
        self as usize
    }

    /// Returns the number of parameters, and whether there is a result.
    pub(in crate::runtime) fn signature(self) -> (usize, bool) {
        match self {
            Builtin::Raise => (1, false),
            Builtin::MemoryGrow | Builtin::AtomicWait => (2, true),
            Builtin::MemoryCopy | Builtin::MemoryFill | Builtin::TableGrow => (3, true),
            Builtin::DataDrop | Builtin::ElementDrop => (3, false),
            Builtin::TableFill => (4, true),
            Builtin::TableCopy => (5, true),
            Builtin::MemoryInit | Builtin::TableInit => (7, true),
        }
    }
}
