//! A compiled group of core instances, as plain data: what the code generator hands to the virtual machine.
//!
//! A *group* is what is compiled together: instances of modules that import from each other, or one instance alone. What
//! they import from outside is named by number; everything else is resolved.

use std::borrow::Cow;

use cranelift_entity::{EntityRef, PrimaryMap};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::runtime::bulk::bytes::Bytes;
use crate::runtime::bulk::span::Span;
use crate::runtime::bulk::table::Table;
use crate::runtime::index::{
    DataId, ElementId, ExternalFuncId, ExternalGlobalId, ExternalMemoryId, ExternalTableId,
    FuncRefId, InlineSiteId, InstanceId, OwnGlobalId, OwnMemoryId, OwnTableId, SignatureSlot,
};
use crate::runtime::trap::TrapKind;
use crate::runtime::types::{FuncType, GlobalType, MemoryType, RefType, TableType};

/// A compiled group.
///
/// # Code
///
/// The code runs at any address that is a multiple of 32. A compiled function has the calling convention `tail` of
/// Cranelift; its parameters are the context and then those of wasm. Frame pointers are kept.
///
/// An *entry* is called by the host, with the same convention: `fn(context, code, values: *mut RawValue)`. It reads the
/// parameters from `values`, calls the function whose address is `code` with that context, and writes the results to
/// `values`. It keeps no registers but those of the stack and of the frame. Integers are where C has them in this
/// convention, six parameters and one result: a function of no more than those is called
/// [without an entry](FuncType::needs_entry).
///
/// An *exit* is called by guests like a function of wasm, with the address of a
/// `HostContext` as its context. It writes its parameters to an array of
/// `RawValue` on the stack, calls the host function in the record, and reads the results from the array, but for the first
/// one if it has 64 bits or less, which the host function returns as well; if it returns anything but 0 as its status, the
/// exit calls the built-in `raise`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct Image {
    /// What is as long as the code or the data, to which the rest refers by [`Span`]s.
    #[serde(skip)]
    pub(in crate::runtime) bulk: Bulk,
    /// What the context holds.
    pub(in crate::runtime) shape: ContextShape,
    /// The signatures that code of the group names.
    pub(in crate::runtime) signatures: PrimaryMap<SignatureSlot, Signature>,
    /// The types of what comes from outside.
    pub(in crate::runtime) externals: Externals,
    /// The instances.
    pub(in crate::runtime) instances: PrimaryMap<InstanceId, InstancePlan>,
}

impl Image {
    /// Returns what a reference of an instance points to.
    pub(in crate::runtime) fn func_site(&self, instance: InstanceId, id: FuncRefId) -> FuncSite {
        let place = self.instances[instance].func_refs;
        let site = self.bulk.func_sites.get_at(place, id.index());
        site.expect("an instance names its own references")
    }

    /// Returns whether everything is there that the plans refer to in what is as long as the code or the data, if there are
    /// so many bytes of code.
    pub(in crate::runtime) fn is_consistent(&self, code_bytes: usize) -> bool {
        let bulk = &self.bulk;
        let is_code = |offset: u32| usize::try_from(offset).is_ok_and(|it| it < code_bytes);
        let is_site = |site: FuncSite| match site {
            FuncSite::External(id) => self.externals.funcs.is_valid(id),
            FuncSite::Code(offset, slot) => is_code(offset) && self.signatures.is_valid(slot),
        };
        let is_segment = |plan: &InstancePlan, segment: &ElementSegment| match segment.items {
            ElementItems::Funcs(funcs) => {
                funcs.within(bulk.elements.len()).is_some()
                    && bulk
                        .elements
                        .at(funcs)
                        .all(|id| id.index() < plan.func_refs.len())
            }
            ElementItems::Exprs(_) => true,
        };
        let is_plan = |plan: &InstancePlan| {
            plan.func_refs.within(bulk.func_sites.len()).is_some()
                && plan.start.is_none_or(is_site)
                && plan.elements.values().all(|it| is_segment(plan, it))
                && plan.data.iter().all(|it| bulk.data.at(it.bytes).is_some())
                && plan
                    .contents
                    .iter()
                    .all(|it| plan.memories.is_valid(it.memory) && bulk.data.at(it.bytes).is_some())
        };
        let crossings = self.signatures.values();
        let mut crossings = crossings.flat_map(|it| [it.entry, it.exit]).flatten();
        crossings.all(is_code)
            && bulk.func_sites.iter().all(is_site)
            && self.shape.instances.len() == self.instances.len()
            && self.instances.values().all(is_plan)
    }
}

