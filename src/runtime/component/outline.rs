//! What the runtime keeps of a plan: plain data that is saved with the machine code.

use std::collections::HashMap;
use std::sync::Arc;

use cranelift_entity::{PrimaryMap, entity_impl};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::adapt::{
    AdapterId, BundleId, ComponentInstanceId, FuncTypeId, HostLoweringId, Import, ImportId,
    ImportPath, ImportedFunc, ImportedFuncId, IndexType, Label, ResourceId, Span, StringEncoding,
    TypeExport, Types,
};
use crate::fact::StateExport;
use crate::runtime::image::{FuncSite, GlobalSite, MemorySite};

/// A lifted function that is exported, or that a traced adapter calls.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(in crate::runtime) struct LiftId(u32);
entity_impl!(LiftId, "lift");

/// Canonical options, as several functions have them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(in crate::runtime) struct SideId(u32);
entity_impl!(SideId, "side");

/// What the runtime keeps of a plan.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::runtime) struct Outline {
    /// Types of everything below.
    pub(in crate::runtime) types: Arc<Types>,
    /// Every resource type.
    pub(in crate::runtime) resources: PrimaryMap<ResourceId, ResourceOutline>,
    /// The imports of the component.
    pub(in crate::runtime) imports: PrimaryMap<ImportId, Import>,
    /// Functions of the host that something uses.
    pub(in crate::runtime) imported_funcs: PrimaryMap<ImportedFuncId, ImportedFunc>,
    /// Every instance of a component.
    pub(in crate::runtime) instances: PrimaryMap<ComponentInstanceId, InstanceOutline>,
    /// What core code gets of the host, in the order of its numbers.
    pub(in crate::runtime) externals: Vec<External>,
    /// Functions of the host as instances lower them.
    pub(in crate::runtime) lowerings: PrimaryMap<HostLoweringId, LowerOutline>,
    /// Adapters that the host carries out, so that it sees the values.
    pub(in crate::runtime) traced: HashMap<AdapterId, TracedOutline>,
    /// Functions that the host calls.
    pub(in crate::runtime) lifts: PrimaryMap<LiftId, LiftOutline>,
    /// Canonical options.
    pub(in crate::runtime) sides: PrimaryMap<SideId, SideOutline>,
    /// Instances that are exported, contents before containers.
    pub(in crate::runtime) bundles: PrimaryMap<BundleId, BundleOutline>,
    /// The exports of the component.
    pub(in crate::runtime) exports: BundleOutline,
}

/// A resource type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct ResourceOutline {
    /// A name for people.
    pub(in crate::runtime) name: Label,
    /// Who defines it.
    pub(in crate::runtime) origin: Origin,
}

/// Who defines a resource type.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) enum Origin {
    /// A component instance.
    Guest {
        /// The instance.
        owner: ComponentInstanceId,
        /// The destructor.
        dtor: Option<FuncSite>,
    },
    /// The host.
    Host(ImportPath),
}

/// A component instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct InstanceOutline {
    /// A name for people.
    pub(in crate::runtime) name: Label,
    /// Where its state is, if it has some.
    pub(in crate::runtime) state: Option<StateOutline>,
}

/// Where the state of a component instance is: its flag and its handles.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct StateOutline {
    /// The flag that says whether it may leave.
    pub(in crate::runtime) may_leave: GlobalSite,
    /// The handle that was lent last.
    pub(in crate::runtime) lent: GlobalSite,
    /// The handle that was not accepted.
    pub(in crate::runtime) fault: GlobalSite,
    /// The operations, in the order of [`StateOutline::OPS`].
    pub(in crate::runtime) ops: Vec<FuncSite>,
}

/// Something that core code gets of the host: each is a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(in crate::runtime) enum External {
    /// What ends everything with a trap code.
    Trap,
    /// A function, lowered.
    Lowering(HostLoweringId),
    /// The destructor of a resource type of the host.
    Dtor(ResourceId),
    /// An adapter that the host carries out.
    Traced(AdapterId),
}

