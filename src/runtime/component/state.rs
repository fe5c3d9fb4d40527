//! An instance of a component in a store: where everything of it is that the host reads, writes and calls.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use cranelift_entity::PrimaryMap;

use crate::adapt::{ComponentInstanceId, IndexType, ResourceId};
use crate::fact::emit::Width;
use crate::fact::{NO_HANDLE, StateExport, TrapCode};
use crate::runtime::component::canon::{LIFT_BYTES_MAX, Options};
use crate::runtime::component::code::{Code, Passing};
use crate::runtime::component::dtor::Dtor;
use crate::runtime::component::outline::{LiftId, SideId, StateOutline};
use crate::runtime::component::resource::{HostResources, ResourceType};
use crate::runtime::component::trace::Tracer;
use crate::runtime::component::ty::TypeSpace;
use crate::runtime::core::store::{AsContextMut, StoreContextMut};
use crate::runtime::error::Error;
use crate::runtime::image::{FuncSite, GlobalSite, MemorySite};
use crate::runtime::types::{GlobalType, ValType};
use crate::runtime::vm::layout::RawValue;
use crate::runtime::vm::object::{Extern, GlobalId, GroupId, MemoryId};
use crate::runtime::vm::state::Callee;

/// What the instances of components in a store share.
#[derive(Default)]
pub(in crate::runtime) struct Shared {
    /// The handles that the host holds.
    pub(in crate::runtime) resources: HostResources,
    /// The destructors of resource types that the host defines, each an `Arc<Dtor<T>>`.
    dtors: HashMap<ResourceType, Box<dyn Any + Send>>,
    /// How many calls are under way that somebody is told of.
    pub(in crate::runtime) depth: usize,
    /// The instances, by number.
    instances: HashMap<u64, Arc<dyn Any + Send + Sync>>,
}

impl Shared {
    /// Keeps an instance as long as the store.
    pub(in crate::runtime) fn add(&mut self, state: &Arc<State>) {
        self.instances.insert(state.number, Arc::clone(state) as _);
    }

    /// Keeps the destructor of a resource type that the host defines.
    pub(in crate::runtime) fn add_dtor<T: 'static>(
        &mut self,
        ty: ResourceType,
        dtor: &Arc<Dtor<T>>,
    ) {
        let entry = self.dtors.entry(ty);
        entry.or_insert_with(|| Box::new(Arc::clone(dtor)));
    }

    /// Returns the destructor of a resource type that the host defines.
    pub(in crate::runtime) fn dtor<T: 'static>(&self, ty: ResourceType) -> Option<Arc<Dtor<T>>> {
        let found: Option<&Arc<Dtor<T>>> = self.dtors.get(&ty)?.downcast_ref();
        found.map(Arc::clone)
    }

    /// Returns an instance.
    pub(in crate::runtime) fn instance(&self, number: u64) -> Option<Arc<State>> {
        let found = Arc::clone(self.instances.get(&number)?);
        found.downcast().ok()
    }
}

/// An instance of a component.
pub(in crate::runtime) struct State {
    /// What it is an instance of.
    pub(in crate::runtime) code: Arc<Code>,
    /// A number that no other instance has.
    pub(in crate::runtime) number: u64,
    /// Its types.
    pub(in crate::runtime) space: Arc<TypeSpace>,
    /// Who is told of calls.
    pub(in crate::runtime) tracer: Option<Tracer>,
    /// What the host gave, of a type that depends on the data of the store.
    pub(in crate::runtime) given: Arc<dyn Any + Send + Sync>,
    group: OnceLock<GroupId>,
    is_broken: AtomicBool,
    /// How many calls of adapters are in it, negative if it is broken; made when there are adapters to call it.
    standing: OnceLock<GlobalId>,
    /// The instances whose functions it was given, and all that those were given, each once.
    callees: OnceLock<Vec<Arc<State>>>,
    sides: PrimaryMap<SideId, OnceLock<Arc<Side>>>,
    lifted: PrimaryMap<LiftId, OnceLock<Arc<Lifted>>>,
}

