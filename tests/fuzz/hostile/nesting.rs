//! Instances that multiply or nest: a level of nesting can double their number.

use interfuse::adapt::{Config, InlineError, Limits, inline, translate};
use wasm_encoder::{
    Alias, Component, ComponentAliasSection, ComponentOuterAliasKind, Module, ModuleSection,
    NestedComponentSection,
};

use crate::exercise::{Outcome, outcome};
use crate::hostile::component::{expect_plan, expect_refusal, repeat, wat};
use crate::meter::measure;

/// Takes a component through all stages and expects that it has too many instances.
fn expect_too_many_instances(bytes: &[u8]) {
    match outcome(bytes) {
        Outcome::TooLarge(InlineError::TooManyInstances { limit: 10_000 }) => {}
        other => panic!("there should be too many instances: {other}"),
    }
}

/// Returns a component that instantiates one that instantiates one … twice at each level, in the end `innermost`.
fn doubled(levels: usize, innermost: &str) -> String {
    let twice = "(instance (instantiate 0)) (instance (instantiate 0))";
    let mut text = format!("(component {innermost})");
    for _ in 0..levels {
        text = format!("(component {text} {twice})");
    }
    text
}

#[test]
fn nested_doubling_is_refused() {
    let bytes = wat(&doubled(
        40,
        "(core module) (core instance (instantiate 0))",
    ));
    assert!(bytes.len() < 1_500, "{} bytes", bytes.len());
    expect_too_many_instances(&bytes);
}

#[test]
fn nested_doubling_without_core_instances_is_refused() {
    let bytes = wat(&doubled(40, ""));
    assert!(bytes.len() < 1_000, "{} bytes", bytes.len());
    expect_too_many_instances(&bytes);
    // 1 + 2 + … + 2^12 instances are few enough.
    expect_plan(&wat(&doubled(12, "")));
}

/// Returns a component that makes a component of `$leaf`, of what comes out another, and so on, and instantiates the
/// last: each contains `body`, in which `$c` is the one before.
fn applied(times: usize, body: &str) -> String {
    let apply = repeat(times, |n| {
        format!(
            r#"(instance $i{} (instantiate $make (with "c" (component $d{n}))))
               (alias export $i{} "d" (component $d{}))"#,
            n + 1,
            n + 1,
            n + 1,
        )
    });
    format!(
        r#"(component
            (component $make
              (import "c" (component $c))
              (component $made {body})
              (export "d" (component $made)))
            (component $d0)
            {apply}
            (instance (instantiate $d{times})))"#
    )
}

#[test]
fn doubling_through_arguments_is_refused() {
    let text = applied(
        40,
        "(instance (instantiate $c)) (instance (instantiate $c))",
    );
    let bytes = wat(&text);
    assert!(bytes.len() < 1_500, "{} bytes", bytes.len());
    expect_too_many_instances(&bytes);
}

/// Returns a component whose instances nest `outer * inner` deep, each through a component given as an argument.
fn deep_chain(outer: usize, inner: usize) -> Vec<u8> {
    let apply = |make: &str, times: usize| {
        repeat(times, |n| {
            format!(
                r#"(instance $i{} (instantiate {make} (with "c" (component $d{n}))))
                   (alias export $i{} "d" (component $d{}))"#,
                n + 1,
                n + 1,
                n + 1,
            )
        })
    };
    wat(&format!(
        r#"(component
            (component $make
              (import "c" (component $c))
              (component $made (instance (instantiate $c)))
              (export "d" (component $made)))
            (component $many
              (import "c" (component $d0))
              {}
              (export "d" (component $d{inner})))
            (component $d0)
            {}
            (instance (instantiate $d{outer})))"#,
        apply("$make", inner),
        apply("$many", outer),
    ))
}

#[test]
fn deep_chains_of_instances_take_no_stack() {
    // Twice as many instances as the chain is deep, for each link is made by one.
    expect_plan(&deep_chain(10, 490));
    let bytes = deep_chain(25, 400);
    expect_too_many_instances(&bytes);
    let measured = measure(move || {
        let translation = translate(&Config::default(), &bytes).expect("it is valid");
        let limits = Limits {
            max_instances: 30_000,
            ..Limits::default()
        };
        let plan = inline(&translation, limits).expect("the limit is high enough");
        plan.component_instances.len()
    });
    // The root, 25 of `$many`, 10,000 of `$make`, 10,000 of what it makes, and the innermost.
    assert_eq!(measured.result, Ok(1 + 25 + 10_000 + 10_000 + 1));
}

/// Returns instances `$b1`, `$b2`, … each of which exports the one before twice.
fn doubled_instances(depth: usize) -> String {
    repeat(depth, |n| {
        format!(
            r#"(instance $b{} (export "a" (instance $b{n})) (export "b" (instance $b{n})))"#,
            n + 1,
        )
    })
}

#[test]
fn exported_instances_do_not_unfold() {
    for (depth, exports) in [(16, 1), (6, 500)] {
        let exports = repeat(exports, |n| {
            format!(r#"(export "x{n}" (instance $b{depth}))"#)
        });
        let instances = doubled_instances(depth);
        expect_plan(&wat(&format!(
            r#"(component (import "f" (func $f)) (instance $b0 (export "f" (func $f))) {instances} {exports})"#
        )));
    }
    let instances = doubled_instances(64);
    expect_refusal(
        &wat(&format!(
            r#"(component (instance $b0) {instances} (export "x" (instance $b64)))"#
        )),
        "effective type size exceeds the limit",
    );
}

#[test]
fn imported_instances_do_not_unfold() {
    let types = repeat(13, |n| {
        format!(
            r#"(type $t{} (instance
                (alias outer 1 $t{n} (type $t))
                (export "a" (instance (type $t)))
                (export "b" (instance (type $t)))))"#,
            n + 1,
        )
    });
    for first in [
        r#"(export "f" (func))"#,
        r#"(export "t" (type (sub resource)))"#,
    ] {
        let text = format!(
            r#"(component (type $t0 (instance {first})) {types}
                (import "x" (instance $x (type $t13)))
                (export "y" (instance $x)))"#
        );
        outcome(&wat(&text));
    }
}

/// Returns a component in which 40 components capture the modules of 40 others, from which `levels` separate them.
fn captures(modules: u32, levels: u32) -> Vec<u8> {
    let aliases = |count: u32| {
        let mut section = ComponentAliasSection::new();
        for index in 0..modules {
            let kind = ComponentOuterAliasKind::CoreModule;
            section.alias(Alias::Outer { kind, count, index });
        }
        section
    };
    let around = |inner: &Component, count: u32| {
        let mut outer = Component::new();
        if count > 0 {
            outer.section(&aliases(count));
        }
        outer.section(&NestedComponentSection(inner));
        outer
    };
    let mut component = Component::new();
    // From the inside out.
    for count in [levels + 40, 0, 1] {
        let components = if count == 0 { levels } else { 40 };
        for _ in 0..components {
            component = around(&component, count);
        }
    }
    let mut root = Component::new();
    for _ in 0..modules {
        root.section(&ModuleSection(&Module::new()));
    }
    root.section(&NestedComponentSection(&component));
    root.finish()
}

#[test]
fn captures_through_many_components_are_bounded() {
    expect_plan(&captures(100, 50));
    expect_refusal(&captures(400, 400), "take too long");
}
