//! Faults of guests become traps; those of others stay what they are.

use std::thread;

use crate::runtime::trap::TrapKind;
use crate::runtime::vm::layout::{RawValue, header};
use crate::runtime::vm::object::GroupId;
use crate::runtime::vm::tests::assembly::{
    Assembly, Machine, UD2, call, call_import, load_byte, memory_type,
};
use crate::runtime::vm::tests::call::failed;

/// `mov eax, 1; xor ecx, ecx; cdq; idiv ecx`
const DIVIDE: [u8; 10] = [0xb8, 1, 0, 0, 0, 0x31, 0xc9, 0x99, 0xf7, 0xf9];

/// A function that calls itself until there is no stack left: `cmp rsp, [rdi]; jb over; call self; over: ud2`.
const RECURSE: [u8; 12] = [
    0x48, 0x3b, 0x27, 0x72, 0x05, 0xe8, 0xf2, 0xff, 0xff, 0xff, 0x0f, 0x0b,
];

fn loader() -> Assembly {
    let mut assembly = Assembly::new(0);
    assembly.memory(memory_type(1, None));
    assembly.func("load", &load_byte(&assembly.layout()));
    assembly
}

#[test]
fn each_kind_of_fault_is_a_trap() {
    let mut machine = Machine::new(());
    let mut assembly = Assembly::new(0);
    assembly.trapping("ud2", &UD2, 0, TrapKind::Unreachable);
    assembly.trapping("divide", &DIVIDE, 8, TrapKind::DivisionByZero);
    assembly.trapping("recurse", &RECURSE, 10, TrapKind::StackExhausted);
    // mov eax, [0]
    let null = [0x8b, 0x04, 0x25, 0, 0, 0, 0];
    assembly.trapping("null", &null, 0, TrapKind::NullReference);
    let group = machine.instantiate(assembly, &[]);
    for _ in 0..3 {
        assert_eq!(failed(machine.call(group, "ud2", 0)).0, "unreachable");
        assert_eq!(
            failed(machine.call(group, "divide", 0)).0,
            "integer divide by zero"
        );
        assert_eq!(failed(machine.call(group, "null", 0)).0, "null reference");
        let (message, frames) = failed(machine.call(group, "recurse", 0));
        assert_eq!(message, "call stack exhausted");
        assert_eq!(frames.len(), 256);
        assert!(frames.iter().all(|name| name == "recurse"));
    }
}

#[test]
fn access_beyond_the_end_of_a_memory_is_a_trap() {
    let mut machine = Machine::new(());
    let group = machine.instantiate(loader(), &[]);
    assert_eq!(machine.call(group, "load", 0xffff).expect("this works"), 0);
    for address in [0x1_0000, 0x7fff_ffff, u32::MAX] {
        let (message, frames) = failed(machine.call(group, "load", address));
        assert_eq!(message, "out of bounds memory access");
        assert_eq!(frames, ["load"]);
    }
}

#[test]
fn threads_trap_on_their_own() {
    let threads: Vec<_> = (0..4)
        .map(|_| {
            thread::spawn(|| {
                let mut machine = Machine::new(());
                let group = machine.instantiate(loader(), &[]);
                for address in 0..500 {
                    assert_eq!(machine.call(group, "load", address).expect("this works"), 0);
                    let result = machine.call(group, "load", 0x1_0000 + address);
                    assert_eq!(failed(result).0, "out of bounds memory access");
                }
            })
        })
        .collect();
    threads
        .into_iter()
        .for_each(|thread| thread.join().expect("this works"));
}

#[test]
fn store_moves_to_a_thread_with_a_small_stack() {
    let mut machine = Machine::new(());
    let mut assembly = Assembly::new(0);
    assembly.trapping("recurse", &RECURSE, 10, TrapKind::StackExhausted);
    let group = machine.instantiate(assembly, &[]);
    assert_eq!(
        failed(machine.call(group, "recurse", 0)).0,
        "call stack exhausted"
    );
    // Less than guests may use and the host keeps for itself, together.
    let small = thread::Builder::new().stack_size(400 << 10);
    let thread = small.spawn(move || {
        assert_eq!(
            failed(machine.call(group, "recurse", 0)).0,
            "call stack exhausted"
        );
        machine
    });
    let mut machine = thread.expect("this works").join().expect("this works");
    assert_eq!(
        failed(machine.call(group, "recurse", 0)).0,
        "call stack exhausted"
    );
}

#[test]
fn nest_of_host_and_guest_exhausts_the_stack() {
    let mut machine = Machine::new((None::<GroupId>, 0));
    let host = machine.host(|mut store, values| {
        let group = store.data().0.expect("it was set");
        store.data_mut().1 += 1;
        values[0] = RawValue::from_u32(call(store.reborrow(), group, "nest", 0)?);
        Ok(())
    });
    let mut assembly = Assembly::new(1);
    // cmp rsp, [rdi]; jae over; ud2; over: …
    let check = [0x48, 0x3b, 0x27, 0x73, 0x02, 0x0f, 0x0b];
    let body = [&check[..], &call_import(&assembly.layout(), 0)].concat();
    assembly.trapping("nest", &body, 5, TrapKind::StackExhausted);
    let group = machine.instantiate(assembly, &[host]);
    machine.store.as_mut().data_mut().0 = Some(group);
    let (message, frames) = failed(machine.call(group, "nest", 0));
    assert_eq!(message, "call stack exhausted");
    let depth = machine.store.as_mut().data().1;
    assert!(depth > 100, "{depth}");
    assert_eq!(frames.len(), depth + 1);
}

#[test]
fn guest_is_interrupted_from_another_thread() {
    let mut machine = Machine::new(());
    let handle = machine
        .store
        .as_mut()
        .objects()
        .interrupt_handle()
        .expect("this works");
    let mut assembly = Assembly::new(1);
    let layout = assembly.layout();
    let page = u8::try_from(header::INTERRUPT_PAGE).expect("this works");
    // mov rax, [rdi + page]; again: mov cl, [rax]; jmp again
    let spin = [0x48, 0x8b, 0x47, page, 0x8a, 0x08, 0xeb, 0xfc];
    assembly.func("spin", &[&call_import(&layout, 0)[..], &spin].concat());
    let (running, wait) = std::sync::mpsc::channel();
    let host = machine.host(move |_, _| {
        running.send(()).expect("this works");
        Ok(())
    });
    let group = machine.instantiate(assembly, &[host]);
    thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..2 {
                wait.recv().expect("this works");
                handle.interrupt().expect("this works");
            }
        });
        for _ in 0..2 {
            assert_eq!(failed(machine.call(group, "spin", 0)).0, "interrupted");
        }
    });
}
