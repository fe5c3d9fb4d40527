//! What everything in a store can reach: contexts, memories, built-in functions, signal handlers, functions of the host.
//!
//! Invariants: (1) a `Shared` lives as long as its store, at one address. (2) References to it are short: none is held
//! while a guest or a function of the host runs. Only the thread that uses the store makes any, and a signal handler, while
//! the guest it interrupts runs. (3) `headers` are those of contexts that exist.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::runtime::trap::TrapKind;
use crate::runtime::vm::address;
use crate::runtime::vm::code::Code;
use crate::runtime::vm::failure::{Failure, Frame, Note};
use crate::runtime::vm::interrupt::InterruptPage;
use crate::runtime::vm::layout::Header;
use crate::runtime::vm::limiter::{CountError, Counts, FindLimiter, ResourceLimiter};
use crate::runtime::vm::mmap::PAGE_BYTES;
use crate::runtime::vm::object::StoreId;
use crate::runtime::vm::stack::{self, Reach};
use crate::runtime::vm::value::RawRef;

/// Number of frames of one entry that a backtrace keeps, the innermost (ours).
const FRAMES_MAX: usize = 256;

/// What guests in a store may use.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime) struct StoreLimits {
    /// How much stack.
    pub(in crate::runtime) stack_bytes: usize,
    /// How much address space a memory whose guests check reserves at least, if it may grow that far.
    pub(in crate::runtime) memory_room_bytes: u64,
}

impl Default for StoreLimits {
    /// Ours: what Rust gives its threads leaves room for the stack and for functions of the host, and small memories do not
    /// move.
    fn default() -> StoreLimits {
        StoreLimits {
            stack_bytes: 512 << 10,
            memory_room_bytes: 1 << 20,
        }
    }
}

/// What everything in a store can reach.
pub(in crate::runtime) struct Shared {
    id: StoreId,
    /// What functions of the host get: the store as a whole.
    pub(in crate::runtime::vm) owner: NonNull<()>,
    /// The number of entries of this store on the stack.
    pub(in crate::runtime::vm) depth: usize,
    stack_limit: usize,
    /// From where that limit is good.
    stack_reach: Reach,
    limits: StoreLimits,
    note: Option<Note>,
    trace: Vec<usize>,
    codes: BTreeMap<usize, Arc<Code>>,
    /// The entries that were asked for, by the number of their signature.
    entries: HashMap<u64, usize>,
    func_refs: BTreeMap<usize, FuncRefs>,
    /// The code of contexts, by their addresses: there are references to functions in them.
    contexts: BTreeMap<usize, Arc<Code>>,
    reservations: IndexSet<Range<usize>>,
    limiter: Option<Box<dyn FindLimiter>>,
    counts: Counts,
    interrupt: Option<Arc<InterruptPage>>,
    headers: IndexSet<NonNull<Header>>,
}

/// Where some references to functions are: so many of them, at regular distances.
#[derive(Clone, Copy, Debug)]
pub(in crate::runtime::vm) struct FuncRefs {
    pub(in crate::runtime::vm) start: usize,
    /// The distance in bytes; never 0.
    pub(in crate::runtime::vm) stride: usize,
    pub(in crate::runtime::vm) count: usize,
}

/// What code reads that cannot be interrupted.
#[repr(C, align(4096))]
struct Page([u8; PAGE_BYTES]);

static NEVER_INTERRUPTED: Page = Page([0; PAGE_BYTES]);

impl Shared {
    /// Makes one for a store with these limits.
    pub(in crate::runtime::vm) fn new(owner: NonNull<()>, limits: StoreLimits) -> Shared {
        Shared {
            id: StoreId::unique(),
            owner,
            depth: 0,
            stack_limit: stack::NO_ROOM,
            stack_reach: Reach::NOWHERE,
            limits,
            note: None,
            trace: Vec::new(),
            codes: BTreeMap::new(),
            entries: HashMap::new(),
            func_refs: BTreeMap::new(),
            contexts: BTreeMap::new(),
            reservations: IndexSet::new(),
            limiter: None,
            counts: Counts::default(),
            interrupt: None,
            headers: IndexSet::new(),
        }
    }

    /// Returns how much address space a memory reserves at least whose guests check.
    pub(in crate::runtime::vm) fn memory_room_bytes(&self) -> u64 {
        self.limits.memory_room_bytes
    }

