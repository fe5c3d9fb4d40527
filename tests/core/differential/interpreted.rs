//! Modules on an engine that is not ours.

use interfuse::runtime::{
    ExportType, ExternType, FuncType, ImportType, RefType, TrapKind, ValType,
};
use wasmi::errors::{ErrorKind, InstantiationError};
use wasmi::{
    AsContextMut, CompilationMode, Config, Engine, Error, Extern, ExternRef, F32, F64, Func,
    Global, Instance, Memory, MemoryType, Module, Mutability, Nullable, Ref, Store, Table,
    TableType, TrapCode, V128, Val,
};

use crate::differential::available;
use crate::differential::observation::{HostCall, Observation, Stop};
use crate::differential::plan::{Call, Round, answer, initial};
use crate::differential::value::Value;

type Log = Vec<HostCall>;

/// Returns the engine, with everything that modules may use.
pub(crate) fn engine() -> Engine {
    let mut config = Config::default();
    config
        .compilation_mode(CompilationMode::Eager)
        .wasm_custom_page_sizes(true)
        .set_max_stack_height(1 << 24)
        .set_max_recursion_depth(10_000);
    Engine::new(&config)
}

/// Instantiates modules, calls functions of the instances, and returns what is seen, in the order in which our engine has
/// it.
pub(crate) fn run_group(
    modules: &[Module],
    exports: &[Vec<ExportType>],
    round: &Round,
) -> Observation {
    let mut store = Store::new(modules[0].engine(), Log::new());
    let host = available::host_funcs().into_iter().enumerate();
    let host: Vec<_> = host.map(|(at, ty)| func(&mut store, at, ty)).collect();
    let mut instances: Vec<Instance> = Vec::new();
    let mut seen = Observation::default();
    for module in modules {
        let imports = module.imports().map(|import| {
            let name = import.name();
            let from = (0..instances.len()).find(|at| available::name(*at) == import.module());
            match from {
                Some(from) => instances[from].get_export(&store, name).unwrap(),
                None => host[name.parse::<usize>().unwrap()].into(),
            }
        });
        let imports: Vec<Extern> = imports.collect();
        match Instance::new(&mut store, module, &imports) {
            Ok(instance) => instances.push(instance),
            Err(error) => {
                seen.start = Some(stop(error));
                break;
            }
        }
    }
    if seen.start.is_none() {
        let calls = round.calls.iter();
        seen.calls = calls
            .map(|it| call(&mut store, instances[it.instance], it).map_err(stop))
            .collect();
        for (instance, exports) in instances.into_iter().zip(exports) {
            look(&mut store, exports, instance, &mut seen);
        }
    }
    seen.host = std::mem::take(store.data_mut());
    seen
}

/// Instantiates a module, calls its functions, and returns what is seen, in the order in which our engine has it.
pub(crate) fn run(
    module: &Module,
    imports: &[ImportType],
    exports: &[ExportType],
    round: &Round,
) -> Observation {
    let mut store = Store::new(module.engine(), Log::new());
    let mut left: Vec<_> = imports.iter().enumerate().collect();
    let imports = module.imports().map(|wanted| {
        let is_same = |(_, it): &(usize, &ImportType)| {
            let has_name = it.module == wanted.module() && it.name == wanted.name();
            has_name && is_same_kind(&it.ty, wanted.ty())
        };
        let (at, import) = left.remove(left.iter().position(is_same).unwrap());
        give(&mut store, at, &import.ty)
    });
    let imports: Vec<_> = imports.collect();
    let mut seen = Observation::default();
    match Instance::new(&mut store, module, &imports) {
        Ok(instance) => {
            let calls = round.calls.iter();
            seen.calls = calls
                .map(|it| call(&mut store, instance, it).map_err(stop))
                .collect();
            look(&mut store, exports, instance, &mut seen);
        }
        Err(error) => seen.start = Some(stop(error)),
    }
    seen.host = std::mem::take(store.data_mut());
    seen
}

fn is_same_kind(ours: &ExternType, theirs: &wasmi::ExternType) -> bool {
    match ours {
        ExternType::Func(_) => theirs.func().is_some(),
        ExternType::Memory(_) => theirs.memory().is_some(),
        ExternType::Table(_) => theirs.table().is_some(),
        ExternType::Global(_) => theirs.global().is_some(),
    }
}

fn give(store: &mut Store<Log>, at: usize, ty: &ExternType) -> Extern {
    match ty {
        ExternType::Func(ty) => func(store, at, ty.clone()).into(),
        ExternType::Memory(ty) => {
            let mut builder = MemoryType::builder();
            builder
                .memory64(ty.limits.is_64)
                .min(ty.limits.min)
                .max(ty.limits.max)
                .page_size_log2(ty.page_size_log2);
            let memory = Memory::new(store, builder.build().unwrap());
            memory.unwrap().into()
        }
        ExternType::Table(ty) => {
            let element = match ty.element {
                RefType::Func => wasmi::RefType::Func,
                RefType::Extern => wasmi::RefType::Extern,
            };
            let narrow = |it: u64| u32::try_from(it).unwrap();
            let limits = ty.limits;
            let ty = if limits.is_64 {
                TableType::new64(element, limits.min, limits.max)
            } else {
                TableType::new(element, narrow(limits.min), limits.max.map(narrow))
            };
            let table = Table::new(store, ty, Ref::null(element));
            table.unwrap().into()
        }
        ExternType::Global(ty) => {
            let value = to_engine(&mut *store, initial(at, ty.content));
            let mutability = if ty.mutable {
                Mutability::Var
            } else {
                Mutability::Const
            };
            Global::new(store, value, mutability).into()
        }
    }
}

