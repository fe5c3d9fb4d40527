//! Locals that free themselves: one that was dropped is used again for the next of its type and its role.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_encoder::ValType;

/// A parameter or local of the function that is being written.
#[derive(Debug)]
pub(in crate::fact) struct Local {
    index: u32,
    ty: ValType,
    /// Where it goes when it is dropped; none for a parameter.
    pool: Option<Rc<RefCell<Pool>>>,
}

impl Local {
    /// Returns its index.
    pub(in crate::fact::emit) fn index(&self) -> u32 {
        self.index
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        if let Some(pool) = &self.pool {
            pool.borrow_mut().free.push((self.index, self.ty));
        }
    }
}

/// The locals of a function.
#[derive(Debug, Default)]
pub(in crate::fact::emit) struct Pool {
    /// Type and name of each, parameters first.
    pub(in crate::fact::emit) all: Vec<(ValType, String)>,
    free: Vec<(u32, ValType)>,
}

impl Pool {
    /// Adds a parameter; all of them come before the first local.
    pub(in crate::fact::emit) fn param(&mut self, role: &str, ty: ValType) -> Local {
        let index = self.add(role, ty);
        Local {
            index,
            ty,
            pool: None,
        }
    }

    fn add(&mut self, role: &str, ty: ValType) -> u32 {
        self.all.push((ty, role.to_owned()));
        u32::try_from(self.all.len() - 1).expect("a function has fewer than 2^32 locals")
    }

    fn is_for(&self, index: u32, role: &str) -> bool {
        let index = usize::try_from(index).expect("a usize has 32 bits or more");
        self.all[index].1 == role
    }

    /// Returns a local that is free and for the same, or a new one: its name says what it is for.
    pub(in crate::fact::emit) fn local(pool: &Rc<RefCell<Pool>>, role: &str, ty: ValType) -> Local {
        let mut inner = pool.borrow_mut();
        let fits = |(index, free): &(u32, ValType)| *free == ty && inner.is_for(*index, role);
        let free = inner.free.iter().rposition(fits);
        let index = match free {
            Some(position) => inner.free.swap_remove(position).0,
            None => inner.add(role, ty),
        };
        Local {
            index,
            ty,
            pool: Some(Rc::clone(pool)),
        }
    }
}