/// What of an image is as long as the code or the data.
#[derive(Clone, Debug, Default)]
pub(in crate::runtime) struct Bulk {
    /// Machine code.
    pub(in crate::runtime) code: Bytes,
    /// Every function in the code, in the order of offsets.
    pub(in crate::runtime) functions: Table<CodeRange>,
    /// The names of functions, one after the other.
    pub(in crate::runtime) names: Bytes,
    /// Where code traps by an illegal instruction, a division, or an access to address 0 after a check, in the order of
    /// offsets. An access that faults and is not among them is out of the bounds of a memory.
    pub(in crate::runtime) traps: Table<TrapSite>,
    /// Where functions were put into others.
    pub(in crate::runtime) inline_sites: Table<InlineSite>,
    /// Which code came of these places, in the order of offsets.
    pub(in crate::runtime) inline_stretches: Table<InlineStretch>,
    /// What references of instances point to.
    pub(in crate::runtime) func_sites: Table<FuncSite>,
    /// What element segments consist of, if they consist of functions.
    pub(in crate::runtime) elements: Table<FuncRefId>,
    /// The data segments, as [`DataPool`](crate::runtime::data::DataPool) arranges them.
    pub(in crate::runtime) data: Bytes,
}

impl Bulk {
    /// Returns the name of a function, for people: from the name section, or made up.
    pub(in crate::runtime) fn name(&self, function: CodeRange) -> Cow<'_, str> {
        String::from_utf8_lossy(self.names.at(function.name).unwrap_or_default())
    }
}

/// A function in the code of an image.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime) struct CodeRange {
    /// Offset of its first byte.
    pub(in crate::runtime) start: u32,
    /// Its length in bytes.
    pub(in crate::runtime) len: u32,
    /// Where its name is.
    pub(in crate::runtime) name: Span<u8>,
    /// The instance and the index of the function in its module; none for entries and exits.
    pub(in crate::runtime) origin: Option<(InstanceId, u32)>,
}

/// An instruction that traps.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime) struct TrapSite {
    /// Offset of the instruction in the code.
    pub(in crate::runtime) offset: u32,
    /// Number of the [`TrapKind`].
    pub(in crate::runtime) kind: TrapKind,
}

/// A place where a function was put into another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) struct InlineSite {
    /// The place in whose code it is, which comes before it; none if it is not in such a place.
    pub(in crate::runtime) parent: Option<InlineSiteId>,
    /// The position of the function among those of the image.
    pub(in crate::runtime) function: u32,
}

/// Instructions of a function, from one on, up to the next such record or the end of the function. What is said of them
/// holds for those that trap or call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) struct InlineStretch {
    /// Offset of a byte of the first one.
    pub(in crate::runtime) start: u32,
    /// The place that they came of; none if that is the function itself.
    pub(in crate::runtime) site: Option<InlineSiteId>,
}

/// A signature, and the offsets of the code that crosses between host and guest with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct Signature {
    /// The type.
    pub(in crate::runtime) ty: FuncType,
    /// How the host calls a function of this type, if it may and cannot do so directly.
    pub(in crate::runtime) entry: Option<u32>,
    /// How a guest calls a function of the host of this type, if there may be one.
    pub(in crate::runtime) exit: Option<u32>,
}

