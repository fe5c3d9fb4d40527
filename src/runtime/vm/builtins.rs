//! The built-in functions: what [`Builtin`] says, for code to call.
//!
//! Invariants: (1) guests pass the addresses that their context holds: of itself, of memories and tables of the store, of
//! elements of the group. (2) While one of these functions runs, the guest does not, so that the references they make are
//! the only ones.

use core::arch::naked_asm;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::NonNull;

use crate::runtime::builtin::Builtin;
use crate::runtime::index::{DataId, ElementId, InstanceId};
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::address;
use crate::runtime::vm::entry::raise;
use crate::runtime::vm::failure::Note;
use crate::runtime::vm::group::Group;
use crate::runtime::vm::initialize::{init_memory, init_table};
use crate::runtime::vm::layout::Header;
use crate::runtime::vm::memory::Memory;
use crate::runtime::vm::shared::Shared;
use crate::runtime::vm::table::{self, Table};
use crate::runtime::vm::value::RawRef;

/// What growth returns if it is refused.
const REFUSED: u64 = u64::MAX;

/// What growth returns to its caller here if the guest is to be unwound. No size is so large.
const UNWIND: u64 = u64::MAX - 1;

/// The address of a function.
#[repr(transparent)]
struct Address(*const ());

// SAFETY: functions are there for all threads.
unsafe impl Sync for Address {}

/// The addresses of the functions, in the order of numbers.
static ADDRESSES: [Address; Builtin::ALL.len()] = {
    let mut addresses = [const { Address(std::ptr::null()) }; Builtin::ALL.len()];
    let mut i = 0;
    while i < Builtin::ALL.len() {
        addresses[Builtin::ALL[i] as usize] = Address(address_of(Builtin::ALL[i]));
        i += 1;
    }
    addresses
};

const fn address_of(builtin: Builtin) -> *const () {
    match builtin {
        Builtin::Raise => raise as *const (),
        Builtin::MemoryGrow => memory_grow as *const (),
        Builtin::MemoryCopy => libc::memmove as *const (),
        Builtin::MemoryFill => libc::memset as *const (),
        Builtin::MemoryInit => memory_init as *const (),
        Builtin::DataDrop => data_drop as *const (),
        Builtin::TableGrow => table_grow as *const (),
        Builtin::TableFill => table_fill as *const (),
        Builtin::TableCopy => table_copy as *const (),
        Builtin::TableInit => table_init as *const (),
        Builtin::ElementDrop => element_drop as *const (),
        Builtin::AtomicWait => atomic_wait as *const (),
    }
}

/// Returns the address of the array of addresses.
pub(in crate::runtime::vm) fn addresses() -> u64 {
    address::of(&raw const ADDRESSES)
}

/// Notes a trap, and returns the status that goes with a result.
fn status(mut shared: NonNull<Shared>, result: Result<(), TrapKind>) -> u64 {
    let Err(kind) = result else { return 0 };
    // SAFETY: the store exists, and there is no other reference (invariant 2).
    unsafe { shared.as_mut() }.note(Note::Trap(kind));
    1
}

/// Finishes growth, which calls a limiter that may panic.
fn grown(mut shared: NonNull<Shared>, grow: impl FnOnce() -> Option<u64>) -> u64 {
    match catch_unwind(AssertUnwindSafe(grow)) {
        Ok(size) => size.unwrap_or(REFUSED),
        Err(panic) => {
            // SAFETY: the store exists, and there is no other reference (invariant 2).
            unsafe { shared.as_mut() }.note(Note::Panic(panic));
            UNWIND
        }
    }
}

/// Returns the group with a context.
///
/// # Safety
///
/// `context` is one (invariant 1).
unsafe fn group_of<'g>(context: *const Header) -> &'g mut Group {
    // SAFETY: the caller says that it is a context, which begins with a header.
    let group = unsafe { (*context).owner };
    // SAFETY: the owner of a context is its group, which exists as long; there is no other reference (invariant 2).
    unsafe { &mut *address::at::<Group>(group) }
}

fn instance_id(number: u64) -> InstanceId {
    InstanceId::from_u32(u32::try_from(number).expect("numbers of instances have 32 bits"))
}

fn data_id(number: u64) -> DataId {
    DataId::from_u32(u32::try_from(number).expect("numbers of segments have 32 bits"))
}

fn element_id(number: u64) -> ElementId {
    ElementId::from_u32(u32::try_from(number).expect("numbers of segments have 32 bits"))
}