/// A function of the host as an instance lowers it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct LowerOutline {
    /// The function.
    pub(in crate::runtime) func: ImportedFuncId,
    /// The name by which the instance knows it, for people.
    pub(in crate::runtime) name: Label,
    /// Its type, as the instance sees it.
    pub(in crate::runtime) ty: FuncTypeId,
    /// How values are read and written.
    pub(in crate::runtime) side: SideId,
}

/// An adapter that the host carries out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct TracedOutline {
    /// The function that is called.
    pub(in crate::runtime) lift: LiftId,
    /// Its type, as the caller sees it.
    pub(in crate::runtime) ty: FuncTypeId,
    /// How the values of the caller are read and written.
    pub(in crate::runtime) side: SideId,
}

/// A function that the host calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(in crate::runtime) struct LiftOutline {
    /// The name by which its instance offers it, for people.
    pub(in crate::runtime) name: Label,
    /// Its type.
    pub(in crate::runtime) ty: FuncTypeId,
    /// The core function.
    pub(in crate::runtime) callee: FuncSite,
    /// What is called with the core results after they were read.
    pub(in crate::runtime) post_return: Option<FuncSite>,
    /// How values are read and written.
    pub(in crate::runtime) side: SideId,
}

/// Canonical options.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(in crate::runtime) struct SideOutline {
    /// The instance whose options they are.
    pub(in crate::runtime) instance: ComponentInstanceId,
    /// How strings lie in the memory.
    pub(in crate::runtime) encoding: StringEncoding,
    /// The type of addresses in the memory.
    pub(in crate::runtime) width: IndexType,
    /// The memory.
    pub(in crate::runtime) memory: Option<MemorySite>,
    /// Base-2 logarithm of the size of its pages in bytes.
    pub(in crate::runtime) page_size_log2: u8,
    /// The function that allocates.
    pub(in crate::runtime) realloc: Option<FuncSite>,
}

/// The items that an instance exports.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::runtime) struct BundleOutline {
    /// The items by name.
    pub(in crate::runtime) exports: IndexMap<Label, ExportOutline>,
}

/// Something that is exported.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) enum ExportOutline {
    /// A function of a guest.
    Lifted(LiftId),
    /// A function of the host, passed through.
    Imported(ImportedFuncId),
    /// An instance.
    Instance(BundleId),
    /// A core module, by where it is in the component.
    Module(Span),
    /// A core module that the host gave.
    ImportedModule(ImportPath),
    /// A component, by where it is in the one around it; none if it takes something from around it.
    Component(Option<Span>),
    /// A type.
    Type(TypeExport),
}

impl Origin {
    /// Returns the component instance that defines the type, if one does.
    pub(in crate::runtime) fn owner(&self) -> Option<ComponentInstanceId> {
        match self {
            Origin::Guest { owner, .. } => Some(*owner),
            Origin::Host(_) => None,
        }
    }

    /// Returns whether the host defines the type.
    pub(in crate::runtime) fn is_host(&self) -> bool {
        matches!(self, Origin::Host(_))
    }
}

impl StateOutline {
    /// The operations that are called, in the order of `ops`.
    pub(in crate::runtime) const OPS: [StateExport; 10] = [
        StateExport::ResourceNew,
        StateExport::ResourceRep,
        StateExport::ResourceDrop,
        StateExport::TakeOwn,
        StateExport::PutOwn,
        StateExport::Lend,
        StateExport::Release,
        StateExport::PutBorrow,
        StateExport::EnterScope,
        StateExport::ExitScope,
    ];

    /// Returns where an operation is.
    ///
    /// # Panics
    ///
    /// Panics if it is none.
    pub(in crate::runtime) fn op(&self, op: StateExport) -> FuncSite {
        let index = StateOutline::OPS.iter().position(|it| *it == op);
        self.ops[index.expect("an operation is a function")]
    }
}
