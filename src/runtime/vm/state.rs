//! What a store holds, apart from what belongs to the embedder: groups of instances, and what the host made.
//!
//! Invariants: (1) names with the id of the store are of things that `State` owns or that are parts of those, and nothing is
//! dropped before the store. (2) `Objects` is all that anybody gets of a `State`, so that it stays where it is. (3) While a
//! guest runs, nobody has an `Objects`.

use std::any::Any;
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;

use crate::runtime::image::{ExportSite, FuncSite, GlobalSite, MemorySite};
use crate::runtime::index::InstanceId;
use crate::runtime::trap::TrapKind;
use crate::runtime::types::{FuncType, GlobalType, MemoryType, RefType, TableType, ValType};
use crate::runtime::vm::address;
use crate::runtime::vm::code::Code;
use crate::runtime::vm::group::Group;
use crate::runtime::vm::interrupt::{InterruptHandle, InterruptPage};
use crate::runtime::vm::layout::{FuncRef, GlobalDef, MemoryDef, RawValue, TableDef};
use crate::runtime::vm::limiter::Counts;
use crate::runtime::vm::memory::Memory;
use crate::runtime::vm::object::{Extern, FuncId, GlobalId, GroupId, MemoryId, StoreId, TableId};
use crate::runtime::vm::owned::Owned;
use crate::runtime::vm::shared::{FuncRefs, Shared};
use crate::runtime::vm::signature::Signatures;
use crate::runtime::vm::table::Table;
use crate::runtime::vm::value::RawRef;

/// What a store holds. The order of the fields is that in which they are dropped.
pub(in crate::runtime::vm) struct State {
    pub(in crate::runtime::vm) groups: Vec<Owned<Group>>,
    memories: Vec<(Owned<Memory>, Owned<MemoryDef>)>,
    tables: Vec<(Owned<Table>, Owned<TableDef>)>,
    globals: Vec<Owned<GlobalDef>>,
    externs: Vec<Box<dyn Any + Send + Sync>>,
    func_refs: Vec<Owned<FuncRef>>,
    pub(in crate::runtime::vm) signatures: Arc<Signatures>,
    pub(in crate::runtime::vm) shared: Owned<Shared>,
}

/// The things in a store.
pub(in crate::runtime) struct Objects<'s> {
    state: &'s mut State,
}

/// A function, ready to be called.
#[derive(Clone, Debug)]
pub(in crate::runtime) struct Callee {
    pub(in crate::runtime::vm) store: StoreId,
    pub(in crate::runtime::vm) context: usize,
    pub(in crate::runtime::vm) code: usize,
    pub(in crate::runtime::vm) by: CallBy,
    /// The number of its parameters or results, whichever are more.
    pub(in crate::runtime::vm) values: usize,
    /// The parameters that are references to functions.
    pub(in crate::runtime::vm) func_params: Box<[usize]>,
}

/// How the host calls a function. Guests and who compiles them know the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime::vm) enum CallBy {
    /// As guests call each other, if its type [needs no entry](FuncType::needs_entry): it gets the context and integers in
    /// `rdi`, `rsi`, `rdx`, `rcx`, `r8` and `r9`, and returns one in `rax`. The upper half of those of 32 bits is anything.
    Registers,
    /// By the entry of its signature, which gets the context, the function and the address of its values in `rdi`, `rsi` and
    /// `rdx`.
    Entry(usize),
}

impl State {
    /// Makes one that holds nothing.
    pub(in crate::runtime::vm) fn new(shared: Shared, signatures: Arc<Signatures>) -> State {
        State {
            groups: Vec::new(),
            memories: Vec::new(),
            tables: Vec::new(),
            globals: Vec::new(),
            externs: Vec::new(),
            func_refs: Vec::new(),
            signatures,
            shared: Owned::new(shared),
        }
    }
}

