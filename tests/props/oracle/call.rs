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
use crate::oracle::table::Table;
use crate::oracle::trap::trap_if;
use crate::oracle::world::{Memory, SideState, World};

/// What must be seen of a call.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) observation: Observation,
    /// Bytes of each memory that may have any value.
    pub(crate) loose: [Vec<bool>; 2],
    /// The handle tables when the callee is called, if it is.
    pub(crate) tables_inside: Option<[Table; 2]>,
}

/// Runs a call.
pub(crate) fn call(scenario: &Scenario) -> Expected {
    let mut world = World {
        sides: scenario.sides.each_ref().map(state),
        within: scenario.within,
        events: Vec::new(),
    };
    let mut tables_inside = None;
    let outcome = run(scenario, &mut world, &mut tables_inside);
    let may_leave = world.may_leave();
    let [caller, callee] = world.sides;
    let tables = match scenario.has_handles() {
        true => [caller.table.contents(), callee.table.contents()],
        false => Default::default(),
    };
    Expected {
        tables_inside,
        observation: Observation {
            outcome,
            events: world.events,
            memories: [caller.memory.bytes, callee.memory.bytes],
            may_leave,
            tables,
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
        table: Table::new(side.implements.clone(), &side.handles),
    }
}

fn run(
    scenario: &Scenario,
    world: &mut World,
    inside: &mut Option<[Table; 2]>,
) -> Result<Vec<Flat>, Fault> {
    let (params, results) = (scenario.params(), scenario.results());
    let (caller, callee) = (Side::Caller, Side::Callee);
    trap_if(
        world.side(caller).may_leave == Some(false),
        TrapCode::CannotLeave,
    )?;
    trap_if(scenario.is_refused(), TrapCode::CannotEnter)?;

    world.side_mut(callee).table.start_task();
    let mut args = Plain::new(&scenario.args);
    let vals = lift_flat_values(world.side_mut(caller), MAX_FLAT_PARAMS, &mut args, &params)?;
    let mut cx = LowerCx::new(world, callee);
    let flats = lower_flat_values(&mut cx, MAX_FLAT_PARAMS, (&vals, &params), None)?;

    *inside = Some(world.sides.each_ref().map(|side| side.table.clone()));
    let flats = call_callee(scenario, world, flats)?;

    let mut registers = Plain::new(&flats);
    let vals = lift_flat_values(
        world.side_mut(callee),
        MAX_FLAT_RESULTS,
        &mut registers,
        &results,
    )?;
    world.side(callee).table.end_task()?;
    let width: IndexType = world.side(caller).width;
    let out = takes_out_pointer(width, MAX_FLAT_RESULTS, &results).map(|core| args.next(core));
    let mut cx = LowerCx::new(world, caller);
    let lowered = lower_flat_values(&mut cx, MAX_FLAT_RESULTS, (&vals, &results), out)?;

    call_post_return(scenario, world, flats)?;
    world.side_mut(caller).table.end_subtask();
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
    for (side, ty, handle) in &scenario.drops {
        let (rep, owned) = world.side_mut(*side).table.drop_handle(*ty, *handle)?;
        world.events.push(Event {
            call: GuestCall::Drop {
                side: *side,
                rep,
                owned,
            },
            may_leave: world.may_leave(),
        });
    }
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
