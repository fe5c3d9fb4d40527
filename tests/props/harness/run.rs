//! Runs an adapter module on an engine that is not ours.

use std::sync::OnceLock;

use interfuse::adapt::IndexType;
use wasmi::{Config, Engine, Global, Linker, Memory, MemoryType, Module, Mutability, Store, Val};

use crate::case::draft::RESOURCES;
use crate::harness::host::{Host, callee, flat, may_leave, post_return, realloc, trap, val};
use crate::harness::spec::{EXPORT, module_name, state_name};
use crate::harness::state::{State, compiled};
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
    let mut store = Store::new(engine, host(scenario));
    let mut linker = Linker::new(engine);
    for side in SIDES {
        define_side(&mut linker, &mut store, scenario, side);
    }
    define_funcs(&mut linker, &mut store, scenario);
    if scenario.has_handles() {
        for side in SIDES {
            define_state(&mut linker, &mut store, scenario, side);
        }
    }
    let instance = linker.instantiate_and_start(&mut store, &module);
    let instance = instance.expect("the module imports what there is");
    let adapter = instance.get_func(&store, EXPORT);
    let adapter = adapter.expect("the adapter is exported");

    let args: Vec<_> = scenario.args.iter().copied().map(val).collect();
    let results = adapter.ty(&store).results().len();
    let mut results = vec![Val::I32(0); results];
    let called = adapter.call(&mut store, &args, &mut results);
    let outcome = match (called, store.data().fault) {
        (Ok(()), None) => Ok(results.iter().map(flat).collect()),
        (Err(_), Some(fault)) => Err(fault),
        (called, fault) => panic!("the adapter gave {called:?} after {fault:?}"),
    };
    let memories = store.data().memories.map(|memory| {
        let memory = memory.map(|memory| memory.data(&store).to_vec());
        memory.unwrap_or_default()
    });
    let may_leave = may_leave(&store);
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

/// Returns the engine, with what adapters may use.
fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let mut config = Config::default();
        config
            .wasm_multi_memory(true)
            .wasm_memory64(true)
            .wasm_bulk_memory(true)
            .wasm_simd(true)
            .wasm_multi_value(true)
            .wasm_mutable_global(true);
        Engine::new(&config)
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
fn define_side(
    linker: &mut Linker<Host>,
    store: &mut Store<Host>,
    scenario: &Scenario,
    side: Side,
) {
    let parts = scenario.side(side);
    let module = module_name(side);
    if let Some(bytes) = &parts.memory {
        let pages = u64::try_from(bytes.len()).unwrap() / PAGE_BYTES;
        let ty = match parts.width {
            IndexType::I32 => MemoryType::new(u32::try_from(pages).unwrap(), None),
            IndexType::I64 => MemoryType::new64(pages, None),
        };
        let memory = Memory::new(&mut *store, ty).expect("there is room");
        memory.data_mut(&mut *store).copy_from_slice(bytes);
        store.data_mut().memories[side.index()] = Some(memory);
        if scenario.within {
            store.data_mut().scribbled[side.other().index()] = Some(memory);
        }
        let defined = linker.define(module, "memory", memory);
        defined.expect("a new name");
    }
    if parts.realloc.is_some() {
        let func = realloc(store, side, parts.width);
        let defined = linker.define(module, "realloc", func);
        defined.expect("a new name");
    }
    if let Some(flag) = parts.may_leave {
        let flag = Global::new(&mut *store, Val::I32(i32::from(flag)), Mutability::Var);
        store.data_mut().flags[side.index()] = Some(flag);
        let defined = linker.define(module, "may-leave", flag);
        defined.expect("a new name");
    }
}

/// Makes the handle tables of both sides, if handles are passed, for an adapter that does not run on the engine.
pub(crate) fn states(scenario: &Scenario) -> (Store<Host>, Option<[State; 2]>) {
    let mut store = Store::new(engine(), host(scenario));
    let mut state = |side| new_state(&mut store, scenario, side);
    let states = scenario.has_handles().then(|| SIDES.map(&mut state));
    (store, states)
}

fn new_state(store: &mut Store<Host>, scenario: &Scenario, side: Side) -> State {
    static MODULE: OnceLock<Module> = OnceLock::new();
    let module = MODULE.get_or_init(|| compiled(engine()));
    State::new(store, module, &scenario.side(side).handles)
}

/// Defines a side's handle table.
fn define_state(
    linker: &mut Linker<Host>,
    store: &mut Store<Host>,
    scenario: &Scenario,
    side: Side,
) {
    let state = new_state(store, scenario, side);
    for (name, export) in state.exports(store) {
        let defined = linker.define(state_name(side), name, export);
        defined.expect("a new name");
    }
    store.data_mut().states[side.index()] = Some(state.0);
}

/// Defines the functions there are once.
fn define_funcs(linker: &mut Linker<Host>, store: &mut Store<Host>, scenario: &Scenario) {
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
        let defined = linker.define(module, name, func);
        defined.expect("a new name");
    }
}
