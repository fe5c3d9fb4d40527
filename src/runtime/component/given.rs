//! What a host gives a component.

use std::collections::HashMap;
use std::sync::Arc;

use cranelift_entity::PrimaryMap;

use crate::adapt::{ImportedFuncId, ResourceId};
use crate::runtime::component::code::Code;
use crate::runtime::component::dtor::Dtor;
use crate::runtime::component::host::HostFunc;
use crate::runtime::component::resource::ResourceType;
use crate::runtime::component::state::State;
use crate::runtime::component::trace::Tracer;

/// What a host gives a component.
pub(in crate::runtime) struct Given<T: 'static> {
    /// The component.
    pub(in crate::runtime) code: Arc<Code>,
    /// Its functions.
    pub(in crate::runtime) funcs: PrimaryMap<ImportedFuncId, Arc<HostFunc<T>>>,
    /// Who is told of calls.
    pub(in crate::runtime) tracer: Option<Tracer>,
    /// The resource types that the host defines, with their destructors.
    pub(in crate::runtime) resources: HashMap<ResourceId, (ResourceType, Arc<Dtor<T>>)>,
}

impl<T: 'static> Given<T> {
    /// Returns what an instance was given.
    ///
    /// # Panics
    ///
    /// Panics if the instance belongs to a store with data of another type.
    pub(in crate::runtime) fn of(state: &State) -> &Given<T> {
        let given = state.given.downcast_ref();
        given.expect("used with a store it does not belong to")
    }
}
