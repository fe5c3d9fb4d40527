//! Guests that are refused memory, or time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;

use interfuse::runtime::{
    Config, Engine, ErrorKind, Extern, Func, GroupBuilder, Instance, Limits, Linker, Memory,
    MemoryType, RefType, ResourceLimiter, Store, StoreContextMut, Table, TableType, TrapKind, Val,
};

use crate::fault::fixture::{engine, module};

/// Bytes of a memory and elements of a table that are too many.
struct AtMost {
    memory: u64,
    table: u64,
}

/// A number of elements that the limiter does not survive.
const UNLUCKY: u64 = 13;

impl ResourceLimiter for AtMost {
    fn memory_growing(&mut self, from_bytes: u64, to_bytes: u64) -> bool {
        assert!(from_bytes <= to_bytes);
        to_bytes <= self.memory
    }

    fn table_growing(&mut self, from_len: u64, to_len: u64) -> bool {
        assert!(from_len <= to_len);
        assert!(to_len != UNLUCKY, "unlucky");
        to_len <= self.table
    }
}

#[test]
fn limiter_refuses_growth_and_instances() {
    let engine = engine();
    let grower = module(
        &engine,
        r#"(module (memory 1) (table 4 funcref) (table $other 0 externref)
            (func (export "memory") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "table") (param i32) (result i32)
              (table.grow (ref.null func) (local.get 0)))
            (func (export "other") (param i32) (result i32)
              (table.grow $other (ref.null extern) (local.get 0))))"#,
    );
    let at_most = AtMost {
        memory: 3 << 16,
        table: 10,
    };
    let mut store = Store::new(&engine, at_most).unwrap();
    store.limiter(|at_most| at_most);
    let instance = Instance::new(&mut store, &grower, &[]).unwrap();
    let mut call = |name, by| {
        let func = instance.get_typed_func::<i32, i32>(&mut store, name);
        func.unwrap().call(&mut store, by).unwrap()
    };
    assert_eq!(call("memory", 3), -1);
    assert_eq!(call("memory", 2), 1);
    assert_eq!(call("memory", 1), -1);
    assert_eq!(call("memory", 0), 3);
    assert_eq!(call("table", 7), -1);
    assert_eq!(call("table", 6), 4);
    assert_eq!(call("table", 1), -1);
    assert_eq!(call("other", 11), -1);
    assert_eq!(call("other", 10), 0);
    for large in ["(module (memory 4))", "(module (table 11 funcref))"] {
        let large = module(&engine, large);
        let error = Instance::new(&mut store, &large, &[]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Memory, "{error}");
    }
}

/// How many things there may be in a store, which has other data as well.
struct Counts {
    name: &'static str,
    limiter: Most,
}

/// How many instances, memories and tables there may be.
struct Most([usize; 3]);

impl ResourceLimiter for Most {
    fn memory_growing(&mut self, _: u64, _: u64) -> bool {
        true
    }

    fn table_growing(&mut self, _: u64, _: u64) -> bool {
        true
    }

    fn instances(&self) -> usize {
        self.0[0]
    }

    fn memories(&self) -> usize {
        self.0[1]
    }

    fn tables(&self) -> usize {
        self.0[2]
    }
}

#[test]
fn limiter_counts_instances_memories_and_tables() {
    let engine = engine();
    let both = module(&engine, "(module (memory 1) (table 1 funcref))");
    let empty = module(&engine, "(module)");
    let counts = Counts {
        name: "counts",
        limiter: Most([3, 2, 2]),
    };
    let mut store = Store::new(&engine, counts).unwrap();
    store.limiter(|data| &mut data.limiter);
    let limits = Limits {
        min: 1,
        max: None,
        is_64: false,
    };
    let memory = MemoryType {
        limits,
        shared: false,
        page_size_log2: 16,
    };
    let table = TableType {
        element: RefType::Extern,
        limits,
    };
    Instance::new(&mut store, &both, &[]).unwrap();
    Memory::new(&mut store, memory).unwrap();
    // What fails is not counted: the instance comes before its memories.
    for _ in 0..3 {
        let error = Instance::new(&mut store, &both, &[]).unwrap_err();
        let expected = "a store with 3 memories, its limiter allows 2";
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.kind(), ErrorKind::Count);
        let error = Memory::new(&mut store, memory).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(error.kind(), ErrorKind::Count);
    }
    store.data_mut().limiter.0[1] = 3;
    Instance::new(&mut store, &both, &[]).unwrap();
    let error = Table::new(&mut store, table, Val::ExternRef(None)).unwrap_err();
    let expected = "a store with 3 tables, its limiter allows 2";
    assert_eq!(error.to_string(), expected);
    Instance::new(&mut store, &empty, &[]).unwrap();
    let error = Instance::new(&mut store, &empty, &[]).unwrap_err();
    let expected = "a store with 4 instances, its limiter allows 3";
    assert_eq!(error.to_string(), expected);
    assert_eq!(store.data().name, "counts");
}

