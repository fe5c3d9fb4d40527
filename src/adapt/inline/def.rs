//! What the index spaces of an instance hold while it is being inlined.

use std::rc::Rc;
use std::sync::Arc;

use cranelift_entity::{PrimaryMap, entity_impl};
use indexmap::IndexMap;

use crate::adapt::adapter::{CoreDef, Lift};
use crate::adapt::index::{CoreInstanceId, ImportedFuncId, StaticComponentId};
use crate::adapt::plan::{CoreModule, ImportPath, TypeExport};
use crate::adapt::translate::translation::FormalType;
use crate::adapt::types::Label;

/// A key into [`Defs::lifts`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::adapt::inline) struct LiftId(u32);
entity_impl!(LiftId, "lift");

/// A key into [`Defs::instances`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::adapt::inline) struct InstanceDefId(u32);
entity_impl!(InstanceDefId, "instance-def");

/// A key into [`Defs::closures`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::adapt::inline) struct ClosureDefId(u32);
entity_impl!(ClosureDefId, "closure-def");

/// Definitions that others refer to. An arena rather than boxes: nesting has no limit here.
#[derive(Default)]
pub(in crate::adapt::inline) struct Defs {
    pub lifts: PrimaryMap<LiftId, Lift>,
    pub instances: PrimaryMap<InstanceDefId, InstanceDef>,
    pub closures: PrimaryMap<ClosureDefId, ClosureDef>,
}

/// An item of a component instance.
#[derive(Clone, Copy, Debug)]
pub(in crate::adapt::inline) enum Def {
    Func(FuncDef),
    Instance(InstanceDefId),
    Module(CoreModule),
    Component(ClosureDefId),
    Type(TypeExport),
}

/// A component function.
#[derive(Clone, Copy, Debug)]
pub(in crate::adapt::inline) enum FuncDef {
    Lifted(LiftId),
    Imported(ImportedFuncId),
}

/// A component instance, as what it exports.
pub(in crate::adapt::inline) enum InstanceDef {
    /// An instance of a component, or one made of items.
    Bundle(IndexMap<Label, BundleItem>),
    /// An instance that the host gives. Its type is in the words of the root component.
    Imported {
        path: ImportPath,
        exports: Arc<IndexMap<Label, FormalType>>,
    },
}

/// An exported item with the attributes of its name.
#[derive(Clone, Debug)]
pub(in crate::adapt::inline) struct BundleItem {
    pub def: Def,
    pub implements: Option<Label>,
    pub external_id: Option<Label>,
}

/// A component with what it captures.
#[derive(Clone)]
pub(in crate::adapt::inline) struct ClosureDef {
    pub component: StaticComponentId,
    pub captures: Rc<[CapturedDef]>,
}

/// A module or component that was captured.
#[derive(Clone, Copy, Debug)]
pub(in crate::adapt::inline) enum CapturedDef {
    Module(CoreModule),
    Component(ClosureDefId),
}

/// A core instance.
#[derive(Clone)]
pub(in crate::adapt::inline) enum CoreInstanceDef {
    /// An instance of a module.
    Real(CoreInstanceId),
    /// One made of items.
    Bundle(Rc<IndexMap<Label, CoreDef>>),
}
