//! Guests whose allocators do as they like, called with types and with any values.

use interfuse::component::{Component, Instance, Linker, Val};
use interfuse::fact::TrapCode;
use interfuse::runtime::{Config, Engine, Error, Store, TrapKind};

/// A component that gives back what it gets, and allocates in the way that it is told to: at an address, after it has got
/// some more pages; or not at all.
const GUEST: &str = r#"(component
    (core module $m
        (memory (export "memory") 1 8)
        (global $address (mut i32) (i32.const 1024))
        (global $pages (mut i32) (i32.const 0))
        (func (export "allocate") (param i32 i32)
            (global.set $address (local.get 0))
            (global.set $pages (local.get 1)))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32)
            (if (i32.lt_s (global.get $pages) (i32.const 0)) (then unreachable))
            (drop (memory.grow (global.get $pages)))
            (global.get $address))
        (func (export "echo") (param i32 i32) (result i32)
            (i32.store (i32.const 16) (local.get 0))
            (i32.store (i32.const 20) (local.get 1))
            (i32.const 16)))
    (core instance $i (instantiate $m))
    (func (export "allocate") (param "at" u32) (param "pages" s32) (canon lift (core func $i "allocate")))
    (func (export "text") (param "it" string) (result string) (canon lift (core func $i "echo")
        (memory (core memory $i "memory")) (realloc (core func $i "realloc"))))
    (func (export "words") (param "it" (list u32)) (result (list u32)) (canon lift (core func $i "echo")
        (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#;

struct Guest {
    store: Store<()>,
    instance: Instance,
}

impl Guest {
    fn new(engine: &Engine, address: u32, pages: i32) -> Guest {
        let component = Component::new(engine, &wat::parse_str(GUEST).unwrap()).unwrap();
        let mut store = Store::new(engine, ()).unwrap();
        let linker = Linker::new(engine);
        let instance = linker.instantiate(&mut store, &component).unwrap();
        let allocate = instance.get_typed_func::<(u32, i32), ()>(&mut store, "allocate");
        allocate
            .unwrap()
            .call(&mut store, (address, pages))
            .unwrap();
        Guest { store, instance }
    }

    fn text(&mut self, text: &str) -> Result<String, Error> {
        let func = self
            .instance
            .get_typed_func::<(&str,), (String,)>(&mut self.store, "text");
        Ok(func?.call(&mut self.store, (text,))?.0)
    }

    fn words(&mut self, words: &[u32]) -> Result<Vec<u32>, Error> {
        let func = self
            .instance
            .get_typed_func::<(&[u32],), (Vec<u32>,)>(&mut self.store, "words");
        Ok(func?.call(&mut self.store, (words,))?.0)
    }

    fn dynamic(&mut self, name: &str, val: Val) -> Result<Val, Error> {
        let func = self.instance.get_func(&mut self.store, name).unwrap();
        let mut results = [Val::Bool(false)];
        func.call(&mut self.store, &[val], &mut results)?;
        let [result] = results;
        Ok(result)
    }
}

/// Makes sure that a list of four words, which has 16 bytes, comes back, and so do texts of all lengths up to that.
#[track_caller]
fn works(engine: &Engine, address: u32, pages: i32) {
    let guest = || Guest::new(engine, address, pages);
    for len in 0..=16 {
        let text = &"abcdefghijklmnop"[..len];
        assert_eq!(guest().text(text).unwrap(), text);
        let val = || Val::String(text.into());
        assert_eq!(guest().dynamic("text", val()).unwrap(), val());
    }
    let words = [1, 2, 3, u32::MAX];
    assert_eq!(guest().words(&words).unwrap(), words);
    let val = || Val::List(words[..].into());
    assert_eq!(guest().dynamic("words", val()).unwrap(), val());
}

/// Makes sure that a list of four words does not get there, nor does a text of 16 bytes, if that has to be.
#[track_caller]
fn fails(engine: &Engine, (address, pages): (u32, i32), code: TrapCode, also_text: bool) {
    let check = |error: Error, mut guest: Guest| {
        assert_eq!(error.abi_trap_code(), Some(code));
        let again = guest.words(&[]).unwrap_err().abi_trap_code();
        assert_eq!(again, Some(TrapCode::CannotEnter));
    };
    let guest = || Guest::new(engine, address, pages);
    let words = [1, 2, 3, 4];
    let mut it = guest();
    check(it.words(&words).unwrap_err(), it);
    let mut it = guest();
    check(
        it.dynamic("words", Val::List(words[..].into()))
            .unwrap_err(),
        it,
    );
    if also_text {
        let text = "abcdefghijklmnop";
        let mut it = guest();
        check(it.text(text).unwrap_err(), it);
        let mut it = guest();
        check(
            it.dynamic("text", Val::String(text.into())).unwrap_err(),
            it,
        );
    }
}

#[test]
fn address_of_an_allocation_is_checked() {
    let engine = Engine::new(&Config::new()).unwrap();
    let outside = TrapCode::ReallocOutOfBounds;
    works(&engine, 1024, 0);
    works(&engine, 65536 - 16, 0);
    for address in [
        65536 - 12,
        65536,
        65540,
        1 << 31,
        u32::MAX - 3,
        u32::MAX - 15,
    ] {
        fails(&engine, (address, 0), outside, true);
    }
    for address in [1025, 1026, u32::MAX] {
        fails(&engine, (address, 0), TrapCode::ReallocUnaligned, false);
    }
}

#[test]
fn memory_that_grows_in_the_allocator_counts() {
    let engine = Engine::new(&Config::new()).unwrap();
    works(&engine, 65536, 1);
    works(&engine, 8 * 65536 - 16, 7);
    fails(&engine, (65536, 8), TrapCode::ReallocOutOfBounds, true);
}

#[test]
fn allocator_that_traps_ends_the_call() {
    let engine = Engine::new(&Config::new()).unwrap();
    let trap = |call: fn(&mut Guest) -> Option<Error>| {
        let mut guest = Guest::new(&engine, 1024, -1);
        let error = call(&mut guest).unwrap();
        assert_eq!(error.trap(), Some(TrapKind::Unreachable));
        assert_eq!(error.backtrace()[0].index, 1);
        let again = guest.text("").unwrap_err().abi_trap_code();
        assert_eq!(again, Some(TrapCode::CannotEnter));
    };
    trap(|guest| guest.text("a").err());
    trap(|guest| guest.words(&[1]).err());
    trap(|guest| guest.dynamic("text", Val::String("a".into())).err());
    trap(|guest| guest.dynamic("words", Val::List(vec![1_u32].into())).err());
}
