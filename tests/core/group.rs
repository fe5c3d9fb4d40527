//! Instances that are compiled together.

use interfuse::runtime::{
    Config, Engine, Error, ErrorKind, Group, GroupBuilder, Instances, Linker, Store,
    StoreContextMut, TrapKind,
};

fn compile(inlining: bool, instances: &[(&str, &str)]) -> Result<(Engine, Group), Error> {
    let engine = Engine::new(Config::new().inlining(inlining)).unwrap();
    let modules: Vec<_> = instances
        .iter()
        .map(|(name, text)| (*name, wat::parse_str(text).unwrap()))
        .collect();
    let mut group = GroupBuilder::new(&engine);
    for (name, wasm) in &modules {
        group.instance(name, wasm);
    }
    let group = group.compile()?;
    Ok((engine, group))
}

fn instantiate(inlining: bool, instances: &[(&str, &str)]) -> (Store<()>, Instances) {
    let (engine, group) = compile(inlining, instances).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let instances = group.instantiate(&mut store, &Linker::new()).unwrap();
    (store, instances)
}

/// Everything that a body may hold: blocks with parameters, tables of branches, calls, constants of vectors, shuffles,
/// globals, memories, traps.
const LIBRARY: &str = r#"(module
    (memory (export "memory") 1)
    (global $count (export "count") (mut i32) (i32.const 0))
    (table 1 funcref) (elem (i32.const 0) $twice)
    (func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
    (func (export "count up") (param i32) (result i32)
      (global.set $count (i32.add (global.get $count) (local.get 0)))
      (global.get $count))
    (func (export "choose") (param i32) (result i32)
      (block (block (block (br_table 0 1 2 (local.get 0)))
        (return (i32.const 10))) (return (call $twice (i32.const 10)))) (i32.const 30))
    (func (export "sum to") (param $n i32) (result i32) (local $sum i32)
      (block $end (loop $again
        (br_if $end (i32.eqz (local.get $n)))
        (local.set $sum (i32.add (local.get $sum) (local.get $n)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $again)))
      (local.get $sum))
    (func (export "reverse") (param v128) (result v128)
      (i8x16.shuffle 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0 (local.get 0) (v128.const i64x2 1 2)))
    (func (export "poke") (param i32 i32) (i32.store (local.get 0) (local.get 1)))
    (func (export "peek") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "divide") (param i32 i32) (result i32 i32)
      (i32.div_u (local.get 0) (local.get 1)) (i32.rem_u (local.get 0) (local.get 1)))
    (func (export "indirect") (param i32) (result i32)
      (call_indirect (param i32) (result i32) (local.get 0) (i32.const 0)))
    (func $tail (export "tail") (param i32) (result i32) (return_call $twice (local.get 0))))"#;

const USER: &str = r#"(module
    (import "library" "count up" (func $count_up (param i32) (result i32)))
    (import "library" "choose" (func $choose (param i32) (result i32)))
    (import "library" "sum to" (func $sum_to (param i32) (result i32)))
    (import "library" "reverse" (func $reverse (param v128) (result v128)))
    (import "library" "poke" (func $poke (param i32 i32)))
    (import "library" "peek" (func $peek (param i32) (result i32)))
    (import "library" "divide" (func $divide (param i32 i32) (result i32 i32)))
    (import "library" "indirect" (func $indirect (param i32) (result i32)))
    (import "library" "tail" (func $tail (param i32) (result i32)))
    (memory (export "own") 1)
    (func (export "run") (param $x i32) (result i32) (local $sum i32)
      (local.set $sum (i32.add (call $choose (local.get $x)) (call $sum_to (local.get $x))))
      (call $poke (i32.const 8) (local.get $sum))
      (i32.store (i32.const 8) (i32.const -1))
      (local.set $sum (i32.add (call $peek (i32.const 8)) (call $count_up (local.get $x))))
      (local.set $sum (i32.add (local.get $sum) (call $indirect (local.get $x))))
      (local.set $sum (i32.add (local.get $sum) (call $tail (local.get $x))))
      (call $divide (local.get $sum) (i32.add (local.get $x) (i32.const 1)))
      (i32.xor)
      (i32.add (i32x4.extract_lane 0 (call $reverse (i32x4.splat (local.get $sum))))))
    (func (export "trap") (result i32) (call $divide (i32.const 1) (i32.const 0)) (i32.add))
    (func (export "fault") (result i32) (call $peek (i32.const -2))))"#;

