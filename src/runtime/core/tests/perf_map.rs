//! Names for `perf`.

use std::fs;

use crate::runtime::core::tests::support::{compile, deserialize};
use crate::runtime::engine::{Config, Engine};
use crate::runtime::types::{FuncType, ValType};
use crate::runtime::vm::code::Code;

const TEXT: &str = r#"(module
    (func $first (export "f") (param f64) (result f64) (local.get 0))
    (func (export "g") (param f64) (result f64) (f64.add (local.get 0) (f64.const 1)))
    (func $"odd\nname" (export "h") (param f64) (result f64) (f64.const 1)))"#;

fn path() -> String {
    format!("/tmp/perf-{}.map", std::process::id())
}

/// Returns the lines for this process, each in its parts.
fn lines() -> Vec<(usize, usize, String)> {
    let text = fs::read_to_string(path()).expect("it is there");
    let parse = |line: &str| {
        let mut parts = line.splitn(3, ' ');
        let mut part = || parts.next().expect("a line has three parts").to_owned();
        let number = |text: String| usize::from_str_radix(&text, 16).expect("it is a number");
        (number(part()), number(part()), part())
    };
    text.lines().map(parse).collect()
}

/// Returns what was written last of some code. What was there before it has the same addresses.
fn last(code: &Code) -> Vec<(usize, usize, String)> {
    let own = lines().into_iter();
    let own: Vec<_> = own.filter(|it| code.range().contains(&it.0)).collect();
    own[own.len() - code.functions().count()..].to_vec()
}

// One test: there is one file in the process.
#[test]
fn names_of_functions_are_in_the_file() {
    let engine = Engine::new(Config::new().perf_map(true)).expect("the file can be written");
    let compiled = compile(&engine, TEXT);
    let loaded = deserialize(&engine, &compiled.serialize()).expect("it was just written");
    for module in [compiled, loaded] {
        let code = module.code();
        let own = last(code);
        let names: Vec<&str> = own.iter().map(|it| &*it.2).collect();
        let expected = [
            "module::first",
            "module::func1",
            "module::odd_name",
            "entry (f64) -> (f64)",
        ];
        assert_eq!(names, expected);
        for ((start, len, _), (range, ..)) in own.iter().zip(code.functions()) {
            assert_eq!(*start, code.address(range.start));
            assert_eq!(u32::try_from(*len), Ok(range.len));
        }
    }
    let ty = FuncType {
        params: [ValType::I32, ValType::F64].into(),
        results: [].into(),
    };
    let trampolines = engine.trampolines(&ty).expect("they can be compiled");
    let names: Vec<String> = last(&trampolines).into_iter().map(|it| it.2).collect();
    assert_eq!(names, ["entry (i32, f64) -> ()", "exit (i32, f64) -> ()"]);
    several_threads_write_whole_lines();
    fs::remove_file(path()).expect("it was there");
}

fn several_threads_write_whole_lines() {
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let engine = Engine::new(Config::new().perf_map(true)).expect("it is possible");
                for round in 0..10 {
                    let text = format!(
                        r#"(module (func $thread_{thread}_{round}) (export "f" (func 0)))"#
                    );
                    compile(&engine, &text);
                }
            });
        }
    });
    let names: Vec<String> = lines().into_iter().map(|it| it.2).collect();
    for (thread, round) in (0..4).flat_map(|thread| (0..10).map(move |round| (thread, round))) {
        let name = format!("module::thread_{thread}_{round}");
        let found = names.iter().filter(|it| **it == name);
        assert_eq!(found.count(), 1, "{name}");
    }
}