/// How values of one side are read and written, in a store.
#[derive(Debug)]
pub(in crate::runtime) struct Side {
    /// The component instance.
    pub(in crate::runtime) instance: ComponentInstanceId,
    /// Its flags, if it has state.
    pub(in crate::runtime) flags: Option<Flags>,
    /// How values lie in the memory.
    pub(in crate::runtime) options: Options,
    /// The memory.
    pub(in crate::runtime) memory: Option<MemoryId>,
    /// The function that allocates.
    pub(in crate::runtime) realloc: Option<Callee>,
}

/// A lifted function, in a store: everything that a call of it needs.
#[derive(Debug)]
pub(in crate::runtime) struct Lifted {
    /// How its values are passed.
    pub(in crate::runtime) passing: Arc<Passing>,
    /// How they are read and written.
    pub(in crate::runtime) side: Arc<Side>,
    /// The core function.
    pub(in crate::runtime) callee: Callee,
    /// What is called with the core results after they were read.
    pub(in crate::runtime) post_return: Option<Callee>,
}

/// The flags of a component instance that has state, in a store.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime) struct Flags {
    /// Whether it may leave.
    pub(in crate::runtime) may_leave: GlobalId,
    /// The handle that was lent last.
    pub(in crate::runtime) lent: GlobalId,
    /// The handle that was not accepted.
    pub(in crate::runtime) fault: GlobalId,
}

/// What the count of entries is when an instance breaks: as an `i32`, it is negative whatever ends or begins afterwards.
const BROKEN: u32 = 0xc000_0000;

/// How many calls were in instances at some time, for those in which there were any.
#[derive(Default)]
pub(in crate::runtime) struct Entries(Vec<(u64, u32)>);

impl Entries {
    #[cold]
    fn of<T>(callees: &[Arc<State>], mut store: StoreContextMut<'_, T>) -> Entries {
        let counts = callees
            .iter()
            .map(|callee| (callee.number, callee.entry_count(&mut store)));
        Entries(counts.filter(|(_, count)| *count > 0).collect())
    }

    fn count(&self, state: &State) -> u32 {
        let mut known = self.0.iter();
        let found = known.find(|(number, _)| *number == state.number);
        found.map_or(0, |(_, count)| *count)
    }
}

impl State {
    /// Makes the state of an instance of which nothing else exists so far.
    ///
    /// `host_type` says what a resource type is that the host defines, `given` is what the host gave.
    pub(in crate::runtime) fn new(
        code: &Arc<Code>,
        host_type: impl Fn(ResourceId) -> ResourceType,
        given: Arc<dyn Any + Send + Sync>,
        tracer: Option<Tracer>,
    ) -> State {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let outline = &code.outline;
        let types = outline.resources.iter().map(|(id, resource)| {
            if resource.origin.is_host() {
                host_type(id)
            } else {
                ResourceType::guest(number, id)
            }
        });
        State {
            code: Arc::clone(code),
            number,
            space: TypeSpace::new(Arc::clone(&outline.types), types.collect()),
            given,
            tracer,
            group: OnceLock::new(),
            is_broken: AtomicBool::new(false),
            standing: OnceLock::new(),
            callees: OnceLock::new(),
            sides: outline.sides.values().map(|_| OnceLock::new()).collect(),
            lifted: outline.lifts.values().map(|_| OnceLock::new()).collect(),
        }
    }

    /// Says where the core instances are.
    pub(in crate::runtime) fn set_group(&self, group: GroupId) {
        self.group.set(group).expect("an instance is made once");
    }

    /// Returns whether the core instances are in this store.
    pub(in crate::runtime) fn is_in<T>(&self, store: &mut StoreContextMut<'_, T>) -> bool {
        let id = store.objects().id();
        self.group.get().is_some_and(|group| group.is_in(id))
    }

    fn group(&self) -> GroupId {
        *self.group.get().expect("guests run after they are made")
    }

