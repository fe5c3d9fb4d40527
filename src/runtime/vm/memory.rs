//! Linear memories.
//!
//! One with 32-bit addresses and pages of 64 KiB reserves all that guests can address: they access it without checks, and
//! fault beyond its end. Others are as large as they need to be, and move when they grow; guests check.
//!
//! Invariants: (1) `def` exists as long as the memory, and only this file and guests use it. (2) The first `len_bytes` of
//! the mapping, as `def` says, can be read and written. (3) `shared` is that of the store, which outlives the memory.

use std::io;
use std::os::fd::BorrowedFd;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;

use crate::runtime::types::MemoryType;
use crate::runtime::vm::address;
use crate::runtime::vm::layout::{FIXED_MEMORY_BYTES, FIXED_MEMORY_GUARD_BYTES, MemoryDef};
use crate::runtime::vm::mmap::{Mapping, PAGE_BYTES, Protection};
use crate::runtime::vm::owned::Owned;
use crate::runtime::vm::shared::Shared;
use crate::runtime::vm::slots::Slots;

/// The page size of WebAssembly if a memory does not say otherwise.
const WASM_PAGE_LOG2: u8 = 16;

/// A memory.
pub(in crate::runtime) struct Memory {
    def: NonNull<MemoryDef>,
    shared: NonNull<Shared>,
    /// None only once it is dropped.
    mapping: Option<Mapping>,
    ty: MemoryType,
    max_bytes: u64,
    /// Where the mapping is left.
    slots: Option<Arc<Slots>>,
    /// Whether its contents are mapped.
    holds_contents: bool,
    has_grown: bool,
}

impl Memory {
    /// Makes a memory of its first size.
    ///
    /// # Errors
    ///
    /// Fails if the limiter or the system refuses.
    ///
    /// # Safety
    ///
    /// `def` is memory for a `MemoryDef` that exists as long as the memory, and `shared` is that of the store, which
    /// outlives the memory. Nobody has a reference to it. `slots` are of no memory of another type or with other contents.
    pub(in crate::runtime::vm) unsafe fn new(
        ty: MemoryType,
        def: NonNull<MemoryDef>,
        mut shared: NonNull<Shared>,
        slots: Option<&Arc<Slots>>,
    ) -> io::Result<Owned<Memory>> {
        let refused = || io::Error::from(io::ErrorKind::OutOfMemory);
        let max_bytes = max_bytes(&ty);
        let len_bytes = bytes(&ty, ty.limits.min).filter(|len| *len <= max_bytes);
        let len_bytes = len_bytes.ok_or_else(refused)?;
        // SAFETY: the caller says that it exists and that there is no other reference.
        let store = unsafe { shared.as_mut() };
        if store
            .limiter()
            .is_some_and(|limiter| !limiter.memory_growing(0, len_bytes))
        {
            return Err(refused());
        }
        let room_min_bytes = store.memory_room_bytes();
        let left = slots.and_then(|slots| slots.take());
        let holds_contents = left.is_some() && slots.is_some_and(|slots| slots.holds_contents());
        let mapping = left.map_or_else(
            || {
                let mapping = Mapping::reserve(room(&ty, len_bytes, room_min_bytes, max_bytes))?;
                mapping.protect(0..committed(len_bytes), Protection::ReadWrite)?;
                Ok::<Mapping, io::Error>(mapping)
            },
            Ok,
        )?;
        let start = mapping.start().addr().get();
        store.add_reservation(start..start + mapping.len_bytes());
        let base = address::of(mapping.start().as_ptr());
        let memory = Owned::new(Memory {
            def,
            shared,
            mapping: Some(mapping),
            ty,
            max_bytes,
            slots: slots.cloned(),
            holds_contents,
            has_grown: false,
        });
        let owner = address::of(memory.pointer().as_ptr());
        let value = MemoryDef {
            base,
            len_bytes,
            owner,
        };
        // SAFETY: the caller says that `def` is memory for this.
        unsafe { def.write(value) };
        Ok(memory)
    }

    #[inline]
    fn mapping(&self) -> &Mapping {
        self.mapping.as_ref().expect("it is there until the drop")
    }

