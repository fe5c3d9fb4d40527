//! Start functions that do not return.

use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};

use interfuse::runtime::{
    ErrorKind, Extern, Func, Instance, Limits, Memory, MemoryType, Store, StoreContextMut, TrapKind,
};

use crate::fault::fixture::{engine, module};

#[test]
fn trap_in_a_start_function_is_why_there_is_no_instance() {
    let engine = engine();
    let guest = module(
        &engine,
        r#"(module (import "" "memory" (memory 1))
            (data (i32.const 0) "\01")
            (func $divide (param i32) (drop (i32.div_u (i32.const 1) (local.get 0))))
            (func $start
              (i32.store8 (i32.const 1) (i32.const 2))
              (call $divide (i32.const 0))
              (i32.store8 (i32.const 2) (i32.const 3)))
            (start $start))"#,
    );
    let mut store = Store::new(&engine, ()).unwrap();
    let ty = MemoryType {
        limits: Limits {
            min: 1,
            max: None,
            is_64: false,
        },
        shared: false,
        page_size_log2: 16,
    };
    let memory = Memory::new(&mut store, ty).unwrap();
    for _ in 0..2 {
        memory.write(&mut store, 0, &[0; 3]).unwrap();
        let error = Instance::new(&mut store, &guest, &[Extern::Memory(memory)]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Trap(TrapKind::DivisionByZero));
        let frames = error.backtrace();
        let names: Vec<_> = frames.iter().map(|it| &*it.function).collect();
        assert_eq!(names, ["divide", "start"]);
        let mut bytes = [9; 3];
        memory.read(&mut store, 0, &mut bytes).unwrap();
        assert_eq!(bytes, [1, 2, 0]);
    }
}

#[test]
fn start_functions_overflow_and_fault_like_others() {
    let engine = engine();
    let mut store = Store::new(&engine, ()).unwrap();
    for (body, kind) in [
        ("(call $start)", TrapKind::StackExhausted),
        ("unreachable", TrapKind::Unreachable),
        (
            "(drop (i32.load (i32.const -4)))",
            TrapKind::MemoryOutOfBounds,
        ),
    ] {
        let text = format!("(module (memory 1) (func $start {body} {body}) (start $start))");
        let error = Instance::new(&mut store, &module(&engine, &text), &[]).unwrap_err();
        assert_eq!(error.trap(), Some(kind), "{body}");
    }
}

#[test]
fn panic_under_a_start_function_comes_out_of_instantiation() {
    let engine = engine();
    let guest = module(
        &engine,
        r#"(module (import "" "host" (func $host)) (start $host))"#,
    );
    let mut store = Store::new(&engine, 0u32).unwrap();
    let host = Func::wrap(&mut store, |mut store: StoreContextMut<'_, u32>| {
        *store.data_mut() += 1;
        if *store.data() < 3 {
            panic_any("unlucky");
        }
    });
    let host = [Extern::Func(host.unwrap())];
    for _ in 0..2 {
        let made = catch_unwind(AssertUnwindSafe(|| {
            Instance::new(&mut store, &guest, &host)
        }));
        let payload = made.err().unwrap();
        assert_eq!(payload.downcast_ref(), Some(&"unlucky"));
    }
    Instance::new(&mut store, &guest, &host).unwrap();
    assert_eq!(*store.data(), 3);
}
