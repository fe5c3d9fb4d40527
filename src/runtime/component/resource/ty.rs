//! The identity of a resource type.

use std::any::{TypeId, type_name};
use std::fmt;

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

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Identity {
    /// The host implements it by a type of Rust, which has this name.
    Host(TypeId, &'static str),
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
        ResourceType(Identity::Host(TypeId::of::<T>(), type_name::<T>()))
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
            Identity::Host(..) | Identity::HostDynamic(_) => true,
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

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Identity::Host(_, name) => write!(f, "the host's `{name}`"),
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
