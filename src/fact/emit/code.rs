//! The body of one function.

use std::cell::RefCell;
use std::rc::Rc;

use cranelift_entity::entity_impl;
use wasm_encoder::{BlockType, InstructionSink, ValType};

use crate::fact::emit::local::{Local, Pool};

/// A function of the module that is being written, imported or its own. Its index is known at the end only.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::fact) struct FuncId(u32);
entity_impl!(FuncId, "func");

/// A block or loop, as the target of branches.
#[derive(Clone, Copy, Debug)]
pub(in crate::fact) struct Label {
    /// Number of blocks around and including it.
    depth: u32,
}

/// A part of a body.
#[derive(Clone, Debug)]
pub(in crate::fact) enum Piece {
    /// Encoded instructions.
    Bytes(Vec<u8>),
    /// A call.
    Call(FuncId),
}

/// The body of a function that is being written.
#[derive(Debug)]
pub(in crate::fact) struct Code {
    pool: Rc<RefCell<Pool>>,
    param_count: usize,
    pieces: Vec<Piece>,
    bytes: Vec<u8>,
    depth: u32,
}

impl Code {
    /// Begins a function; returns its parameters as well.
    pub(in crate::fact) fn new(params: &[(&str, ValType)]) -> (Code, Vec<Local>) {
        let mut pool = Pool::default();
        let locals = params
            .iter()
            .map(|(role, ty)| pool.param(role, *ty))
            .collect();
        let code = Code {
            pool: Rc::new(RefCell::new(pool)),
            param_count: params.len(),
            pieces: Vec::new(),
            bytes: Vec::new(),
            depth: 0,
        };
        (code, locals)
    }

    /// Returns a local for `role`. It holds anything at first.
    pub(in crate::fact) fn local(&mut self, role: &str, ty: ValType) -> Local {
        Pool::local(&self.pool, role, ty)
    }

    /// Returns a local for `role` that holds what is on top of the stack.
    pub(in crate::fact) fn pop(&mut self, role: &str, ty: ValType) -> Local {
        let local = self.local(role, ty);
        self.set(&local);
        local
    }

    /// Returns the sink for instructions that refer to no function, local or label.
    pub(in crate::fact) fn ins(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.bytes)
    }

    /// Pushes a local.
    pub(in crate::fact) fn get(&mut self, local: &Local) {
        self.ins().local_get(local.index());
    }

    /// Pops into a local.
    pub(in crate::fact) fn set(&mut self, local: &Local) {
        self.ins().local_set(local.index());
    }

    /// Copies the top of the stack into a local.
    pub(in crate::fact) fn tee(&mut self, local: &Local) {
        self.ins().local_tee(local.index());
    }

    /// Calls a function.
    pub(in crate::fact) fn call(&mut self, func: FuncId) {
        self.flush();
        self.pieces.push(Piece::Call(func));
    }

    /// Writes a block: a branch to it goes to its end.
    pub(in crate::fact) fn block(&mut self, ty: BlockType, body: impl FnOnce(&mut Code, Label)) {
        self.ins().block(ty);
        self.nest(body);
    }

    /// Writes a loop: a branch to it goes to its beginning.
    pub(in crate::fact) fn repeat(&mut self, ty: BlockType, body: impl FnOnce(&mut Code, Label)) {
        self.ins().loop_(ty);
        self.nest(body);
    }

    /// Pops a condition and writes what happens if it is not zero.
    pub(in crate::fact) fn when(&mut self, then: impl FnOnce(&mut Code)) {
        self.ins().if_(BlockType::Empty);
        self.nest(|code, _| then(code));
    }

    /// Pops a condition and writes both ways.
    pub(in crate::fact) fn branch(
        &mut self,
        ty: BlockType,
        then: impl FnOnce(&mut Code),
        otherwise: impl FnOnce(&mut Code),
    ) {
        self.ins().if_(ty);
        self.nest(|code, _| {
            then(code);
            code.ins().else_();
            otherwise(code);
        });
    }

    /// Takes a number and writes a way for each group: `targets` has the group for each number, or none for nothing to
    /// do. Numbers beyond them do nothing.
    pub(in crate::fact) fn switch(
        &mut self,
        number: Local,
        targets: &[Option<usize>],
        group_count: usize,
        mut body: impl FnMut(&mut Code, usize),
    ) {
        // Block 0 is the innermost and ends where group 0 begins; the outermost ends behind all groups.
        let groups = u32::try_from(group_count).expect("a function has fewer than 2^32 groups");
        for _ in 0..=group_count {
            self.ins().block(BlockType::Empty);
        }
        self.depth += groups + 1;
        self.get(&number);
        // Ways need locals of their own.
        drop(number);
        let depth = |group: &Option<usize>| match group {
            Some(group) => u32::try_from(*group).expect("groups were counted above"),
            None => groups,
        };
        self.ins()
            .br_table(targets.iter().map(depth).collect::<Vec<_>>(), groups);
        for group in 0..group_count {
            self.depth -= 1;
            self.ins().end();
            body(self, group);
            // What is left of the blocks lies between here and the end.
            let left = u32::try_from(group_count - group - 1).expect("groups were counted above");
            self.ins().br(left);
        }
        self.depth -= 1;
        self.ins().end();
    }

    /// Branches.
    pub(in crate::fact) fn br(&mut self, label: Label) {
        let depth = self.relative(label);
        self.ins().br(depth);
    }

    /// Pops a condition and branches if it is not zero.
    pub(in crate::fact) fn br_if(&mut self, label: Label) {
        let depth = self.relative(label);
        self.ins().br_if(depth);
    }

    /// Ends the function: returns its pieces, the types of its locals, and the names of parameters and locals.
    pub(in crate::fact) fn finish(mut self) -> (Vec<Piece>, Vec<ValType>, Vec<String>) {
        assert_eq!(self.depth, 0, "every block was closed");
        self.ins().end();
        self.flush();
        let pool = self.pool.take();
        let locals = pool.all[self.param_count..]
            .iter()
            .map(|(ty, _)| *ty)
            .collect();
        (
            self.pieces,
            locals,
            pool.all.into_iter().map(|(_, name)| name).collect(),
        )
    }

    fn nest(&mut self, body: impl FnOnce(&mut Code, Label)) {
        self.depth += 1;
        let label = Label { depth: self.depth };
        body(self, label);
        self.depth -= 1;
        self.ins().end();
    }

    fn relative(&self, label: Label) -> u32 {
        self.depth
            .checked_sub(label.depth)
            .expect("a branch goes to a block around it")
    }

    fn flush(&mut self) {
        if !self.bytes.is_empty() {
            self.pieces
                .push(Piece::Bytes(std::mem::take(&mut self.bytes)));
        }
    }
}
