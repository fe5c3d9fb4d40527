//! A group of instances in a store: its context, and everything its instances define.
//!
//! Invariants: (1) `memory` is as long as the layout of the code says, and belongs to the group until it is dropped;
//! `context` is its address. What the layout places in it does not overlap. (2) The externals belong to the store, and so
//! does `shared`, which outlives the group. (3) While a guest runs, nobody has a reference to a group.

use std::alloc::Layout;
use std::io;
use std::ptr::NonNull;
use std::sync::Arc;

use cranelift_entity::PrimaryMap;

use crate::runtime::image::{FuncSite, GlobalSite, InstancePlan, MemorySite, TableSite};
use crate::runtime::index::{
    DataId, ElementId, ExternalFuncId, ExternalGlobalId, ExternalMemoryId, ExternalTableId,
    FuncRefId, InstanceId, OwnMemoryId, OwnTableId,
};
use crate::runtime::vm::address;
use crate::runtime::vm::code::Code;
use crate::runtime::vm::context::Context;
use crate::runtime::vm::decoded::Reference;
use crate::runtime::vm::elements::Elements;
use crate::runtime::vm::layout::{
    ExternalDef, ExternalFunc, FuncRef, GlobalDef, Header, TableEntry,
};
use crate::runtime::vm::memory::Memory;
use crate::runtime::vm::object::{FuncId, GlobalId, MemoryId, StoreId, TableId};
use crate::runtime::vm::owned::Owned;
use crate::runtime::vm::shared::Shared;
use crate::runtime::vm::table::Table;
use crate::runtime::vm::value::RawRef;

/// How many elements a group leaves to the next one at most (ours: 1 MiB; more would be memory that nobody uses).
const LEFT_ELEMENTS_MAX: u64 = 1 << 15;

/// Everything that comes from outside a group.
#[derive(Clone, Debug, Default)]
pub(in crate::runtime) struct ExternalValues {
    /// Functions.
    pub(in crate::runtime) funcs: PrimaryMap<ExternalFuncId, FuncId>,
    /// Memories.
    pub(in crate::runtime) memories: PrimaryMap<ExternalMemoryId, MemoryId>,
    /// Tables.
    pub(in crate::runtime) tables: PrimaryMap<ExternalTableId, TableId>,
    /// Globals.
    pub(in crate::runtime) globals: PrimaryMap<ExternalGlobalId, GlobalId>,
}

/// A group of instances.
pub(in crate::runtime) struct Group {
    context: NonNull<u8>,
    memory: Option<Context>,
    shared: NonNull<Shared>,
    store: StoreId,
    code: Arc<Code>,
    externals: ExternalValues,
    instances: PrimaryMap<InstanceId, Instance>,
}

/// What an instance defines.
#[derive(Default)]
struct Instance {
    memories: PrimaryMap<OwnMemoryId, Owned<Memory>>,
    tables: PrimaryMap<OwnTableId, Owned<Table>>,
    /// Whether the data segments that the plan lists are dropped.
    data_is_gone: Vec<bool>,
    /// Whether element segments are dropped.
    elements_are_gone: PrimaryMap<ElementId, bool>,
}

impl Group {
    /// Makes the group, with memories, tables and references to functions, but not initialised otherwise.
    ///
    /// # Errors
    ///
    /// Fails if the limiter or the system refuses.
    ///
    /// # Safety
    ///
    /// The externals are of the types that the image says; they and `shared` belong to the store with the id
    /// `store`, which outlives the group. `builtins` is the array of built-in functions. Nobody has a reference to
    /// `shared`.
    pub(in crate::runtime::vm) unsafe fn new(
        mut shared: NonNull<Shared>,
        store: StoreId,
        code: &Arc<Code>,
        externals: ExternalValues,
        builtins: u64,
    ) -> io::Result<Owned<Group>> {
        let left = code.contexts().take();
        let is_new = left.is_none();
        let mut memory = match left {
            Some(memory) => memory,
            None => {
                let size = code.layout().size_bytes();
                let layout = Layout::from_size_align(size, align_of::<GlobalDef>()).ok();
                let memory = layout.and_then(Context::new);
                memory.ok_or_else(|| io::Error::from(io::ErrorKind::OutOfMemory))?
            }
        };
        let context = memory.start();
        let mut left = memory.take_elements().into_iter();
        let group = Owned::new(Group {
            context,
            memory: Some(memory),
            shared,
            store,
            code: Arc::clone(code),
            externals,
            instances: PrimaryMap::with_capacity(code.image().instances.len()),
        });
        let owner = address::of(group.pointer().as_ptr());
        if !is_new {
            // SAFETY: nobody else knows the group so far.
            unsafe { group.pointer().as_ref() }.clear();
        }
        // SAFETY: the context belongs to the group, which removes it from `shared` before it goes. The caller says that
        // there is no other reference to `shared`.
        unsafe {
            shared
                .as_mut()
                .add_context(context.cast::<Header>(), code, builtins, owner)
        };
        // SAFETY: nobody else knows the group so far.
        let it = unsafe { group.pointer().as_mut() };
        if is_new {
            it.fill_signatures();
        }
        it.fill_externals();
        for (id, plan) in &code.image().instances {
            let instance = it.define(id, plan, &mut left)?;
            it.instances.push(instance);
            match is_new {
                true => it.fill_func_refs(id, plan),
                false => it.fill_external_refs(id),
            }
        }
        Ok(group)
    }

