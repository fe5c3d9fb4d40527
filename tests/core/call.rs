//! Calls between host and guest.

use std::fmt;

use interfuse::runtime::{
    AsContextMut, Config, Engine, ErrorKind, Extern, Func, Instance, Linker, Module, Store,
    StoreContextMut, TrapKind, Val,
};

fn engine() -> Engine {
    Engine::new(&Config::new()).unwrap()
}

fn module(engine: &Engine, text: &str) -> Module {
    Module::new(engine, &wat::parse_str(text).unwrap()).unwrap()
}

#[test]
fn typed_and_untyped_calls_agree() {
    let engine = engine();
    let module = module(
        &engine,
        r#"(module
            (func (export "mix") (param i32 i64 f32 f64) (result f64 f32 i64 i32)
              local.get 3 local.get 2 local.get 1 local.get 0))"#,
    );
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    type In = (i32, i64, f32, f64);
    type Out = (f64, f32, i64, i32);
    let mix = instance
        .get_typed_func::<In, Out>(&mut store, "mix")
        .unwrap();
    let out = mix.call(&mut store, (-1, 2, 0.5, -0.25)).unwrap();
    assert_eq!(out, (-0.25, 0.5, 2, -1));
    let mut results = [Val::I32(0); 4];
    let params = [
        Val::I32(-1),
        Val::I64(2),
        Val::F32(0.5f32.to_bits()),
        Val::F64((-0.25f64).to_bits()),
    ];
    mix.func().call(&mut store, &params, &mut results).unwrap();
    assert!(matches!(results[3], Val::I32(-1)), "{results:?}");
    assert!(matches!(results[2], Val::I64(2)), "{results:?}");
}

#[derive(Debug)]
struct Mine(u32);

impl fmt::Display for Mine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mine {}", self.0)
    }
}

impl std::error::Error for Mine {}

#[test]
fn errors_of_the_host_pass_through_guests() {
    let engine = engine();
    let module = module(
        &engine,
        r#"(module $guest
            (import "host" "fail" (func $fail (param i32)))
            (func $run (export "run") (param i32) local.get 0 call $fail))"#,
    );
    let mut store = Store::new(&engine, 7u32).unwrap();
    let fail = Func::wrap(&mut store, |store: StoreContextMut<'_, u32>, add: u32| {
        Err::<(), _>(Mine(store.data() + add))
    });
    let imports = [Extern::Func(fail.unwrap())];
    let instance = Instance::new(&mut store, &module, &imports).unwrap();
    let run = instance
        .get_typed_func::<u32, ()>(&mut store, "run")
        .unwrap();
    let error = run.call(&mut store, 3).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Host);
    assert_eq!(error.downcast_ref::<Mine>().unwrap().0, 10);
    let trace = error.backtrace();
    assert_eq!(trace.len(), 1, "{trace:?}");
    assert_eq!(trace[0].function, "run");
}

#[test]
fn traps_have_a_kind_and_a_backtrace() {
    let engine = engine();
    let module = module(
        &engine,
        r#"(module
            (memory 1)
            (func $inner (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
            (func $outer (export "divide") (param i32) (result i32)
              (i32.add (call $inner (local.get 0)) (i32.const 1)))
            (func (export "load") (param i32) (result i32) (i32.load (local.get 0)))
            (func $deep (export "deep") (call $deep) (call $deep)))"#,
    );
    let mut store = Store::new(&engine, ()).unwrap();
    let instance = Instance::new(&mut store, &module, &[]).unwrap();
    let divide = instance
        .get_typed_func::<u32, u32>(&mut store, "divide")
        .unwrap();
    assert_eq!(divide.call(&mut store, 1).unwrap(), 2);
    let error = divide.call(&mut store, 0).unwrap_err();
    assert_eq!(error.trap(), Some(TrapKind::DivisionByZero));
    let load = instance
        .get_typed_func::<u32, u32>(&mut store, "load")
        .unwrap();
    assert_eq!(load.call(&mut store, 65532).unwrap(), 0);
    for address in [65533, 65536, u32::MAX] {
        let error = load.call(&mut store, address).unwrap_err();
        assert_eq!(error.trap(), Some(TrapKind::MemoryOutOfBounds));
    }
    let deep = instance
        .get_typed_func::<(), ()>(&mut store, "deep")
        .unwrap();
    let error = deep.call(&mut store, ()).unwrap_err();
    assert_eq!(error.trap(), Some(TrapKind::StackExhausted));
    assert_eq!(divide.call(&mut store, 1).unwrap(), 2);
}

#[test]
fn linker_finds_imports_by_name() {
    let engine = engine();
    let first = module(
        &engine,
        r#"(module (func (export "two") (result i32) i32.const 2))"#,
    );
    let second = module(
        &engine,
        r#"(module
            (import "first" "two" (func $two (result i32)))
            (import "host" "add" (func $add (param i32 i32) (result i32)))
            (func (export "run") (result i32) (call $add (call $two) (i32.const 40))))"#,
    );
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker = Linker::new();
    let instance = linker.instantiate(&mut store, &first).unwrap();
    linker.instance(&mut store, "first", &first, instance);
    let missing = linker.instantiate(&mut store, &second).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::Link);
    assert!(missing.to_string().contains("`host` `add`"), "{missing}");
    let add = |_: StoreContextMut<'_, ()>, a: i32, b: i32| a + b;
    linker.func_wrap(&mut store, ("host", "add"), add).unwrap();
    let instance = linker.instantiate(&mut store, &second).unwrap();
    let run = instance
        .get_typed_func::<(), i32>(&mut store, "run")
        .unwrap();
    assert_eq!(run.call(store.as_context_mut(), ()).unwrap(), 42);
}
