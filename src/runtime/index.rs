//! Every id of the runtime, each with the space it names.

use cranelift_entity::entity_impl;
use serde::{Deserialize, Serialize};

macro_rules! entities {
    ($( $(#[$doc:meta])* $name:ident($prefix:literal); )*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
            pub(crate) struct $name(u32);
            entity_impl!($name, $prefix);
        )*
    };
}

// What comes from outside a group of instances that are compiled together.
entities! {
    /// A function that comes from outside the group.
    ExternalFuncId("external-func");
    /// A memory that comes from outside the group.
    ExternalMemoryId("external-memory");
    /// A table that comes from outside the group.
    ExternalTableId("external-table");
    /// A global that comes from outside the group.
    ExternalGlobalId("external-global");
}

// A group.
entities! {
    /// An instance of a group.
    InstanceId("instance");
    /// A signature that code of the group names.
    SignatureSlot("signature");
    /// A place where a function was put into another one.
    InlineSiteId("inline-site");
}

// One instance. Positions count what the module defines by itself, without what it imports.
entities! {
    /// A memory that an instance defines.
    OwnMemoryId("memory");
    /// A table that an instance defines.
    OwnTableId("table");
    /// A global that an instance defines.
    OwnGlobalId("global");
    /// A function of an instance, imported or not, to which there may be references.
    FuncRefId("func-ref");
    /// A data segment.
    DataId("data");
    /// An element segment.
    ElementId("element");
}

impl InstanceId {
    /// The first instance.
    pub(crate) const FIRST: InstanceId = InstanceId(0);
}

impl SignatureSlot {
    /// The first signature.
    pub(crate) const FIRST: SignatureSlot = SignatureSlot(0);
}