    /// Returns the address of something in the context.
    fn at<T>(&self, offset: usize) -> NonNull<T> {
        assert!(offset + size_of::<T>() <= self.code.layout().size_bytes());
        // SAFETY: the offset is within the context, as was just asserted.
        unsafe { self.context.add(offset) }.cast()
    }

    /// Makes everything in the context zero but for what is the same in all groups.
    fn clear(&self) {
        for part in self.code.layout().variable() {
            let size = self.code.layout().size_bytes();
            assert!(part.start <= part.end && part.end <= size, "{part:?}");
            // SAFETY: the part is within the context, as was just asserted.
            let place = unsafe { self.context.add(part.start) };
            // SAFETY: as above; nobody uses the context so far.
            unsafe { place.write_bytes(0, part.len()) };
        }
    }

    fn fill_signatures(&mut self) {
        for slot in self.code.image().signatures.keys() {
            let place = self.at::<u64>(self.code.layout().signature(slot));
            // SAFETY: the layout has room for an id there.
            unsafe { place.write(self.code.signature_id(slot).number()) };
        }
    }

    /// Replaces a function that comes from outside. Nothing of the group has run so far.
    ///
    /// # Panics
    ///
    /// Panics if the function belongs to another store or is of another type.
    pub(in crate::runtime::vm) fn set_external_func(&mut self, id: ExternalFuncId, func: FuncId) {
        let before = self.func(FuncSite::External(id)).signature;
        self.externals.funcs[id] = func;
        let after = self.func(FuncSite::External(id)).signature;
        assert!(before == after, "a function is replaced by one of its type");
        self.fill_external_func(id);
    }

    fn fill_external_func(&self, id: ExternalFuncId) {
        let reference = address::to_u64(self.externals.funcs[id].within(self.store));
        // SAFETY: the address is that of a `FuncRef` of the store.
        let FuncRef { code, context, .. } = unsafe { *address::at::<FuncRef>(reference) };
        let place = self.at::<ExternalFunc>(self.code.layout().external_func(id));
        // SAFETY: the layout has room for it there.
        unsafe {
            place.write(ExternalFunc {
                reference,
                code,
                context,
            })
        };
    }

    fn fill_externals(&mut self) {
        let layout = self.code.layout();
        self.externals
            .funcs
            .keys()
            .for_each(|id| self.fill_external_func(id));
        let memories = self.externals.memories.keys().map(|id| {
            let memory = self.memory(MemorySite::External(id));
            // SAFETY: the memory is one of the store, and not in use.
            let def = unsafe { memory.as_ref() }.def();
            (layout.external_memory(id), address::of(def.as_ptr()))
        });
        let tables = self.externals.tables.keys().map(|id| {
            let table = self.table(TableSite::External(id));
            // SAFETY: the table is one of the store, and not in use.
            let def = unsafe { table.as_ref() }.def();
            (layout.external_table(id), address::of(def.as_ptr()))
        });
        let globals = self.externals.globals.iter().map(|(id, global)| {
            let address = global.within(self.store);
            (layout.external_global(id), address::to_u64(address))
        });
        for (offset, address) in memories.chain(tables).chain(globals) {
            // SAFETY: the layout has room for it there.
            unsafe {
                self.at::<ExternalDef>(offset)
                    .write(ExternalDef { address })
            };
        }
    }

