//! What a review found to be wrong once.

use std::sync::mpsc::channel;
use std::thread::{Builder, scope};

use interfuse::runtime::{
    AsContextMut, Config, Engine, ErrorKind, Func, FuncType, GroupBuilder, Instance, Limits,
    Linker, Memory, MemoryType, Module, Store, StoreContextMut, TrapKind, ValType,
};

/// A function that calls itself some times, with about 16 KiB of vectors on the stack in each call.
fn deep() -> String {
    let locals = "v128 ".repeat(1_000);
    let sets: String = (0..1_000)
        .map(|at| {
            format!(
                "(local.set {} (i32x4.splat (call $id (local.get 0))))",
                at + 1
            )
        })
        .collect();
    let gets: String = (0..1_000)
        .map(|at| {
            format!(
                "(local.set $sum (i32.add (local.get $sum) (i32x4.extract_lane 0 (local.get {}))))",
                at + 1
            )
        })
        .collect();
    format!(
        r#"(module
            (func $id (param i32) (result i32) local.get 0)
            (func $deep (export "deep") (param i32) (result i32) (local {locals}) (local $sum i32)
              {sets}
              (if (local.get 0) (then (drop (call $deep (i32.sub (local.get 0) (i32.const 1))))))
              {gets}
              (local.get $sum)))"#
    )
}

#[test]
fn guests_do_not_leave_a_small_stack() {
    let engine = Engine::new(&Config::new()).unwrap();
    let module = Module::new(&engine, &wat::parse_str(deep()).unwrap()).unwrap();
    for stack_bytes in [128 << 10, 250 << 10, 300 << 10, 1 << 20] {
        let (engine, module) = (engine.clone(), module.clone());
        let thread = Builder::new().stack_size(stack_bytes).spawn(move || {
            let mut store = Store::new(&engine, ()).unwrap();
            let instance = Instance::new(&mut store, &module, &[]);
            let Ok(instance) = instance else { return None };
            let deep = instance
                .get_typed_func::<u32, u32>(&mut store, "deep")
                .unwrap();
            deep.call(&mut store, 10_000).err().and_then(|it| it.trap())
        });
        let trap = thread.unwrap().join().unwrap();
        assert_eq!(trap, Some(TrapKind::StackExhausted), "{stack_bytes}");
    }
}

#[test]
fn inlined_loops_are_interrupted() {
    let engine = Engine::new(Config::new().interruptible(true)).unwrap();
    let spin = wat::parse_str(r#"(module (func (export "spin") (loop (br 0))))"#).unwrap();
    let user = wat::parse_str(
        r#"(module (import "spin" "spin" (func $spin)) (import "host" "begin" (func $begin))
            (func (export "f") (call $begin) (loop (call $spin) (br 0))))"#,
    )
    .unwrap();
    let mut group = GroupBuilder::new(&engine);
    group.instance("spin", &spin).instance("user", &user);
    let group = group.compile().unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let (started, wait) = channel();
    let begin = move |_: StoreContextMut<'_, ()>| started.send(()).unwrap();
    let mut linker = Linker::new();
    linker
        .func_wrap(&mut store, ("host", "begin"), begin)
        .unwrap();
    let handle = store.interrupt_handle().unwrap();
    let instances = group.instantiate(&mut store, &linker).unwrap();
    let user = instances.get("user").unwrap();
    let f = user.get_typed_func::<(), ()>(&mut store, "f").unwrap();
    scope(|scope| {
        scope.spawn(move || {
            wait.recv().unwrap();
            handle.interrupt().unwrap();
        });
        let error = f.call(&mut store, ()).unwrap_err();
        assert_eq!(error.trap(), Some(TrapKind::Interrupted));
    });
}

#[test]
fn invalid_function_is_the_one_that_is_blamed() {
    let small = "(func (param i32) (result i32) local.get 0)".repeat(400);
    let locals = "(local i64)".repeat(200);
    let text = format!(
        "(module {small} (func $wrong (result i32) {locals} (i64.const 1) (i32.const 2) (drop) (nop) (nop)))"
    );
    let wasm = wat::parse_str(text).unwrap();
    for parallel in [false, true] {
        let engine = Engine::new(Config::new().parallel_compilation(parallel)).unwrap();
        for _ in 0..10 {
            let error = Module::new(&engine, &wasm).err().unwrap();
            assert!(error.to_string().contains("type mismatch"), "{error}");
        }
    }
}

