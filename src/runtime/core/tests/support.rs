//! What tests of compiled code in files share.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::runtime::core::group::{Group, GroupBuilder};
use crate::runtime::core::instance::Instance;
use crate::runtime::core::linker::Linker;
use crate::runtime::core::module::Module;
use crate::runtime::core::store::Store;
use crate::runtime::engine::{Config, Engine};
use crate::runtime::error::Error;
use crate::runtime::vm::artifact::Artifact;

/// How many files there were.
static FILES: AtomicU32 = AtomicU32::new(0);

/// A file that is removed in the end.
pub(super) struct Temporary(PathBuf);

impl Temporary {
    pub(super) fn write(bytes: &[u8]) -> Temporary {
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let name = format!("interfuse-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, bytes).expect("there is room");
        Temporary(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // Some tests remove it themselves.
        let _ = fs::remove_file(&self.0);
    }
}

pub(super) fn engine() -> Engine {
    Engine::new(&Config::new()).expect("tests run on a machine that code is for")
}

pub(super) fn wasm(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the test's module is well-formed")
}

pub(super) fn compile(engine: &Engine, text: &str) -> Module {
    Module::new(engine, &wasm(text)).expect("the test's module can be compiled")
}

/// Makes a module of a file.
pub(super) fn open(engine: &Engine, file: &Temporary) -> Result<Module, Error> {
    Module::from_artifact(engine, &Artifact::open_trusted(file.path())?)
}

/// Makes a module of bytes.
pub(super) fn deserialize(engine: &Engine, bytes: &[u8]) -> Result<Module, Error> {
    Module::from_artifact(engine, &Artifact::deserialize_trusted(bytes)?)
}

/// Compiles a group of which `run` divides by zero, in a function that was put into one that was put into it.
pub(super) fn compile_nested(engine: &Engine) -> Group {
    let data = "x".repeat(40_000);
    let run = format!(
        r#"(module (import "middle" "middle" (func $middle (result i64)))
            (memory (export "memory") 1) (table 2 funcref) (elem (i32.const 0) $run $middle)
            (data (i32.const 8) "{data}") (data "passive")
            (func $run (export "run") (result i64) (call $middle)))"#
    );
    let [divide, middle, run] = [
        r#"(module (func $divide (export "divide") (param i64) (result i64)
            (i64.div_u (i64.const 1) (local.get 0))))"#,
        r#"(module (import "divide" "divide" (func $divide (param i64) (result i64))) (memory 1)
            (func $middle (export "middle") (result i64) (call $divide (i64.load (i32.const 0)))))"#,
        &run,
    ]
    .map(wasm);
    let mut group = GroupBuilder::new(engine);
    group
        .instance("divide", &divide)
        .instance("middle", &middle);
    group.instance("run", &run);
    group.compile().expect("the test's group can be compiled")
}

/// Makes a group of a file.
pub(super) fn open_group(engine: &Engine, file: &Temporary) -> Result<Group, Error> {
    Group::from_artifact(engine, &Artifact::open_trusted(file.path())?)
}

/// Makes a group of bytes.
pub(super) fn deserialize_group(engine: &Engine, bytes: &[u8]) -> Result<Group, Error> {
    Group::from_artifact(engine, &Artifact::deserialize_trusted(bytes)?)
}

/// Calls what divides by zero.
pub(super) fn divide_by_zero(engine: &Engine, group: &Group) -> Error {
    let mut store = Store::new(engine, ()).expect("there is room");
    let instances = group.instantiate(&mut store, &Linker::new());
    let run = instances.expect("there is room").get("run");
    let error = call(&mut store, run.expect("it is there"), "run");
    error.expect_err("it divides by zero")
}

/// Makes an instance without imports.
pub(super) fn instantiate(module: &Module) -> Result<(Store<()>, Instance), Error> {
    let mut store = Store::new(module.engine(), ())?;
    let instance = Instance::new(&mut store, module, &[])?;
    Ok((store, instance))
}

/// Calls an export without parameters that returns a number.
pub(super) fn call(store: &mut Store<()>, instance: Instance, name: &str) -> Result<i64, Error> {
    let func = instance.get_typed_func::<(), i64>(&mut *store, name)?;
    func.call(&mut *store, ())
}
