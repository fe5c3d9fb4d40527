//! A page that interruptible guests read again and again, and that another thread can take away.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use crate::runtime::vm::mmap::{Mapping, PAGE_BYTES, Protection};

/// The page of a store.
pub(in crate::runtime) struct InterruptPage {
    mapping: Mapping,
    is_pending: Mutex<bool>,
}

/// Interrupts the guests of a store, from any thread.
#[derive(Clone)]
pub(in crate::runtime) struct InterruptHandle(Arc<InterruptPage>);

impl InterruptPage {
    /// Maps a page.
    pub(in crate::runtime) fn new() -> io::Result<Arc<InterruptPage>> {
        let mapping = Mapping::reserve(PAGE_BYTES)?;
        mapping.protect(0..PAGE_BYTES, Protection::Read)?;
        let is_pending = Mutex::new(false);
        Ok(Arc::new(InterruptPage {
            mapping,
            is_pending,
        }))
    }

    /// Returns its address.
    pub(in crate::runtime) fn address(&self) -> usize {
        self.mapping.start().addr().get()
    }

    /// Returns whether it has an address in it. Neither locks nor allocates.
    pub(in crate::runtime) fn contains(&self, address: usize) -> bool {
        (self.address()..self.address() + PAGE_BYTES).contains(&address)
    }

    /// Allows reading again, after the guest was stopped. Should the system refuse, the next guest is interrupted, too.
    pub(in crate::runtime) fn reset(&self) {
        let _ = self.set(false, Protection::Read);
    }

    fn set(&self, is_pending: bool, protection: Protection) -> io::Result<()> {
        // Held until the page is as the flag says, so that two threads leave them in agreement.
        let mut flag = self
            .is_pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if *flag != is_pending {
            self.mapping.protect(0..PAGE_BYTES, protection)?;
            *flag = is_pending;
        }
        Ok(())
    }
}

impl InterruptHandle {
    /// Makes a handle for a page.
    pub(in crate::runtime) fn new(page: Arc<InterruptPage>) -> InterruptHandle {
        InterruptHandle(page)
    }

    /// Interrupts the guest that runs, or the next one that is called: it traps at its next loop or call.
    pub(in crate::runtime) fn interrupt(&self) -> io::Result<()> {
        self.0.set(true, Protection::None)
    }
}
