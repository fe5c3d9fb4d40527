//! The exports that are seen of instances: those that their types have.

use std::collections::HashMap;
use std::sync::Arc;

use wasmparser::ComponentExternName;
use wasmparser::component_types::{ComponentEntityType, ComponentInstanceTypeId};
use wasmparser::types::TypesRef;

use crate::adapt::translate::translation::ExportList;
use crate::adapt::types::Label;

/// Lists of exports by type, each made once.
#[derive(Default)]
pub(in crate::adapt::translate) struct ExportLists {
    /// What is seen of the exports of the root that are instances.
    pub root: HashMap<Label, Arc<ExportList>>,
    known: HashMap<ComponentInstanceTypeId, Arc<ExportList>>,
}

impl ExportLists {
    /// Takes an export of the root.
    pub(in crate::adapt::translate) fn add(
        &mut self,
        from: TypesRef<'_>,
        name: &ComponentExternName<'_>,
    ) {
        let item = from.component_item_for_export(name.name);
        let ty = item.expect("the export was validated").ty;
        if let Some(list) = self.of_item(from, ty) {
            self.root.insert(name.full_name().into(), list);
        }
    }

    fn of_item(&mut self, from: TypesRef<'_>, ty: ComponentEntityType) -> Option<Arc<ExportList>> {
        match ty {
            ComponentEntityType::Instance(id) => Some(self.of_instance(from, id)),
            _ => None,
        }
    }

    /// Nesting is limited by the validator.
    fn of_instance(&mut self, from: TypesRef<'_>, id: ComponentInstanceTypeId) -> Arc<ExportList> {
        if let Some(known) = self.known.get(&id) {
            return Arc::clone(known);
        }
        let exports = from[id].exports.iter();
        let exports =
            exports.map(|(name, item)| (name.as_str().into(), self.of_item(from, item.ty)));
        let list = Arc::new(ExportList(exports.collect()));
        self.known.insert(id, Arc::clone(&list));
        list
    }
}
