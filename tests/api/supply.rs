//! Root components that import components.

use interfuse::adapt::{
    Config, CoreInstance, CoreModule, FileId, Limits, Supplied, TranslateError, TranslateErrorKind,
    Translation, inline, translate, translate_with,
};

use crate::component::component;

/// Imports a component that exports a function, and exports an instance's.
const CONSUMER: &str = r#"
    (import "c" (component $c (export "f" (func (result u32)))))
    (instance $i (instantiate $c))
    (export "g" (func $i "f"))"#;

/// Exports a function of a core module.
const PRODUCER: &str = r#"
    (core module $m (func (export "f") (result i32) i32.const 1))
    (core instance $m (instantiate $m))
    (func (export "f") (result u32) (canon lift (core func $m "f")))"#;

fn supply(consumer: &str, supplied: &[(&str, &[u8])]) -> Result<Translation, TranslateError> {
    let supplied = supplied.iter();
    let supplied: Vec<_> = supplied
        .map(|(import, bytes)| Supplied { import, bytes })
        .collect();
    translate_with(&Config::default(), &component(consumer), &supplied)
}

#[test]
fn supplied_component_is_part_of_the_plan() {
    let translation = supply(CONSUMER, &[("c", &component(PRODUCER))]).unwrap();
    let plan = inline(&translation, Limits::default()).unwrap();
    assert_eq!(plan.component_instances.len(), 2);
    let module = plan.core_instances.values().next().unwrap().module;
    let CoreModule::Static(module) = module else {
        panic!("{module:?} is written in the supplied component");
    };
    assert_eq!(plan.modules[module].span.file, FileId::from_u32(1));
    let bytes = &component(PRODUCER)[plan.modules[module].span.bytes.clone()];
    assert!(bytes.starts_with(b"\0asm\x01\0\0\0"));
}

#[test]
fn one_component_may_be_supplied_twice() {
    let consumer = r#"
        (import "a" (component $a (export "f" (func (result u32)))))
        (import "b" (component $b (export "f" (func (result u32)))))
        (instance (instantiate $a))
        (instance (instantiate $b))"#;
    let producer = component(PRODUCER);
    let translation = supply(consumer, &[("b", &producer), ("a", &producer)]).unwrap();
    let plan = inline(&translation, Limits::default()).unwrap();
    let file = |instance: &CoreInstance| match instance.module {
        CoreModule::Static(module) => plan.modules[module].span.file,
        CoreModule::Imported(module) => panic!("{module} was supplied"),
    };
    let files: Vec<_> = plan.core_instances.values().map(file).collect();
    assert_eq!(files, [2, 1].map(FileId::from_u32));
}

#[test]
fn missing_component_is_an_error() {
    let error = translate(&Config::default(), &component(CONSUMER)).unwrap_err();
    let expected = TranslateErrorKind::ComponentNotSupplied("c".to_owned());
    assert_eq!(error.kind, expected);
}

#[test]
fn component_of_another_type_is_an_error() {
    let other = r#"(import "f" (func $f (result u32))) (export "f" (func $f))"#;
    for other in [other, ""] {
        let error = supply(CONSUMER, &[("c", &component(other))]).unwrap_err();
        assert_eq!(error.kind, TranslateErrorKind::SuppliedType("c".to_owned()));
    }
}

#[test]
fn component_for_an_import_that_is_not_there_is_an_error() {
    let producer = component(PRODUCER);
    let function = r#"(import "d" (func))"#;
    for consumer in [CONSUMER, function] {
        let error = supply(consumer, &[("d", &producer)]).unwrap_err();
        assert_eq!(error.kind, TranslateErrorKind::NoSuchImport("d".to_owned()));
    }
}

#[test]
fn errors_in_what_is_supplied_say_so() {
    let supplied: [(&[u8], _); 3] = [
        (b"\0asm\x01\0\0\0", TranslateErrorKind::CoreModule),
        (b"(component)", TranslateErrorKind::NotWasm),
        (
            b"\0asm\x0d\0\x01\0\x63\0",
            TranslateErrorKind::Invalid("malformed section id: 99".to_owned()),
        ),
    ];
    for (bytes, kind) in supplied {
        let error = supply(CONSUMER, &[("c", bytes)]).unwrap_err();
        assert_eq!(error.supplied_for.as_deref(), Some("c"));
        assert_eq!(error.kind, kind);
    }
}
