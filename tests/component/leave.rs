//! A guest that calls a function of the host while it must not leave: in a post-return function, in `realloc`.

use interfuse::component::{Component, Linker};
use interfuse::fact::TrapCode;
use interfuse::runtime::{Config, Engine, Error, Store, StoreContextMut};

const LEAVER: &str = r#"(component
    (import "tick" (func $tick))
    (import "text" (func $text (result string)))
    (core func $tick (canon lower (func $tick)))
    (core module $libc
        (import "" "tick" (func $tick))
        (memory (export "memory") 1)
        (global $ticks (export "ticks") (mut i32) (i32.const 0))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (if (global.get $ticks) (then (call $tick)))
            (i32.const 64)))
    (core instance $libc (instantiate $libc (with "" (instance (export "tick" (func $tick))))))
    (core func $text (canon lower (func $text)
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (core module $m
        (import "" "tick" (func $tick))
        (import "" "text" (func $text (param i32)))
        (import "libc" "ticks" (global $ticks (mut i32)))
        (func (export "wind") (global.set $ticks (i32.const 1)))
        (func (export "run") (call $tick))
        (func (export "take") (param i32 i32) (call $tick))
        (func (export "ask") (call $text (i32.const 16)) (call $tick))
        (func (export "post") (if (global.get $ticks) (then (call $tick)))))
    (core instance $i (instantiate $m
        (with "" (instance (export "tick" (func $tick)) (export "text" (func $text))))
        (with "libc" (instance $libc))))
    (func (export "wind") (canon lift (core func $i "wind")))
    (func (export "post") (canon lift (core func $i "run") (post-return (core func $i "post"))))
    (func (export "take") (param "it" string) (canon lift (core func $i "take")
        (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))))
    (func (export "ask") (canon lift (core func $i "ask"))))"#;

/// Calls a function of a guest whose other functions call the host too, or do not; returns how often they did.
fn call(engine: &Engine, name: &str, winds: bool) -> (Result<(), Error>, u32) {
    let component = Component::new(engine, &wat::parse_str(LEAVER).unwrap()).unwrap();
    let mut linker: Linker<u32> = Linker::new(engine);
    let tick = |mut store: StoreContextMut<'_, u32>, ()| {
        *store.data_mut() += 1;
        Ok::<(), std::io::Error>(())
    };
    linker.root().func_wrap("tick", tick).unwrap();
    let text = |_: StoreContextMut<'_, u32>, ()| Ok::<_, std::io::Error>(("text".to_owned(),));
    linker.root().func_wrap("text", text).unwrap();
    let mut store = Store::new(engine, 0).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    if winds {
        let wind = instance.get_typed_func::<(), ()>(&mut store, "wind");
        wind.unwrap().call(&mut store, ()).unwrap();
    }
    let result = if name == "take" {
        let take = instance.get_typed_func::<(&str,), ()>(&mut store, name);
        take.unwrap().call(&mut store, ("text",))
    } else {
        let func = instance.get_typed_func::<(), ()>(&mut store, name);
        func.unwrap().call(&mut store, ())
    };
    (result, *store.data())
}

#[test]
fn the_host_cannot_be_called_while_the_guest_must_not_leave() {
    let engine = Engine::new(&Config::new()).unwrap();
    // What the host saw before: the function itself calls it, if it runs before what must not.
    for (name, before) in [("post", 1), ("take", 0), ("ask", 0)] {
        let (result, ticks) = call(&engine, name, false);
        result.unwrap();
        assert_eq!(ticks, 1, "{name}");
        let (result, ticks) = call(&engine, name, true);
        let code = result.unwrap_err().abi_trap_code();
        assert_eq!(code, Some(TrapCode::CannotLeave), "{name}");
        assert_eq!(ticks, before, "{name}");
    }
}
