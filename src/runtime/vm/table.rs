//! Tables.
//!
//! Invariants: (1) `def` exists as long as the table, and only this file and guests use it. (2) The first `len` elements, as
//! `def` says, lie in `elements`; those after them are zero. (3) A reference in a table of functions is null or the address
//! of a `FuncRef` that exists as long as the store. (4) `shared` is that of the store, which outlives the table. (5) If
//! `is_held`, a table of functions holds what it should at first, unless `def` says that it changed.

use std::mem;
use std::ptr::{self, NonNull};

use crate::runtime::trap::TrapKind;
use crate::runtime::types::{RefType, TableType};
use crate::runtime::vm::address;
use crate::runtime::vm::decoded::Reference;
use crate::runtime::vm::elements::{Elements, layout};
use crate::runtime::vm::held::Held;
use crate::runtime::vm::layout::{FuncRef, TableDef, TableEntry};
use crate::runtime::vm::owned::Owned;
use crate::runtime::vm::shared::Shared;
use crate::runtime::vm::value::RawRef;

/// Largest number of elements of a table (ours: 2 GiB of functions).
const LEN_MAX: u64 = 1 << 26;

/// A table.
pub(in crate::runtime) struct Table {
    def: NonNull<TableDef>,
    shared: NonNull<Shared>,
    elements: Elements,
    ty: TableType,
    is_held: bool,
}

impl Table {
    /// Makes a table of its first size, all null unless another one left elements. None if the limiter or the system refuses.
    ///
    /// # Safety
    ///
    /// `def` is memory for a `TableDef` that exists as long as the table, and `shared` is that of the store, which
    /// outlives the table. Nobody has a reference to it. What is `left` is from a table of this type and what this one
    /// should hold at first, but for references to functions from outside, which nobody uses before they are written.
    pub(in crate::runtime::vm) unsafe fn new(
        ty: TableType,
        def: NonNull<TableDef>,
        mut shared: NonNull<Shared>,
        left: Option<Elements>,
    ) -> Option<Owned<Table>> {
        let len = ty.limits.min;
        if len > LEN_MAX {
            return None;
        }
        // SAFETY: the caller says that it exists and that there is no other reference.
        let store = unsafe { shared.as_mut() };
        if store
            .limiter()
            .is_some_and(|limiter| !limiter.table_growing(0, len))
        {
            return None;
        }
        let is_held = left.is_some();
        let elements = left.or_else(|| Elements::new(ty.element, len))?;
        let base = address::of(elements.start().as_ptr());
        let table = Owned::new(Table {
            def,
            shared,
            elements,
            ty,
            is_held,
        });
        let owner = address::of(table.pointer().as_ptr());
        let value = TableDef {
            base,
            len,
            owner,
            is_changed: 0,
        };
        // SAFETY: the caller says that `def` is memory for this.
        unsafe { def.write(value) };
        Some(table)
    }

    /// Returns its type, with the size that it has now.
    pub(in crate::runtime::vm) fn ty(&self) -> TableType {
        let mut ty = self.ty;
        ty.limits.min = self.len();
        ty
    }

    /// Returns what it shares with its store.
    pub(in crate::runtime::vm) fn shared(&self) -> NonNull<Shared> {
        self.shared
    }

    /// Returns where its size and base are.
    pub(in crate::runtime::vm) fn def(&self) -> NonNull<TableDef> {
        self.def
    }

    /// Returns the number of elements.
    pub(in crate::runtime::vm) fn len(&self) -> u64 {
        // SAFETY: `def` exists (invariant 1).
        unsafe { (*self.def.as_ptr()).len }
    }

    /// Returns an element; none beyond the end.
    pub(in crate::runtime::vm) fn get(&self, index: u64) -> Option<RawRef> {
        let place = self.place(index, 1)?;
        // SAFETY: there is an element, of the type that goes with that of the table.
        Some(RawRef(unsafe {
            match self.ty.element {
                RefType::Func => place.cast::<TableEntry>().read().reference,
                RefType::Extern => place.cast::<u64>().read(),
            }
        }))
    }