/// The entry and the exit for a type, compiled by themselves. Offsets count from the beginning of the code.
#[derive(Clone, Debug)]
pub(in crate::runtime) struct Trampolines {
    /// The code, which runs at any address that is a multiple of 32, and what is known of it.
    pub(in crate::runtime) bulk: Bulk,
    /// The type; both offsets are there.
    pub(in crate::runtime) signature: Signature,
}

/// The types of what comes from outside a group.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::runtime) struct Externals {
    /// Functions.
    pub(in crate::runtime) funcs: PrimaryMap<ExternalFuncId, SignatureSlot>,
    /// Memories.
    pub(in crate::runtime) memories: PrimaryMap<ExternalMemoryId, MemoryType>,
    /// Tables.
    pub(in crate::runtime) tables: PrimaryMap<ExternalTableId, TableType>,
    /// Globals.
    pub(in crate::runtime) globals: PrimaryMap<ExternalGlobalId, GlobalType>,
}

/// A function of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(in crate::runtime) enum FuncSite {
    /// It comes from outside.
    External(ExternalFuncId),
    /// It is at this offset in the code, and of this type.
    Code(u32, SignatureSlot),
}

/// A memory of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(in crate::runtime) enum MemorySite {
    /// It comes from outside.
    External(ExternalMemoryId),
    /// An instance defines it.
    Own(InstanceId, OwnMemoryId),
}

/// A table of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(in crate::runtime) enum TableSite {
    /// It comes from outside.
    External(ExternalTableId),
    /// An instance defines it.
    Own(InstanceId, OwnTableId),
}

/// A global of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(in crate::runtime) enum GlobalSite {
    /// It comes from outside.
    External(ExternalGlobalId),
    /// An instance defines it.
    Own(InstanceId, OwnGlobalId),
}

/// How an instance is initialised, in the order of the fields: demands, globals, tables, element segments, data segments, start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::runtime) struct InstancePlan {
    /// A name for people.
    pub(in crate::runtime) name: String,
    /// What has to be as large as an import demands when the instance is made, and was not known to be.
    pub(in crate::runtime) minimums: Vec<Minimum>,
    /// What the references point to.
    pub(in crate::runtime) func_refs: Span<FuncSite>,
    /// Memories that the instance defines.
    pub(in crate::runtime) memories: PrimaryMap<OwnMemoryId, MemoryType>,
    /// Globals that it defines, with their values.
    pub(in crate::runtime) globals: PrimaryMap<OwnGlobalId, (GlobalType, ConstExpr)>,
    /// Tables that it defines, with the value of their elements if it is not null.
    pub(in crate::runtime) tables: PrimaryMap<OwnTableId, (TableType, Option<ConstExpr>)>,
    /// Element segments.
    pub(in crate::runtime) elements: PrimaryMap<ElementId, ElementSegment>,
    /// Data segments, in the order of their ids. Those that certainly are written when the instance is made, and nowhere but
    /// to [`Contents`], are not among them: nobody can tell them from segments that were dropped.
    pub(in crate::runtime) data: Vec<DataSegment>,
    /// What memories that it defines hold once the first data segments are written, if that can be mapped.
    pub(in crate::runtime) contents: Vec<Contents>,
    /// The function that is called at the end.
    pub(in crate::runtime) start: Option<FuncSite>,
    /// The exports.
    pub(in crate::runtime) exports: IndexMap<String, ExportSite>,
}

/// A demand of an import that depends on how far something has grown: otherwise the instance cannot be linked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::runtime) enum Minimum {
    /// A memory has at least this many pages.
    Memory(MemorySite, u64),
    /// A table has at least this many elements.
    Table(TableSite, u64),
}

/// Something that is exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::runtime) enum ExportSite {
    /// A function, by its reference.
    Func(FuncRefId),
    /// A memory.
    Memory(MemorySite),
    /// A table.
    Table(TableSite),
    /// A global.
    Global(GlobalSite),
}