    /// Makes what an instance defines. `left` are the elements of its tables and those of later instances, if they were left
    /// with the context.
    fn define(
        &self,
        id: InstanceId,
        plan: &InstancePlan,
        left: &mut impl Iterator<Item = Option<Elements>>,
    ) -> io::Result<Instance> {
        let layout = self.code.layout();
        let mut instance = Instance::default();
        for (memory, ty) in &plan.memories {
            let def = self.at(layout.memory(id, memory));
            let slots = self.code.slots(id, memory);
            // SAFETY: the place is in the context, which the group frees after its memories; `shared` outlives the group.
            // The slots are those of this memory of the image.
            let made = unsafe { Memory::new(*ty, def, self.shared, Some(slots)) }?;
            instance.memories.push(made);
        }
        for (table, (ty, _)) in &plan.tables {
            let def = self.at(layout.table(id, table));
            let left = left.next().flatten();
            // SAFETY: the place is in the context, which the group frees after its tables; `shared` outlives the group. What
            // is left is from this table of a group of this code with the same context. The store writes references to
            // functions from outside with `hold_elements` before any code of the group runs.
            let made = unsafe { Table::new(*ty, def, self.shared, left) };
            let refused = || io::Error::from(io::ErrorKind::OutOfMemory);
            instance.tables.push(made.ok_or_else(refused)?);
        }
        instance.data_is_gone = vec![false; plan.data.len()];
        instance.elements_are_gone = plan.elements.keys().map(|_| false).collect();
        Ok(instance)
    }

    /// Makes the tables hold what they do at first. Nobody changed them so far.
    pub(in crate::runtime::vm) fn hold_elements(&self) {
        for held in self.code.held().tables() {
            let mut table = self.table(TableSite::Own(held.instance, held.table));
            // SAFETY: the table is one of the group, and there is no other reference to it.
            let table = unsafe { table.as_mut() };
            // SAFETY: this is what the code says of the table, with functions of this group; they exist as long as the store.
            unsafe { table.hold(held, |reference| self.entry(reference)) };
        }
    }

    /// Takes the elements of tables that hold what they did at first, in the order in which the tables were made.
    fn take_elements(&self) -> Vec<Option<Elements>> {
        let mut room = LEFT_ELEMENTS_MAX;
        let tables = self.instances.values().flat_map(|it| it.tables.values());
        let take = |table: &Owned<Table>| {
            // SAFETY: the table is there, and nobody else has a reference to it while its group is dropped.
            let table = unsafe { table.pointer().as_mut() };
            room = room.checked_sub(table.len())?;
            table.take_held()
        };
        tables.map(take).collect()
    }

    fn fill_func_refs(&mut self, id: InstanceId, plan: &InstancePlan) {
        let layout = self.code.layout();
        let references = self.code.references(id).iter();
        for (position, reference) in plan.func_refs.keys().zip(references) {
            let TableEntry { func, .. } = self.entry(*reference);
            let place = self.at::<FuncRef>(layout.func_ref(id, position));
            // SAFETY: the layout has room for it there.
            unsafe { place.write(func) };
        }
    }

    /// Fills in references to functions from outside, in a context that has the others.
    fn fill_external_refs(&mut self, id: InstanceId) {
        for (position, reference) in self.code.external_references(id) {
            let TableEntry { func, .. } = self.entry(*reference);
            let place = self.at::<FuncRef>(self.code.layout().func_ref(id, *position));
            // SAFETY: the layout has room for it there.
            unsafe { place.write(func) };
        }
    }

    /// Returns a function and what it is called with.
    pub(in crate::runtime::vm) fn func(&self, site: FuncSite) -> FuncRef {
        match site {
            FuncSite::External(id) => {
                let address = self.externals.funcs[id].within(self.store);
                // SAFETY: the address is that of a `FuncRef` of the store.
                unsafe { *address::at::<FuncRef>(address::to_u64(address)) }
            }
            FuncSite::Code(offset, slot) => FuncRef {
                code: address::to_u64(self.code.address(offset)),
                signature: self.code.signature_id(slot).number(),
                context: address::of(self.context.as_ptr()),
            },
        }
    }

    /// Returns a reference to a function as the element of a table.
    #[inline]
    pub(in crate::runtime::vm) fn entry(&self, reference: Reference) -> TableEntry {
        match reference {
            Reference::Own {
                code,
                signature,
                offset,
            } => {
                let context = address::of(self.context.as_ptr());
                TableEntry {
                    func: FuncRef {
                        code,
                        signature,
                        context,
                    },
                    reference: context + address::to_u64(offset),
                }
            }
            Reference::External(id) => {
                let address = self.externals.funcs[id].within(self.store);
                let reference = address::to_u64(address);
                // SAFETY: the address is that of a `FuncRef` of the store.
                let func = unsafe { *address::at::<FuncRef>(reference) };
                TableEntry { func, reference }
            }
        }
    }