    /// Returns its type, with the size that it has now.
    pub(in crate::runtime::vm) fn ty(&self) -> MemoryType {
        let mut ty = self.ty;
        ty.limits.min = self.pages();
        ty
    }

    /// Returns its size.
    #[inline]
    pub(in crate::runtime::vm) fn len_bytes(&self) -> u64 {
        // SAFETY: `def` exists (invariant 1).
        unsafe { (*self.def.as_ptr()).len_bytes }
    }

    /// Returns what it shares with its store.
    pub(in crate::runtime::vm) fn shared(&self) -> NonNull<Shared> {
        self.shared
    }

    /// Returns where its size and base are.
    pub(in crate::runtime::vm) fn def(&self) -> NonNull<MemoryDef> {
        self.def
    }

    /// Returns its size in pages.
    pub(in crate::runtime::vm) fn pages(&self) -> u64 {
        self.len_bytes() >> self.ty.page_size_log2
    }

    /// Returns its bytes.
    #[inline]
    pub(in crate::runtime::vm) fn bytes(&mut self) -> &mut [u8] {
        let len = address::to_usize(self.len_bytes());
        // SAFETY: so many bytes can be read and written (invariant 2), and were zero at first. `&mut self` says that no guest
        // runs and that nobody grows the memory.
        unsafe { slice::from_raw_parts_mut(self.mapping().start().as_ptr(), len) }
    }

    /// Grows by a number of pages, and returns how many there were; none if that is not possible.
    pub(in crate::runtime::vm) fn grow(&mut self, pages: u64) -> Option<u64> {
        let (old, old_pages) = (self.len_bytes(), self.pages());
        let new = bytes(&self.ty, old_pages.checked_add(pages)?)?;
        if new > self.max_bytes {
            return None;
        }
        // SAFETY: the store exists (invariant 3), and nobody has a reference while a memory grows.
        let store = unsafe { self.shared.as_mut() };
        if store
            .limiter()
            .is_some_and(|limiter| !limiter.memory_growing(old, new))
        {
            return None;
        }
        self.has_grown |= new != old;
        self.make_room(old, new).ok()?;
        let base = address::of(self.mapping().start().as_ptr());
        // SAFETY: `def` exists (invariant 1).
        let def = unsafe { self.def.as_mut() };
        def.base = base;
        def.len_bytes = new;
        Some(old_pages)
    }

    /// Makes `new` bytes accessible, of which there are `old` so far.
    fn make_room(&mut self, old: u64, new: u64) -> io::Result<()> {
        let (from, to) = (committed(old), committed(new));
        if to <= self.mapping().len_bytes() {
            return self.mapping().protect(from..to, Protection::ReadWrite);
        }
        // Twice the size, so that growing page by page copies each byte a few times at most.
        let wanted = new.max(old.saturating_mul(2));
        // SAFETY: the store exists (invariant 3), and nobody has a reference that is used for writing while a memory grows.
        let room_min_bytes = unsafe { self.shared.as_ref() }.memory_room_bytes();
        let room = room(&self.ty, wanted, room_min_bytes, self.max_bytes);
        let mapping = Mapping::reserve(room).or_else(|_| Mapping::reserve(to))?;
        mapping.protect(0..to, Protection::ReadWrite)?;
        // SAFETY: `from` bytes can be read here and written there, and the new mapping overlaps nothing.
        unsafe {
            ptr::copy_nonoverlapping(
                self.mapping().start().as_ptr(),
                mapping.start().as_ptr(),
                from,
            );
        }
        let range = |mapping: &Mapping| {
            let start = mapping.start().addr().get();
            start..start + mapping.len_bytes()
        };
        // SAFETY: the store exists (invariant 3), and nobody has a reference while a memory grows.
        let store = unsafe { self.shared.as_mut() };
        store.remove_reservation(&range(self.mapping()));
        store.add_reservation(range(&mapping));
        self.mapping = Some(mapping);
        Ok(())
    }

    /// Returns whether the memory already holds what it should at first.
    pub(in crate::runtime::vm) fn holds_contents(&self) -> bool {
        self.holds_contents
    }