/// [`Builtin::MemoryGrow`], which unwinds if the limiter panics.
#[unsafe(naked)]
unsafe extern "C" fn memory_grow(memory: NonNull<Memory>, pages: u64) -> u64 {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "call {grow}",
        "pop rbp",
        "cmp rax, {unwind}",
        "je {raise}",
        "ret",
        grow = sym memory_grow_or_note,
        unwind = const UNWIND.cast_signed(),
        raise = sym raise,
    )
}

unsafe extern "C" fn memory_grow_or_note(mut memory: NonNull<Memory>, pages: u64) -> u64 {
    // SAFETY: it is a memory (invariant 1), without other references (invariant 2).
    let memory = unsafe { memory.as_mut() };
    grown(memory.shared(), || memory.grow(pages))
}

unsafe extern "C" fn memory_init(
    context: *const Header,
    instance: u64,
    data: u64,
    memory: NonNull<Memory>,
    to: u64,
    from: u64,
    len: u64,
) -> u64 {
    // SAFETY: it is a context (invariant 1).
    let group = unsafe { group_of(context) };
    let segment = (instance_id(instance), data_id(data));
    status(
        group.shared(),
        init_memory(group, segment, memory, to, from, len),
    )
}

unsafe extern "C" fn data_drop(context: *const Header, instance: u64, data: u64) {
    // SAFETY: it is a context (invariant 1).
    let group = unsafe { group_of(context) };
    group.drop_data(instance_id(instance), data_id(data));
}

/// [`Builtin::TableGrow`], which unwinds if the limiter panics.
#[unsafe(naked)]
unsafe extern "C" fn table_grow(table: NonNull<Table>, count: u64, reference: RawRef) -> u64 {
    naked_asm!(
        "push rbp",
        "mov rbp, rsp",
        "call {grow}",
        "pop rbp",
        "cmp rax, {unwind}",
        "je {raise}",
        "ret",
        grow = sym table_grow_or_note,
        unwind = const UNWIND.cast_signed(),
        raise = sym raise,
    )
}

unsafe extern "C" fn table_grow_or_note(
    mut table: NonNull<Table>,
    count: u64,
    reference: RawRef,
) -> u64 {
    // SAFETY: it is a table (invariant 1), without other references (invariant 2).
    let table = unsafe { table.as_mut() };
    // SAFETY: valid code has references of the type of the table.
    grown(table.shared(), || unsafe { table.grow(count, reference) })
}

unsafe extern "C" fn table_fill(
    mut table: NonNull<Table>,
    start: u64,
    reference: RawRef,
    len: u64,
) -> u64 {
    // SAFETY: it is a table (invariant 1), without other references (invariant 2).
    let table = unsafe { table.as_mut() };
    // SAFETY: valid code has references of the type of the table.
    let result = unsafe { table.fill(start, reference, len) };
    status(table.shared(), result)
}

unsafe extern "C" fn table_copy(
    destination: NonNull<Table>,
    source: NonNull<Table>,
    to: u64,
    from: u64,
    len: u64,
) -> u64 {
    // SAFETY: they are tables (invariant 1), of the same type as the code is valid, without references (invariant 2).
    let result = unsafe { table::copy(destination, source, to, from, len) };
    // SAFETY: it is a table (invariant 1), without other references (invariant 2).
    status(unsafe { destination.as_ref() }.shared(), result)
}

unsafe extern "C" fn table_init(
    context: *const Header,
    instance: u64,
    element: u64,
    table: NonNull<Table>,
    to: u64,
    from: u64,
    len: u64,
) -> u64 {
    // SAFETY: it is a context (invariant 1).
    let group = unsafe { group_of(context) };
    let segment = (instance_id(instance), element_id(element));
    status(
        group.shared(),
        init_table(group, segment, table, to, from, len),
    )
}

unsafe extern "C" fn element_drop(context: *const Header, instance: u64, element: u64) {
    // SAFETY: it is a context (invariant 1).
    let group = unsafe { group_of(context) };
    group.drop_element(instance_id(instance), element_id(element));
}

unsafe extern "C" fn atomic_wait(memory: NonNull<Memory>, _address: u64) -> u64 {
    // SAFETY: it is a memory (invariant 1), without other references (invariant 2).
    let shared = unsafe { memory.as_ref() }.shared();
    status(shared, Err(TrapKind::WaitOnUnshared))
}