    /// Makes sure that nothing trapped in the instance: what did cannot be called any more.
    ///
    /// # Errors
    ///
    /// Fails if something did.
    #[inline]
    pub(in crate::runtime) fn check_whole(&self) -> Result<(), Error> {
        if self.is_broken.load(Ordering::Relaxed) {
            return Err(Error::abi_trap(TrapCode::CannotEnter));
        }
        Ok(())
    }

    /// Notes that something trapped.
    pub(in crate::runtime) fn break_down<T>(&self, store: &mut StoreContextMut<'_, T>) {
        self.is_broken.store(true, Ordering::Relaxed);
        if let Some(standing) = self.standing.get() {
            let broken = RawValue::from_u32(BROKEN);
            store.objects().global_set(*standing, broken);
        }
    }

    /// Returns how many calls are in the instances that it can call.
    #[inline]
    pub(in crate::runtime) fn entries<T>(&self, store: &mut StoreContextMut<'_, T>) -> Entries {
        match self.callees() {
            [] => Entries::default(),
            callees => Entries::of(callees, store.as_context_mut()),
        }
    }

    /// Notes that those of the instances that it can call broke which were called since these were counted.
    pub(in crate::runtime) fn break_entered<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        before: &Entries,
    ) {
        for callee in self.callees() {
            if callee.entry_count(store) > before.count(callee) {
                callee.break_down(store);
            }
        }
    }

    /// Returns how many calls of adapters are in it: none if it is broken, which it cannot be twice.
    fn entry_count<T>(&self, store: &mut StoreContextMut<'_, T>) -> u32 {
        let Some(standing) = self.standing.get() else {
            return 0;
        };
        let count = store.objects().global_get(*standing).as_u32();
        u32::try_from(count.cast_signed()).unwrap_or(0)
    }

    /// Says whose functions it was given.
    pub(in crate::runtime) fn set_callees<'a>(&self, given: impl Iterator<Item = &'a Arc<State>>) {
        // Each function that is linked names its instance once more.
        let mut seen = HashSet::new();
        let mut callees = Vec::new();
        for state in given {
            let all = [state].into_iter().chain(state.callees());
            callees.extend(all.filter(|it| seen.insert(it.number)).cloned());
        }
        let set = self.callees.set(callees);
        assert!(set.is_ok(), "an instance is made once");
    }

    /// Returns the instances whose functions it was given, and all that those were given.
    #[inline]
    pub(in crate::runtime) fn callees(&self) -> &[Arc<State>] {
        self.callees.get().map_or(&[], |callees| callees)
    }

    /// Returns the global that says how many calls of adapters are in it, or that it is broken.
    pub(in crate::runtime) fn standing<T>(&self, store: &mut StoreContextMut<'_, T>) -> GlobalId {
        *self.standing.get_or_init(|| {
            let is_broken = self.is_broken.load(Ordering::Relaxed);
            let ty = GlobalType {
                content: ValType::I32,
                mutable: true,
            };
            let value = if is_broken { BROKEN } else { 0 };
            store.objects().new_global(ty, RawValue::from_u32(value))
        })
    }

    /// Returns a function, to be imported by another module.
    pub(in crate::runtime) fn extern_func<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        site: FuncSite,
    ) -> Extern {
        Extern::Func(store.objects().func_at(self.group(), site))
    }

    /// Returns a memory, to be imported by another module.
    pub(in crate::runtime) fn extern_memory<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        site: MemorySite,
    ) -> Extern {
        Extern::Memory(store.objects().memory_at(self.group(), site))
    }

    /// Returns a global, to be imported by another module.
    pub(in crate::runtime) fn extern_global<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        site: GlobalSite,
    ) -> Extern {
        Extern::Global(store.objects().global_at(self.group(), site))
    }

    /// Returns one of the sides.
    pub(in crate::runtime) fn side<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        id: SideId,
    ) -> Result<&Arc<Side>, Error> {
        if let Some(known) = self.sides[id].get() {
            return Ok(known);
        }
        let outline = &self.code.outline.sides[id];
        let flags = self.flags(store, outline.instance);
        let memory = outline
            .memory
            .map(|site| store.objects().memory_at(self.group(), site));
        let realloc = outline.realloc.map(|site| self.callee(store, site));
        let side = Side {
            instance: outline.instance,
            flags,
            options: Options {
                encoding: outline.encoding,
                width: match outline.width {
                    IndexType::I32 => Width::W32,
                    IndexType::I64 => Width::W64,
                },
                lift_bytes_max: LIFT_BYTES_MAX,
            },
            memory,
            realloc: realloc.transpose()?,
        };
        Ok(self.sides[id].get_or_init(|| Arc::new(side)))
    }

    /// Returns one of the lifted functions.
    pub(in crate::runtime) fn lifted<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        id: LiftId,
    ) -> Result<&Arc<Lifted>, Error> {
        if let Some(known) = self.lifted[id].get() {
            return Ok(known);
        }
        let outline = &self.code.outline.lifts[id];
        let post_return = outline.post_return.map(|site| self.callee(store, site));
        let lifted = Lifted {
            passing: Arc::clone(&self.code.lifts[id]),
            side: Arc::clone(self.side(store, outline.side)?),
            callee: self.callee(store, outline.callee)?,
            post_return: post_return.transpose()?,
        };
        Ok(self.lifted[id].get_or_init(|| Arc::new(lifted)))
    }

    /// Returns the flags of a component instance, if it has state.
    fn flags<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        id: ComponentInstanceId,
    ) -> Option<Flags> {
        let outline = self.code.outline.instances[id].state.as_ref()?;
        let mut objects = store.objects();
        Some(Flags {
            may_leave: objects.global_at(self.group(), outline.may_leave),
            lent: objects.global_at(self.group(), outline.lent),
            fault: objects.global_at(self.group(), outline.fault),
        })
    }

    /// Returns the handle that one of the component instances did not accept, and forgets it.
    ///
    /// None is noted but the one that is [`NO_HANDLE`], for which it looks as if there were none.
    pub(in crate::runtime) fn take_fault<T>(&self, store: &mut StoreContextMut<'_, T>) -> u32 {
        let none = RawValue::from_u32(NO_HANDLE);
        for id in self.code.outline.instances.keys() {
            let Some(flags) = self.flags(store, id) else {
                continue;
            };
            let mut objects = store.objects();
            let handle = objects.global_get(flags.fault).as_u32();
            if handle != NO_HANDLE {
                objects.global_set(flags.fault, none);
                return handle;
            }
        }
        NO_HANDLE
    }

    /// Does something with the handles of a component instance, and returns its result if it has one.
    ///
    /// # Errors
    ///
    /// Fails if the operation traps.
    ///
    /// # Panics
    ///
    /// Panics if the instance has no handles.
    pub(in crate::runtime) fn operate<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        id: ComponentInstanceId,
        op: StateExport,
        params: &[u32],
    ) -> Result<u32, Error> {
        let outline = self.code.outline.instances[id].state.as_ref();
        let outline: &StateOutline = outline.expect("an instance that is passed handles has state");
        let callee = self.callee(store, outline.op(op))?;
        let mut values = [RawValue::ZERO; 2];
        for (value, param) in values.iter_mut().zip(params) {
            value.set_u32(*param);
        }
        store.raw().call(&callee, &mut values)?;
        Ok(values[0].as_u32())
    }

    /// Prepares a function for calls.
    pub(in crate::runtime) fn callee<T>(
        &self,
        store: &mut StoreContextMut<'_, T>,
        site: FuncSite,
    ) -> Result<Callee, Error> {
        if let Some(callee) = store.objects().callee_at(self.group(), site) {
            return Ok(callee);
        }
        let ty = store.objects().func_type_at(self.group(), site);
        let code = store.engine().trampolines(&ty)?;
        let mut objects = store.objects();
        objects.add_code(&code);
        let callee = objects.callee_at(self.group(), site);
        Ok(callee.expect("there is an entry for its type"))
    }
}
