//! The partition: which adapter module each adapter lives in, and when each module is instantiated.

use cranelift_entity::{PrimaryMap, SecondaryMap};

use crate::adapt::index::{AdapterId, AdapterModuleId, CoreInstanceId};

/// The adapters of a plan in the fewest modules, and the order in which everything is instantiated.
#[derive(Clone, Debug, Default)]
pub struct Partition {
    /// The adapter modules, in the order of instantiation.
    pub modules: PrimaryMap<AdapterModuleId, AdapterModule>,
    /// The module of each adapter.
    pub module_of: SecondaryMap<AdapterId, Option<AdapterModuleId>>,
    /// Every core instance and every adapter module, in the order of instantiation.
    pub steps: Vec<Step>,
}

/// A set of adapters that are compiled to one core module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterModule {
    /// Number of adapter modules that must come before it on the longest chain: modules of one level differ only
    /// because an engine limit split them.
    pub level: u32,
    /// Its adapters, callees before callers, otherwise by id.
    pub adapters: Vec<AdapterId>,
}

/// One step of instantiating a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Instantiate a core instance.
    Instance(CoreInstanceId),
    /// Instantiate an adapter module.
    Adapters(AdapterModuleId),
}
