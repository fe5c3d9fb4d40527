//! Where the imports of core modules are: what a module imports and exports again is found by its index.

use std::collections::{HashMap, HashSet};

use cranelift_entity::EntityRef;

use crate::adapt::index::StaticModuleId;
use crate::adapt::module::{EntityIndex, EntityKind};
use crate::adapt::plan::Plan;

/// For each static module the positions of its imports, by kind.
#[derive(Default)]
pub(in crate::adapt::inline) struct ImportPositions {
    known: HashMap<(StaticModuleId, EntityKind), Vec<usize>>,
    read: HashSet<StaticModuleId>,
}

impl ImportPositions {
    /// Returns the position of the import that is at `index` in the module; none if that is defined there.
    pub(in crate::adapt::inline) fn get(
        &mut self,
        plan: &Plan,
        module: StaticModuleId,
        index: EntityIndex,
    ) -> Option<usize> {
        if self.read.insert(module) {
            for (position, import) in plan.modules[module].imports.iter().enumerate() {
                let key = (module, import.ty.kind());
                self.known.entry(key).or_default().push(position);
            }
        }
        let (kind, index) = match index {
            EntityIndex::Func(index) => (EntityKind::Func, index.index()),
            EntityIndex::Table(index) => (EntityKind::Table, index.index()),
            EntityIndex::Memory(index) => (EntityKind::Memory, index.index()),
            EntityIndex::Global(index) => (EntityKind::Global, index.index()),
            EntityIndex::Tag(index) => (EntityKind::Tag, index.index()),
        };
        self.known.get(&(module, kind))?.get(index).copied()
    }
}
