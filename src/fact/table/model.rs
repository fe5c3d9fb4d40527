//! What the spec says about handles, in the words of its reference: objects, counts, lists. Nothing here is packed.

use crate::fact::table::export::StateExport;
use crate::fact::trap::TrapCode;

/// Spec: `ResourceHandle`.
#[derive(Clone, Debug)]
pub(in crate::fact::table) struct Handle {
    pub(in crate::fact::table) rt: u32,
    rep: u32,
    own: bool,
    borrow_scope: Option<usize>,
    num_lends: u32,
}

/// A component instance. Spec: `ComponentInstance`, `Table`.
#[derive(Clone, Debug)]
pub(in crate::fact::table) struct Model {
    pub(in crate::fact::table) may_leave: bool,
    array: Vec<Option<Handle>>,
    free: Vec<usize>,
    /// `num_borrows` of every task that ever was.
    tasks: Vec<u32>,
    /// The tasks that borrow and have not returned.
    running: Vec<usize>,
    /// The lenders of each call that goes out and has not come back.
    subtasks: Vec<Vec<usize>>,
}

type Outcome = Result<Vec<u32>, TrapCode>;

impl Model {
    pub(in crate::fact::table) fn new() -> Model {
        Model {
            may_leave: true,
            array: vec![None],
            free: Vec::new(),
            tasks: Vec::new(),
            running: Vec::new(),
            subtasks: Vec::new(),
        }
    }

    /// Returns the handles that are used, with what they are.
    pub(in crate::fact::table) fn live(&self) -> Vec<(u32, &Handle)> {
        let entries = self.array.iter().enumerate();
        let used = entries.filter_map(|(index, entry)| Some((index, entry.as_ref()?)));
        used.map(|(index, handle)| (u32::try_from(index).expect("the table is small"), handle))
            .collect()
    }

    /// Returns the number of calls that go out and have not come back.
    pub(in crate::fact::table) fn calls(&self) -> usize {
        self.subtasks.len()
    }

    /// Returns the number of calls that came in, borrow, and have not returned.
    pub(in crate::fact::table) fn scopes(&self) -> usize {
        self.running.len()
    }

    /// Begins a call to somewhere else.
    pub(in crate::fact::table) fn begin_call(&mut self) {
        self.subtasks.push(Vec::new());
    }

    /// Does what an export should.
    pub(in crate::fact::table) fn call(&mut self, export: StateExport, args: &[u32]) -> Outcome {
        match (export, args) {
            (StateExport::ResourceNew, &[rt, rep]) => {
                self.trap_unless_may_leave()?;
                self.add(rt, rep, None)
            }
            (StateExport::ResourceRep, &[rt, i]) => Ok(vec![self.get(rt, i)?.rep]),
            (StateExport::ResourceDrop, &[rt, i]) => {
                self.trap_unless_may_leave()?;
                let handle = self.remove(rt, i)?;
                if let Some(task) = handle.borrow_scope {
                    self.tasks[task] -= 1;
                }
                Ok(vec![handle.rep, u32::from(handle.own)])
            }
            (StateExport::TakeOwn, &[rt, i]) => {
                let handle = self.remove(rt, i)?;
                trap_if(!handle.own, TrapCode::NotOwned)?;
                Ok(vec![handle.rep])
            }
            (StateExport::PutOwn, &[rt, rep]) => self.add(rt, rep, None),
            (StateExport::Lend, &[rt, i]) => {
                let handle = self.get(rt, i)?;
                handle.num_lends += 1;
                let rep = handle.rep;
                self.subtasks
                    .last_mut()
                    .expect("a call was begun")
                    .push(i as usize);
                Ok(vec![rep])
            }
            (StateExport::Release, &[]) => {
                for index in self.subtasks.pop().expect("a call was begun") {
                    self.array[index]
                        .as_mut()
                        .expect("what is lent stays")
                        .num_lends -= 1;
                }
                Ok(vec![])
            }
            (StateExport::PutBorrow, &[rt, rep]) => {
                let task = *self.running.last().expect("a call came in");
                self.tasks[task] += 1;
                self.add(rt, rep, Some(task))
            }
            (StateExport::EnterScope, &[]) => {
                self.running.push(self.tasks.len());
                self.tasks.push(0);
                Ok(vec![])
            }
            (StateExport::ExitScope, &[]) => {
                let task = self.running.pop().expect("a call came in");
                trap_if(self.tasks[task] > 0, TrapCode::BorrowsRemain)?;
                Ok(vec![])
            }
            (export, args) => panic!("{export:?} with {args:?}"),
        }
    }

    fn trap_unless_may_leave(&self) -> Result<(), TrapCode> {
        trap_if(!self.may_leave, TrapCode::CannotLeave)
    }

    /// Spec: `Table.get`, and the test of the type that follows it everywhere.
    fn get(&mut self, rt: u32, i: u32) -> Result<&mut Handle, TrapCode> {
        let entry = self.array.get_mut(i as usize).and_then(Option::as_mut);
        let handle = entry.ok_or(TrapCode::UnknownHandle)?;
        trap_if(handle.rt != rt, TrapCode::WrongHandleType)?;
        Ok(handle)
    }

    /// Spec: `Table.remove`, and the tests of type and lends that follow it everywhere.
    fn remove(&mut self, rt: u32, i: u32) -> Result<Handle, TrapCode> {
        let handle = self.get(rt, i)?.clone();
        trap_if(handle.num_lends != 0, TrapCode::HandleLent)?;
        self.array[i as usize] = None;
        self.free.push(i as usize);
        Ok(handle)
    }

    /// Spec: `Table.add`.
    fn add(&mut self, rt: u32, rep: u32, borrow_scope: Option<usize>) -> Outcome {
        let index = self.free.pop().unwrap_or_else(|| {
            self.array.push(None);
            self.array.len() - 1
        });
        self.array[index] = Some(Handle {
            rt,
            rep,
            own: borrow_scope.is_none(),
            borrow_scope,
            num_lends: 0,
        });
        Ok(vec![u32::try_from(index).expect("the table is small")])
    }
}

fn trap_if(condition: bool, why: TrapCode) -> Result<(), TrapCode> {
    if condition { Err(why) } else { Ok(()) }
}
