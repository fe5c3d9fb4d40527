//! Calls from host to guest and back, and what comes back instead of a result.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::runtime::image::FuncSite;
use crate::runtime::trap::TrapKind;
use crate::runtime::vm::failure::{Cause, Failure};
use crate::runtime::vm::group::ExternalValues;
use crate::runtime::vm::layout::RawValue;
use crate::runtime::vm::object::{FuncId, GroupId};
use crate::runtime::vm::store::StoreMut;
use crate::runtime::vm::tests::assembly::{
    Assembly, INCREMENT, Machine, UD2, call, call_func, call_import, slot,
};
use crate::runtime::vm::value::RawRef;

/// Returns why a call failed, and the names of the functions in which that was.
#[track_caller]
pub(super) fn failed(result: Result<u32, Box<Failure>>) -> (String, Vec<String>) {
    let failure = result.unwrap_err();
    let names = failure
        .frames()
        .iter()
        .map(|frame| frame.function().into_owned());
    (failure.to_string(), names.collect())
}

/// A guest whose function `call` calls the host and then adds 1.
fn caller() -> Assembly {
    let mut assembly = Assembly::new(1);
    let body = call_import(&assembly.layout(), 0);
    assembly.func("call", &[&body[..], &INCREMENT].concat());
    assembly
}

#[test]
fn guest_returns() {
    let mut machine = Machine::new(());
    let mut assembly = Assembly::new(0);
    assembly.func("add", &INCREMENT);
    let group = machine.instantiate(assembly, &[]);
    assert_eq!(machine.call(group, "add", 41).expect("this works"), 42);
}

#[test]
fn guest_calls_host() {
    let mut machine = Machine::new(10);
    let host = machine.host(|mut store, values| {
        *store.data_mut() += 1;
        values[0] = RawValue::from_u32(values[0].as_u32() * *store.data());
        Ok(())
    });
    let group = machine.instantiate(caller(), &[host]);
    assert_eq!(machine.call(group, "call", 2).expect("this works"), 23);
    assert_eq!(machine.call(group, "call", 2).expect("this works"), 25);
    // A function of the host can be called from the host as well.
    assert_eq!(
        call_func(machine.store.as_mut(), host, 3).expect("this works"),
        39
    );
}

#[test]
fn unwinding_restores_registers_of_the_caller() {
    let mut machine = Machine::new(());
    let mut assembly = Assembly::new(0);
    // xor ebx, ebx; xor r12d, r12d; … r15d; ud2
    let clear = [
        0x31, 0xdb, 0x45, 0x31, 0xe4, 0x45, 0x31, 0xed, 0x45, 0x31, 0xf6, 0x45, 0x31, 0xff, 0x0f,
        0x0b,
    ];
    assembly.trapping("clear", &clear, 14, TrapKind::Unreachable);
    let group = machine.instantiate(assembly, &[]);
    let mut state = [1_u64, 2, 3, 4, 5, 6, 7, 8];
    for round in 0..1000 {
        let (message, _) = failed(machine.call(group, "clear", round));
        assert_eq!(message, "unreachable");
        // Enough values in use to fill the registers that a callee has to keep.
        let [a, b, c, d, e, f, g, h] = state;
        state = [b + 1, c, d, e, f, g, h, a];
    }
    assert_eq!(state.iter().sum::<u64>(), 36 + 1000);
}

#[test]
fn returning_restores_registers_of_the_caller() {
    let mut machine = Machine::new(());
    let mut assembly = Assembly::new(0);
    // xor ebx, ebx; xor r12d, r12d; … r15d; add dword ptr [rdx], 1
    let clear = [
        0x31, 0xdb, 0x45, 0x31, 0xe4, 0x45, 0x31, 0xed, 0x45, 0x31, 0xf6, 0x45, 0x31, 0xff,
    ];
    assembly.func("clear", &[&clear[..], &INCREMENT].concat());
    let group = machine.instantiate(assembly, &[]);
    let mut state = [1_u64, 2, 3, 4, 5, 6, 7, 8];
    for round in 0..1000 {
        let next = machine.call(group, "clear", round).expect("this works");
        assert_eq!(next, round + 1);
        // Enough values in use to fill the registers that a callee has to keep.
        let [a, b, c, d, e, f, g, h] = state;
        state = [b + 1, c, d, e, f, g, h, a];
    }
    assert_eq!(state.iter().sum::<u64>(), 36 + 1000);
}

