//! Names of the things in a store, to be kept and copied by anybody.
//!
//! Invariant: only this folder makes them, from the address of something that lives as long as the store it belongs to.
//! Whoever goes from a name to the thing shows first that the store is there, and that it is the right one.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::runtime::types::GlobalType;

/// A store among all of the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::runtime) struct StoreId(u64);

/// The address of something in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Place {
    store: StoreId,
    address: usize,
}

/// A function in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::runtime) struct FuncId(Place);

/// A memory in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::runtime) struct MemoryId(Place);

/// A table in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::runtime) struct TableId(Place);

/// A group of instances in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::runtime) struct GroupId(Place);

/// A global in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::runtime) struct GlobalId {
    place: Place,
    ty: GlobalType,
}

/// Something that instances import and export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::runtime) enum Extern {
    /// A function.
    Func(FuncId),
    /// A memory.
    Memory(MemoryId),
    /// A table.
    Table(TableId),
    /// A global.
    Global(GlobalId),
}

impl StoreId {
    /// Returns an id that no other store has.
    pub(in crate::runtime::vm) fn unique() -> StoreId {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        StoreId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

impl Place {
    /// Returns the address, for the store with this id.
    ///
    /// # Panics
    ///
    /// Panics if the thing belongs to another store.
    #[inline]
    fn within(self, store: StoreId) -> usize {
        assert!(
            self.store == store,
            "used with a store it does not belong to"
        );
        self.address
    }
}

macro_rules! names {
    ($($name:ident)*) => {
        $(
            impl $name {
                /// Names the thing at an address, which lives as long as the store.
                pub(in crate::runtime::vm) fn new(store: StoreId, address: usize) -> $name {
                    $name(Place { store, address })
                }

                /// Returns the address.
                ///
                /// # Panics
                ///
                /// Panics if it belongs to another store.
                #[inline]
                pub(in crate::runtime::vm) fn within(self, store: StoreId) -> usize {
                    self.0.within(store)
                }
            }
        )*
    };
}

names! { FuncId MemoryId TableId GroupId }

impl GroupId {
    /// Returns whether it belongs to a store.
    pub(in crate::runtime) fn is_in(self, store: StoreId) -> bool {
        self.0.store == store
    }
}

impl GlobalId {
    /// Names the global at an address, which lives as long as the store.
    pub(in crate::runtime::vm) fn new(store: StoreId, address: usize, ty: GlobalType) -> GlobalId {
        let place = Place { store, address };
        GlobalId { place, ty }
    }

    /// Returns the address.
    ///
    /// # Panics
    ///
    /// Panics if it belongs to another store.
    #[inline]
    pub(in crate::runtime::vm) fn within(self, store: StoreId) -> usize {
        self.place.within(store)
    }

    /// Returns its type.
    #[inline]
    pub(in crate::runtime) fn ty(self) -> GlobalType {
        self.ty
    }
}
