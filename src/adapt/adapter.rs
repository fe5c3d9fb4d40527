//! What joins instances: definitions that core code can be given, canonical options, and fused adapters.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::adapt::index::{
    AdapterId, ComponentInstanceId, CoreInstanceId, FuncTypeId, HostLoweringId, ImportedFuncId,
    ResourceId, SignatureId,
};
use crate::adapt::module::EntityIndex;
use crate::adapt::types::{Label, MemoryType};

/// Something that a core instance exports, found: nothing is looked up by name later.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CoreExport {
    /// The instance.
    pub instance: CoreInstanceId,
    /// Which of its exports.
    pub item: CoreItem,
}

/// Which export of a core instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CoreItem {
    /// That of a module whose bytes are known: where it is in the module. Two names of one thing are equal.
    Index(EntityIndex),
    /// That of an imported module: by name, which is resolved when the module is supplied.
    Name(Label),
}

/// Something of core WebAssembly that can be given to a core instance as an import, or called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CoreDef {
    /// An export of an earlier core instance.
    Export(CoreExport),
    /// A fused adapter.
    Adapter(AdapterId),
    /// A function of the host, lowered.
    HostLowering(HostLoweringId),
    /// `canon resource.new`, `.rep` or `.drop`.
    Resource(ResourceBuiltin),
}

/// One of the canonical built-ins for resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ResourceBuiltin {
    /// What it does.
    pub op: ResourceOp,
    /// The type of the resource.
    pub resource: ResourceId,
    /// The instance whose handle table it works on.
    pub instance: ComponentInstanceId,
}

/// What a canonical built-in for resources does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceOp {
    /// Makes an owned handle from a representation.
    New,
    /// Returns the representation behind a handle.
    Rep,
    /// Drops a handle, and the resource with it if the handle owns it.
    Drop,
}

impl fmt::Display for ResourceOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResourceOp::New => "resource.new",
            ResourceOp::Rep => "resource.rep",
            ResourceOp::Drop => "resource.drop",
        })
    }
}

/// How strings lie in a memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum StringEncoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-16, little-endian.
    Utf16,
    /// Latin-1 or UTF-16, told apart by the top bit of the length.
    Latin1OrUtf16,
}

impl fmt::Display for StringEncoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            StringEncoding::Utf8 => "utf8",
            StringEncoding::Utf16 => "utf16",
            StringEncoding::Latin1OrUtf16 => "latin1+utf16",
        })
    }
}

/// A memory that a canonical definition uses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CoreMemory {
    /// Where it comes from.
    pub export: CoreExport,
    /// Its type, as the component declares it.
    pub ty: MemoryType,
}

/// The options of a `canon lift` or `canon lower`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CanonOptions {
    /// How strings lie in the memory.
    pub encoding: StringEncoding,
    /// The memory that pointers point into.
    pub memory: Option<CoreMemory>,
    /// The function that allocates in the memory.
    pub realloc: Option<CoreDef>,
    /// The function that is called with the results after they were read; of a `canon lift` only.
    pub post_return: Option<CoreDef>,
}

impl CanonOptions {
    /// Returns the functions among the options.
    pub fn funcs(&self) -> impl Iterator<Item = &CoreDef> {
        self.realloc.iter().chain(&self.post_return)
    }

    /// Returns the functions among the options, to change them.
    pub(in crate::adapt) fn funcs_mut(&mut self) -> impl Iterator<Item = &mut CoreDef> {
        self.realloc.iter_mut().chain(&mut self.post_return)
    }
}

/// A `canon lift`: a core function as a component function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lift {
    /// The component instance that it belongs to.
    pub instance: ComponentInstanceId,
    /// The name by which the instance's core code offers it, for people.
    pub name: Label,
    /// The core function.
    pub callee: CoreDef,
    /// The core function's signature.
    pub signature: SignatureId,
    /// The type of the component function.
    pub ty: FuncTypeId,
    /// How values are read and written.
    pub options: CanonOptions,
}

/// A `canon lower`: a component function as a core function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lower {
    /// The component instance that it belongs to.
    pub instance: ComponentInstanceId,
    /// The name by which the instance knows the function, for people.
    pub name: Label,
    /// The type of the component function.
    pub ty: FuncTypeId,
    /// The signature of the core function.
    pub signature: SignatureId,
    /// How values are read and written.
    pub options: CanonOptions,
}

/// A fused adapter: what one instance lifts, another lowers.
///
/// The two types are equal once both sides' resources are resolved. The two instances may be one and the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Adapter {
    /// The side of the callee.
    pub lift: Lift,
    /// The side of the caller.
    pub lower: Lower,
}

impl Adapter {
    /// Returns everything the adapter refers to: the callee, then memories and functions of the options.
    pub fn uses(&self) -> impl Iterator<Item = CoreDef> + '_ {
        let memories = [&self.lift.options.memory, &self.lower.options.memory];
        std::iter::once(&self.lift.callee)
            .chain(self.lift.options.funcs())
            .chain(self.lower.options.funcs())
            .cloned()
            .chain(
                memories
                    .into_iter()
                    .flatten()
                    .map(|memory| CoreDef::Export(memory.export.clone())),
            )
    }

    /// Returns the memories the adapter reads and writes: none, one or two, and not the same twice.
    pub fn memories(&self) -> impl Iterator<Item = &CoreExport> {
        let lift = self
            .lift
            .options
            .memory
            .as_ref()
            .map(|memory| &memory.export);
        let lower = self
            .lower
            .options
            .memory
            .as_ref()
            .map(|memory| &memory.export);
        lift.into_iter()
            .chain(lower.filter(|lower| lift != Some(lower)))
    }
}

/// A function of the host as an instance lowers it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostLowering {
    /// The function of the host.
    pub func: ImportedFuncId,
    /// The side of the caller.
    pub lower: Lower,
}
