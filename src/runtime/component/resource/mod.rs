//! Resources as the host sees them: their types, handles that the host holds, and a table for what it implements.

pub(crate) mod ty;

pub(crate) mod handle;

pub(crate) mod held;

pub(crate) mod table;

pub use handle::{Resource, ResourceError};
pub use held::ResourceAny;
pub(in crate::runtime) use held::{Giver, HostResources, Taken};
pub use table::{ResourceTable, ResourceTableError};
pub use ty::ResourceType;
