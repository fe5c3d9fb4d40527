//! What is valid and not supported is refused by name, with the offset of what is at fault.

use interfuse::adapt::TranslateErrorKind;
use wasmparser::{Parser, Payload};

use crate::exercise::{Outcome, outcome};
use crate::hostile::component::wat;

/// Id of a component's section of canonical definitions.
const CANON: u8 = 8;

/// Ids of other sections of a component.
const TYPE: u8 = 7;
const START: u8 = 9;
const IMPORT: u8 = 10;

/// Checks that `items`, behind others that are supported, are refused as not supported in the last section with an
/// id, with `text`.
fn check(section: u8, items: &str, text: &str) {
    let kind = refused(section, items, text);
    let is_unsupported = matches!(kind, TranslateErrorKind::Unsupported(_));
    assert!(is_unsupported, "{items}: {kind:?}");
}

/// Checks that `items` are refused there, for whatever reason, and returns the reason.
fn refused(section: u8, items: &str, text: &str) -> TranslateErrorKind {
    let bytes = wat(&format!(
        r#"(component
            (import "i" (func $imported (param "x" u32)))
            (import "many" (func $many (param "x" string) (result string)))
            (type $s (stream u8))
            (type $f (future u8))
            (type $void (func))
            (type $async (func async (result u32)))
            (core type $start (func (param i32)))
            (core type $gc (func))
            (core module $m
              (memory (export "mem") 1)
              (table (export "t") 1 funcref)
              (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
              (func (export "f"))
              (func (export "status") (result i32) unreachable)
              (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
            (core instance $i (instantiate $m))
            (alias core export $i "mem" (core memory $mem))
            (alias core export $i "t" (core table $t))
            (alias core export $i "realloc" (core func $realloc))
            (alias core export $i "f" (core func $g))
            (alias core export $i "status" (core func $status))
            (alias core export $i "callback" (core func $callback))
            {items})"#
    ));
    let Outcome::Refused(error) = outcome(&bytes) else {
        panic!("{items}: this should be refused");
    };
    let message = error.to_string();
    assert!(
        message.contains(text),
        "{items}: this should speak of `{text}`: {message}"
    );
    let sections = Parser::new(0).parse_all(&bytes).filter_map(|payload| {
        let payload: Payload<'_> = payload.expect("it was encoded");
        payload.as_section()
    });
    let last = sections.filter(|(id, _)| *id == section).last();
    let (_, range) = last.unwrap_or_else(|| panic!("{items}: no section {section}"));
    assert!(
        range.contains(&error.offset),
        "{items}: {range:x?} does not contain {message}"
    );
    error.kind
}

#[test]
fn asynchronous_builtins_are_refused_by_name() {
    let builtins = [
        ("backpressure.inc", ""),
        ("backpressure.dec", ""),
        ("task.return", "(result u32)"),
        ("task.cancel", ""),
        ("context.get", "i32 0"),
        ("context.set", "i32 0"),
        ("thread.yield", ""),
        ("subtask.drop", ""),
        ("subtask.cancel", ""),
        ("stream.new", "$s"),
        ("stream.read", "$s (memory $mem) async"),
        ("stream.write", "$s (memory $mem) async"),
        ("stream.cancel-read", "$s"),
        ("stream.cancel-write", "$s"),
        ("stream.drop-readable", "$s"),
        ("stream.drop-writable", "$s"),
        ("future.new", "$f"),
        ("future.read", "$f (memory $mem) async"),
        ("future.write", "$f (memory $mem) async"),
        ("future.cancel-read", "$f"),
        ("future.cancel-write", "$f"),
        ("future.drop-readable", "$f"),
        ("future.drop-writable", "$f"),
        ("waitable-set.new", ""),
        ("waitable-set.wait", "(memory $mem)"),
        ("waitable-set.poll", "(memory $mem)"),
        ("waitable-set.drop", ""),
        ("waitable.join", ""),
    ];
    for (name, args) in builtins {
        let text = format!("the asynchronous or threading built-in `{name}`");
        check(CANON, &format!("(core func (canon {name} {args}))"), &text);
    }
}

#[test]
fn builtins_of_other_proposals_are_refused_by_the_validator() {
    let builtins = [
        ("thread.spawn-ref", "$start", "shared-everything"),
        ("thread.spawn-indirect", "$start $t", "shared-everything"),
        ("thread.available_parallelism", "", "shared-everything"),
        ("thread.index", "", "threading"),
        ("thread.new-indirect", "$start $t", "threading"),
        ("thread.resume-later", "", "threading"),
        ("thread.suspend", "", "threading"),
        ("error-context.new", "(memory $mem)", "error-context"),
        (
            "error-context.debug-message",
            "(memory $mem) (realloc $realloc)",
            "error-context",
        ),
        ("error-context.drop", "", "error-context"),
    ];
    for (name, args, text) in builtins {
        check(CANON, &format!("(core func (canon {name} {args}))"), text);
    }
}

#[test]
fn unsupported_canonical_options_are_refused() {
    let lower = |options: &str| format!("(core func (canon lower (func $imported) {options}))");
    check(CANON, &lower("gc"), "gc");
    check(CANON, &lower("(core-type $gc) gc"), "gc");
    // These are for asynchronous functions only.
    let text = "requires an async function type";
    refused(CANON, &lower("async"), text);
    let lift = "(func (type $void) (canon lift (core func $status) async (callback $callback)))";
    refused(CANON, lift, text);
    let lift = "(func (type $async) (canon lift (core func $status) async (callback $callback)))";
    check(CANON, lift, "asynchronous functions");
}

#[test]
fn unsupported_types_are_refused_where_a_function_uses_them() {
    for (ty, text) in [
        ("(stream u8)", "streams (`stream`)"),
        ("(future)", "futures (`future`)"),
    ] {
        let import = format!(r#"(import "x" (func (param "x" {ty})))"#);
        check(IMPORT, &import, text);
    }
    check(
        IMPORT,
        r#"(import "x" (func async))"#,
        "asynchronous functions",
    );
    check(TYPE, "(type error-context)", "error-context");
    check(TYPE, "(type (list u8 4))", "fixed-length");
}

#[test]
fn values_and_starts_are_refused() {
    check(IMPORT, r#"(import "v" (value u32))"#, "value");
    check(START, "(start $imported)", "");
}