impl<'s> Objects<'s> {
    /// Gives access to a state.
    #[inline]
    pub(in crate::runtime::vm) fn new(state: &'s mut State) -> Objects<'s> {
        Objects { state }
    }

    #[inline]
    fn shared(&mut self) -> &mut Shared {
        // SAFETY: it lives as long as the state; no guest runs, as that needs the state too (invariant 3).
        unsafe { self.state.shared.pointer().as_mut() }
    }

    /// Returns what the store shares with its guests.
    pub(in crate::runtime::vm) fn shared_pointer(&self) -> NonNull<Shared> {
        self.state.shared.pointer()
    }

    /// Notes where there are references to functions that live as long as the store.
    pub(in crate::runtime::vm) fn add_func_refs(&mut self, refs: FuncRefs) {
        self.shared().add_func_refs(refs);
    }

    /// Returns the id of the store.
    #[inline]
    pub(in crate::runtime) fn id(&self) -> StoreId {
        // SAFETY: as in `shared`.
        unsafe { self.state.shared.pointer().as_ref() }.id()
    }

    /// Keeps code as long as the store, whose functions can be called through its entries.
    ///
    /// # Panics
    ///
    /// Panics if the code belongs to another engine.
    pub(in crate::runtime) fn add_code(&mut self, code: &Arc<Code>) {
        let is_same = Arc::ptr_eq(code.signatures(), &self.state.signatures);
        assert!(
            is_same,
            "the code and the store belong to different engines"
        );
        self.shared().add_code(code);
    }

    /// Returns a handle that interrupts guests of the store whose code can be interrupted.
    pub(in crate::runtime) fn interrupt_handle(&mut self) -> io::Result<InterruptHandle> {
        if let Some(page) = self.shared().interrupt() {
            return Ok(InterruptHandle::new(Arc::clone(page)));
        }
        let page = InterruptPage::new()?;
        self.shared().set_interrupt(Arc::clone(&page));
        Ok(InterruptHandle::new(page))
    }

    /// Makes a memory.
    ///
    /// # Errors
    ///
    /// Fails if the limiter or the system refuses.
    pub(in crate::runtime) fn new_memory(&mut self, ty: MemoryType) -> io::Result<MemoryId> {
        let one = Counts {
            memories: 1,
            ..Counts::default()
        };
        self.shared().check_counts(one).map_err(io::Error::other)?;
        let def = Owned::new(MemoryDef {
            base: 0,
            len_bytes: 0,
            owner: 0,
        });
        let shared = self.state.shared.pointer();
        // SAFETY: both are kept as long as the store, and `shared` is its own, to which there is no reference.
        let memory = unsafe { Memory::new(ty, def.pointer(), shared, None) }?;
        let address = expose(memory.pointer());
        self.state.memories.push((memory, def));
        self.shared().add_counts(one);
        Ok(MemoryId::new(self.id(), address))
    }

    /// Makes a table whose elements are `reference`.
    ///
    /// # Errors
    ///
    /// Fails if the limiter or the system refuses.
    pub(in crate::runtime) fn new_table(
        &mut self,
        ty: TableType,
        reference: RawRef,
    ) -> io::Result<TableId> {
        let one = Counts {
            tables: 1,
            ..Counts::default()
        };
        self.shared().check_counts(one).map_err(io::Error::other)?;
        let def = Owned::new(TableDef {
            base: 0,
            len: 0,
            owner: 0,
            is_changed: 0,
        });
        // SAFETY: both are kept as long as the store, and `shared` is its own, to which there is no reference.
        let table = unsafe { Table::new(ty, def.pointer(), self.state.shared.pointer(), None) };
        let table = table.ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?;
        let id = TableId::new(self.id(), expose(table.pointer()));
        self.state.tables.push((table, def));
        self.shared().add_counts(one);
        if reference != RawRef::NULL {
            let filled = self.table_fill(id, 0, reference, ty.limits.min);
            filled.expect("the elements exist");
        }
        Ok(id)
    }

    /// Makes a global.
    pub(in crate::runtime) fn new_global(&mut self, ty: GlobalType, value: RawValue) -> GlobalId {
        self.check(ty.content, value);
        let global = Owned::new(GlobalDef { bytes: value.bytes });
        let id = GlobalId::new(self.id(), expose(global.pointer()), ty);
        self.state.globals.push(global);
        id
    }

    /// Returns the type of a memory, with the size it has now.
    pub(in crate::runtime) fn memory_type(&mut self, id: MemoryId) -> MemoryType {
        self.memory(id).ty()
    }

    /// Returns the bytes of a memory, for as long as the store is borrowed.
    #[inline]
    pub(in crate::runtime) fn into_memory_bytes(self, id: MemoryId) -> &'s mut [u8] {
        let memory = address::at::<Memory>(address::to_u64(id.within(self.id())));
        // SAFETY: the memory is one of this store, which is borrowed as long as the reference lives.
        unsafe { &mut *memory }.bytes()
    }

