//! How long register allocation takes, roughly, before it is done.
//!
//! Values that meet where control flow joins should get the same register. The allocator puts them into one list, one
//! after the other, and goes through the list each time: a chain of *n* joins takes *n²* steps. Code that people write has
//! short chains, hostile code need not.

use cranelift_codegen::entity::EntityRef;
use cranelift_codegen::ir::{Function, Value};

/// Returns the number of steps: for each set of values that meet, the square of the number of places where they do.
pub(super) fn steps(func: &Function) -> u64 {
    let mut sets = Sets::new(func.dfg.num_values());
    for block in func.layout.blocks() {
        let Some(last) = func.layout.last_inst(block) else {
            continue;
        };
        let inst = &func.dfg.insts[last];
        for call in inst.branch_destination(&func.dfg.jump_tables) {
            let target = call.block(&func.dfg.value_lists);
            let args = call.args_slice(&func.dfg.value_lists);
            for (param, arg) in func.dfg.block_params(target).iter().zip(args) {
                sets.join(*param, func.dfg.resolve_aliases(*arg));
            }
        }
    }
    let mut places = vec![0u64; func.dfg.num_values()];
    for block in func.layout.blocks() {
        for param in func.dfg.block_params(block) {
            places[sets.find(param.index())] += 1;
        }
    }
    let squares = places.into_iter().map(|count| count * count);
    squares.fold(0, u64::saturating_add)
}

/// Sets of values, each known by one of them.
struct Sets {
    /// Another value of the set; the one that it is known by has itself.
    parents: Vec<usize>,
}

impl Sets {
    /// Puts each value into a set of its own.
    fn new(values: usize) -> Sets {
        let parents = (0..values).collect();
        Sets { parents }
    }

    fn find(&mut self, mut value: usize) -> usize {
        while self.parents[value] != value {
            // Halves the way for the next time.
            self.parents[value] = self.parents[self.parents[value]];
            value = self.parents[value];
        }
        value
    }

    fn join(&mut self, a: Value, b: Value) {
        let (a, b) = (self.find(a.index()), self.find(b.index()));
        // The older value stays: constants and parameters have met many others already.
        self.parents[a.max(b)] = a.min(b);
    }
}