#[test]
fn inlining_changes_nothing() {
    let run = |inlining| {
        let (mut store, instances) = instantiate(inlining, &[("library", LIBRARY), ("user", USER)]);
        let user = instances.get("user").unwrap();
        let run = user.get_typed_func::<u32, u32>(&mut store, "run").unwrap();
        let results: Vec<u32> = (0..20).map(|x| run.call(&mut store, x).unwrap()).collect();
        for (name, kind) in [
            ("trap", TrapKind::DivisionByZero),
            ("fault", TrapKind::MemoryOutOfBounds),
        ] {
            let func = user.get_typed_func::<(), u32>(&mut store, name).unwrap();
            let error = func.call(&mut store, ()).unwrap_err();
            assert_eq!(error.trap(), Some(kind), "{name}");
        }
        results
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn instances_of_one_module_share_nothing() {
    let counter = r#"(module (global $n (mut i32) (i32.const 0))
        (func (export "next") (result i32)
          (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))"#;
    let user = r#"(module (import "a" "next" (func $a (result i32))) (import "b" "next" (func $b (result i32)))
        (func (export "run") (result i32)
          (drop (call $a)) (drop (call $a)) (i32.add (i32.mul (call $a) (i32.const 10)) (call $b))))"#;
    let (mut store, instances) =
        instantiate(true, &[("a", counter), ("b", counter), ("user", user)]);
    let user = instances.get("user").unwrap();
    let run = user.get_typed_func::<(), u32>(&mut store, "run").unwrap();
    assert_eq!(run.call(&mut store, ()).unwrap(), 31);
}

#[test]
fn chains_are_inlined_to_the_end() {
    let link = |from: &str| {
        format!(
            r#"(module (import "{from}" "f" (func $f (param i32) (result i32)))
                (func (export "f") (param i32) (result i32)
                  (call $f (i32.add (local.get 0) (i32.const 1)))))"#
        )
    };
    let first = r#"(module (func (export "f") (param i32) (result i32) local.get 0))"#;
    let names: Vec<String> = (0..20).map(|at| format!("m{at}")).collect();
    let texts: Vec<String> = (0..20)
        .map(|at| match at {
            0 => first.to_owned(),
            _ => link(&names[at - 1]),
        })
        .collect();
    let all: Vec<_> = names
        .iter()
        .map(|it| &**it)
        .zip(texts.iter().map(|it| &**it))
        .collect();
    let (mut store, instances) = instantiate(true, &all);
    let last = instances.get("m19").unwrap();
    let f = last.get_typed_func::<u32, u32>(&mut store, "f").unwrap();
    assert_eq!(f.call(&mut store, 100).unwrap(), 119);
}