/// An element segment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct ElementSegment {
    /// What becomes of it.
    pub(in crate::runtime) mode: ElementMode,
    /// The type of its elements.
    pub(in crate::runtime) ty: RefType,
    /// Its elements.
    pub(in crate::runtime) items: ElementItems,
}

/// The elements of a segment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) enum ElementItems {
    /// Functions.
    Funcs(Span<FuncRefId>),
    /// Expressions.
    Exprs(Vec<ConstExpr>),
}

/// What becomes of an element segment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) enum ElementMode {
    /// It is copied to a table at this position, and dropped.
    Active(TableSite, ConstExpr),
    /// It waits for `table.init`.
    Passive,
    /// It only declares references, and is dropped.
    Declared,
}

/// A data segment.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct DataSegment {
    /// Its id.
    pub(in crate::runtime) id: DataId,
    /// Where it is copied, after which it is dropped; none if it waits for `memory.init`.
    pub(in crate::runtime) active: Option<(MemorySite, ConstExpr)>,
    /// Its bytes.
    pub(in crate::runtime) bytes: Span<u8>,
}

/// What a memory holds, from some address on, once data segments of its instance are written: the first ones, as many as
/// are certain not to trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::runtime) struct Contents {
    /// The memory.
    pub(in crate::runtime) memory: OwnMemoryId,
    /// The address: the beginning of a page.
    pub(in crate::runtime) address: u64,
    /// The bytes: whole pages, from the beginning of one on.
    pub(in crate::runtime) bytes: Span<u8>,
}

impl InstancePlan {
    /// Returns the position of a data segment among those that are listed.
    pub(in crate::runtime) fn data_position(&self, id: DataId) -> Option<usize> {
        self.data.binary_search_by_key(&id, |it| it.id).ok()
    }
}

/// An expression that instantiation evaluates, in postfix order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::runtime) struct ConstExpr {
    /// The operators.
    pub(in crate::runtime) ops: Vec<ConstOp>,
}

/// An operator of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::runtime) enum ConstOp {
    /// `i32.const`
    I32(i32),
    /// `i64.const`
    I64(i64),
    /// `f32.const`, as its bits
    F32(u32),
    /// `f64.const`, as its bits
    F64(u64),
    /// `v128.const`, little-endian
    V128([u8; 16]),
    /// `global.get`
    GlobalGet(GlobalSite),
    /// `ref.null`
    RefNull,
    /// `ref.func`
    RefFunc(FuncRefId),
    /// `i32.add`
    I32Add,
    /// `i32.sub`
    I32Sub,
    /// `i32.mul`
    I32Mul,
    /// `i64.add`
    I64Add,
    /// `i64.sub`
    I64Sub,
    /// `i64.mul`
    I64Mul,
}

/// How many things of each kind a context holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::runtime) struct ContextShape {
    /// Signatures that code of the group names.
    pub(in crate::runtime) signatures: u32,
    /// Functions that come from outside.
    pub(in crate::runtime) external_funcs: u32,
    /// Memories that come from outside.
    pub(in crate::runtime) external_memories: u32,
    /// Tables that come from outside.
    pub(in crate::runtime) external_tables: u32,
    /// Globals that come from outside.
    pub(in crate::runtime) external_globals: u32,
    /// The instances.
    pub(in crate::runtime) instances: PrimaryMap<InstanceId, InstanceShape>,
}

/// How many things of each kind an instance defines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::runtime) struct InstanceShape {
    /// Memories.
    pub(in crate::runtime) memories: u32,
    /// Tables.
    pub(in crate::runtime) tables: u32,
    /// Globals.
    pub(in crate::runtime) globals: u32,
    /// Functions, imported or not, to which there may be references.
    pub(in crate::runtime) func_refs: u32,
}

impl Span<FuncSite> {
    /// Returns the references, which count from the first of their instance.
    pub(in crate::runtime) fn keys(&self) -> impl Iterator<Item = FuncRefId> + use<> {
        (0..self.len()).map(FuncRefId::new)
    }
}
