//! Calls as specifications of adapters, and their compilation.

use std::collections::BTreeMap;
use std::sync::Arc;

use interfuse::adapt::MemoryType;
use interfuse::fact::{
    AdapterSpec, Callee, FactConfig, HandlesSpec, ImportName, MemorySpec, PostReturn, ReallocSpec,
    SideSpec, compile,
};

use crate::oracle::guest::PAGE_BYTES;
use crate::oracle::observation::Side;
use crate::oracle::scenario::{Scenario, SideScenario};

/// The name under which the adapter is exported.
pub(crate) const EXPORT: &str = "adapter";

/// Returns the name of the module that has what belongs to a side.
pub(crate) fn module_name(side: Side) -> &'static str {
    match side {
        Side::Caller => "caller",
        Side::Callee => "callee",
    }
}

/// Returns the name of the module that has a side's handles.
pub(crate) fn state_name(side: Side) -> &'static str {
    match side {
        Side::Caller => "state caller",
        Side::Callee => "state callee",
    }
}

/// Compiles the adapter of a call to a core module.
pub(crate) fn compile_adapter(scenario: &Scenario, config: &FactConfig) -> Vec<u8> {
    let compiled = compile(&scenario.types, &[spec(scenario)], config);
    compiled.expect("the specification is right").wasm
}

/// Returns a call as a specification.
pub(crate) fn spec(scenario: &Scenario) -> AdapterSpec {
    let callee = |name| ImportName::new(module_name(Side::Callee), name);
    AdapterSpec {
        standing: None,
        export: EXPORT.into(),
        name: EXPORT.into(),
        ty: scenario.func,
        lower: side_spec(scenario, Side::Caller),
        lift: side_spec(scenario, Side::Callee),
        callee: Callee::Import(callee("run")),
        post_return: scenario.post_return.map(|script| PostReturn {
            func: callee("post-return"),
            guard: script.guard,
        }),
        callback: scenario.callback,
    }
}

fn side_spec(scenario: &Scenario, side: Side) -> SideSpec {
    let name = |name| ImportName::new(module_name(side), name);
    let parts = scenario.side(side);
    let is_inside = !scenario.within && scenario.around == Some(side.other());
    let around = is_inside.then(|| instance(scenario, side.other()));
    SideSpec {
        instance: instance(scenario, side),
        ancestors: around.into_iter().chain([7]).collect(),
        encoding: parts.encoding,
        memory: parts.memory.as_ref().map(|_| MemorySpec {
            import: name("memory"),
            ty: memory_type(parts),
        }),
        realloc: parts.realloc.as_ref().map(|(_, guard)| ReallocSpec {
            func: name("realloc"),
            guard: *guard,
        }),
        may_leave: parts.may_leave.map(|_| name("may-leave")),
        handles: scenario.has_handles().then(|| HandlesSpec {
            numbers: BTreeMap::new(),
            module: state_name(side).into(),
            implements: Arc::new(parts.implements.clone()),
        }),
    }
}

fn instance(scenario: &Scenario, side: Side) -> u32 {
    if scenario.within {
        return 0;
    }
    u32::try_from(side.index()).unwrap()
}

fn memory_type(side: &SideScenario) -> MemoryType {
    let len = side.memory.as_ref().map_or(0, Vec::len);
    MemoryType {
        index_type: side.width,
        shared: false,
        min_pages: u64::try_from(len).unwrap() / PAGE_BYTES,
        max_pages: None,
        page_size_log2: 16,
    }
}
