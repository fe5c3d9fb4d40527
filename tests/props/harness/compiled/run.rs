//! Runs an adapter module on the engine of this crate.

use std::sync::OnceLock;

use interfuse::adapt::IndexType;
use interfuse::runtime::{
    AsContextMut, Config, Engine, Extern, Global, GlobalType, Limits, Linker, Memory, MemoryType,
    Module, Store, Val, ValType,
};

use crate::case::draft::RESOURCES;
use crate::harness::compiled::host::{
    Host, callee, flat, may_leave, post_return, realloc, trap, val,
};
use crate::harness::compiled::state::{State, compiled};
use crate::harness::spec::{EXPORT, module_name, state_name};
use crate::oracle::flat::{End, flatten_functype};
use crate::oracle::guest::PAGE_BYTES;
use crate::oracle::observation::{Observation, Side, TableContents};
use crate::oracle::scenario::Scenario;

const SIDES: [Side; 2] = [Side::Caller, Side::Callee];

/// Runs a call through a module, and returns what is seen of it.
///
/// # Panics
///
/// Panics if the module is not valid, imports what there is not, or traps by itself: adapters check first.
pub(crate) fn run(scenario: &Scenario, wasm: &[u8]) -> Observation {
    let engine = engine();
    let module = Module::new(engine, wasm).expect("the module is valid");
    let mut store = Store::new(engine, host(scenario)).expect("there are handlers");
    let mut linker = Linker::new();
    for side in SIDES {
        define_side(&mut linker, &mut store, scenario, side);
    }
    define_funcs(&mut linker, &mut store, scenario);
    if scenario.has_handles() {
        for side in SIDES {
            define_state(&mut linker, &mut store, scenario, side);
        }
    }
    let instance = linker.instantiate(&mut store, &module);
    let instance = instance.expect("the module imports what there is");
    let adapter = instance.get_func(&mut store, EXPORT);
    let adapter = adapter.expect("the adapter is exported");

    let args: Vec<_> = scenario.args.iter().copied().map(val).collect();
    let results = adapter.ty(&mut store).results.len();
    let mut results = vec![Val::I32(0); results];
    let called = adapter.call(&mut store, &args, &mut results);
    let outcome = match (called, store.data().fault) {
        (Ok(()), None) => Ok(results.iter().map(flat).collect()),
        (Err(_), Some(fault)) => Err(fault),
        (called, fault) => panic!("the adapter gave {called:?} after {fault:?}"),
    };
    let memories = store.data().memories.map(|memory| {
        let memory = memory.map(|memory| memory.data(&mut store.as_context_mut()).to_vec());
        memory.unwrap_or_default()
    });
    let may_leave = may_leave(&mut store.as_context_mut());
    let tables = store.data().states.map(|state| match state {
        Some(state) => State(state).contents(&mut store, scenario.rows_max, RESOURCES),
        None => TableContents::default(),
    });
    Observation {
        outcome,
        tables,
        may_leave,
        events: std::mem::take(&mut store.data_mut().events),
        memories,
    }
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        Engine::new(Config::new().memory_room(0)).expect("this is a processor that will do")
    })
}

fn host(scenario: &Scenario) -> Host {
    let allocators = scenario.sides.each_ref().map(|side| side.realloc.as_ref());
    Host {
        memories: [None, None],
        allocators: allocators.map(|realloc| realloc.map(|(allocator, _)| allocator.clone())),
        scribbled: [None, None],
        flags: [None, None],
        states: [None, None],
        drops: scenario.drops.clone(),
        callee: scenario.callee.clone(),
        post_return: scenario.post_return,
        events: Vec::new(),
        fault: None,
    }
}

/// Defines a side's memory, `realloc` and flag.
fn define_side(linker: &mut Linker, store: &mut Store<Host>, scenario: &Scenario, side: Side) {
    let parts = scenario.side(side);
    let module = module_name(side);
    if let Some(bytes) = &parts.memory {
        let limits = Limits {
            min: u64::try_from(bytes.len()).unwrap() / PAGE_BYTES,
            max: None,
            is_64: parts.width == IndexType::I64,
        };
        let ty = MemoryType {
            limits,
            shared: false,
            page_size_log2: 16,
        };
        let memory = Memory::new(&mut *store, ty).expect("there is room");
        memory
            .write(&mut *store, 0, bytes)
            .expect("it has as many pages");
        store.data_mut().memories[side.index()] = Some(memory);
        if scenario.within {
            store.data_mut().scribbled[side.other().index()] = Some(memory);
        }
        linker.define(module, "memory", Extern::Memory(memory));
    }
    if parts.realloc.is_some() {
        let func = realloc(store, side, parts.width);
        linker.define(module, "realloc", Extern::Func(func));
    }
    if let Some(flag) = parts.may_leave {
        let ty = GlobalType {
            content: ValType::I32,
            mutable: true,
        };
        let flag = Global::new(&mut *store, ty, Val::I32(i32::from(flag)));
        let flag = flag.expect("the value has the type");
        store.data_mut().flags[side.index()] = Some(flag);
        linker.define(module, "may-leave", Extern::Global(flag));
    }
}

/// Defines a side's handle table.
fn define_state(linker: &mut Linker, store: &mut Store<Host>, scenario: &Scenario, side: Side) {
    static MODULE: OnceLock<Module> = OnceLock::new();
    let module = MODULE.get_or_init(|| compiled(engine()));
    let state = State::new(store, module, &scenario.side(side).handles);
    for (name, export) in state.exports(store) {
        linker.define(state_name(side), name, export);
    }
    store.data_mut().states[side.index()] = Some(state.0);
}

/// Defines the functions there are once.
fn define_funcs(linker: &mut Linker, store: &mut Store<Host>, scenario: &Scenario) {
    let width = scenario.side(Side::Callee).width;
    let (params, results) = (scenario.params(), scenario.results());
    let ty = flatten_functype(&params, &results, width, End::Lift);
    let module = module_name(Side::Callee);
    let funcs = [
        (module, "run", callee(store, &ty)),
        (module, "post-return", post_return(store, &ty)),
        ("interfuse", "trap", trap(store)),
    ];
    for (module, name, func) in funcs {
        linker.define(module, name, Extern::Func(func));
    }
}
