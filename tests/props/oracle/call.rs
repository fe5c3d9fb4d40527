//! One synchronous call.
//!
//! Spec: `canon_lower` of a `canon_lift`, both synchronous.

use interfuse::adapt::IndexType;
use interfuse::fact::TrapCode;

use crate::oracle::flat::{Flat, MAX_FLAT_PARAMS, MAX_FLAT_RESULTS};
use crate::oracle::guest::Bytes;
use crate::oracle::lift::{Plain, Registers, lift_flat_values};
use crate::oracle::lower::{LowerCx, lower_flat_values, takes_out_pointer};
use crate::oracle::observation::{Event, Fault, GuestCall, Observation, Side};
use crate::oracle::scenario::{Scenario, SideScenario};
use crate::oracle::world::{Memory, SideState, World, trap_if};

/// What must be seen of a call.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) observation: Observation,
    /// Bytes of each memory that may have any value.
    pub(crate) loose: [Vec<bool>; 2],
}

/// Runs a call.
pub(crate) fn call(scenario: &Scenario) -> Expected {
    let mut world = World {
        sides: scenario.sides.each_ref().map(state),
        within: scenario.within,
        events: Vec::new(),
    };
    let outcome = run(scenario, &mut world);
    let may_leave = world.may_leave();
    let [caller, callee] = world.sides;
    Expected {
        observation: Observation {
            outcome,
            events: world.events,
            memories: [caller.memory.bytes, callee.memory.bytes],
            may_leave,
        },
        loose: [caller.memory.loose, callee.memory.loose],
    }
}

/// Returns the state of a side when a call begins.
pub(crate) fn state(side: &SideScenario) -> SideState {
    SideState {
        width: side.width,
        encoding: side.encoding,
        memory: Memory::new(side.memory.clone().unwrap_or_default()),
        realloc: side.realloc.clone(),
        may_leave: side.may_leave,
    }
}

fn run(scenario: &Scenario, world: &mut World) -> Result<Vec<Flat>, Fault> {
    let (params, results) = (scenario.params(), scenario.results());
    let (caller, callee) = (Side::Caller, Side::Callee);
    trap_if(
        world.side(caller).may_leave == Some(false),
        TrapCode::CannotLeave,
    )?;

    let mut args = Plain::new(&scenario.args);
    let vals = lift_flat_values(world.side(caller), MAX_FLAT_PARAMS, &mut args, &params)?;
    let mut cx = LowerCx::new(world, callee);
    let flats = lower_flat_values(&mut cx, MAX_FLAT_PARAMS, (&vals, &params), None)?;

    let flats = call_callee(scenario, world, flats)?;

    let mut registers = Plain::new(&flats);
    let vals = lift_flat_values(
        world.side(callee),
        MAX_FLAT_RESULTS,
        &mut registers,
        &results,
    )?;
    let width: IndexType = world.side(caller).width;
    let out = takes_out_pointer(width, MAX_FLAT_RESULTS, &results).map(|core| args.next(core));
    let mut cx = LowerCx::new(world, caller);
    let lowered = lower_flat_values(&mut cx, MAX_FLAT_RESULTS, (&vals, &results), out)?;

    call_post_return(scenario, world, flats)?;
    Ok(lowered)
}

fn call_callee(
    scenario: &Scenario,
    world: &mut World,
    flats: Vec<Flat>,
) -> Result<Vec<Flat>, Fault> {
    world.events.push(Event {
        call: GuestCall::Callee(flats),
        may_leave: world.may_leave(),
    });
    let memory = &mut world.side_mut(Side::Callee).memory;
    let has_memory = scenario.side(Side::Callee).memory.is_some();
    let memory = has_memory.then_some(memory as &mut dyn Bytes);
    scenario.callee.run(memory).ok_or(Fault::Guest)
}

fn call_post_return(scenario: &Scenario, world: &mut World, flats: Vec<Flat>) -> Result<(), Fault> {
    let Some(post_return) = scenario.post_return else {
        return Ok(());
    };
    world
        .side_mut(Side::Callee)
        .forbid_leaving(post_return.guard);
    world.events.push(Event {
        call: GuestCall::PostReturn(flats),
        may_leave: world.may_leave(),
    });
    if post_return.traps {
        return Err(Fault::Guest);
    }
    world.side_mut(Side::Callee).allow_leaving();
    Ok(())
}