#[test]
fn error_of_the_host_is_that_of_the_call() {
    let mut machine = Machine::new(());
    let host = machine.host(|_, _| Err(Failure::host("out of coffee".into())));
    let group = machine.instantiate(caller(), &[host]);
    let failure = machine.call(group, "call", 0).unwrap_err();
    let frames: Vec<_> = failure
        .frames()
        .iter()
        .map(|it| format!("{it:?}"))
        .collect();
    assert_eq!(frames, ["guest!call (function 0)"]);
    assert!(matches!(failure.reason(), Cause::Host(error) if error.to_string() == "out of coffee"));
}

#[test]
fn panic_of_the_host_is_that_of_the_call() {
    let mut machine = Machine::new(());
    let host = machine.host(|_, _| std::panic::resume_unwind(Box::new(17_u8)));
    let group = machine.instantiate(caller(), &[host]);
    for _ in 0..2 {
        let result = catch_unwind(AssertUnwindSafe(|| machine.call(group, "call", 0)));
        assert_eq!(result.unwrap_err().downcast_ref::<u8>(), Some(&17));
    }
}

#[test]
fn trap_travels_through_nested_entries() {
    let mut machine = Machine::new(None::<GroupId>);
    let host = machine.host(|mut store, values| {
        let group = store.data().expect("it was set");
        let result = call(store.reborrow(), group, "trap", values[0].as_u32())?;
        values[0] = RawValue::from_u32(result);
        Ok(())
    });
    let mut assembly = Assembly::new(0);
    assembly.trapping("trap", &UD2, 0, TrapKind::IntegerOverflow);
    let inner = machine.instantiate(assembly, &[]);
    *machine.store.as_mut().data_mut() = Some(inner);
    let outer = machine.instantiate(caller(), &[host]);
    let (message, frames) = failed(machine.call(outer, "call", 0));
    assert_eq!(message, "integer overflow");
    assert_eq!(frames, ["trap", "call"]);
}

#[test]
fn host_can_go_on_after_a_trap() {
    let mut machine = Machine::new(None::<GroupId>);
    let host = machine.host(|mut store, values| {
        let group = store.data().expect("it was set");
        assert!(call(store.reborrow(), group, "trap", 0).is_err());
        values[0] = RawValue::from_u32(values[0].as_u32() + 1);
        Ok(())
    });
    let mut assembly = Assembly::new(0);
    assembly.trapping("trap", &UD2, 0, TrapKind::IntegerOverflow);
    let inner = machine.instantiate(assembly, &[]);
    *machine.store.as_mut().data_mut() = Some(inner);
    let outer = machine.instantiate(caller(), &[host]);
    assert_eq!(machine.call(outer, "call", 0).expect("this works"), 2);
}

#[test]
fn many_functions_of_the_host_are_made_at_once() {
    let mut machine = Machine::new(0);
    let code = machine.code(Assembly::new(0));
    let funcs = (0..100).map(|number| {
        let run = move |mut store: StoreMut<'_, u32>, values: &mut [RawValue]| {
            *store.data_mut() += 1;
            values[0] = RawValue::from_u32(values[0].as_u32() + number);
            Ok(())
        };
        (slot(), run)
    });
    let hosts = machine.store.as_mut().new_funcs(&code, funcs);
    assert_eq!(hosts.len(), 100);
    for (number, host) in (0..).zip(&hosts) {
        let group = machine.instantiate(caller(), &[*host]);
        let result = machine.call(group, "call", 1000).expect("this works");
        assert_eq!(result, 1001 + number);
    }
    assert_eq!(*machine.store.data(), 100);
    let mut store = machine.store.as_mut();
    let mut objects = store.objects();
    for host in &hosts {
        let reference = objects.reference_to(*host);
        assert_eq!(objects.referenced_func(reference), Some(*host));
    }
}

