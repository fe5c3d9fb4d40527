//! A compiled group of core instances, as plain data: what the code generator hands to the virtual machine.
//!
//! A *group* is what is compiled together: instances of modules that import from each other, or one instance alone. What
//! they import from outside is named by number; everything else is resolved.

use cranelift_entity::PrimaryMap;
use cranelift_entity::packed_option::PackedOption;
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

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
/// `code` runs at any address that is a multiple of 32. A compiled function has the calling convention `tail` of
/// Cranelift; its parameters are the context and then those of wasm. Frame pointers are kept.
///
/// An *entry* is called by the host with the calling convention of C: `fn(context, code, values: *mut RawValue)`. It
/// reads the parameters from `values`, calls the function whose address is `code` with that context, and writes
/// the results to `values`.
///
/// An *exit* is called by guests like a function of wasm, with the address of a
/// `HostContext` as its context. It writes its parameters to an array of
/// `RawValue` on the stack, calls the host function in the record, and reads the results from the array; if the host
/// function returns anything but 0, it calls the built-in `raise`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct Image {
    /// Machine code.
    pub(in crate::runtime) code: Vec<u8>,
    /// Every function in `code`, in the order of offsets.
    pub(in crate::runtime) functions: Vec<CodeRange>,
    /// Where code traps by an illegal instruction, a division, or an access to address 0 after a check, in the order of
    /// offsets. An access that faults and is not among them is out of the bounds of a memory.
    pub(in crate::runtime) traps: Vec<TrapSite>,
    /// Which code came of functions that were put into others.
    pub(in crate::runtime) inlined: Inlined,
    /// What the context holds.
    pub(in crate::runtime) shape: ContextShape,
    /// The signatures that code of the group names.
    pub(in crate::runtime) signatures: PrimaryMap<SignatureSlot, Signature>,
    /// The types of what comes from outside.
    pub(in crate::runtime) externals: Externals,
    /// The instances.
    pub(in crate::runtime) instances: PrimaryMap<InstanceId, InstancePlan>,
}

/// A function in the code of an image.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct CodeRange {
    /// Offset of its first byte.
    pub(in crate::runtime) start: u32,
    /// Its length in bytes.
    pub(in crate::runtime) len: u32,
    /// A name for people: from the name section, or made up.
    pub(in crate::runtime) name: String,
    /// The instance and the index of the function in its module; none for entries and exits.
    pub(in crate::runtime) origin: Option<(InstanceId, u32)>,
}

/// An instruction that traps.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct TrapSite {
    /// Offset of the instruction in the code.
    pub(in crate::runtime) offset: u32,
    /// Number of the [`TrapKind`].
    pub(in crate::runtime) kind: TrapKind,
}

/// Which code came of functions that were put into others.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::runtime) struct Inlined {
    /// The places where they were put.
    pub(in crate::runtime) sites: PrimaryMap<InlineSiteId, InlineSite>,
    /// Which code came of them, in the order of offsets.
    pub(in crate::runtime) stretches: Vec<InlineStretch>,
}

/// A place where a function was put into another one.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct InlineSite {
    /// The place in whose code it is; none if it is not in such a place.
    pub(in crate::runtime) parent: PackedOption<InlineSiteId>,
    /// The position of the function among those of the image.
    pub(in crate::runtime) function: u32,
}

/// Instructions of a function, from one on, up to the next such record or the end of the function. What is said of them
/// holds for those that trap or call.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct InlineStretch {
    /// Offset of a byte of the first one.
    pub(in crate::runtime) start: u32,
    /// The place that they came of; none if that is the function itself.
    pub(in crate::runtime) site: PackedOption<InlineSiteId>,
}

/// A signature, and the offsets of the code that crosses between host and guest with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct Signature {
    /// The type.
    pub(in crate::runtime) ty: FuncType,
    /// How the host calls a function of this type, if it may.
    pub(in crate::runtime) entry: Option<u32>,
    /// How a guest calls a function of the host of this type, if there may be one.
    pub(in crate::runtime) exit: Option<u32>,
}

/// The entry and the exit for a type, compiled by themselves. Offsets count from the beginning of `code`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::runtime) struct Trampolines {
    /// Machine code, which runs at any address that is a multiple of 32.
    pub(in crate::runtime) code: Vec<u8>,
    /// The functions in `code`, in the order of offsets.
    pub(in crate::runtime) functions: Vec<CodeRange>,
    /// Where code traps, in the order of offsets.
    pub(in crate::runtime) traps: Vec<TrapSite>,
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
    pub(in crate::runtime) func_refs: PrimaryMap<FuncRefId, FuncSite>,
    /// Memories that the instance defines.
    pub(in crate::runtime) memories: PrimaryMap<OwnMemoryId, MemoryType>,
    /// Globals that it defines, with their values.
    pub(in crate::runtime) globals: PrimaryMap<OwnGlobalId, (GlobalType, ConstExpr)>,
    /// Tables that it defines, with the value of their elements if it is not null.
    pub(in crate::runtime) tables: PrimaryMap<OwnTableId, (TableType, Option<ConstExpr>)>,
    /// Element segments.
    pub(in crate::runtime) elements: PrimaryMap<ElementId, ElementSegment>,
    /// Data segments.
    pub(in crate::runtime) data: PrimaryMap<DataId, DataSegment>,
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
    Funcs(Vec<FuncRefId>),
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
    /// Where it is copied, after which it is dropped; none if it waits for `memory.init`.
    pub(in crate::runtime) active: Option<(MemorySite, ConstExpr)>,
    /// Its bytes.
    pub(in crate::runtime) bytes: Vec<u8>,
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
