//! From the parser's types to ours.

use wasmparser_217 as parser;

use crate::runtime::types::{
    FuncType, GlobalType, Limits, MemoryType, RefType, TableType, ValType,
};

/// Base-2 logarithm of the size of a page of memory that a module does not choose.
pub(in crate::runtime::codegen) const PAGE_SIZE_LOG2: u8 = 16;

/// Returns the type of a function.
pub(super) fn func_type(ty: &parser::FuncType) -> FuncType {
    let all = |types: &[parser::ValType]| types.iter().map(|ty| val_type(*ty)).collect();
    FuncType {
        params: all(ty.params()),
        results: all(ty.results()),
    }
}

/// Returns the type of a memory.
pub(super) fn memory_type(ty: &parser::MemoryType) -> MemoryType {
    let page_size_log2 = ty.page_size_log2.map_or(PAGE_SIZE_LOG2, |log2| {
        u8::try_from(log2).expect("validation allows 0 and 16")
    });
    MemoryType {
        limits: limits(ty.initial, ty.maximum, ty.memory64),
        shared: ty.shared,
        page_size_log2,
    }
}

/// Returns the type of a table.
pub(super) fn table_type(ty: &parser::TableType) -> TableType {
    TableType {
        element: ref_type(ty.element_type),
        limits: limits(ty.initial, ty.maximum, ty.table64),
    }
}

/// Returns the type of a global.
pub(super) fn global_type(ty: &parser::GlobalType) -> GlobalType {
    GlobalType {
        content: val_type(ty.content_type),
        mutable: ty.mutable,
    }
}

/// Returns the type of a reference.
pub(super) fn ref_type(ty: parser::RefType) -> RefType {
    if ty == parser::RefType::FUNCREF {
        return RefType::Func;
    }
    assert_eq!(ty, parser::RefType::EXTERNREF);
    RefType::Extern
}

fn val_type(ty: parser::ValType) -> ValType {
    match ty {
        parser::ValType::I32 => ValType::I32,
        parser::ValType::I64 => ValType::I64,
        parser::ValType::F32 => ValType::F32,
        parser::ValType::F64 => ValType::F64,
        parser::ValType::V128 => ValType::V128,
        parser::ValType::Ref(ty) => ValType::Ref(ref_type(ty)),
    }
}

fn limits(min: u64, max: Option<u64>, is_64: bool) -> Limits {
    Limits { min, max, is_64 }
}
