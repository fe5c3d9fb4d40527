//! What is refused, and what is said then.

use crate::runtime::codegen::config::CodegenConfig;
use crate::runtime::codegen::error::{CodegenError, FunctionProblem};
use crate::runtime::codegen::tests::support::{compile_bytes, refusal, wasm};

#[test]
fn proposals_are_named() {
    let cases = [
        (
            "(module (tag $t) (func (throw $t)))",
            "the exception-handling proposal",
        ),
        (
            "(module (tag $t) (func try catch $t end))",
            "the legacy exception-handling proposal",
        ),
        (
            "(module (type (struct (field i32))))",
            "the garbage-collection proposal",
        ),
        (
            "(module (func (param anyref)))",
            "the garbage-collection proposal",
        ),
        (
            "(module (type $t (func)) (func (param (ref null $t)) (call_ref $t (local.get 0))))",
            "the function-references proposal",
        ),
        (
            "(module (type $t (func)) (func (param (ref null $t))))",
            "the function-references proposal",
        ),
        (
            "(module (func (result i64 i64) (i64.mul_wide_u (i64.const 1) (i64.const 2))))",
            "the wide-arithmetic proposal",
        ),
        (
            "(module (type $f (func)) (type $c (cont $f)))",
            "the stack-switching proposal",
        ),
    ];
    for (text, proposal) in cases {
        let message = refusal(text);
        let expected = format!("not supported: the core module uses {proposal}, at offset 0x");
        assert!(message.starts_with(&expected), "{text}: {message}");
    }
}

#[test]
fn what_is_not_valid_is_refused_with_its_place() {
    let message = refusal("(module (func (result i32)))");
    assert!(
        message.starts_with("invalid core module at offset 0x"),
        "{message}"
    );
    let message = refusal("(module (func (export \"f\")) (start 7))");
    assert!(message.contains("unknown function"), "{message}");
    assert_eq!(
        refusal("(component)"),
        "this is a component, not a core module"
    );
    let config = CodegenConfig::default();
    let error = compile_bytes(&config, b"not wasm").unwrap_err();
    assert!(
        matches!(error, CodegenError::Invalid { offset: 0, .. }),
        "{error}"
    );
}

#[test]
fn chains_of_values_that_meet_are_bounded() {
    let chain = "(if (local.get 0) (then (local.set 1 (i32.const 1))))".repeat(500);
    let text =
        format!("(module (func $f (param i32) (result i32) (local i32) {chain} (local.get 1)))");
    let config = |max_steps| CodegenConfig {
        max_steps,
        ..CodegenConfig::default()
    };
    let wasm = wasm(&text);
    assert!(compile_bytes(&config(1_000_000), &wasm).is_ok());
    let error = compile_bytes(&config(10_000), &wasm).unwrap_err();
    let CodegenError::Function { name, problem } = &error else {
        panic!("{error}");
    };
    assert_eq!(name, "f");
    assert!(
        matches!(problem, FunctionProblem::TooManySteps { limit: 10_000, .. }),
        "{error}"
    );
}
