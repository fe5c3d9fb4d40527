//! A call through an adapter that is interpreted: the scripts of the guests as the world that it happens in.

use interfuse::fact::{
    CallSide, CoreValue, FactConfig, HandleCall, Interpreter, ReallocCall, StateExport, TrapCode,
    World,
};
use wasmi::Store;

use crate::case::draft::RESOURCES;
use crate::harness::host::Host;
use crate::harness::run::states;
use crate::harness::spec::spec;
use crate::harness::state::State;
use crate::oracle::flat::Flat;
use crate::oracle::guest::{self, Allocator, Bytes, CalleeScript, PAGE_BYTES, scribble};
use crate::oracle::observation::{Event, Fault, GuestCall, Observation, Side};
use crate::oracle::scenario::{PostReturnScript, Scenario};

/// A memory of the world.
struct GuestMemory(Vec<u8>);

impl Bytes for GuestMemory {
    fn bytes(&mut self) -> &mut [u8] {
        &mut self.0
    }

    fn grow(&mut self, pages: u64) {
        let len = self.0.len() + usize::try_from(pages * PAGE_BYTES).unwrap();
        self.0.resize(len, 0);
    }
}

/// The state of the guests while an adapter is interpreted. Handle tables are the ones that adapters use, on the engine.
struct Guests<'a> {
    scenario: &'a Scenario,
    store: Store<Host>,
    states: Option<[State; 2]>,
    memories: [Option<GuestMemory>; 2],
    allocators: [Option<Allocator>; 2],
    flags: [Option<bool>; 2],
    callee: CalleeScript,
    post_return: Option<PostReturnScript>,
    events: Vec<Event>,
}

/// Interprets a call, and returns what is seen of it.
pub(crate) fn interpret(scenario: &Scenario, config: &FactConfig) -> Observation {
    let interpreter = Interpreter::new(&scenario.types, &spec(scenario), config);
    let interpreter = interpreter.expect("the specification is right");
    let sides = scenario.sides.each_ref();
    let (store, states) = states(scenario);
    let mut guests = Guests {
        scenario,
        store,
        states,
        memories: sides.map(|side| side.memory.clone().map(GuestMemory)),
        allocators: sides.map(|side| side.realloc.as_ref().map(|(it, _)| it.clone())),
        flags: sides.map(|side| side.may_leave),
        callee: scenario.callee.clone(),
        post_return: scenario.post_return,
        events: Vec::new(),
    };
    let args: Vec<_> = scenario.args.iter().copied().map(value).collect();
    let outcome = interpreter.call(&mut guests, &args);
    let store = &mut guests.store;
    let contents = |state: State| state.contents(&mut *store, scenario.rows_max, RESOURCES);
    let tables = guests.states.map(|states| states.map(contents));
    Observation {
        tables: tables.unwrap_or_default(),
        outcome: outcome.map(|results| results.into_iter().map(flat).collect()),
        may_leave: guests.free(),
        events: guests.events,
        memories: guests
            .memories
            .map(|memory| memory.map_or(Vec::new(), |it| it.0)),
    }
}

impl From<TrapCode> for Fault {
    fn from(code: TrapCode) -> Fault {
        Fault::Trap(code)
    }
}

impl Guests<'_> {
    /// Returns whether each side may leave.
    fn free(&self) -> [bool; 2] {
        self.flags.map(|flag| flag.unwrap_or(true))
    }

    /// Asks something of the handle table of a side.
    fn ask(&mut self, side: Side, export: StateExport, args: &[u32]) -> Result<Vec<u32>, Fault> {
        let states = self.states.expect("handles are passed");
        let answer = states[side.index()].call(&mut self.store, export, args);
        answer.map_err(Fault::Trap)
    }

    fn note(&mut self, call: GuestCall) {
        let may_leave = self.free();
        self.events.push(Event { call, may_leave });
    }
}

