//! Handle tables.
//!
//! Spec: `Table`, `ResourceHandle`, `lift_own`, `lift_borrow`, `lower_own`, `lower_borrow`, `canon_resource_drop`,
//! `Task.num_borrows`, `Subtask.add_lender`.

use std::collections::BTreeSet;

use interfuse::adapt::ResourceId;
use interfuse::fact::TrapCode;

use crate::oracle::observation::{Fault, LiveHandle, TableContents};
use crate::oracle::trap::trap_if;

/// How many new handles tell in which order rows are used again.
const NEW_HANDLES: usize = 4;

/// Spec: `ResourceHandle`.
#[derive(Clone, Debug)]
struct Handle {
    rt: ResourceId,
    rep: u32,
    own: bool,
    borrow_scope: Option<usize>,
    num_lends: u32,
}

/// Something that happens to a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HandleStep {
    /// A task begins that may borrow.
    Task,
    /// The instance gets a resource.
    Own(ResourceId, u32),
    /// The newest task borrows a resource.
    Borrow(ResourceId, u32),
    /// A handle is lent by a call that goes on for longer than all that is looked at.
    Lend(ResourceId, u32),
    Drop(ResourceId, u32),
}

/// The handles of an instance.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    /// The types that the instance implements.
    pub(crate) implements: BTreeSet<ResourceId>,
    /// What happened to it before the call.
    pub(crate) setup: Vec<HandleStep>,
    array: Vec<Option<Handle>>,
    free: Vec<usize>,
    /// `num_borrows` of every task that ever was.
    tasks: Vec<u32>,
    /// The lenders of the call.
    lenders: Vec<usize>,
}

impl Table {
    /// Returns the table after some steps, none of which traps.
    pub(crate) fn new(implements: BTreeSet<ResourceId>, setup: &[HandleStep]) -> Table {
        let mut table = Table {
            implements,
            setup: Vec::new(),
            array: vec![None],
            free: Vec::new(),
            tasks: Vec::new(),
            lenders: Vec::new(),
        };
        for step in setup {
            table.set_up(*step);
        }
        // Calls that go on are no matter of the one that is looked at.
        table.lenders.clear();
        table
    }

    /// Does a step before the call; returns the handle if there is a new one.
    pub(crate) fn set_up(&mut self, step: HandleStep) -> u32 {
        self.setup.push(step);
        match step {
            HandleStep::Task => self.start_task(),
            HandleStep::Own(rt, rep) => return self.lower_own(rt, rep),
            HandleStep::Borrow(rt, rep) => return self.add_borrow(rt, rep),
            HandleStep::Lend(rt, handle) => {
                self.lift_borrow(rt, handle).expect("it can be lent");
            }
            HandleStep::Drop(rt, handle) => {
                self.drop_handle(rt, handle).expect("it can be dropped");
            }
        }
        0
    }