    /// Writes what the table should hold at first, unless another one left that. Nobody changed it so far.
    ///
    /// # Safety
    ///
    /// This is a table of functions, which holds this at first. `entry` returns what the references are in the group of the
    /// table, and those that it returns are as those of [`fill`](Table::fill).
    pub(in crate::runtime::vm) unsafe fn hold(
        &mut self,
        held: &Held,
        entry: impl Fn(Reference) -> TableEntry,
    ) {
        let elements = match self.is_held {
            true => &held.external,
            false => &held.elements,
        };
        let first = self.elements.start().cast::<TableEntry>();
        let len = self.len();
        for (position, reference) in elements {
            assert!(u64::from(*position) < len, "{position} of {len}");
            // SAFETY: the element is in the table, as was just asserted.
            let place = unsafe { first.add(address::to_usize((*position).into())) };
            // SAFETY: as above, and it is an entry, as the caller says.
            unsafe { place.write(entry(*reference)) };
        }
        self.is_held = true;
    }

    /// Takes the elements, if they are what the table held at first, before it is dropped.
    pub(in crate::runtime::vm) fn take_held(&mut self) -> Option<Elements> {
        // SAFETY: `def` exists (invariant 1).
        let is_changed = unsafe { (*self.def.as_ptr()).is_changed } != 0;
        if !self.is_held || is_changed {
            return None;
        }
        self.is_held = false;
        let def = self.def.as_ptr();
        // SAFETY: `def` exists (invariant 1).
        unsafe { (*def).len = 0 };
        let none = Elements::new(self.ty.element, 0)?;
        Some(mem::replace(&mut self.elements, none))
    }

    /// Notes that elements change.
    fn note_change(&self) {
        // SAFETY: `def` exists (invariant 1).
        unsafe { (*self.def.as_ptr()).is_changed = 1 };
    }

    /// Sets some elements.
    ///
    /// # Safety
    ///
    /// If this is a table of functions, `reference` is one (invariant 3).
    pub(in crate::runtime::vm) unsafe fn fill(
        &mut self,
        start: u64,
        reference: RawRef,
        len: u64,
    ) -> Result<(), TrapKind> {
        let place = self.place(start, len).ok_or(TrapKind::TableOutOfBounds)?;
        self.note_change();
        let count = address::to_usize(len);
        match self.ty.element {
            RefType::Func => {
                // SAFETY: passes on what the caller says.
                let entry = unsafe { entry_of(reference) };
                for i in 0..count {
                    // SAFETY: there are so many elements from `place` on.
                    unsafe { place.cast::<TableEntry>().add(i).write(entry) };
                }
            }
            RefType::Extern => {
                for i in 0..count {
                    // SAFETY: there are so many elements from `place` on.
                    unsafe { place.cast::<u64>().add(i).write(reference.0) };
                }
            }
        }
        Ok(())
    }

    /// Sets `len` elements from one on, to the first of the references each.
    ///
    /// # Safety
    ///
    /// As that of [`fill`](Table::fill), for all of the references.
    pub(in crate::runtime::vm) unsafe fn write(
        &mut self,
        start: u64,
        len: u64,
        references: impl Iterator<Item = RawRef>,
    ) -> Result<(), TrapKind> {
        match self.ty.element {
            RefType::Func => {
                // SAFETY: passes on what the caller says.
                let entries = references.map(|reference| unsafe { entry_of(reference) });
                // SAFETY: this is a table of functions, and passes on what the caller says.
                unsafe { self.write_funcs(start, len, entries) }
            }
            RefType::Extern => {
                let place = self.place(start, len).ok_or(TrapKind::TableOutOfBounds)?;
                let references = references.take(address::to_usize(len)).enumerate();
                for (i, reference) in references {
                    // SAFETY: there are so many elements from `place` on.
                    unsafe { place.cast::<u64>().add(i).write(reference.0) };
                }
                Ok(())
            }
        }
    }

    /// Sets `len` elements from one on, to the first of the entries each.
    ///
    /// # Safety
    ///
    /// This is a table of functions. The references are as those of [`fill`](Table::fill), and the functions what they point
    /// to.
    pub(in crate::runtime::vm) unsafe fn write_funcs(
        &mut self,
        start: u64,
        len: u64,
        entries: impl Iterator<Item = TableEntry>,
    ) -> Result<(), TrapKind> {
        let place = self.place(start, len).ok_or(TrapKind::TableOutOfBounds)?;
        self.note_change();
        for (i, entry) in entries.take(address::to_usize(len)).enumerate() {
            // SAFETY: there are so many elements from `place` on.
            unsafe { place.cast::<TableEntry>().add(i).write(entry) };
        }
        Ok(())
    }