    /// Returns the id of the store.
    #[inline]
    pub(in crate::runtime) fn id(&self) -> StoreId {
        self.id
    }

    /// Makes sure that guests called from here respect the stack. Returns whether there is room for them.
    #[inline]
    pub(in crate::runtime::vm) fn update_stack_limit(&mut self) -> bool {
        self.stack_reach.is_here() || self.set_stack_limit()
    }

    #[cold]
    #[inline(never)]
    fn set_stack_limit(&mut self) -> bool {
        let (limit, reach) = stack::limit(self.stack_limit, self.limits.stack_bytes);
        self.stack_reach = reach;
        if limit != self.stack_limit {
            self.stack_limit = limit;
            self.tell_stack_limit();
        }
        limit != stack::NO_ROOM
    }

    fn tell_stack_limit(&mut self) {
        let limit = address::to_u64(self.stack_limit);
        for header in &self.headers {
            // SAFETY: the context exists (invariant 3). It was allocated by `Context`, so the place is fit for a header.
            unsafe { (*header.as_ptr()).stack_limit = limit };
        }
    }

    /// Adds the context of a group with some code, and fills in its header.
    ///
    /// # Safety
    ///
    /// The context is one of this code, and exists until [`remove_context`](Shared::remove_context) or as long as this.
    pub(in crate::runtime::vm) unsafe fn add_context(
        &mut self,
        header: NonNull<Header>,
        code: &Arc<Code>,
        builtins: u64,
        owner: u64,
    ) {
        let value = Header {
            stack_limit: address::to_u64(self.stack_limit),
            builtins,
            interrupt_page: self.interrupt_page(),
            owner,
        };
        // SAFETY: the caller says that there is a context, which begins with a header.
        unsafe { header.write(value) };
        self.headers.insert(header);
        self.contexts.insert(header.addr().get(), Arc::clone(code));
    }

    /// Removes a context.
    pub(in crate::runtime::vm) fn remove_context(&mut self, header: NonNull<Header>) {
        self.headers.swap_remove(&header);
        self.contexts.remove(&header.addr().get());
    }

    /// Uses a page for interruption.
    pub(in crate::runtime::vm) fn set_interrupt(&mut self, page: Arc<InterruptPage>) {
        self.interrupt = Some(page);
        let address = self.interrupt_page();
        for header in &self.headers {
            // SAFETY: the context exists (invariant 3), and begins with a header.
            unsafe { (*header.as_ptr()).interrupt_page = address };
        }
    }

    /// Returns the page for interruption.
    pub(in crate::runtime::vm) fn interrupt(&self) -> Option<&Arc<InterruptPage>> {
        self.interrupt.as_ref()
    }

    fn interrupt_page(&self) -> u64 {
        match &self.interrupt {
            Some(page) => address::to_u64(page.address()),
            None => address::of(&raw const NEVER_INTERRUPTED),
        }
    }

    /// Keeps code as long as the store.
    pub(in crate::runtime::vm) fn add_code(&mut self, code: &Arc<Code>) {
        let range = code.range();
        if range.is_empty() || self.codes.contains_key(&range.start) {
            return;
        }
        self.codes.insert(range.start, Arc::clone(code));
    }

    /// Returns the entry for functions of a type, if some code in the store has it.
    pub(in crate::runtime::vm) fn entry(&mut self, signature: u64) -> Option<usize> {
        if let Some(known) = self.entries.get(&signature) {
            return Some(*known);
        }
        let found = self.codes.values().find_map(|code| code.entry(signature))?;
        self.entries.insert(signature, found);
        Some(found)
    }

    fn code_at(&self, pc: usize) -> Option<&Arc<Code>> {
        let (_, code) = self.codes.range(..=pc).next_back()?;
        code.range().contains(&pc).then_some(code)
    }

    /// Notes where there are references to functions outside of contexts, which live as long as the store.
    pub(in crate::runtime::vm) fn add_func_refs(&mut self, refs: FuncRefs) {
        if refs.count != 0 {
            self.func_refs.insert(refs.start, refs);
        }
    }