#[test]
fn what_does_not_fit_is_an_error() {
    let kind = |instances: &[(&str, &str)]| compile(true, instances).err().unwrap().kind();
    let first = ("a", r#"(module (func (export "f")))"#);
    let missing = ("b", r#"(module (import "a" "g" (func)))"#);
    assert_eq!(kind(&[first, missing]), ErrorKind::Compile);
    let other = ("b", r#"(module (import "a" "f" (func (param i32))))"#);
    assert_eq!(kind(&[first, other]), ErrorKind::Compile);
    assert_eq!(kind(&[first, first]), ErrorKind::Link);
    let (engine, group) = compile(true, &[missing]).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let error = group.instantiate(&mut store, &Linker::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Link);
    assert!(error.to_string().contains("`a` `g`"), "{error}");
}

/// Calls `run` of the last instance with each number below `count`. Returns what is said of the errors, with backtraces.
fn failures(inlining: bool, instances: &[(&str, &str)], count: u32) -> Vec<String> {
    let (engine, group) = compile(inlining, instances).unwrap();
    let mut store = Store::new(&engine, ()).unwrap();
    let mut linker = Linker::new();
    let fail = |_: StoreContextMut<'_, ()>| Err::<(), _>("the host fails");
    linker
        .func_wrap(&mut store, ("host", "fail"), fail)
        .unwrap();
    let all = group.instantiate(&mut store, &linker).unwrap();
    let last = all.get(instances.last().unwrap().0).unwrap();
    let run = last.get_typed_func::<u32, u32>(&mut store, "run").unwrap();
    let errors = (0..count).map(|at| format!("{:?}", run.call(&mut store, at).unwrap_err()));
    errors.collect()
}

#[test]
fn inlined_functions_are_seen_in_backtraces() {
    let a = r#"(module $a (import "host" "fail" (func $fail)) (memory 1)
        (func $trap (export "trap") unreachable)
        (func $call (export "call") call $fail)
        (func $load (export "load") (param i32) (result i32) (i32.load (local.get 0)))
        (func $compare (export "compare") (param i32) (result i32)
          (i32.load (i32.eqz (i32.eqz (i32.extend16_s (i64.le_s (i64.ctz (i64.const 0)) (i64.load (local.get 0))))))))
        (func $divide (export "divide") (param i32) (result i32)
          (i32.div_u (i32.const 1) (local.get 0))))"#;
    let b = r#"(module $b
        (import "a" "trap" (func $trap)) (import "a" "call" (func $call))
        (import "a" "load" (func $load (param i32) (result i32)))
        (import "a" "compare" (func $compare (param i32) (result i32)))
        (import "a" "divide" (func $divide (param i32) (result i32)))
        (func $middle (export "middle") (param i32) (result i32)
          (if (i32.eq (local.get 0) (i32.const 0)) (then (call $trap)))
          (if (i32.eq (local.get 0) (i32.const 1)) (then (call $call)))
          (if (i32.eq (local.get 0) (i32.const 2)) (then (return (i32.add (i32.const 1) (call $load (i32.const -4))))))
          (if (i32.eq (local.get 0) (i32.const 3)) (then (return (call $divide (i32.const 0)))))
          (if (i32.eq (local.get 0) (i32.const 4)) (then (return (call $compare (i32.const -8)))))
          (if (i32.eq (local.get 0) (i32.const 5)) (then unreachable))
          local.get 0))"#;
    let c = r#"(module $c
        (import "a" "trap" (func $trap)) (import "b" "middle" (func $middle (param i32) (result i32)))
        (memory 1)
        (func $run (export "run") (param i32) (result i32)
          (drop (call $middle (local.get 0)))
          (if (i32.eq (local.get 0) (i32.const 6)) (then (call $trap)))
          (i32.load (i32.const -4))))"#;
    let all = [("a", a), ("b", b), ("c", c)];
    let inlined = failures(true, &all, 8);
    assert_eq!(inlined, failures(false, &all, 8));
    let traces = inlined.iter().map(|text| {
        let frames = text.lines().skip(1).map(|line| line.trim().to_owned());
        frames.collect::<Vec<_>>().join(", ")
    });
    let outer = "at c: run (function 2)";
    let middle = format!("at b: middle (function 5), {outer}");
    let expected = [
        format!("at a: trap (function 1), {middle}"),
        format!("at a: call (function 2), {middle}"),
        format!("at a: load (function 3), {middle}"),
        format!("at a: divide (function 5), {middle}"),
        format!("at a: compare (function 4), {middle}"),
        middle,
        format!("at a: trap (function 1), {outer}"),
        outer.to_owned(),
    ];
    assert_eq!(traces.collect::<Vec<_>>(), expected);
}