    /// Notes that everything is mapped that the memory should hold at first.
    pub(in crate::runtime::vm) fn note_contents(&mut self) {
        self.holds_contents = true;
    }

    /// Maps what the memory holds at first from an address on: some pages of a file. Nothing was written to it so far.
    pub(in crate::runtime::vm) fn map(
        &mut self,
        address: u64,
        len_bytes: usize,
        file: BorrowedFd<'_>,
        offset: u64,
    ) -> io::Result<()> {
        let outside = || io::Error::from(io::ErrorKind::InvalidData);
        let start = usize::try_from(address).map_err(|_| outside())?;
        let end = start.checked_add(len_bytes);
        let end = end.filter(|end| *end <= committed(self.len_bytes()));
        let pages = start..end.ok_or_else(outside)?;
        let mapping = self.mapping.as_mut().expect("it is there until the drop");
        mapping.map_file(pages, file, offset)
    }

    /// Makes the memory hold zeros, though another one left its contents.
    pub(in crate::runtime::vm) fn forget_contents(&mut self) {
        if self.holds_contents {
            let pages = 0..committed(self.len_bytes());
            let mapping = self.mapping.as_mut().expect("it is there until the drop");
            // Otherwise functions of an instance that trapped when it was made see data that it should not have had yet.
            self.holds_contents = mapping.map_zeros(pages).is_err();
        }
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let pages = 0..committed(self.len_bytes());
        let is_as_made = match &self.slots {
            Some(slots) if !self.has_grown => self.holds_contents == slots.holds_contents(),
            _ => false,
        };
        let kept = match &self.slots {
            Some(slots) if is_as_made => slots.kept(),
            _ => 0..0,
        };
        self.bytes()[kept.clone()].fill(0);
        let Some(mut mapping) = self.mapping.take() else {
            return;
        };
        let start = mapping.start().addr().get();
        // SAFETY: the store exists (invariant 3), and nobody has a reference while something of it is dropped.
        let store = unsafe { self.shared.as_mut() };
        store.remove_reservation(&(start..start + mapping.len_bytes()));
        let Some(slots) = &self.slots else { return };
        if !is_as_made {
            return;
        }
        let (before, after) = (pages.start..kept.start, kept.end..pages.end);
        if mapping.reset(before).is_ok() && mapping.reset(after).is_ok() {
            slots.leave(mapping);
        }
    }
}

/// Returns the size of some pages; none if no number says it.
fn bytes(ty: &MemoryType, pages: u64) -> Option<u64> {
    let page = 1_u64.checked_shl(ty.page_size_log2.into())?;
    pages.checked_mul(page)
}

/// Returns the size up to which a memory can grow.
fn max_bytes(ty: &MemoryType) -> u64 {
    // `isize::MAX` is the largest size of a Rust slice.
    let addressable = if ty.limits.is_64 {
        u64::MAX >> 1
    } else {
        // One page less than there are numbers: `memory.grow` says -1 if it fails, and sizes have to fit.
        let most = bytes(ty, u32::MAX.into());
        most.map_or(FIXED_MEMORY_BYTES, |most| most.min(FIXED_MEMORY_BYTES))
    };
    let declared = ty.limits.max.and_then(|pages| bytes(ty, pages));
    declared.map_or(addressable, |bytes| bytes.min(addressable))
}

/// Returns how much address space a memory of a size reserves: if its guests check, no less than `min_bytes` where it may
/// grow that far.
fn room(ty: &MemoryType, len_bytes: u64, min_bytes: u64, max_bytes: u64) -> usize {
    let is_fixed = !ty.limits.is_64 && ty.page_size_log2 == WASM_PAGE_LOG2;
    let room = if is_fixed {
        FIXED_MEMORY_BYTES + FIXED_MEMORY_GUARD_BYTES
    } else {
        len_bytes.max(min_bytes.min(max_bytes))
    };
    address::to_usize(room)
}

/// Returns how many bytes are accessible in a memory of a size: whole pages of the machine.
fn committed(len_bytes: u64) -> usize {
    address::to_usize(len_bytes).next_multiple_of(PAGE_BYTES)
}