    /// Returns the number of rows.
    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.array.len()).unwrap()
    }

    /// Returns the handles that the newest task borrows.
    pub(crate) fn borrowed(&self) -> Vec<(ResourceId, u32)> {
        let task = self.tasks.len() - 1;
        let handles = self.rows();
        let handles = handles.filter(|(_, handle)| handle.borrow_scope == Some(task));
        handles.map(|(i, handle)| (handle.rt, i)).collect()
    }

    /// Returns the handles that the call lends.
    pub(crate) fn lent(&self) -> Vec<(ResourceId, u32)> {
        let handles = self.rows();
        let handles = handles.filter(|(i, _)| self.lenders.contains(&(*i as usize)));
        handles.map(|(i, handle)| (handle.rt, i)).collect()
    }

    fn rows(&self) -> impl Iterator<Item = (u32, &Handle)> {
        let rows = (0..).zip(&self.array);
        rows.filter_map(|(i, handle)| Some((i, handle.as_ref()?)))
    }

    /// Returns everything that can be found out about the table.
    pub(crate) fn contents(mut self) -> TableContents {
        let live = self.rows().map(|(handle, it)| LiveHandle {
            handle,
            ty: it.rt,
            rep: it.rep,
            owned: it.own,
            lent: it.num_lends > 0,
        });
        let live = live.collect();
        let mut new = || self.lower_own(ResourceId::from_u32(0), 0);
        let next = (0..NEW_HANDLES).map(|_| new()).collect();
        TableContents { live, next }
    }

    /// Begins a task of the instance.
    pub(crate) fn start_task(&mut self) {
        self.tasks.push(0);
    }

    /// Spec: the test of `num_borrows` in `Task.return_`.
    pub(crate) fn end_task(&self) -> Result<(), Fault> {
        trap_if(*self.tasks.last().unwrap() > 0, TrapCode::BorrowsRemain)
    }

    /// Spec: `Subtask.deliver_resolve`.
    pub(crate) fn end_subtask(&mut self) {
        for i in self.lenders.drain(..) {
            self.array[i].as_mut().unwrap().num_lends -= 1;
        }
    }

    /// Spec: `Table.get`, and the test of the type.
    fn get(&mut self, rt: ResourceId, i: u32) -> Result<&mut Handle, Fault> {
        let entry = self.array.get_mut(i as usize).and_then(Option::as_mut);
        let handle = entry.ok_or(Fault::Trap(TrapCode::UnknownHandle))?;
        trap_if(handle.rt != rt, TrapCode::WrongHandleType)?;
        Ok(handle)
    }

    /// Spec: `Table.remove`, and the tests of type and lends.
    fn remove(&mut self, rt: ResourceId, i: u32) -> Result<Handle, Fault> {
        let handle = self.get(rt, i)?.clone();
        trap_if(handle.num_lends != 0, TrapCode::HandleLent)?;
        self.array[i as usize] = None;
        self.free.push(i as usize);
        Ok(handle)
    }

    /// Spec: `Table.add`.
    fn add(&mut self, handle: Handle) -> u32 {
        let i = self.free.pop().unwrap_or_else(|| {
            self.array.push(None);
            self.array.len() - 1
        });
        self.array[i] = Some(handle);
        u32::try_from(i).unwrap()
    }

    /// Spec: `lift_own`.
    pub(crate) fn lift_own(&mut self, rt: ResourceId, i: u32) -> Result<u32, Fault> {
        let handle = self.remove(rt, i)?;
        trap_if(!handle.own, TrapCode::NotOwned)?;
        Ok(handle.rep)
    }

    /// Spec: `lift_borrow`.
    pub(crate) fn lift_borrow(&mut self, rt: ResourceId, i: u32) -> Result<u32, Fault> {
        let handle = self.get(rt, i)?;
        handle.num_lends += 1;
        let rep = handle.rep;
        self.lenders.push(i as usize);
        Ok(rep)
    }

    /// Spec: `lower_own`.
    pub(crate) fn lower_own(&mut self, rt: ResourceId, rep: u32) -> u32 {
        self.add(Handle {
            rt,
            rep,
            own: true,
            borrow_scope: None,
            num_lends: 0,
        })
    }

    /// Spec: `lower_borrow`.
    pub(crate) fn lower_borrow(&mut self, rt: ResourceId, rep: u32) -> u32 {
        if self.implements.contains(&rt) {
            return rep;
        }
        self.add_borrow(rt, rep)
    }

    fn add_borrow(&mut self, rt: ResourceId, rep: u32) -> u32 {
        let task = self.tasks.len() - 1;
        self.tasks[task] += 1;
        self.add(Handle {
            rt,
            rep,
            own: false,
            borrow_scope: Some(task),
            num_lends: 0,
        })
    }

    /// Spec: `canon_resource_drop`; returns the representation, and whether the destructor is called.
    pub(crate) fn drop_handle(&mut self, rt: ResourceId, i: u32) -> Result<(u32, bool), Fault> {
        let handle = self.remove(rt, i)?;
        if let Some(task) = handle.borrow_scope {
            self.tasks[task] -= 1;
        }
        Ok((handle.rep, handle.own))
    }
}
