//! Resources that the host implements, as a type of Rust.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU8, Ordering};

use thiserror::Error;

use crate::runtime::component::resource::ty::ResourceType;

/// Why a handle cannot be used as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResourceError {
    /// The handle was given away, dropped, or its call is over.
    #[error(
        "the resource is not there any more: it was given away or dropped, or the call it was lent for is over"
    )]
    Gone,
    /// The handle borrows its resource where one is needed that owns it.
    #[error("the handle borrows its resource: only one that owns it can be given away")]
    NotOwned,
    /// The resource is lent, so that it can be neither given away nor dropped.
    #[error("the resource is lent: it can be neither given away nor dropped")]
    Lent,
    /// The handle is of another type.
    #[error("the handle is of another resource type")]
    WrongType,
    /// The host holds too many handles.
    #[error("the host holds too many handles")]
    TooMany,
}

/// The handle owns its resource.
const OWNED: u8 = 0;

/// The handle is lent for the time of a call.
const BORROWED: u8 = 1;

/// The handle owned its resource and was given to a guest.
const GIVEN: u8 = 2;

/// A handle of a resource that the host implements by a `T`: a number, which the host chose, and whether the handle owns
/// the resource. What the number means is the host's business; a [`ResourceTable`](crate::component::ResourceTable) is a
/// way to give it a meaning.
///
/// As a parameter that a host function takes it stands for `own<t>` and for `borrow<t>`; [`Resource::owned`] tells which.
///
/// # Examples
///
/// ```
/// use interfuse::component::Resource;
///
/// struct File;
///
/// let file: Resource<File> = Resource::new_own(7);
/// assert_eq!(file.rep(), 7);
/// assert!(file.owned());
/// let lent: Resource<File> = Resource::new_borrow(file.rep());
/// assert!(!lent.owned());
/// ```
pub struct Resource<T> {
    rep: u32,
    /// It changes when a guest takes the resource, and what a guest takes it gets by reference.
    state: AtomicU8,
    types: PhantomData<fn() -> T>,
}

impl<T: 'static> Resource<T> {
    /// Makes a handle that owns the resource of the host's with this number.
    pub fn new_own(rep: u32) -> Resource<T> {
        Resource::new(rep, OWNED)
    }

    /// Makes a handle that borrows the resource of the host's with this number.
    pub fn new_borrow(rep: u32) -> Resource<T> {
        Resource::new(rep, BORROWED)
    }

    fn new(rep: u32, state: u8) -> Resource<T> {
        let state = AtomicU8::new(state);
        Resource {
            rep,
            state,
            types: PhantomData,
        }
    }

    /// Returns the host's number of the resource.
    pub fn rep(&self) -> u32 {
        self.rep
    }

    /// Returns whether the handle owns the resource.
    pub fn owned(&self) -> bool {
        self.state.load(Ordering::Relaxed) == OWNED
    }

    /// Returns the type.
    pub fn ty() -> ResourceType {
        ResourceType::host::<T>()
    }

    /// Gives the resource away and returns its number.
    pub(in crate::runtime) fn give(&self) -> Result<u32, ResourceError> {
        let swapped =
            self.state
                .compare_exchange(OWNED, GIVEN, Ordering::Relaxed, Ordering::Relaxed);
        match swapped {
            Ok(_) => Ok(self.rep),
            Err(GIVEN) => Err(ResourceError::Gone),
            Err(_) => Err(ResourceError::NotOwned),
        }
    }

    /// Returns the number to lend the resource.
    pub(in crate::runtime) fn lend(&self) -> Result<u32, ResourceError> {
        match self.state.load(Ordering::Relaxed) {
            GIVEN => Err(ResourceError::Gone),
            _ => Ok(self.rep),
        }
    }
}

impl<T> fmt::Debug for Resource<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state.load(Ordering::Relaxed) {
            OWNED => "owned",
            BORROWED => "borrowed",
            _ => "given away",
        };
        write!(f, "Resource({}, {state})", self.rep)
    }
}

#[cfg(test)]
mod tests {
    use super::{Resource, ResourceError};

    #[test]
    fn what_was_given_away_is_gone() {
        let owned: Resource<()> = Resource::new_own(1);
        assert_eq!(owned.lend(), Ok(1));
        assert_eq!(owned.give(), Ok(1));
        assert!(!owned.owned());
        assert_eq!(owned.give(), Err(ResourceError::Gone));
        assert_eq!(owned.lend(), Err(ResourceError::Gone));
    }

    #[test]
    fn what_is_borrowed_cannot_be_given_away() {
        let borrowed: Resource<()> = Resource::new_borrow(1);
        assert_eq!(borrowed.give(), Err(ResourceError::NotOwned));
        assert_eq!(borrowed.lend(), Ok(1));
    }
}
