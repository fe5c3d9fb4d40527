//! Calls between host and guest.

use std::fmt;

use interfuse::runtime::{
    AsContextMut, Config, Engine, ErrorKind, Extern, ExternRef, ExternType, Func, Instance, Linker,
    Module, Store, StoreContextMut, TrapKind, Val,
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

/// The first result takes another way than those after it.
#[test]
fn results_of_the_host_arrive_in_each_place() {
    let engine = engine();
    let types = ["i32", "i64", "f32", "f64", "v128", "externref", "funcref"];
    for first in types {
        for second in types {
            let wat = format!(
                r#"(module
                    (import "host" "swap"
                      (func $swap (param {first} {second}) (result {second} {first})))
                    (func (export "run") (param {first} {second}) (result {second} {first})
                      (call $swap (local.get 0) (local.get 1))))"#
            );
            let module = module(&engine, &wat);
            let mut store = Store::new(&engine, ()).unwrap();
            let ExternType::Func(ty) = &module.imports()[0].ty else {
                panic!("it imports a function");
            };
            let swap = Func::new(&mut store, ty.clone(), |_, params, results| {
                (results[0], results[1]) = (params[1], params[0]);
                Ok::<(), &str>(())
            });
            let swap = swap.unwrap();
            let instance = Instance::new(&mut store, &module, &[Extern::Func(swap)]).unwrap();
            let run = instance.get_func(&mut store, "run").unwrap();
            let mut value = |name| match name {
                "i32" => Val::I32(-2),
                "i64" => Val::I64(i64::MIN + 3),
                "f32" => Val::F32(0xff80_0001),
                "f64" => Val::F64(0xfff0_0000_0000_0001),
                "v128" => Val::V128(u128::MAX - 4),
                "externref" => Val::ExternRef(Some(ExternRef::new(&mut store, "it"))),
                _ => Val::FuncRef(Some(swap)),
            };
            let params = [value(first), value(second)];
            let mut results = params;
            run.call(&mut store, &params, &mut results).unwrap();
            let expected = [params[1], params[0]];
            assert_eq!(format!("{results:?}"), format!("{expected:?}"));
        }
    }
}

#[test]
fn typed_results_of_the_host_arrive() {
    let engine = engine();
    let wat = r#"(module
        (import "" "i32" (func $i32 (param i32) (result i32)))
        (import "" "i64" (func $i64 (param i32) (result i64)))
        (import "" "f32" (func $f32 (param i32) (result f32)))
        (import "" "f64" (func $f64 (param i32) (result f64)))
        (import "" "v128" (func $v128 (param i32) (result v128 i32)))
        (func (export "run") (param i32) (result i32 i64 f32 f64 v128 i32)
          (call $i32 (local.get 0)) (call $i64 (local.get 0)) (call $f32 (local.get 0))
          (call $f64 (local.get 0)) (call $v128 (local.get 0))))"#;
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker = Linker::new();
    type Cx<'a> = StoreContextMut<'a, ()>;
    let i32 = |_: Cx<'_>, it: i32| it - 1;
    linker.func_wrap(&mut store, ("", "i32"), i32).unwrap();
    let i64 = |_: Cx<'_>, it: i32| i64::from(it) << 32;
    linker.func_wrap(&mut store, ("", "i64"), i64).unwrap();
    let f32 = |_: Cx<'_>, _: i32| 1.5f32;
    linker.func_wrap(&mut store, ("", "f32"), f32).unwrap();
    let f64 = |_: Cx<'_>, _: i32| -2.5f64;
    linker.func_wrap(&mut store, ("", "f64"), f64).unwrap();
    let v128 = |_: Cx<'_>, it: i32| (u128::MAX - 1, it);
    linker.func_wrap(&mut store, ("", "v128"), v128).unwrap();
    let module = module(&engine, wat);
    let instance = linker.instantiate(&mut store, &module).unwrap();
    type Out = (i32, i64, f32, f64, u128, i32);
    let run = instance.get_typed_func::<i32, Out>(&mut store, "run");
    let out = run.unwrap().call(&mut store, -7).unwrap();
    assert_eq!(out, (-8, -7 << 32, 1.5, -2.5, u128::MAX - 1, -7));
}

#[test]
fn functions_of_the_host_without_values_are_called_directly() {
    let engine = engine();
    let mut store = Store::new(&engine, 0u32).unwrap();
    let count = Func::wrap(&mut store, |mut store: StoreContextMut<'_, u32>| {
        *store.data_mut() += 1;
        if *store.data() == 3 {
            return Err(Mine(3));
        }
        Ok(())
    });
    let count = count.unwrap();
    let typed = count.typed::<(), ()>(&mut store).unwrap();
    typed.call(&mut store, ()).unwrap();
    count.call(&mut store, &[], &mut []).unwrap();
    let error = typed.call(&mut store, ()).unwrap_err();
    assert_eq!(error.downcast_ref::<Mine>().unwrap().0, 3);
    typed.call(&mut store, ()).unwrap();
    assert_eq!(*store.data(), 4);
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
