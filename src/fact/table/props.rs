//! Random operations on the state module and on the model have the same results and the same traps.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, FileFailurePersistence, TestRunner};

use crate::fact::table::engine::{Compiled, Running};
use crate::fact::table::export::{RESOURCE_TYPES_MAX, StateExport};
use crate::fact::table::model::Model;

/// Something that happens to an instance.
#[derive(Clone, Debug)]
struct Step {
    event: Event,
    /// Whether it does not happen if it would trap.
    is_careful: bool,
}

#[derive(Clone, Debug)]
enum Event {
    /// A handle is made, for a resource of a type.
    Put(StateExport, u32, u32),
    /// A handle is used.
    Use(StateExport, Choice),
    /// A call goes out.
    BeginCall,
    /// A call comes back.
    EndCall,
    EnterScope,
    ExitScope,
    MayLeave(bool),
}

/// Which handle is used.
#[derive(Clone, Debug)]
enum Choice {
    /// One that exists, as what it is.
    Live(usize),
    /// One that exists, as of a type.
    Typed(usize, u32),
    /// Any.
    Wild(u32, u32),
}

/// An instance that runs, and what it should be.
struct Pair {
    state: Running,
    model: Model,
    /// What was lent last before each call that goes out.
    marks: Vec<u32>,
}

impl Pair {
    /// Does a step; returns whether it trapped.
    fn step(&mut self, step: &Step) -> bool {
        match &step.event {
            Event::Put(StateExport::PutBorrow, ..) if self.model.scopes() == 0 => false,
            Event::Put(export, ty, rep) => self.call(step, *export, &[*ty, *rep]),
            Event::Use(StateExport::Lend, _) if self.model.calls() == 0 => false,
            Event::Use(export, choice) => {
                let (ty, handle) = self.choose(choice);
                self.call(step, *export, &[ty, handle])
            }
            Event::BeginCall => {
                self.marks.push(self.state.get(StateExport::Lent));
                self.model.begin_call();
                false
            }
            Event::EndCall if self.model.calls() == 0 => false,
            Event::EndCall => {
                let mark = self.marks.pop().expect("a call was begun");
                let result = self.state.call(StateExport::Release, &[mark]);
                assert_eq!(result, self.model.call(StateExport::Release, &[]));
                false
            }
            Event::EnterScope => self.call(step, StateExport::EnterScope, &[]),
            Event::ExitScope if self.model.scopes() == 0 => false,
            Event::ExitScope => self.call(step, StateExport::ExitScope, &[]),
            Event::MayLeave(value) => {
                self.model.may_leave = *value;
                self.state.set(StateExport::MayLeave, u32::from(*value));
                false
            }
        }
    }

    fn call(&mut self, step: &Step, export: StateExport, args: &[u32]) -> bool {
        let mut model = self.model.clone();
        let expected = model.call(export, args);
        if expected.is_err() && step.is_careful {
            return false;
        }
        assert_eq!(
            self.state.call(export, args),
            expected,
            "{export:?} {args:?}"
        );
        self.model = model;
        expected.is_err()
    }

    fn choose(&self, choice: &Choice) -> (u32, u32) {
        let live = self.model.live();
        match *choice {
            Choice::Live(number) | Choice::Typed(number, _) if !live.is_empty() => {
                let (index, handle) = live[number % live.len()];
                match *choice {
                    Choice::Typed(_, ty) => (ty, index),
                    _ => (handle.rt, index),
                }
            }
            Choice::Live(number) => (0, u32::try_from(number % 8).expect("it is less than 8")),
            Choice::Typed(number, ty) => {
                (ty, u32::try_from(number % 8).expect("it is less than 8"))
            }
            Choice::Wild(ty, index) => (ty, index),
        }
    }

    /// Ends everything, so that all that is still lent or borrowed is looked at.
    fn wind_up(&mut self) {
        let careful = |event| Step {
            event,
            is_careful: true,
        };
        self.step(&careful(Event::MayLeave(true)));
        while self.model.calls() > 0 {
            self.step(&careful(Event::EndCall));
        }
        for number in 0..self.model.live().len() {
            let choice = Choice::Live(number);
            self.step(&careful(Event::Use(StateExport::ResourceRep, choice)));
        }
        while !self.model.live().is_empty() {
            let event = Event::Use(StateExport::ResourceDrop, Choice::Live(0));
            assert!(!self.step(&Step {
                event,
                is_careful: false,
            }));
        }
        while self.model.scopes() > 0 {
            let result = self.state.call(StateExport::ExitScope, &[]);
            assert_eq!(result, self.model.call(StateExport::ExitScope, &[]));
        }
        assert_eq!(self.state.get(StateExport::Lent), 0);
    }
}

/// A number that is taken apart. A strategy that is made of parts would spend most of the time on random numbers.
struct Dice(u128);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        let sides = u128::from(sides);
        let rolled = self.0 % sides;
        self.0 /= sides;
        u32::try_from(rolled).expect("it is less than `sides`")
    }

    fn step(mut self) -> Step {
        let is_careful = self.roll(30) != 29;
        let event = match self.roll(21) {
            0 => Event::EnterScope,
            1 => Event::ExitScope,
            2..4 => Event::BeginCall,
            4..6 => Event::EndCall,
            6 => Event::MayLeave(self.roll(5) < 4),
            7..13 => {
                let exports = [
                    StateExport::ResourceNew,
                    StateExport::PutOwn,
                    StateExport::PutBorrow,
                ];
                let export = exports[self.roll(3) as usize];
                Event::Put(export, self.roll(4), self.roll(u32::MAX))
            }
            _ => {
                let export = match self.roll(11) {
                    0..2 => StateExport::ResourceRep,
                    2..5 => StateExport::ResourceDrop,
                    5..7 => StateExport::TakeOwn,
                    _ => StateExport::Lend,
                };
                Event::Use(export, self.choice())
            }
        };
        Step { event, is_careful }
    }

    fn choice(&mut self) -> Choice {
        match self.roll(15) {
            0..12 => Choice::Live(self.roll(1000) as usize),
            12 => Choice::Typed(self.roll(1000) as usize, self.roll(4)),
            13 => Choice::Wild(self.roll(4), self.roll(12)),
            _ => Choice::Wild(self.roll(RESOURCE_TYPES_MAX), self.roll(u32::MAX)),
        }
    }
}

#[test]
fn state_is_as_the_spec_says() {
    let seeds = "proptest-regressions/fact/table.txt";
    let default = Config::default();
    let config = Config {
        // Most histories are short, because one that traps is over.
        cases: 8 * default.cases,
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(seeds))),
        ..default
    };
    let compiled = Compiled::new();
    let run = |steps: Vec<Step>| {
        let mut pair = Pair {
            state: compiled.start(4),
            model: Model::new(),
            marks: Vec::new(),
        };
        if !steps.iter().any(|step| pair.step(step)) {
            pair.wind_up();
        }
        Ok(())
    };
    let steps = vec(any::<u128>().prop_map(|number| Dice(number).step()), 0..150);
    if let Err(error) = TestRunner::new(config).run(&steps, run) {
        panic!("{error}");
    }
}
