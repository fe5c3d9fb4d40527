//! The module `spectest`, from which scripts import.

use crate::runtime::core::global::Global;
use crate::runtime::core::instance::Extern;
use crate::runtime::core::linker::Linker;
use crate::runtime::core::memory::Memory;
use crate::runtime::core::store::Store;
use crate::runtime::core::table::Table;
use crate::runtime::core::val::{Func, Val};
use crate::runtime::error::Error;
use crate::runtime::types::{
    FuncType, GlobalType, Limits, MemoryType, RefType, TableType, ValType,
};

/// The name of the module.
const MODULE: &str = "spectest";

/// Defines everything that scripts import from `spectest`.
///
/// # Errors
///
/// Fails if there is no memory for it.
pub(in crate::runtime::wast) fn define(
    linker: &mut Linker,
    store: &mut Store<()>,
) -> Result<(), Error> {
    let prints: [(&str, &[ValType]); 7] = [
        ("print", &[]),
        ("print_i32", &[ValType::I32]),
        ("print_i64", &[ValType::I64]),
        ("print_f32", &[ValType::F32]),
        ("print_f64", &[ValType::F64]),
        ("print_i32_f32", &[ValType::I32, ValType::F32]),
        ("print_f64_f64", &[ValType::F64, ValType::F64]),
    ];
    for (name, params) in prints {
        let ty = FuncType {
            params: params.into(),
            results: [].into(),
        };
        let func = Func::new(&mut *store, ty, |_, _, _| Ok::<_, Error>(()))?;
        linker.define(MODULE, name, Extern::Func(func));
    }
    let globals = [
        ("global_i32", Val::I32(666)),
        ("global_i64", Val::I64(666)),
        ("global_f32", Val::F32(666.6_f32.to_bits())),
        ("global_f64", Val::F64(666.6_f64.to_bits())),
    ];
    for (name, value) in globals {
        let ty = GlobalType {
            content: value.ty(),
            mutable: false,
        };
        let global = Global::new(&mut *store, ty, value)?;
        linker.define(MODULE, name, Extern::Global(global));
    }
    for (name, is_64) in [("table", false), ("table64", true)] {
        let ty = TableType {
            element: RefType::Func,
            limits: limits(10, 20, is_64),
        };
        let table = Table::new(&mut *store, ty, Val::FuncRef(None))?;
        linker.define(MODULE, name, Extern::Table(table));
    }
    for (name, shared) in [("memory", false), ("shared_memory", true)] {
        let ty = MemoryType {
            limits: limits(1, 2, false),
            shared,
            page_size_log2: 16,
        };
        let memory = Memory::new(&mut *store, ty)?;
        linker.define(MODULE, name, Extern::Memory(memory));
    }
    Ok(())
}

fn limits(min: u64, max: u64, is_64: bool) -> Limits {
    Limits {
        min,
        max: Some(max),
        is_64,
    }
}
