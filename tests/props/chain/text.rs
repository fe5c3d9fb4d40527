//! Types in the text format of components.

use std::fmt::Write;

use interfuse::adapt::{DefinedType, FuncTypeId, Label, TypeId, Types, ValType};

/// Where types are declared.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the type of the instance that offers them: those that need a name are exported.
    Instance,
    /// In a component that imports the instance `$host`: those that have a name are taken from it.
    Component,
}

/// Returns the type of an instance that exports a function `f`, and all types that need a name, in text.
pub(crate) fn instance_type(types: &Types, func: FuncTypeId, resources: u32) -> String {
    let mut text = String::new();
    for id in 0..resources {
        let _ = writeln!(text, r#"(export "r{id}" (type $r{id} (sub resource)))"#);
    }
    declare(&mut text, types, Place::Instance);
    let _ = writeln!(text, r#"(export "f" (func {}))"#, signature(types, func));
    text
}

/// Returns the declarations of the types in a component that imports such an instance as `$host`.
pub(crate) fn aliases(types: &Types, resources: u32) -> String {
    let mut text = String::new();
    for id in 0..resources {
        let _ = writeln!(text, r#"(alias export $host "r{id}" (type $r{id}))"#);
    }
    declare(&mut text, types, Place::Component);
    text
}

/// Returns the exports of an instance, `$lifted` being its function.
pub(crate) fn exports(types: &Types, resources: u32) -> String {
    let mut text = String::new();
    for id in 0..resources {
        let _ = writeln!(text, r#"(export "r{id}" (type $r{id}))"#);
    }
    for (id, ty) in types.iter() {
        if needs_name(ty) {
            let name = name(id);
            let _ = writeln!(text, r#"(export "{name}" (type ${name}))"#);
        }
    }
    text + r#"(export "f" (func $lifted))"#
}

/// Returns parameters and result of a function.
pub(crate) fn signature(types: &Types, func: FuncTypeId) -> String {
    let mut text = String::new();
    let func = types.func(func);
    for (name, ty) in &func.params {
        let _ = write!(text, r#"(param "{name}" {}) "#, val_type(*ty));
    }
    if let Some(ty) = func.result {
        let _ = write!(text, "(result {})", val_type(ty));
    }
    text
}

fn declare(text: &mut String, types: &Types, place: Place) {
    for (id, ty) in types.iter() {
        let name = name(id);
        let _ = match (needs_name(ty), place) {
            (false, _) => writeln!(text, "(type ${name} {})", defined(ty)),
            (true, Place::Instance) => writeln!(
                text,
                r#"(type ${name}-inner {}) (export "{name}" (type ${name} (eq ${name}-inner)))"#,
                defined(ty)
            ),
            (true, Place::Component) => {
                writeln!(text, r#"(alias export $host "{name}" (type ${name}))"#)
            }
        };
    }
}

/// Returns whether only types that have a name may be used in what is imported or exported.
fn needs_name(ty: &DefinedType) -> bool {
    matches!(
        ty,
        DefinedType::Record(_)
            | DefinedType::Variant(_)
            | DefinedType::Flags(_)
            | DefinedType::Enum(_)
    )
}

fn name(id: TypeId) -> String {
    format!("t{}", id.as_u32())
}

fn val_type(ty: ValType) -> String {
    let plain = match ty {
        ValType::Bool => "bool",
        ValType::S8 => "s8",
        ValType::U8 => "u8",
        ValType::S16 => "s16",
        ValType::U16 => "u16",
        ValType::S32 => "s32",
        ValType::U32 => "u32",
        ValType::S64 => "s64",
        ValType::U64 => "u64",
        ValType::F32 => "f32",
        ValType::F64 => "f64",
        ValType::Char => "char",
        ValType::String => "string",
        ValType::Own(id) => return format!("(own $r{})", id.as_u32()),
        ValType::Borrow(id) => return format!("(borrow $r{})", id.as_u32()),
        ValType::Defined(id) => return format!("${}", name(id)),
    };
    plain.to_owned()
}

fn defined(ty: &DefinedType) -> String {
    let all = |names: &[Label]| -> String { names.iter().map(|it| format!(" \"{it}\"")).collect() };
    let inner = match ty {
        DefinedType::Record(fields) => {
            let fields = fields.iter();
            let fields = fields.map(|(name, ty)| format!(r#" (field "{name}" {})"#, val_type(*ty)));
            format!("record{}", fields.collect::<String>())
        }
        DefinedType::Variant(cases) => {
            let cases = cases.iter().map(|(name, ty)| {
                let ty = ty.map(val_type).unwrap_or_default();
                format!(r#" (case "{name}" {ty})"#)
            });
            format!("variant{}", cases.collect::<String>())
        }
        DefinedType::List(ty) => format!("list {}", val_type(*ty)),
        DefinedType::FixedList(ty, len) => format!("list {} {len}", val_type(*ty)),
        DefinedType::Map(key, ty) => format!("map {} {}", val_type(*key), val_type(*ty)),
        DefinedType::Tuple(parts) => {
            let parts = parts.iter().map(|ty| format!(" {}", val_type(*ty)));
            format!("tuple{}", parts.collect::<String>())
        }
        DefinedType::Flags(names) => format!("flags{}", all(names)),
        DefinedType::Enum(names) => format!("enum{}", all(names)),
        DefinedType::Option(ty) => format!("option {}", val_type(*ty)),
        DefinedType::Result { ok, err } => {
            let ok = ok.map(|ty| format!(" {}", val_type(ty)));
            let err = err.map(|ty| format!(" (error {})", val_type(ty)));
            format!(
                "result{}{}",
                ok.unwrap_or_default(),
                err.unwrap_or_default()
            )
        }
    };
    format!("({inner})")
}