    /// Returns a reference to a function.
    pub(in crate::runtime::vm) fn reference(&self, instance: InstanceId, id: FuncRefId) -> RawRef {
        match self.code.func_site(instance, id) {
            FuncSite::External(external) => {
                let address = self.externals.funcs[external].within(self.store);
                RawRef(address::to_u64(address))
            }
            FuncSite::Code(..) => {
                let place = self.at::<FuncRef>(self.code.layout().func_ref(instance, id));
                RawRef(address::of(place.as_ptr()))
            }
        }
    }

    /// Returns a memory.
    pub(in crate::runtime::vm) fn memory(&self, site: MemorySite) -> NonNull<Memory> {
        match site {
            MemorySite::Own(instance, id) => self.instances[instance].memories[id].pointer(),
            MemorySite::External(id) => {
                let address = self.externals.memories[id].within(self.store);
                let pointer = address::at::<Memory>(address::to_u64(address));
                NonNull::new(pointer).expect("a name has the address of something")
            }
        }
    }

    /// Returns a table.
    pub(in crate::runtime::vm) fn table(&self, site: TableSite) -> NonNull<Table> {
        match site {
            TableSite::Own(instance, id) => self.instances[instance].tables[id].pointer(),
            TableSite::External(id) => {
                let address = self.externals.tables[id].within(self.store);
                let pointer = address::at::<Table>(address::to_u64(address));
                NonNull::new(pointer).expect("a name has the address of something")
            }
        }
    }

    /// Returns a global.
    pub(in crate::runtime::vm) fn global(&self, site: GlobalSite) -> NonNull<GlobalDef> {
        match site {
            GlobalSite::Own(instance, id) => self.at(self.code.layout().global(instance, id)),
            GlobalSite::External(id) => {
                let address = self.externals.globals[id].within(self.store);
                let pointer = address::at::<GlobalDef>(address::to_u64(address));
                NonNull::new(pointer).expect("a name has the address of something")
            }
        }
    }

    /// Returns the type and name of a global.
    pub(in crate::runtime::vm) fn global_id(&self, site: GlobalSite) -> GlobalId {
        match site {
            GlobalSite::External(id) => self.externals.globals[id],
            GlobalSite::Own(instance, id) => {
                let ty = self.plan(instance).globals[id].0;
                GlobalId::new(self.store, self.global(site).addr().get(), ty)
            }
        }
    }

    /// Returns the code.
    pub(in crate::runtime::vm) fn code(&self) -> &Arc<Code> {
        &self.code
    }

    /// Returns what the group shares with its store.
    pub(in crate::runtime::vm) fn shared(&self) -> NonNull<Shared> {
        self.shared
    }

    /// Returns how an instance is initialised.
    pub(in crate::runtime::vm) fn plan(&self, instance: InstanceId) -> &InstancePlan {
        &self.code.image().instances[instance]
    }

    /// Returns a data segment, which is empty if it was dropped.
    pub(in crate::runtime::vm) fn data(&self, instance: InstanceId, id: DataId) -> &[u8] {
        let plan = self.plan(instance);
        match plan.data_position(id) {
            Some(position) if !self.instances[instance].data_is_gone[position] => {
                self.code.data(plan.data[position].bytes)
            }
            _ => &[],
        }
    }

    /// Drops a data segment.
    pub(in crate::runtime::vm) fn drop_data(&mut self, instance: InstanceId, id: DataId) {
        if let Some(position) = self.plan(instance).data_position(id) {
            self.instances[instance].data_is_gone[position] = true;
        }
    }

    /// Returns whether an element segment was dropped.
    pub(in crate::runtime::vm) fn is_element_gone(
        &self,
        instance: InstanceId,
        id: ElementId,
    ) -> bool {
        self.instances[instance].elements_are_gone[id]
    }

    /// Drops an element segment.
    pub(in crate::runtime::vm) fn drop_element(&mut self, instance: InstanceId, id: ElementId) {
        self.instances[instance].elements_are_gone[id] = true;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // SAFETY: `shared` outlives the group (invariant 2), and nobody has a reference while something of the store is
        // dropped.
        unsafe { self.shared.as_mut() }.remove_context(self.context.cast());
        // Otherwise it was not made as a whole, and there are references that were not filled in.
        let is_whole = self.instances.len() == self.code.image().instances.len();
        let elements = self.take_elements();
        // Memories and tables write to the context.
        self.instances.clear();
        if let Some(mut memory) = self.memory.take().filter(|_| is_whole) {
            memory.leave_elements(elements);
            self.code.contexts().leave(memory);
        }
    }
}
