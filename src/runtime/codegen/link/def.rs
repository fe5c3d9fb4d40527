//! A group in which it is known what every name means.

use std::collections::BTreeMap;

use cranelift_codegen::entity::PrimaryMap as SpaceMap;
use cranelift_entity::{PrimaryMap, entity_impl};
use cranelift_wasm::{FuncIndex, GlobalIndex, MemoryIndex, TableIndex, TypeIndex};

use crate::runtime::codegen::module::Module;
use crate::runtime::image::{ContextShape, Externals, GlobalSite, MemorySite, Minimum, TableSite};
use crate::runtime::index::{ExternalFuncId, FuncRefId, InstanceId, SignatureSlot};
use crate::runtime::types::{FuncType, GlobalType, MemoryType, TableType};
use crate::runtime::vm::layout::ContextLayout;

/// A function that an instance of a group defines: they are numbered instance by instance.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::runtime::codegen) struct Symbol(u32);
entity_impl!(Symbol, "symbol");

/// A group in which it is known what every name means.
pub(in crate::runtime::codegen) struct Group<'a> {
    /// The instances.
    pub(in crate::runtime::codegen) instances: PrimaryMap<InstanceId, Linked<'a>>,
    /// What the context holds.
    pub(in crate::runtime::codegen) shape: ContextShape,
    /// Where it is in the context.
    pub(in crate::runtime::codegen) layout: ContextLayout,
    /// The types of what comes from outside.
    pub(in crate::runtime::codegen) externals: Externals,
    /// The signatures.
    pub(in crate::runtime::codegen) signatures: PrimaryMap<SignatureSlot, FuncType>,
    /// The functions that the instances define, by their instances and indices.
    pub(in crate::runtime::codegen) symbols: PrimaryMap<Symbol, (InstanceId, FuncIndex)>,
}

/// An instance in which it is known what every name means.
pub(in crate::runtime::codegen) struct Linked<'a> {
    /// A name for people.
    pub(in crate::runtime::codegen) name: String,
    /// The module.
    pub(in crate::runtime::codegen) module: &'a Module<'a>,
    /// What its functions are.
    pub(in crate::runtime::codegen) funcs: SpaceMap<FuncIndex, Callee>,
    /// What its memories are.
    pub(in crate::runtime::codegen) memories: SpaceMap<MemoryIndex, (MemorySite, MemoryType)>,
    /// What its tables are.
    pub(in crate::runtime::codegen) tables: SpaceMap<TableIndex, (TableSite, TableType)>,
    /// What its globals are.
    pub(in crate::runtime::codegen) globals: SpaceMap<GlobalIndex, Global>,
    /// What its signatures are.
    pub(in crate::runtime::codegen) types: SpaceMap<TypeIndex, SignatureSlot>,
    /// The functions to which there may be references.
    pub(in crate::runtime::codegen) func_refs: BTreeMap<FuncIndex, FuncRefId>,
    /// What its imports demand and is not known yet.
    pub(in crate::runtime::codegen) minimums: Vec<Minimum>,
}

/// A function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime::codegen) enum Callee {
    /// It comes from outside.
    External(ExternalFuncId),
    /// An instance of the group defines it.
    Own(Symbol),
}

/// A global.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::runtime::codegen) struct Global {
    /// Where it is.
    pub(in crate::runtime::codegen) site: GlobalSite,
    /// Its type.
    pub(in crate::runtime::codegen) ty: GlobalType,
    /// Its value, if it never changes and is known.
    pub(in crate::runtime::codegen) constant: Option<Constant>,
}

/// A number that is known when code is compiled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::runtime::codegen) enum Constant {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// The bits of an `f32`.
    F32(u32),
    /// The bits of an `f64`.
    F64(u64),
}

impl Group<'_> {
    /// Returns the signature of a function of an instance.
    pub(in crate::runtime::codegen) fn signature(
        &self,
        instance: InstanceId,
        func: FuncIndex,
    ) -> SignatureSlot {
        let linked = &self.instances[instance];
        linked.types[linked.module.funcs[func]]
    }
}
