//! What is called when a resource of the host is dropped.

use crate::runtime::core::store::StoreContextMut;
use crate::runtime::error::Error;

/// What is called with the number of a resource of the host that is dropped.
pub(in crate::runtime) type Dtor<T> =
    dyn Fn(StoreContextMut<'_, T>, u32) -> Result<(), Error> + Send + Sync;
