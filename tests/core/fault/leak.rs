//! Instances that come and go leave nothing behind, in a process in which nothing else happens.

use std::env;
use std::fs;
use std::process::Command;

use interfuse::runtime::{Instance, Module, Store};

use crate::fault::fixture::{engine, module};

/// Tells the process that it is the one that measures.
const MEASURES: &str = "INTERFUSE_LEAK_MEASURES";

/// How often a module is instantiated.
const INSTANCES: u32 = 10_000;

/// Growth of the resident memory that is no leak, in KiB (ours: what an allocator may keep).
const NOISE_KIB: u64 = 2048;

fn mappings() -> usize {
    let maps = fs::read_to_string("/proc/self/maps");
    maps.unwrap().lines().count()
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().strip_suffix(" kB");
    number.unwrap().parse().unwrap()
}

fn use_once(module: &Module) {
    let mut store = Store::new(module.engine(), vec![0u8; 1000]).unwrap();
    let instance = Instance::new(&mut store, module, &[]).unwrap();
    let run = instance.get_typed_func::<u32, u32>(&mut store, "run");
    let run = run.unwrap();
    assert_eq!(run.call(&mut store, 65_536).unwrap(), 2);
    run.call(&mut store, u32::MAX).unwrap_err();
}

/// Does nothing, unless it is in the process that the other test starts.
#[test]
fn measure() {
    if env::var_os(MEASURES).is_none() {
        return;
    }
    let engine = engine();
    let module = module(
        &engine,
        r#"(module (memory 1) (memory $long i64 1) (table 100 funcref) (global (mut v128) (v128.const i64x2 1 2))
            (data (i32.const 0) "some bytes") (elem (i32.const 0) $run)
            (func $run (export "run") (param i32) (result i32)
              (drop (memory.grow (i32.const 1)))
              (drop (memory.grow $long (i64.const 1)))
              (drop (table.grow (ref.null func) (i32.const 1000)))
              (i32.store (local.get 0) (i32.const 1))
              (memory.size)))"#,
    );
    for _ in 0..INSTANCES / 10 {
        use_once(&module);
    }
    let before = (mappings(), resident_kib());
    for _ in 0..INSTANCES {
        use_once(&module);
    }
    let after = (mappings(), resident_kib());
    assert!(after.0 <= before.0 + 2, "{before:?} {after:?}");
    assert!(after.1 <= before.1 + NOISE_KIB, "{before:?} {after:?}");
}

#[test]
fn instances_leave_nothing_behind() {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "fault::leak::measure", "--nocapture"]);
    let output = command.env(MEASURES, "").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    assert!(text.contains("1 passed"), "{text}");
}