    /// Grows a memory by some pages, and returns how many there were; none if that is not possible.
    pub(in crate::runtime) fn memory_grow(&mut self, id: MemoryId, pages: u64) -> Option<u64> {
        self.memory(id).grow(pages)
    }

    /// Returns the type of a table, with the size it has now.
    pub(in crate::runtime) fn table_type(&mut self, id: TableId) -> TableType {
        self.table(id).ty()
    }

    /// Returns an element of a table; none beyond its end.
    pub(in crate::runtime) fn table_get(&mut self, id: TableId, index: u64) -> Option<RawRef> {
        self.table(id).get(index)
    }

    /// Sets elements of a table.
    pub(in crate::runtime) fn table_fill(
        &mut self,
        id: TableId,
        start: u64,
        reference: RawRef,
        len: u64,
    ) -> Result<(), TrapKind> {
        self.check_element(id, reference);
        // SAFETY: the reference was just checked.
        unsafe { self.table(id).fill(start, reference, len) }
    }

    /// Grows a table by some elements, and returns how many there were; none if that is not possible.
    pub(in crate::runtime) fn table_grow(
        &mut self,
        id: TableId,
        count: u64,
        reference: RawRef,
    ) -> Option<u64> {
        self.check_element(id, reference);
        // SAFETY: the reference was just checked.
        unsafe { self.table(id).grow(count, reference) }
    }

    /// Returns the value of a global.
    #[inline]
    pub(in crate::runtime) fn global_get(&mut self, id: GlobalId) -> RawValue {
        let global = address::at::<GlobalDef>(address::to_u64(id.within(self.id())));
        // SAFETY: the global is one of this store, and no guest runs that changes it.
        let GlobalDef { bytes } = unsafe { global.read() };
        RawValue { bytes }
    }

    /// Sets the value of a global, whether guests could or not.
    #[inline]
    pub(in crate::runtime) fn global_set(&mut self, id: GlobalId, value: RawValue) {
        self.check(id.ty().content, value);
        let global = address::at::<GlobalDef>(address::to_u64(id.within(self.id())));
        // SAFETY: the global is one of this store, and no guest runs that uses it.
        unsafe { global.write(GlobalDef { bytes: value.bytes }) };
    }

    /// Returns the type of a function.
    pub(in crate::runtime) fn func_type(&mut self, id: FuncId) -> Arc<FuncType> {
        let signature = self.func_ref(id).signature;
        self.state.signatures.get(signature)
    }

    /// Returns the reference to a function.
    pub(in crate::runtime) fn reference_to(&mut self, id: FuncId) -> RawRef {
        RawRef(address::to_u64(id.within(self.id())))
    }

    /// Returns the function that a reference points to; none if it is null.
    ///
    /// # Panics
    ///
    /// Panics if it is no reference to a function of this store.
    pub(in crate::runtime) fn referenced_func(&mut self, reference: RawRef) -> Option<FuncId> {
        self.check_func(reference);
        let address = address::to_usize(reference.0);
        (reference != RawRef::NULL).then(|| FuncId::new(self.id(), address))
    }

    /// Returns a reference to something of the host, which stays as long as the store.
    pub(in crate::runtime) fn new_extern(&mut self, it: Box<dyn Any + Send + Sync>) -> RawRef {
        self.state.externs.push(it);
        RawRef(address::to_u64(self.state.externs.len()))
    }

    /// Returns what of the host a reference points to; none if it is null.
    pub(in crate::runtime) fn referenced_extern(
        &mut self,
        reference: RawRef,
    ) -> Option<&(dyn Any + Send + Sync)> {
        let position = address::to_usize(reference.0).checked_sub(1)?;
        Some(&*self.state.externs[position])
    }

    /// Prepares a function for calls; none if it needs an entry and no code in the store has one for its type.
    pub(in crate::runtime) fn callee(&mut self, id: FuncId) -> Option<Callee> {
        let func = *self.func_ref(id);
        self.callee_of(func)
    }

    /// Prepares a function of a group for calls; none if no code in the store has an entry for its type.
    pub(in crate::runtime) fn callee_at(
        &mut self,
        group: GroupId,
        site: FuncSite,
    ) -> Option<Callee> {
        let func = self.group(group).func(site);
        self.callee_of(func)
    }

    /// Returns a name for a function of a group.
    pub(in crate::runtime) fn func_at(&mut self, group: GroupId, site: FuncSite) -> FuncId {
        let func = Owned::new(self.group(group).func(site));
        let address = expose(func.pointer());
        self.state.func_refs.push(func);
        self.add_func_refs(FuncRefs {
            start: address,
            stride: size_of::<FuncRef>(),
            count: 1,
        });
        FuncId::new(self.id(), address)
    }