    /// Returns whether a reference is one to a function of the store, or null.
    pub(in crate::runtime::vm) fn is_func(&self, reference: RawRef) -> bool {
        let address = address::to_usize(reference.0);
        if address == 0 {
            return true;
        }
        let context = self.contexts.range(..=address).next_back();
        if context.is_some_and(|(start, code)| code.layout().is_func_ref(address - start)) {
            return true;
        }
        let before = self.func_refs.range(..=address).next_back();
        before.is_some_and(|(_, refs)| {
            let distance = address - refs.start;
            distance.is_multiple_of(refs.stride) && distance / refs.stride < refs.count
        })
    }

    /// Notes address space of a memory, where guests may fault.
    pub(in crate::runtime::vm) fn add_reservation(&mut self, range: Range<usize>) {
        self.reservations.insert(range);
    }

    /// Takes back a note of address space.
    pub(in crate::runtime::vm) fn remove_reservation(&mut self, range: &Range<usize>) {
        self.reservations.swap_remove(range);
    }

    /// Sets who decides about growth and numbers.
    pub(in crate::runtime::vm) fn set_limiter(&mut self, limiter: Box<dyn FindLimiter>) {
        self.limiter = Some(limiter);
    }

    /// Returns who decides about growth and numbers.
    pub(in crate::runtime::vm) fn limiter(&mut self) -> Option<&mut dyn ResourceLimiter> {
        // SAFETY: who can get at the data has a `StoreMut`, which is borrowed as long as it uses references to the data; to
        // make or grow something, or to call a guest that does, it has to be borrowed anew.
        Some(unsafe { self.limiter.as_mut()?.find() })
    }

    /// Makes sure that so many more things may be made.
    pub(in crate::runtime::vm) fn check_counts(&mut self, more: Counts) -> Result<(), CountError> {
        let sum = self.counts.plus(more);
        match self.limiter() {
            Some(limiter) => sum.check(limiter),
            None => Ok(()),
        }
    }

    /// Notes that so many more things were made.
    pub(in crate::runtime::vm) fn add_counts(&mut self, more: Counts) {
        self.counts = self.counts.plus(more);
    }

    /// Returns why the instruction at `pc`, which is in the code of a guest, faulted; none if it must not. `accessed` is
    /// the address if the fault is an access. Neither locks nor allocates.
    pub(in crate::runtime::vm) fn classify(
        &self,
        pc: usize,
        accessed: Option<usize>,
    ) -> Option<TrapKind> {
        let code = self.code_at(pc)?;
        if let Some(kind) = code.trap_at(code.offset(pc)) {
            return Some(kind);
        }
        let accessed = accessed?;
        if self
            .reservations
            .iter()
            .any(|range| range.contains(&accessed))
        {
            return Some(TrapKind::MemoryOutOfBounds);
        }
        let page = self.interrupt.as_ref()?;
        page.contains(accessed).then_some(TrapKind::Interrupted)
    }

    /// Notes why the guest that runs is about to be unwound.
    pub(in crate::runtime::vm) fn note(&mut self, note: Note) {
        self.note = Some(note);
    }

    /// Begins to note where the guest is that is about to be unwound.
    pub(in crate::runtime::vm) fn begin_trace(&mut self) {
        self.trace.clear();
    }

    /// Notes an address in the instruction at which a frame is, from the innermost on.
    pub(in crate::runtime::vm) fn trace(&mut self, pc: usize) {
        if self.trace.len() < FRAMES_MAX {
            self.trace.push(pc);
        }
    }

    /// Takes what the guest left behind that was unwound just now, and adds its frames.
    pub(in crate::runtime::vm) fn take_note(&mut self) -> Note {
        let note = self.note.take().expect("who unwinds a guest says why");
        let mut failure = match note {
            Note::Trap(kind) => {
                if let (TrapKind::Interrupted, Some(page)) = (kind, &self.interrupt) {
                    page.reset();
                }
                Failure::trap(kind)
            }
            Note::Failure(failure) => failure,
            Note::Panic(_) => return note,
        };
        let trace = std::mem::take(&mut self.trace);
        let known = trace
            .iter()
            .filter_map(|pc| Some((self.code_at(*pc)?, *pc)));
        let frames = known.flat_map(|(code, pc)| Frame::of_instruction(code, code.offset(pc)));
        failure.extend(frames);
        self.trace = trace;
        Note::Failure(failure)
    }
}
