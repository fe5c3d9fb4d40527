//! What `fact` compiles, as plain data: types, options, and names for what is imported.
//!
//! Nothing here needs a component: other tools can describe an adapter and have it written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::adapt::{FuncTypeId, MemoryType, ResourceId, StringEncoding};

/// The name of something that an adapter module imports. The same name is imported once.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImportName {
    /// The first half.
    pub module: String,
    /// The second half.
    pub name: String,
}

impl ImportName {
    /// Makes a name of its two halves.
    pub fn new(module: impl Into<String>, name: impl Into<String>) -> ImportName {
        ImportName {
            module: module.into(),
            name: name.into(),
        }
    }
}

/// An adapter: a component function of one instance, as another calls it.
#[derive(Clone, Debug)]
pub struct AdapterSpec {
    /// The name under which the module exports it.
    pub export: String,
    /// A name for people.
    pub name: String,
    /// The type of the function. Resources in it are equal if and only if they are the same.
    pub ty: FuncTypeId,
    /// The side of the caller.
    pub lower: SideSpec,
    /// The side of the callee.
    pub lift: SideSpec,
    /// What is called: a core function with the flattened type.
    pub callee: Callee,
    /// The function that is called with the callee's results after they were read.
    pub post_return: Option<PostReturn>,
    /// A mutable global of type `i32`: how many times code of the callee's instance was entered by adapters and not left,
    /// or handles were lent to it for that, which the adapter counts. It is negative, and stays so, once the instance must not be called any more. If there is
    /// none, the instance always may be called, and nothing is counted.
    pub standing: Option<ImportName>,
    /// Whether code of the caller's instance can run before the callee returns.
    pub callback: Callback,
}

/// Whether code of the caller's instance can run before the callee returns. What an adapter itself calls of it, which
/// may not leave, does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Callback {
    /// It can, for all that is known. It must find that the handles it lent are lent.
    Possible,
    /// It cannot. Lends are not counted unless the call itself could tell.
    Impossible,
}

/// What an adapter calls.
#[derive(Clone, Debug)]
pub enum Callee {
    /// A function that the module imports.
    Import(ImportName),
    /// An adapter of the same module, by its position.
    Adapter(usize),
}

/// The function that is called with the callee's results after they were read.
#[derive(Clone, Debug)]
pub struct PostReturn {
    /// The function.
    pub func: ImportName,
    /// Whether the callee's instance must not leave while it runs. Needless if it cannot try to.
    pub guard: Guard,
}

/// One side of an adapter.
#[derive(Clone, Debug)]
pub struct SideSpec {
    /// The instance: sides of one instance have the same number.
    pub instance: u32,
    /// The instances around it, by their numbers.
    pub ancestors: Arc<[u32]>,
    /// How strings lie in the memory.
    pub encoding: StringEncoding,
    /// The memory that pointers point into.
    pub memory: Option<MemorySpec>,
    /// The function that allocates in the memory.
    pub realloc: Option<ReallocSpec>,
    /// The instance's flag `may_leave`, a mutable global of type `i32` that is 1 or 0. Without it nothing is guarded.
    pub may_leave: Option<ImportName>,
    /// The instance's handle table.
    pub handles: Option<HandlesSpec>,
}

/// A handle table.
#[derive(Clone, Debug)]
pub struct HandlesSpec {
    /// The module under whose name everything is imported that [`StateExport`](crate::fact::StateExport) names.
    pub module: String,
    /// The resource types that the instance implements: of their resources it borrows the representation.
    pub implements: Arc<BTreeSet<ResourceId>>,
    /// The numbers by which the table knows resource types, where they are not those of their ids.
    pub numbers: BTreeMap<ResourceId, u32>,
}

/// A memory.
#[derive(Clone, Debug)]
pub struct MemorySpec {
    /// Where it is imported.
    pub import: ImportName,
    /// Its type.
    pub ty: MemoryType,
}

/// A function that allocates.
#[derive(Clone, Debug)]
pub struct ReallocSpec {
    /// Where it is imported: a function of four parameters and one result, all of the memory's index type.
    pub func: ImportName,
    /// Whether the instance must not leave while it runs. Needless if it cannot try to.
    pub guard: Guard,
}

/// Whether an instance's `may_leave` is cleared while one of its functions runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Guard {
    /// It is cleared: the function might try to leave, which must trap.
    Clear,
    /// It is left alone: nothing that the function can reach looks at it.
    Keep,
}
