//! Whether a core module that the host gives is what a component imports.

use crate::adapt::{CoreType, EntityType, IndexType, MemoryType, ModuleType, TableType, Types};
use crate::runtime::codegen::{ItemType, Module as Parsed};
use crate::runtime::types::{Limits, ValType};

/// Makes sure that a module exports what it should. What it imports is compared with what it is given where it is
/// instantiated.
///
/// # Errors
///
/// Fails if something is missing or has another type, and says what.
pub(in crate::runtime) fn check_exports(
    types: &Types,
    expected: &ModuleType,
    module: &Parsed<'_>,
) -> Result<(), String> {
    for (name, ty) in &expected.exports {
        let mut exports = module.exports();
        let Some((_, found)) = exports.find(|(it, _)| **it == **name) else {
            return Err(format!("it does not export `{name}`"));
        };
        if !fits(types, ty, &found) {
            let kind = ty.kind();
            return Err(format!(
                "its export `{name}` is not the {kind} that the component imports"
            ));
        }
    }
    Ok(())
}

fn fits(types: &Types, expected: &EntityType, found: &ItemType) -> bool {
    match (expected, found) {
        (EntityType::Func(id), ItemType::Func(ty)) => {
            let signature = types.signature(*id);
            are_equal(&signature.params, &ty.params) && are_equal(&signature.results, &ty.results)
        }
        (EntityType::Memory(expected), ItemType::Memory(found)) => {
            expected.shared == found.shared
                && expected.page_size_log2 == found.page_size_log2
                && contains(limits_of_memory(expected), found.limits)
        }
        (EntityType::Table(expected), ItemType::Table(found)) => {
            is_equal(&expected.element, ValType::Ref(found.element))
                && contains(limits_of_table(expected), found.limits)
        }
        (EntityType::Global(expected), ItemType::Global(found)) => {
            expected.mutable == found.mutable && is_equal(&expected.content, found.content)
        }
        (
            EntityType::Func(_)
            | EntityType::Memory(_)
            | EntityType::Table(_)
            | EntityType::Global(_)
            | EntityType::Tag(_),
            _,
        ) => false,
    }
}

fn are_equal(expected: &[CoreType], found: &[ValType]) -> bool {
    let mut pairs = expected.iter().zip(found);
    expected.len() == found.len() && pairs.all(|(expected, found)| is_equal(expected, *found))
}

/// References are compared by their text: the runtime knows those that have a short one.
fn is_equal(expected: &CoreType, found: ValType) -> bool {
    match (expected, found) {
        (CoreType::I32, ValType::I32)
        | (CoreType::I64, ValType::I64)
        | (CoreType::F32, ValType::F32)
        | (CoreType::F64, ValType::F64)
        | (CoreType::V128, ValType::V128) => true,
        (CoreType::Ref(text), ValType::Ref(_)) => **text == *found.to_string(),
        _ => false,
    }
}

fn limits_of_memory(ty: &MemoryType) -> Limits {
    Limits {
        min: ty.min_pages,
        max: ty.max_pages,
        is_64: ty.index_type == IndexType::I64,
    }
}

fn limits_of_table(ty: &TableType) -> Limits {
    Limits {
        min: ty.min,
        max: ty.max,
        is_64: ty.index_type == IndexType::I64,
    }
}

/// Returns whether something with the second limits can be used as something with the first.
fn contains(expected: Limits, found: Limits) -> bool {
    let fits = match (expected.max, found.max) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(expected), Some(found)) => found <= expected,
    };
    fits && expected.is_64 == found.is_64 && expected.min <= found.min
}