fn func(store: &mut Store<Log>, at: usize, known: FuncType) -> Func {
    let types = |types: &[ValType]| types.iter().map(|it| val_type(*it)).collect::<Vec<_>>();
    let ty = wasmi::FuncType::new(types(&known.params), types(&known.results));
    Func::new(store, ty, move |mut caller, params, results| {
        let params: Vec<_> = params
            .iter()
            .map(|it| from_engine(&mut caller, it))
            .collect();
        let answer = answer(at, &known, &params);
        caller.data_mut().push(HostCall { import: at, params });
        let answer = answer.ok_or_else(|| Error::new("the host fails"))?;
        for (result, value) in results.iter_mut().zip(answer) {
            *result = to_engine(&mut caller, value);
        }
        Ok(())
    })
}

fn call(store: &mut Store<Log>, instance: Instance, call: &Call) -> Result<Vec<Value>, Error> {
    let func = instance.get_func(&*store, &call.export).unwrap();
    let params = call.params.iter();
    let params: Vec<_> = params.map(|it| to_engine(&mut *store, *it)).collect();
    let mut results = vec![Val::I32(0); call.results];
    func.call(&mut *store, &params, &mut results)?;
    let results = results.iter();
    Ok(results.map(|it| from_engine(&mut *store, it)).collect())
}

fn look(
    store: &mut Store<Log>,
    exports: &[ExportType],
    instance: Instance,
    seen: &mut Observation,
) {
    for export in exports {
        match instance.get_export(&*store, &export.name).unwrap() {
            Extern::Func(_) => {}
            Extern::Memory(memory) => seen.memories.push(memory.data(&*store).to_vec()),
            Extern::Table(table) => {
                let elements = (0..table.size(&*store)).map(|at| {
                    let element = match table.get(&*store, at).unwrap() {
                        Ref::Func(it) => Val::FuncRef(it),
                        Ref::Extern(it) => Val::ExternRef(it),
                    };
                    from_engine(&mut *store, &element)
                });
                seen.tables.push(elements.collect());
            }
            Extern::Global(global) => {
                let value = global.get(&*store);
                seen.globals.push(from_engine(&mut *store, &value));
            }
        }
    }
}

fn stop(error: Error) -> Stop {
    let code = match (error.as_trap_code(), error.kind()) {
        (Some(code), _) => code,
        (None, ErrorKind::Message(_)) => return Stop::Host,
        (None, ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. })) => {
            TrapCode::TableOutOfBounds
        }
        (None, _) => panic!("the other engine says {error:?}"),
    };
    Stop::trap(match code {
        TrapCode::UnreachableCodeReached => TrapKind::Unreachable,
        TrapCode::MemoryOutOfBounds => TrapKind::MemoryOutOfBounds,
        TrapCode::TableOutOfBounds => TrapKind::TableOutOfBounds,
        TrapCode::IndirectCallToNull => TrapKind::UninitializedElement,
        TrapCode::IntegerDivisionByZero => TrapKind::DivisionByZero,
        TrapCode::IntegerOverflow => TrapKind::IntegerOverflow,
        TrapCode::BadConversionToInteger => TrapKind::InvalidConversion,
        TrapCode::BadSignature => TrapKind::IndirectCallType,
        TrapCode::StackOverflow
        | TrapCode::OutOfFuel
        | TrapCode::GrowthOperationLimited
        | TrapCode::OutOfSystemMemory => return Stop::Resources,
    })
}

fn val_type(ty: ValType) -> wasmi::ValType {
    match ty {
        ValType::I32 => wasmi::ValType::I32,
        ValType::I64 => wasmi::ValType::I64,
        ValType::F32 => wasmi::ValType::F32,
        ValType::F64 => wasmi::ValType::F64,
        ValType::V128 => wasmi::ValType::V128,
        ValType::Ref(RefType::Func) => wasmi::ValType::FuncRef,
        ValType::Ref(RefType::Extern) => wasmi::ValType::ExternRef,
    }
}

fn to_engine(store: impl AsContextMut, value: Value) -> Val {
    match value {
        Value::I32(it) => Val::I32(it.cast_signed()),
        Value::I64(it) => Val::I64(it.cast_signed()),
        Value::F32(bits) => Val::F32(F32::from_bits(bits)),
        Value::F64(bits) => Val::F64(F64::from_bits(bits)),
        Value::V128(bits) => Val::V128(V128::from(bits)),
        Value::Func(is_some) => {
            assert!(!is_some, "functions are not passed");
            Val::FuncRef(Nullable::Null)
        }
        Value::Extern(None) => Val::ExternRef(Nullable::Null),
        Value::Extern(Some(it)) => Val::ExternRef(Nullable::Val(ExternRef::new(store, it))),
    }
}

fn from_engine(mut store: impl AsContextMut, value: &Val) -> Value {
    let value = match value {
        Val::I32(it) => Value::I32(it.cast_unsigned()),
        Val::I64(it) => Value::I64(it.cast_unsigned()),
        Val::F32(it) => Value::F32(it.to_bits()),
        Val::F64(it) => Value::F64(it.to_bits()),
        Val::V128(it) => Value::V128(it.as_u128()),
        Val::FuncRef(it) => Value::Func(!it.is_null()),
        Val::ExternRef(Nullable::Null) => Value::Extern(None),
        Val::ExternRef(Nullable::Val(it)) => {
            let store = store.as_context_mut();
            Value::Extern(it.data(&store).downcast_ref().copied())
        }
    };
    value.canonical()
}
