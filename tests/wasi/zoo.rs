//! The composition that other people's toolchains made and that imports WASI.

use std::path::Path;

use interfuse::component::{Component, Linker, ResourceTable};
use interfuse::runtime::{Config, Engine, Store};
use interfuse::wasi::{WasiCtx, add_to_linker};

use crate::guest::Host;

#[test]
fn composition_of_rust_says_what_is_expected() {
    let zoo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/zoo");
    if !zoo.is_dir() {
        let name = zoo.display();
        assert!(std::env::var_os("CI").is_none(), "{name} is absent in CI");
        eprintln!("skipped: there is no {name}");
        return;
    }
    let engine = Engine::new(&Config::new()).unwrap();
    let component = Component::from_file(&engine, zoo.join("x-rust-rust-wasi.wasm")).unwrap();
    let mut linker = Linker::new(&engine);
    add_to_linker(&mut linker).unwrap();
    let host = Host {
        ctx: WasiCtx::default(),
        table: ResourceTable::new(),
    };
    let mut store = Store::new(&engine, host).unwrap();
    let instance = linker.instantiate(&mut store, &component).unwrap();
    let func = instance.get_typed_func::<(u32,), (String,)>(&mut store, "selftest");
    let (text,) = func.unwrap().call(&mut store, (1,)).unwrap();
    let expected = std::fs::read_to_string(zoo.join("expected-selftest.txt")).unwrap();
    assert_eq!(text, expected);
}
