//! Exports of the root: definitions become data that stands on its own.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::adapt::index::{BundleId, ClosureId};
use crate::adapt::inline::def::{
    BundleItem, CapturedDef, ClosureDefId, Def, FuncDef, InstanceDef, InstanceDefId,
};
use crate::adapt::inline::inliner::{Inliner, Result};
use crate::adapt::plan::{Bundle, Captured, ComponentClosure, Export, ExportItem};
use crate::adapt::types::Label;

/// What was exported already.
#[derive(Default)]
pub(in crate::adapt::inline) struct Exported {
    bundles: HashMap<InstanceDefId, BundleId>,
    closures: HashMap<ClosureDefId, ClosureId>,
}

impl Inliner<'_> {
    /// Turns what an instance exports into data. Nesting is limited by the validator.
    pub(in crate::adapt::inline) fn export_bundle(
        &mut self,
        exported: &mut Exported,
        items: IndexMap<Label, BundleItem>,
    ) -> Result<Bundle> {
        self.budget.steps(items.len())?;
        let mut exports = IndexMap::with_capacity(items.len());
        for (
            name,
            BundleItem {
                def,
                implements,
                external_id,
            },
        ) in items
        {
            let item = self.export_item(exported, def)?;
            exports.insert(
                name,
                Export {
                    implements,
                    external_id,
                    item,
                },
            );
        }
        Ok(Bundle { exports })
    }

    fn export_item(&mut self, exported: &mut Exported, def: Def) -> Result<ExportItem> {
        Ok(match def {
            Def::Func(FuncDef::Lifted(id)) => ExportItem::Lifted(self.defs.lifts[id].clone()),
            Def::Func(FuncDef::Imported(id)) => ExportItem::Imported(id),
            Def::Module(module) => ExportItem::Module(module),
            Def::Type(ty) => ExportItem::Type(ty),
            Def::Component(id) => ExportItem::Component(self.export_closure(exported, id)),
            Def::Instance(id) => ExportItem::Instance(self.export_instance(exported, id)?),
        })
    }

    fn export_instance(&mut self, exported: &mut Exported, id: InstanceDefId) -> Result<BundleId> {
        if let Some(known) = exported.bundles.get(&id) {
            return Ok(*known);
        }
        let items = match &self.defs.instances[id] {
            InstanceDef::Bundle(items) => items.clone(),
            InstanceDef::Imported { exports, .. } => {
                let names: Vec<_> = exports.keys().cloned().collect();
                let mut items = IndexMap::with_capacity(names.len());
                for name in names {
                    let def = self.export(id, &name)?;
                    items.insert(
                        name,
                        BundleItem {
                            def,
                            implements: None,
                            external_id: None,
                        },
                    );
                }
                items
            }
        };
        let bundle = self.export_bundle(exported, items)?;
        let bundle = self.plan.bundles.push(bundle);
        exported.bundles.insert(id, bundle);
        Ok(bundle)
    }

    /// Turns a component into data, what it captures first. Captures may nest deeply, so this does not recurse.
    fn export_closure(&mut self, exported: &mut Exported, id: ClosureDefId) -> ClosureId {
        let mut todo = vec![id];
        while let Some(id) = todo.last().copied() {
            let closure = self.defs.closures[id].clone();
            let missing = closure.captures.iter().find_map(|captured| match captured {
                CapturedDef::Component(id) if !exported.closures.contains_key(id) => Some(*id),
                CapturedDef::Component(_) | CapturedDef::Module(_) => None,
            });
            if let Some(missing) = missing {
                todo.push(missing);
                continue;
            }
            todo.pop();
            let captures = closure.captures.iter().map(|captured| match captured {
                CapturedDef::Module(module) => Captured::Module(*module),
                CapturedDef::Component(id) => Captured::Component(exported.closures[id]),
            });
            let captures = captures.collect();
            let component = closure.component;
            let new = self.plan.closures.push(ComponentClosure {
                component,
                captures,
            });
            exported.closures.insert(id, new);
        }
        exported.closures[&id]
    }
}