#[test]
#[should_panic = "is no function of this store"]
fn what_lies_between_functions_of_the_host_is_none() {
    let mut machine = Machine::new(());
    let code = machine.code(Assembly::new(0));
    let funcs = [(slot(), empty), (slot(), empty)];
    let hosts = machine.store.as_mut().new_funcs(&code, funcs);
    let mut store = machine.store.as_mut();
    let mut objects = store.objects();
    let RawRef(address) = objects.reference_to(hosts[0]);
    objects.referenced_func(RawRef(address + 24));
}

#[test]
#[should_panic = "is no function of this store"]
fn what_lies_behind_functions_of_the_host_is_none() {
    let mut machine = Machine::new(());
    let code = machine.code(Assembly::new(0));
    let funcs = [(slot(), empty), (slot(), empty)];
    let hosts = machine.store.as_mut().new_funcs(&code, funcs);
    let mut store = machine.store.as_mut();
    let mut objects = store.objects();
    let [RawRef(first), RawRef(second)] = [0, 1].map(|i| objects.reference_to(hosts[i]));
    objects.referenced_func(RawRef(second + (second - first)));
}

#[test]
fn no_function_of_the_host_is_made_at_once() {
    let mut machine = Machine::new(());
    let code = machine.code(Assembly::new(0));
    let mut funcs = vec![(slot(), empty)];
    funcs.clear();
    assert_eq!(machine.store.as_mut().new_funcs(&code, funcs), []);
}

#[test]
fn group_is_known_before_a_start_function_runs() {
    let mut machine = Machine::new(());
    let mut assembly = Assembly::new(0);
    assembly.func("add", &INCREMENT);
    let start = assembly.trapping("start", &UD2, 0, TrapKind::Unreachable);
    assembly.plan.start = Some(FuncSite::Code(start, slot()));
    let code = machine.code(assembly);
    let mut store = machine.store.as_mut();
    let group = store.new_group(&code, ExternalValues::default());
    let group = group.expect("nothing ran so far");
    let id = group.id();
    assert_eq!(call(store.reborrow(), id, "add", 1).expect("this works"), 2);
    let error = store.initialize_group(group).unwrap_err();
    assert_eq!(error.to_string(), "unreachable");
    assert_eq!(call(store, id, "add", 2).expect("this works"), 3);
}

#[test]
fn group_is_called_the_same_once_it_is_initialised() {
    let mut machine = Machine::new(());
    let code = machine.code(Assembly::new(0));
    let mut store = machine.store.as_mut();
    let group = store.new_group(&code, ExternalValues::default());
    let group = group.expect("this works");
    let id = group.id();
    assert_eq!(store.initialize_group(group).expect("this works"), id);
}

/// A function that does nothing.
fn empty(_: StoreMut<'_, ()>, _: &mut [RawValue]) -> Result<(), Box<Failure>> {
    Ok(())
}

#[test]
fn functions_of_the_host_are_dropped_with_the_store() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let count = Arc::new(AtomicUsize::new(0));
    let mut machine = Machine::new(());
    let counted = Counted(Arc::clone(&count));
    let host = machine.host(move |_, _| {
        let _ = &counted;
        Ok(())
    });
    let group = machine.instantiate(caller(), &[host]);
    assert_eq!(machine.call(group, "call", 0).expect("this works"), 1);
    drop(machine);
    assert_eq!(count.load(Ordering::Relaxed), 1);
}

#[test]
#[should_panic = "used with a store it does not belong to"]
fn function_of_another_store_is_refused() {
    let mut machine = Machine::new(());
    let host: FuncId = machine.host(|_, _| Ok(()));
    let _ = call_func(Machine::new(()).store.as_mut(), host, 0);
}
