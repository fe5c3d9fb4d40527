//! Two guests joined in one component, or each by itself, in text.

use std::fmt::Write;

use interfuse::adapt::{IndexType, StringEncoding};
use interfuse::strategy::FuncSample;
use proptest::prelude::{Just, Strategy, prop_oneof};
use proptest::sample::select;

use crate::chain::guest::{Manner, body, core_signature, libc};
use crate::chain::text::{aliases, exports, instance_type, signature};
use crate::oracle::flat::{End, flatten_functype};
use crate::oracle::ty::Ty;

/// How a guest keeps values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Side {
    encoding: StringEncoding,
    width: IndexType,
}

/// Returns how guests may keep values.
pub(crate) fn sides() -> impl Strategy<Value = Side> {
    let encoding = select(vec![
        StringEncoding::Utf8,
        StringEncoding::Utf16,
        StringEncoding::Latin1OrUtf16,
    ]);
    let width = prop_oneof![2 => Just(IndexType::I32), 1 => Just(IndexType::I64)];
    (encoding, width).prop_map(|(encoding, width)| Side { encoding, width })
}

/// Returns a component that imports the instance `host` with the function `f`, and exports `out` with another `f`, which
/// the first guest implements. Hostile guests have a seed, which is set by the exports `seed-0` and `seed-1`.
pub(crate) fn chain(
    sample: &FuncSample,
    resources: u32,
    manner: Manner,
    sides: [Side; 2],
) -> String {
    let instance = instance_type(&sample.types, sample.ty, resources);
    let mut text = format!("(component (import \"host\" (instance $host {instance}))\n");
    let [first, second] = sides.map(|side| guest(sample, resources, manner, side));
    let _ = write!(
        text,
        r#"(component $second {second}) (component $first {first})
        (instance $1 (instantiate $second (with "host" (instance $host))))
        (alias export $1 "out" (instance $between))
        (instance $0 (instantiate $first (with "host" (instance $between))))
        (export "out" (instance $0 "out"))"#
    );
    if manner == Manner::Hostile {
        text += r#"(export "seed-0" (func $0 "seed")) (export "seed-1" (func $1 "seed"))"#;
    }
    text + ")"
}

/// Returns one honest guest as a component of its own, which imports and exports the same as two of them joined.
pub(crate) fn alone(sample: &FuncSample, side: Side) -> String {
    format!("(component {})", guest(sample, 0, Manner::Honest, side))
}

/// Returns the fields of a guest.
fn guest(sample: &FuncSample, resources: u32, manner: Manner, side: Side) -> String {
    let FuncSample { types, ty } = sample;
    let func = types.func(*ty);
    let params: Vec<_> = func.params.iter().map(|it| Ty::of(types, it.1)).collect();
    let result: Vec<_> = func.result.iter().map(|it| Ty::of(types, *it)).collect();
    let [lifted, lowered] =
        [End::Lift, End::Lower].map(|end| flatten_functype(&params, &result, side.width, end));
    let encoding = match side.encoding {
        StringEncoding::Utf8 => "utf8",
        StringEncoding::Utf16 => "utf16",
        StringEncoding::Latin1OrUtf16 => "latin1+utf16",
    };
    let options = format!(
        r#"string-encoding={encoding} (memory (core memory $libc "memory")) (realloc (core func $libc "realloc"))"#
    );
    let (mut drops, mut imports, mut given) = (String::new(), String::new(), String::new());
    for id in 0..resources {
        let _ = write!(
            drops,
            "(core func $drop-r{id} (canon resource.drop $r{id}))"
        );
        let _ = write!(
            imports,
            r#"(import "" "drop-r{id}" (func $drop-r{id} (param i32)))"#
        );
        let _ = write!(given, r#"(export "drop-r{id}" (func $drop-r{id}))"#);
    }
    let seed = match manner {
        Manner::Honest => "",
        Manner::Hostile => {
            r#"(func (export "seed") (param "it" u64) (canon lift (core func $libc "seed")))"#
        }
    };
    format!(
        r#"(import "host" (instance $host {instance}))
        {aliases}
        (core module $libc {libc})
        (core instance $libc (instantiate $libc))
        (core func $f (canon lower (func $host "f") {options}))
        {drops}
        (core module $m
            (import "" "f" (func $f {lowered_type}))
            {imports}
            {body})
        (core instance $m (instantiate $m
            (with "" (instance (export "f" (func $f)) {given}))
            (with "libc" (instance $libc))))
        (func $lifted {signature} (canon lift (core func $m "f") {options}))
        (instance $out {exports})
        (export "out" (instance $out))
        {seed}"#,
        instance = instance_type(types, *ty, resources),
        aliases = aliases(types, resources),
        libc = libc(manner, side.width),
        lowered_type = core_signature(&lowered),
        body = body(manner, &lifted, &lowered, resources),
        signature = signature(types, *ty),
        exports = exports(types, resources),
    )
}