    /// Grows by some elements, and returns how many there were; none if that is not possible.
    ///
    /// # Safety
    ///
    /// As that of [`fill`](Table::fill).
    pub(in crate::runtime::vm) unsafe fn grow(
        &mut self,
        count: u64,
        reference: RawRef,
    ) -> Option<u64> {
        let old = self.len();
        let new = old.checked_add(count)?;
        if new > self.ty.limits.max.unwrap_or(LEN_MAX).min(LEN_MAX) {
            return None;
        }
        // SAFETY: the store exists (invariant 4), and nobody has a reference while a table grows.
        let store = unsafe { self.shared.as_mut() };
        if store
            .limiter()
            .is_some_and(|limiter| !limiter.table_growing(old, new))
        {
            return None;
        }
        let capacity = self.elements.capacity();
        if new > capacity {
            self.move_to(new.max(capacity * 2).min(LEN_MAX))?;
        }
        // SAFETY: `def` exists (invariant 1).
        unsafe { (*self.def.as_ptr()).len = new };
        // SAFETY: passes on what the caller says.
        let filled = unsafe { self.fill(old, reference, count) };
        filled.expect("the new elements exist");
        Some(old)
    }

    /// Makes room for so many elements elsewhere.
    fn move_to(&mut self, capacity: u64) -> Option<()> {
        let elements = Elements::new(self.ty.element, capacity)?;
        let (from, to) = (self.elements.start(), elements.start());
        let len_bytes = layout(self.ty.element, self.len())?.size();
        // SAFETY: both have so many bytes, as elements are no more than either has room for; the new ones overlap nothing.
        unsafe { ptr::copy_nonoverlapping(from.as_ptr(), to.as_ptr(), len_bytes) };
        self.elements = elements;
        // SAFETY: `def` exists (invariant 1).
        unsafe { (*self.def.as_ptr()).base = address::of(to.as_ptr()) };
        Some(())
    }

    /// Returns the address of `len` elements; none if they are not all within the table.
    fn place(&self, start: u64, len: u64) -> Option<*mut u8> {
        if start.checked_add(len)? > self.len() {
            return None;
        }
        let offset = layout(self.ty.element, start)?.size();
        // SAFETY: `start` is within the table or its end (invariant 2).
        Some(unsafe { self.elements.start().as_ptr().add(offset) })
    }
}

/// Copies elements from a table to another or within one.
///
/// # Safety
///
/// Both exist and have elements of the same type, and nobody has a reference to them.
pub(in crate::runtime::vm) unsafe fn copy(
    destination: NonNull<Table>,
    source: NonNull<Table>,
    to: u64,
    from: u64,
    len: u64,
) -> Result<(), TrapKind> {
    // SAFETY: the table exists; the reference is gone at the end of the line.
    let from = unsafe { source.as_ref() }
        .place(from, len)
        .ok_or(TrapKind::TableOutOfBounds)?;
    // SAFETY: as above.
    let table = unsafe { destination.as_ref() };
    let to = table.place(to, len).ok_or(TrapKind::TableOutOfBounds)?;
    table.note_change();
    let layout = layout(table.ty.element, len).expect("so many elements exist");
    // SAFETY: so many bytes of elements of the same type are at both places; they may overlap.
    unsafe { ptr::copy(from, to, layout.size()) };
    Ok(())
}

/// Returns the element that is a reference to a function.
///
/// # Safety
///
/// `reference` is null or the address of a `FuncRef` that exists as long as the store.
unsafe fn entry_of(reference: RawRef) -> TableEntry {
    let null = FuncRef {
        code: 0,
        signature: 0,
        context: 0,
    };
    let func = match reference.0 {
        0 => null,
        // SAFETY: the caller says so.
        address => unsafe { address::at::<FuncRef>(address).read() },
    };
    TableEntry {
        func,
        reference: reference.0,
    }
}