#[test]
fn limiter_counts_all_instances_of_a_group() {
    let engine = engine();
    let wasm = wat::parse_str("(module (memory 1))").unwrap();
    let mut group = GroupBuilder::new(&engine);
    group.instance("a", &wasm).instance("b", &wasm);
    let group = group.compile().unwrap();
    let mut store = Store::new(&engine, Most([3, 9, 9])).unwrap();
    store.limiter(|limiter| limiter);
    group.instantiate(&mut store, &Linker::new()).unwrap();
    let error = group.instantiate(&mut store, &Linker::new()).unwrap_err();
    let expected = "a store with 4 instances, its limiter allows 3";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn panic_of_the_limiter_passes_guests() {
    let engine = engine();
    let grower = module(
        &engine,
        r#"(module (table 1 funcref)
            (func (export "grow") (param i32) (result i32)
              (table.grow (ref.null func) (local.get 0))))"#,
    );
    let at_most = AtMost {
        memory: 0,
        table: 100,
    };
    let mut store = Store::new(&engine, at_most).unwrap();
    store.limiter(|at_most| at_most);
    let instance = Instance::new(&mut store, &grower, &[]).unwrap();
    let grow = instance.get_typed_func::<u32, u32>(&mut store, "grow");
    let grow = grow.unwrap();
    let result = catch_unwind(AssertUnwindSafe(|| grow.call(&mut store, 12)));
    let payload = result.err().unwrap();
    assert_eq!(payload.downcast_ref(), Some(&"unlucky"));
    assert_eq!(grow.call(&mut store, 1).unwrap(), 1);
}

#[test]
fn guests_are_interrupted_from_another_thread() {
    let engine = Engine::new(Config::new().interruptible(true)).unwrap();
    let guest = module(
        &engine,
        r#"(module (import "" "ready" (func $ready))
            (func (export "loop") (call $ready) (loop (br 0)))
            (func $call (export "call") (call $ready) (loop (call $leaf) (br 0)))
            (func $leaf)
            (func $tail (export "tail") (call $ready) (return_call $again))
            (func $again (return_call $again))
            (func (export "fine") (result i32) (i32.const 1)))"#,
    );
    let mut store = Store::new(&engine, ()).unwrap();
    let handle = store.interrupt_handle().unwrap();
    let (running, wait) = channel();
    let ready = move |_: StoreContextMut<'_, ()>| running.send(()).unwrap();
    let ready = Func::wrap(&mut store, ready).unwrap();
    let instance = Instance::new(&mut store, &guest, &[Extern::Func(ready)]).unwrap();
    let fine = instance.get_typed_func::<(), u32>(&mut store, "fine");
    let fine = fine.unwrap();
    let before = handle.clone();
    thread::scope(|scope| {
        scope.spawn(move || {
            for () in wait {
                handle.interrupt().unwrap();
            }
        });
        for name in ["loop", "call", "tail"] {
            let func = instance.get_typed_func::<(), ()>(&mut store, name);
            let error = func.unwrap().call(&mut store, ()).unwrap_err();
            assert_eq!(error.trap(), Some(TrapKind::Interrupted), "{name}");
            assert_eq!(fine.call(&mut store, ()).unwrap(), 1);
        }
        before.interrupt().unwrap();
        let error = fine.call(&mut store, ()).unwrap_err();
        assert_eq!(error.trap(), Some(TrapKind::Interrupted));
        assert_eq!(fine.call(&mut store, ()).unwrap(), 1);
        // The thread ends once nothing can be sent.
        drop(store);
    });
}

#[test]
fn what_belongs_to_another_engine_is_refused() {
    let guest = module(&engine(), "(module)");
    let mut store = Store::new(&engine(), ()).unwrap();
    let error = Instance::new(&mut store, &guest, &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Link);
}
