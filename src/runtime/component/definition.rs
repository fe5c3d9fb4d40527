//! What a linker defines.

use std::sync::Arc;

use crate::runtime::component::component::Component;
use crate::runtime::component::core_module::CoreModule;
use crate::runtime::component::dtor::Dtor;
use crate::runtime::component::host::HostFunc;
use crate::runtime::component::name::NameMap;
use crate::runtime::component::resource::ResourceType;

/// Definitions by name.
pub(in crate::runtime) type Definitions<T> = NameMap<Definition<T>>;

/// Something that a component can import.
pub(in crate::runtime) enum Definition<T: 'static> {
    /// A function.
    Func(Arc<HostFunc<T>>),
    /// An instance with such things.
    Instance(Definitions<T>),
    /// A resource type, and its destructor.
    Resource(ResourceType, Arc<Dtor<T>>),
    /// A core module.
    Module(CoreModule),
    /// A component.
    Component(Component),
}

impl<T: 'static> Definition<T> {
    /// Returns what kind of thing it is.
    pub(in crate::runtime) fn kind(&self) -> &'static str {
        match self {
            Definition::Func(_) => "func",
            Definition::Instance(_) => "instance",
            Definition::Resource(..) => "resource type",
            Definition::Module(_) => "core module",
            Definition::Component(_) => "component",
        }
    }

    /// Returns what the names of exports lead to.
    pub(in crate::runtime) fn at<'a>(
        &self,
        path: impl IntoIterator<Item = &'a str>,
    ) -> Option<&Self> {
        let mut place = self;
        for name in path {
            let Definition::Instance(definitions) = place else {
                return None;
            };
            place = definitions.get(name)?;
        }
        Some(place)
    }
}

impl<T: 'static> Clone for Definition<T> {
    fn clone(&self) -> Definition<T> {
        match self {
            Definition::Func(func) => Definition::Func(Arc::clone(func)),
            Definition::Instance(definitions) => Definition::Instance(definitions.clone()),
            Definition::Resource(ty, dtor) => Definition::Resource(*ty, Arc::clone(dtor)),
            Definition::Module(module) => Definition::Module(module.clone()),
            Definition::Component(component) => Definition::Component(component.clone()),
        }
    }
}