#[test]
fn memory_of_single_bytes_has_fewer_pages_than_there_are_numbers() {
    let engine = Engine::new(&Config::new()).unwrap();
    let wasm = wat::parse_str(
        r#"(module (memory (export "m") 1 (pagesize 1))
            (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
            (func (export "size") (result i32) (memory.size)))"#,
    );
    let module = Module::new(&engine, &wasm.unwrap()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let grow = instance
        .get_typed_func::<u32, u32>(&mut store, "grow")
        .unwrap();
    let size = instance
        .get_typed_func::<(), u32>(&mut store, "size")
        .unwrap();
    let grown = grow.call(&mut store, u32::MAX - 1).unwrap();
    assert_eq!((grown, size.call(&mut store, ()).unwrap()), (1, u32::MAX));
    assert_eq!(grow.call(&mut store, 1).unwrap(), u32::MAX);
    assert_eq!(size.call(&mut store, ()).unwrap(), u32::MAX);
}

#[test]
fn names_of_functions_that_there_are_not_do_no_harm() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut wasm = wat::parse_str(r#"(module (func (export "f")))"#).unwrap();
    // A custom section "name" with the names of functions: one name, of the function with the last index.
    let names = [&[1, 8, 1][..], &[0xff, 0xff, 0xff, 0xff, 0x0f], &[1, b'x']].concat();
    let section = [&[4][..], b"name", &names].concat();
    wasm.extend([0, u8::try_from(section.len()).unwrap()]);
    wasm.extend(section);
    Module::new(&engine, &wasm).unwrap();
}

#[test]
fn types_of_host_functions_are_bounded() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let ty = FuncType {
        params: vec![ValType::V128; 5_000].into(),
        results: [].into(),
    };
    let func = Func::new(&mut store, ty, |_, _, _| Ok::<_, std::fmt::Error>(()));
    assert_eq!(func.err().unwrap().kind(), ErrorKind::Call);
}

#[test]
fn sparse_contents_are_written() {
    let engine = Engine::new(&Config::new()).unwrap();
    let data = "x".repeat(40_000);
    let text = format!(
        r#"(module (memory (export "m") 4096) (data (i32.const 0) "{data}")
            (data (i32.const 0x0fffffff) "y"))"#
    );
    let module = Module::new(&engine, &wat::parse_str(text).unwrap()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let memory = instance.get_memory(&mut store, "m").unwrap();
    let mut byte = [0];
    for (at, expected) in [(39_999, b'x'), (40_000, 0), (0x0fff_ffff, b'y')] {
        memory.read(&mut store, at, &mut byte).unwrap();
        assert_eq!(byte, [expected]);
    }
}

#[test]
fn memories_that_cannot_be_are_errors() {
    let engine = Engine::new(&Config::new()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    for (min, is_64) in [(65_537, false), (1 << 47, true), (u64::MAX, true)] {
        let ty = MemoryType {
            limits: Limits {
                min,
                max: None,
                is_64,
            },
            shared: false,
            page_size_log2: 16,
        };
        assert!(Memory::new(&mut store, ty).is_err(), "{min}");
    }
}

/// Guests read where a memory is again after it grew, by themselves or in what they call.
#[test]
fn memory_without_room_moves_when_it_grows() {
    let engine = Engine::new(Config::new().memory_room(0)).unwrap();
    let module = wat::parse_str(
        r#"(module
            (memory $memory (export "memory") i64 1)
            (func $grow (drop (memory.grow (i64.const 1))))
            (func (export "run") (param $count i32) (result i32)
                (local $sum i32)
                (loop $again
                    (i32.store (i64.const 64) (local.get $count))
                    (call $grow)
                    (local.set $sum (i32.add (local.get $sum) (i32.load (i64.const 64))))
                    (drop (memory.grow (i64.const 1)))
                    (local.set $sum (i32.add (local.get $sum) (i32.load (i64.const 64))))
                    (br_if $again (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
                (local.get $sum)))"#,
    );
    let module = Module::new(&engine, &module.unwrap()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = Linker::new().instantiate(&mut store, &module).unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    let start = |store: &mut Store<()>| memory.data(&mut store.as_context_mut()).as_ptr();
    let before = start(&mut store);
    let run = instance.get_typed_func::<i32, i32>(&mut store, "run");
    assert_eq!(run.unwrap().call(&mut store, 20).unwrap(), 420);
    assert_ne!(start(&mut store), before);
}

/// The interpreter of the campaigns returns 5.
#[test]
fn what_a_branch_sets_is_not_what_was_read_before() {
    let engine = Engine::new(&Config::new()).unwrap();
    let module = wat::parse_str(
        r#"(module
            (global $taken (mut i32) (i32.const 0))
            (func (export "run") (param f32) (result i32)
                i32.const 5
                (loop (param i32) (result i32)
                    local.get 0
                    i32.const 15
                    global.get $taken
                    (if (param i32) (result i32) (then (local.set 0 (f32.const 1))))
                    drop
                    i32.reinterpret_f32
                    i32.add)))"#,
    );
    let module = Module::new(&engine, &module.unwrap()).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = Linker::new().instantiate(&mut store, &module).unwrap();
    let run = instance.get_typed_func::<f32, i32>(&mut store, "run");
    let expected = 5 + 2.5_f32.to_bits().cast_signed();
    assert_eq!(run.unwrap().call(&mut store, 2.5).unwrap(), expected);
}
