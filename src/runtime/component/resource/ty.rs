//! The identity of a resource type.

use std::any::{TypeId, type_name};
use std::fmt;
use std::hash::{Hash, Hasher};

use crate::adapt::ResourceId;

/// The type of a resource. Two are equal if a handle of one can be used as one of the other.
///
/// # Examples
///
/// ```
/// use interfuse::component::ResourceType;
///
/// struct File;
/// struct Socket;
///
/// assert_eq!(ResourceType::host::<File>(), ResourceType::host::<File>());
/// assert_ne!(ResourceType::host::<File>(), ResourceType::host::<Socket>());
/// assert_ne!(ResourceType::host_dynamic(1), ResourceType::host_dynamic(2));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResourceType(Identity);

#[derive(Clone, Copy)]
enum Identity {
    /// The host implements it by a type of Rust. A function says which: it is half as large as what it returns, and this
    /// type decides about the size of every value.
    Host(fn() -> (TypeId, &'static str)),
    /// The host implements it and calls it by a number.
    HostDynamic(u32),
    /// An instance implements it.
    Guest { instance: u64, resource: ResourceId },
    /// A component that was not instantiated mentions it.
    Uninstantiated {
        component: u64,
        resource: ResourceId,
    },
}

impl ResourceType {
    /// Returns the type of resources that the host implements by a type of Rust.
    pub fn host<T: 'static>() -> ResourceType {
        ResourceType(Identity::Host(|| (TypeId::of::<T>(), type_name::<T>())))
    }

    /// Returns the type of resources that the host implements and calls by a number.
    pub fn host_dynamic(number: u32) -> ResourceType {
        ResourceType(Identity::HostDynamic(number))
    }

    /// Returns a type that an instance implements.
    pub(in crate::runtime) fn guest(instance: u64, resource: ResourceId) -> ResourceType {
        ResourceType(Identity::Guest { instance, resource })
    }

    /// Returns a type that a component mentions which was not instantiated.
    pub(in crate::runtime) fn uninstantiated(component: u64, resource: ResourceId) -> ResourceType {
        ResourceType(Identity::Uninstantiated {
            component,
            resource,
        })
    }

    /// Returns whether the host implements it.
    pub fn is_host(&self) -> bool {
        match self.0 {
            Identity::Host(_) | Identity::HostDynamic(_) => true,
            Identity::Guest { .. } | Identity::Uninstantiated { .. } => false,
        }
    }

    /// Returns the instance that implements it and its id there, if one does.
    pub(in crate::runtime) fn as_guest(&self) -> Option<(u64, ResourceId)> {
        match self.0 {
            Identity::Guest { instance, resource } => Some((instance, resource)),
            _ => None,
        }
    }
}

impl Identity {
    /// Returns the same in a form that can be compared.
    fn key(self) -> (u8, Option<TypeId>, u64, u32) {
        match self {
            Identity::Host(of) => (0, Some(of().0), 0, 0),
            Identity::HostDynamic(number) => (1, None, 0, number),
            Identity::Guest { instance, resource } => (2, None, instance, resource.as_u32()),
            Identity::Uninstantiated {
                component,
                resource,
            } => (3, None, component, resource.as_u32()),
        }
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Identity) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Identity {}

impl Hash for Identity {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Identity::Host(of) => write!(f, "the host's `{}`", of().1),
            Identity::HostDynamic(number) => write!(f, "the host's resource type {number}"),
            Identity::Guest { instance, resource } => {
                write!(f, "{resource} of instance {instance}")
            }
            Identity::Uninstantiated {
                component,
                resource,
            } => write!(f, "{resource} of component {component}"),
        }
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceType({self})")
    }
}