    /// Returns the type of a function of a group.
    pub(in crate::runtime) fn func_type_at(
        &mut self,
        group: GroupId,
        site: FuncSite,
    ) -> Arc<FuncType> {
        let func = self.group(group).func(site);
        self.state.signatures.get(func.signature)
    }

    /// Returns a memory of a group.
    pub(in crate::runtime) fn memory_at(&mut self, group: GroupId, site: MemorySite) -> MemoryId {
        let memory = self.group(group).memory(site);
        MemoryId::new(self.id(), expose(memory))
    }

    /// Returns a global of a group.
    pub(in crate::runtime) fn global_at(&mut self, group: GroupId, site: GlobalSite) -> GlobalId {
        self.group(group).global_id(site)
    }

    fn group(&mut self, group: GroupId) -> &Group {
        let group = address::at::<Group>(address::to_u64(group.within(self.id())));
        // SAFETY: the group is one of this store, and no guest runs.
        unsafe { &*group }
    }

    fn callee_of(&mut self, func: FuncRef) -> Option<Callee> {
        let FuncRef {
            code,
            signature,
            context,
        } = func;
        let ty = self.state.signatures.get(signature);
        let by = match ty.needs_entry() {
            true => CallBy::Entry(self.shared().entry(signature)?),
            false => CallBy::Registers,
        };
        Some(Callee {
            store: self.id(),
            context: address::to_usize(context),
            code: address::to_usize(code),
            by,
            values: ty.params.len().max(ty.results.len()),
            func_params: func_positions(&ty.params),
        })
    }

    /// Returns an export of an instance.
    pub(in crate::runtime) fn export(
        &mut self,
        group: GroupId,
        instance: InstanceId,
        name: &str,
    ) -> Option<Extern> {
        let store = self.id();
        let group = self.group(group);
        let site = *group.plan(instance).exports.get(name)?;
        Some(match site {
            ExportSite::Func(id) => {
                let RawRef(address) = group.reference(instance, id);
                Extern::Func(FuncId::new(store, address::to_usize(address)))
            }
            ExportSite::Memory(site) => {
                Extern::Memory(MemoryId::new(store, expose(group.memory(site))))
            }
            ExportSite::Table(site) => {
                Extern::Table(TableId::new(store, expose(group.table(site))))
            }
            ExportSite::Global(site) => Extern::Global(group.global_id(site)),
        })
    }

    fn memory(&mut self, id: MemoryId) -> &mut Memory {
        let memory = address::at::<Memory>(address::to_u64(id.within(self.id())));
        // SAFETY: the memory is one of this store, and `self` is borrowed as long as the reference lives.
        unsafe { &mut *memory }
    }

    fn table(&mut self, id: TableId) -> &mut Table {
        let table = address::at::<Table>(address::to_u64(id.within(self.id())));
        // SAFETY: the table is one of this store, and `self` is borrowed as long as the reference lives.
        unsafe { &mut *table }
    }

    fn func_ref(&mut self, id: FuncId) -> &FuncRef {
        let func = address::at::<FuncRef>(address::to_u64(id.within(self.id())));
        // SAFETY: the function is one of this store, and never changes.
        unsafe { &*func }
    }

    /// Makes sure that a value is one of a type.
    #[inline]
    fn check(&mut self, ty: ValType, value: RawValue) {
        if ty == ValType::Ref(RefType::Func) {
            self.check_func(RawRef(value.as_u64()));
        }
    }

    fn check_element(&mut self, id: TableId, reference: RawRef) {
        if self.table(id).ty().element == RefType::Func {
            self.check_func(reference);
        }
    }

    fn check_func(&mut self, reference: RawRef) {
        let is_func = self.shared().is_func(reference);
        assert!(is_func, "{reference:?} is no function of this store");
    }
}

/// Returns which of some types are references to functions. If none are, as is common, this does not allocate.
pub(in crate::runtime::vm) fn func_positions(types: &[ValType]) -> Box<[usize]> {
    let all = types.iter().enumerate();
    all.filter(|(_, ty)| **ty == ValType::Ref(RefType::Func))
        .map(|(i, _)| i)
        .collect()
}

fn expose<T>(pointer: NonNull<T>) -> usize {
    address::to_usize(address::of(pointer.as_ptr()))
}
