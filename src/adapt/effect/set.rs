//! Sets of effects, and the effects of the definitions that are no core code.

use std::fmt;

use crate::adapt::adapter::{CoreDef, ResourceOp};

/// What a call can do that a guard around it would notice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Effects {
    /// It can do what tests the flag `may_leave` of its component instance: call something lowered, or
    /// `resource.new` or `resource.drop`.
    pub leave: bool,
    /// It can block.
    pub block: bool,
    /// It can read or write the slots of the thread's context.
    pub context: bool,
    /// It receives borrowed handles, which it has to drop before it returns.
    pub borrow: bool,
}

impl Effects {
    /// No effect.
    pub const NOTHING: Effects = Effects {
        leave: false,
        block: false,
        context: false,
        borrow: false,
    };

    /// The effect of leaving.
    pub const LEAVE: Effects = Effects {
        leave: true,
        ..Effects::NOTHING
    };

    /// What core code can do of which nothing is known.
    ///
    /// It can do what the definitions that it may be given can do: see `of_builtin`.
    pub const UNKNOWN: Effects = Effects::LEAVE;

    /// Returns the effects of the one and those of the other.
    #[must_use]
    pub fn union(self, other: Effects) -> Effects {
        Effects {
            leave: self.leave || other.leave,
            block: self.block || other.block,
            context: self.context || other.context,
            borrow: self.borrow || other.borrow,
        }
    }

    /// Returns whether there is no effect.
    pub fn is_nothing(self) -> bool {
        self == Effects::NOTHING
    }
}

impl fmt::Display for Effects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = [
            (self.leave, "leave"),
            (self.block, "block"),
            (self.context, "context"),
            (self.borrow, "borrow"),
        ];
        let mut separator = "";
        for (_, word) in words.into_iter().filter(|(is_set, _)| *is_set) {
            write!(f, "{separator}{word}")?;
            separator = ", ";
        }
        if self.is_nothing() {
            f.write_str("nothing")?;
        }
        Ok(())
    }
}

/// Returns the effects of calling a definition, which are none for what a core instance exports: that depends on its
/// code.
///
/// That none blocks and none sees the context follows from there being no such definition. One that does goes here,
/// into [`Effects::UNKNOWN`], and through adapters: who calls something that blocks, blocks.
///
/// Spec: `canon_lower`, `canon_resource_new` and `canon_resource_drop` test `may_leave`; `canon_resource_rep` does not.
pub(crate) fn of_builtin(def: &CoreDef) -> Effects {
    match def {
        CoreDef::Export(_) => Effects::NOTHING,
        CoreDef::Adapter(_) | CoreDef::HostLowering(_) => Effects::LEAVE,
        CoreDef::Resource(builtin) => match builtin.op {
            ResourceOp::New | ResourceOp::Drop => Effects::LEAVE,
            ResourceOp::Rep => Effects::NOTHING,
        },
    }
}

/// Adds to the effects of each node those of what it calls, directly or not. `callers` are by node.
pub(crate) fn propagate(effects: &mut [Effects], callers: &[Vec<usize>]) {
    let mut work: Vec<usize> = (0..effects.len()).collect();
    while let Some(node) = work.pop() {
        for &caller in &callers[node] {
            let union = effects[caller].union(effects[node]);
            if union != effects[caller] {
                effects[caller] = union;
                work.push(caller);
            }
        }
    }
}