impl World for Guests<'_> {
    type Fault = Fault;

    fn memory(&mut self, side: CallSide) -> &mut [u8] {
        let memory = self.memories[position(side)].as_mut();
        memory.map_or(&mut [], |memory| memory.bytes())
    }

    fn realloc(&mut self, side: CallSide, call: ReallocCall) -> Result<u64, Fault> {
        let ReallocCall {
            old,
            old_size,
            align,
            new_size,
        } = call;
        let call = guest::ReallocCall {
            old,
            old_size,
            align,
            new_size,
        };
        let allocator = self.allocators[position(side)].as_mut();
        let memory = self.memories[position(side)].as_mut();
        let memory = memory.expect("there is a memory");
        let allocator = allocator.expect("there is an allocator");
        let answer = allocator.realloc(memory, call);
        let side = of(side);
        if let Some(memory) = &mut self.memories[side.other().index()]
            && self.scenario.within
        {
            scribble(memory);
        }
        self.note(GuestCall::Realloc { side, call, answer });
        answer.ok_or(Fault::Guest)
    }

    fn may_leave(&mut self, side: CallSide) -> bool {
        self.flags[position(side)].expect("there is a flag")
    }

    fn set_may_leave(&mut self, side: CallSide, may_leave: bool) {
        let flag = &mut self.flags[position(side)];
        assert!(flag.is_some(), "there is a flag");
        *flag = Some(may_leave);
    }

    fn callee(&mut self, args: &[CoreValue]) -> Result<Vec<CoreValue>, Fault> {
        self.note(GuestCall::Callee(args.iter().copied().map(flat).collect()));
        for (side, ty, handle) in &self.scenario.drops {
            let export = StateExport::ResourceDrop;
            let dropped = self.ask(*side, export, &[ty.as_u32(), *handle])?;
            let (side, rep, owned) = (*side, dropped[0], dropped[1] != 0);
            self.note(GuestCall::Drop { side, rep, owned });
        }
        let memory = self.memories[Side::Callee.index()].as_mut();
        let memory = memory.map(|memory| memory as &mut dyn Bytes);
        let results = self.callee.run(memory).ok_or(Fault::Guest)?;
        Ok(results.into_iter().map(value).collect())
    }

    fn post_return(&mut self, results: &[CoreValue]) -> Result<(), Fault> {
        let results = results.iter().copied().map(flat).collect();
        self.note(GuestCall::PostReturn(results));
        let script = self.post_return.expect("there is a script");
        if script.traps {
            return Err(Fault::Guest);
        }
        Ok(())
    }

    fn handles(&mut self, side: CallSide, call: HandleCall) -> Result<u32, Fault> {
        let side = of(side);
        let (export, args) = match call {
            HandleCall::Lent => {
                let states = self.states.expect("handles are passed");
                return Ok(states[side.index()].lent(&self.store));
            }
            HandleCall::TakeOwn { resource, handle } => {
                (StateExport::TakeOwn, vec![resource.as_u32(), handle])
            }
            HandleCall::PutOwn { resource, rep } => {
                (StateExport::PutOwn, vec![resource.as_u32(), rep])
            }
            HandleCall::Lend { resource, handle } => {
                (StateExport::Lend, vec![resource.as_u32(), handle])
            }
            HandleCall::ResourceRep { resource, handle } => {
                (StateExport::ResourceRep, vec![resource.as_u32(), handle])
            }
            HandleCall::PutBorrow { resource, rep } => {
                (StateExport::PutBorrow, vec![resource.as_u32(), rep])
            }
            HandleCall::Release { mark } => (StateExport::Release, vec![mark]),
            HandleCall::EnterScope => (StateExport::EnterScope, vec![]),
            HandleCall::ExitScope => (StateExport::ExitScope, vec![]),
        };
        let results = self.ask(side, export, &args)?;
        Ok(results.first().copied().unwrap_or(0))
    }
}

fn of(side: CallSide) -> Side {
    match side {
        CallSide::Caller => Side::Caller,
        CallSide::Callee => Side::Callee,
    }
}

fn position(side: CallSide) -> usize {
    of(side).index()
}

fn value(flat: Flat) -> CoreValue {
    match flat {
        Flat::I32(bits) => CoreValue::I32(bits),
        Flat::I64(bits) => CoreValue::I64(bits),
        Flat::F32(bits) => CoreValue::F32(bits),
        Flat::F64(bits) => CoreValue::F64(bits),
    }
}

fn flat(value: CoreValue) -> Flat {
    match value {
        CoreValue::I32(bits) => Flat::I32(bits),
        CoreValue::I64(bits) => Flat::I64(bits),
        CoreValue::F32(bits) => Flat::F32(bits),
        CoreValue::F64(bits) => Flat::F64(bits),
    }
}
