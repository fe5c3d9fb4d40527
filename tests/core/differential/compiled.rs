//! Modules on the engine under test.

use interfuse::runtime::{
    AsContextMut, Engine, Error, ErrorKind, ExportType, Extern, ExternRef, ExternType, Frame, Func,
    FuncType, Global, Group, Instance, Linker, Memory, Module, Store, Table, Val,
};

use crate::differential::available;
use crate::differential::observation::{HostCall, Observation, Stop};
use crate::differential::plan::{Call, Round, answer, initial};
use crate::differential::value::Value;

type Log = Vec<HostCall>;

/// Instantiates a group, calls functions of its instances, and returns what is seen, and where calls ended that failed.
pub(crate) fn run_group(
    engine: &Engine,
    group: &Group,
    exports: &[Vec<ExportType>],
    round: &Round,
) -> (Observation, Vec<Vec<Frame>>) {
    let mut store = Store::new(engine, Log::new()).unwrap();
    let mut linker = Linker::new();
    for (at, ty) in available::host_funcs().into_iter().enumerate() {
        let func = func(&mut store, at, ty);
        linker.define(available::HOST, &at.to_string(), Extern::Func(func));
    }
    let mut seen = Observation::default();
    let mut traces = Vec::new();
    let mut stop = |error: Error| {
        traces.push(error.backtrace());
        stop(error)
    };
    match group.instantiate(&mut store, &linker) {
        Ok(instances) => {
            let instance = |at| instances.get(&available::name(at)).unwrap();
            let calls = round.calls.iter();
            seen.calls = calls
                .map(|it| call(&mut store, instance(it.instance), it).map_err(&mut stop))
                .collect();
            for (at, exports) in exports.iter().enumerate() {
                look(&mut store, exports, instance(at), &mut seen);
            }
        }
        Err(error) => seen.start = Some(stop(error)),
    }
    seen.host = std::mem::take(store.data_mut());
    (seen, traces)
}

/// Instantiates a module, calls its functions, and returns what is seen.
pub(crate) fn run(module: &Module, round: &Round) -> Observation {
    let mut store = Store::new(module.engine(), Log::new()).unwrap();
    let imports = module.imports().iter().enumerate();
    let imports: Vec<_> = imports
        .map(|(at, import)| give(&mut store, at, &import.ty))
        .collect();
    let mut seen = Observation::default();
    match Instance::new(&mut store, module, &imports) {
        Ok(instance) => {
            let calls = round.calls.iter();
            seen.calls = calls
                .map(|it| call(&mut store, instance, it).map_err(stop))
                .collect();
            look(&mut store, module.exports(), instance, &mut seen);
        }
        Err(error) => seen.start = Some(stop(error)),
    }
    seen.host = std::mem::take(store.data_mut());
    seen
}

fn give(store: &mut Store<Log>, at: usize, ty: &ExternType) -> Extern {
    match ty {
        ExternType::Func(ty) => Extern::Func(func(store, at, ty.clone())),
        ExternType::Memory(ty) => Extern::Memory(Memory::new(store, *ty).unwrap()),
        ExternType::Table(ty) => {
            let null = Val::default_of(interfuse::runtime::ValType::Ref(ty.element));
            Extern::Table(Table::new(store, *ty, null).unwrap())
        }
        ExternType::Global(ty) => {
            let value = to_engine(&mut *store, initial(at, ty.content));
            Extern::Global(Global::new(store, *ty, value).unwrap())
        }
    }
}

fn func(store: &mut Store<Log>, at: usize, ty: FuncType) -> Func {
    let known = ty.clone();
    let func = Func::new(store, ty, move |mut store, params, results| {
        let params: Vec<_> = params
            .iter()
            .map(|it| from_engine(&mut store, *it))
            .collect();
        let answer = answer(at, &known, &params).ok_or("the host fails");
        store.data_mut().push(HostCall { import: at, params });
        for (result, value) in results.iter_mut().zip(answer?) {
            *result = to_engine(&mut store, value);
        }
        Ok::<(), &str>(())
    });
    func.unwrap()
}

fn call(store: &mut Store<Log>, instance: Instance, call: &Call) -> Result<Vec<Value>, Error> {
    let func = instance.get_func(&mut *store, &call.export).unwrap();
    let params = call.params.iter();
    let params: Vec<_> = params.map(|it| to_engine(&mut *store, *it)).collect();
    let mut results = vec![Val::I32(0); call.results];
    func.call(&mut *store, &params, &mut results)?;
    let results = results.into_iter();
    Ok(results.map(|it| from_engine(&mut *store, it)).collect())
}

fn look(
    store: &mut Store<Log>,
    exports: &[ExportType],
    instance: Instance,
    seen: &mut Observation,
) {
    for export in exports {
        match instance.get_export(&mut *store, &export.name).unwrap() {
            Extern::Func(_) => {}
            Extern::Memory(memory) => {
                let bytes = memory.data(&mut store.as_context_mut()).to_vec();
                seen.memories.push(bytes);
            }
            Extern::Table(table) => {
                let elements = (0..table.size(&mut *store)).map(|at| {
                    let element = table.get(&mut *store, at).unwrap();
                    from_engine(&mut *store, element)
                });
                seen.tables.push(elements.collect());
            }
            Extern::Global(global) => {
                let value = global.get(&mut *store);
                seen.globals.push(from_engine(&mut *store, value));
            }
        }
    }
}

fn stop(error: Error) -> Stop {
    match error.kind() {
        ErrorKind::Trap(kind) => Stop::trap(kind),
        ErrorKind::Host => Stop::Host,
        ErrorKind::Memory => Stop::Resources,
        _ => panic!("the engine says {error:?}"),
    }
}

fn to_engine(store: impl AsContextMut, value: Value) -> Val {
    match value {
        Value::I32(it) => Val::I32(it.cast_signed()),
        Value::I64(it) => Val::I64(it.cast_signed()),
        Value::F32(bits) => Val::F32(bits),
        Value::F64(bits) => Val::F64(bits),
        Value::V128(bits) => Val::V128(bits),
        Value::Func(is_some) => {
            assert!(!is_some, "functions are not passed");
            Val::FuncRef(None)
        }
        Value::Extern(it) => Val::ExternRef(it.map(|it| ExternRef::new(store, it))),
    }
}

fn from_engine(store: impl AsContextMut, value: Val) -> Value {
    let value = match value {
        Val::I32(it) => Value::I32(it.cast_unsigned()),
        Val::I64(it) => Value::I64(it.cast_unsigned()),
        Val::F32(bits) => Value::F32(bits),
        Val::F64(bits) => Value::F64(bits),
        Val::V128(bits) => Value::V128(bits),
        Val::FuncRef(it) => Value::Func(it.is_some()),
        Val::ExternRef(it) => Value::Extern(it.map(|it| {
            let number = |it: &(dyn std::any::Any + Send + Sync)| *it.downcast_ref().unwrap();
            it.with(store, number)
        })),
    };
    value.canonical()
}
