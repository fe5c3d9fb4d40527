//! Stores: what instances live in, with data of the embedder.

use crate::runtime::engine::Engine;
use crate::runtime::error::Error;
use crate::runtime::vm::interrupt::InterruptHandle as RawHandle;
use crate::runtime::vm::limiter::ResourceLimiter;
use crate::runtime::vm::object::MemoryId;
use crate::runtime::vm::state::Objects;
use crate::runtime::vm::store::{Store as RawStore, StoreMut};

/// What instances live in, with data of the embedder that functions of the host reach. Nothing in it is freed before it is.
///
/// A trap does not end a store: other instances in it can still be called.
///
/// A store is one of exactly its type of data. Not even a lifetime in that may be another:
///
/// ```compile_fail
/// use interfuse::runtime::Store;
///
/// fn shorten(store: Store<for<'a> fn(&'a str)>) -> Store<fn(&'static str)> {
///     store
/// }
/// ```
pub struct Store<T: 'static> {
    engine: Engine,
    raw: RawStore<T>,
}

/// Access to a store, for functions that are given one.
pub struct StoreContextMut<'a, T: 'static> {
    engine: &'a Engine,
    raw: StoreMut<'a, T>,
}

/// What gives access to a store: a store, or what a function of the host is given.
pub trait AsContextMut {
    /// The data of the embedder.
    type Data: 'static;

    /// Returns access to the store.
    fn as_context_mut(&mut self) -> StoreContextMut<'_, Self::Data>;
}

/// Interrupts guests of one store, from any thread.
#[derive(Clone)]
pub struct InterruptHandle(RawHandle);

impl<T: 'static> Store<T> {
    /// Makes a store.
    ///
    /// # Errors
    ///
    /// Fails if the system refuses handlers for signals, which trapping guests need.
    pub fn new(engine: &Engine, data: T) -> Result<Store<T>, Error> {
        Ok(Store {
            engine: engine.clone(),
            raw: RawStore::new(data, engine.signatures(), engine.store_limits())?,
        })
    }

    /// Returns the engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the data of the embedder.
    pub fn data_mut(&mut self) -> &mut T {
        self.raw.data_mut()
    }

    /// Returns the data of the embedder.
    pub fn data(&self) -> &T {
        self.raw.data()
    }

    /// Sets who decides how large memories and tables of the store may become, and how many there may be: something in its
    /// data. Before that, nothing is limited.
    ///
    /// # Examples
    ///
    /// ```
    /// use interfuse::runtime::{Config, Engine, Memory, MemoryType, Limits, ResourceLimiter, Store};
    ///
    /// struct AtMost(u64);
    ///
    /// impl ResourceLimiter for AtMost {
    ///     fn memory_growing(&mut self, _: u64, to_bytes: u64) -> bool {
    ///         to_bytes <= self.0
    ///     }
    ///     fn table_growing(&mut self, _: u64, to_len: u64) -> bool {
    ///         to_len <= 1000
    ///     }
    /// }
    ///
    /// let engine = Engine::new(&Config::new())?;
    /// let mut store = Store::new(&engine, ("my data", AtMost(1 << 20)))?;
    /// store.limiter(|(_, limiter)| limiter);
    /// # let limits = Limits { min: 1, max: None, is_64: false };
    /// # let ty = MemoryType { limits, shared: false, page_size_log2: 16 };
    /// let memory = Memory::new(&mut store, ty)?;
    /// assert_eq!(memory.grow(&mut store, 16), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn limiter(
        &mut self,
        find: impl (FnMut(&mut T) -> &mut dyn ResourceLimiter) + Send + 'static,
    ) {
        self.raw.set_limiter(find);
    }

    /// Returns a handle that interrupts guests of the store, if they were compiled to be
    /// [interruptible](crate::runtime::Config::interruptible).
    ///
    /// # Errors
    ///
    /// Fails if the system refuses a page of memory.
    pub fn interrupt_handle(&mut self) -> Result<InterruptHandle, Error> {
        let handle = self.raw.as_mut().objects().interrupt_handle()?;
        Ok(InterruptHandle(handle))
    }
}

impl InterruptHandle {
    /// Interrupts the guest that runs, or the next one that is called: it traps.
    ///
    /// # Errors
    ///
    /// Fails if the system does not let the page go.
    pub fn interrupt(&self) -> Result<(), Error> {
        Ok(self.0.interrupt()?)
    }
}

impl<'a, T: 'static> StoreContextMut<'a, T> {
    #[inline]
    pub(in crate::runtime) fn new(
        engine: &'a Engine,
        raw: StoreMut<'a, T>,
    ) -> StoreContextMut<'a, T> {
        StoreContextMut { engine, raw }
    }

    /// Returns the engine.
    pub fn engine(&self) -> &'a Engine {
        self.engine
    }

    /// Returns the data of the embedder.
    #[inline]
    pub fn data(&self) -> &T {
        self.raw.data()
    }

    /// Returns the data of the embedder.
    pub fn data_mut(&mut self) -> &mut T {
        self.raw.data_mut()
    }

    #[inline]
    pub(in crate::runtime) fn raw(&mut self) -> StoreMut<'_, T> {
        self.raw.reborrow()
    }

    #[inline]
    pub(in crate::runtime) fn objects(&mut self) -> Objects<'_> {
        self.raw.objects()
    }

    #[inline]
    pub(in crate::runtime) fn memory_bytes(&mut self, id: MemoryId) -> &mut [u8] {
        self.raw.objects().into_memory_bytes(id)
    }
}

impl<T: 'static> AsContextMut for Store<T> {
    type Data = T;

    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut {
            engine: &self.engine,
            raw: self.raw.as_mut(),
        }
    }
}

impl<T: 'static> AsContextMut for StoreContextMut<'_, T> {
    type Data = T;

    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, T> {
        StoreContextMut {
            engine: self.engine,
            raw: self.raw.reborrow(),
        }
    }
}

impl<C: AsContextMut> AsContextMut for &mut C {
    type Data = C::Data;

    #[inline]
    fn as_context_mut(&mut self) -> StoreContextMut<'_, C::Data> {
        C::as_context_mut(self)
    }
}
