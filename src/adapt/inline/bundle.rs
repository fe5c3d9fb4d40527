//! Exports of the root: definitions become data that stands on its own.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::adapt::index::{BundleId, ClosureId};
use crate::adapt::inline::def::{
    BundleItem, CapturedDef, ClosureDefId, Def, FuncDef, InstanceDef, InstanceDefId,
};
use crate::adapt::inline::inliner::{Inliner, Result};
use crate::adapt::plan::{Bundle, Captured, ComponentClosure, Export, ExportItem};
use crate::adapt::translate::translation::ExportList;
use crate::adapt::types::Label;

/// What was exported already.
#[derive(Default)]
struct Exported {
    /// Instances with what is seen of them, by where the translation, which outlives this, keeps that.
    bundles: HashMap<(InstanceDefId, *const ExportList), BundleId>,
    closures: HashMap<ClosureDefId, ClosureId>,
}

impl Inliner<'_> {
    /// Turns what the root exports into data.
    pub(in crate::adapt::inline) fn export_root(
        &mut self,
        items: IndexMap<Label, BundleItem>,
    ) -> Result<Bundle> {
        let mut exported = Exported::default();
        self.budget.steps(items.len())?;
        let mut exports = IndexMap::with_capacity(items.len());
        for (name, item) in items {
            let seen = self.translation.exports.get(&name);
            let export = self.export_item(&mut exported, item, seen)?;
            exports.insert(name, export);
        }
        Ok(Bundle { exports })
    }

    /// Turns an item into data; `seen` is what is seen of it if it is an instance.
    fn export_item(
        &mut self,
        exported: &mut Exported,
        item: BundleItem,
        seen: Option<&Arc<ExportList>>,
    ) -> Result<Export> {
        let BundleItem {
            def,
            implements,
            external_id,
        } = item;
        let item = match def {
            Def::Func(FuncDef::Lifted(id)) => ExportItem::Lifted(self.defs.lifts[id].clone()),
            Def::Func(FuncDef::Imported(id)) => ExportItem::Imported(id),
            Def::Module(module) => ExportItem::Module(module),
            Def::Type(ty) => ExportItem::Type(ty),
            Def::Component(id) => ExportItem::Component(self.export_closure(exported, id)),
            Def::Instance(id) => {
                let seen = seen.expect("the validator knows the type of the instance");
                ExportItem::Instance(self.export_instance(exported, id, seen)?)
            }
        };
        Ok(Export {
            implements,
            external_id,
            item,
        })
    }

    /// Turns what is seen of an instance into data. Nesting is limited by the validator.
    fn export_instance(
        &mut self,
        exported: &mut Exported,
        id: InstanceDefId,
        seen: &Arc<ExportList>,
    ) -> Result<BundleId> {
        let key = (id, Arc::as_ptr(seen));
        if let Some(known) = exported.bundles.get(&key) {
            return Ok(*known);
        }
        let mut exports = IndexMap::with_capacity(seen.0.len());
        for (name, item) in self.seen_items(id, seen)? {
            let seen = seen.0[&name].as_ref();
            let export = self.export_item(exported, item, seen)?;
            exports.insert(name, export);
        }
        let bundle = self.plan.bundles.push(Bundle { exports });
        exported.bundles.insert(key, bundle);
        Ok(bundle)
    }
    /// Returns the items of an instance that are seen of it, in its own order.
    fn seen_items(
        &mut self,
        id: InstanceDefId,
        seen: &ExportList,
    ) -> Result<Vec<(Label, BundleItem)>> {
        self.budget.steps(seen.0.len())?;
        let is_seen = |name: &Label| seen.0.contains_key(name);
        let names: Vec<_> = match &self.defs.instances[id] {
            InstanceDef::Bundle(items) => {
                let items = items.iter().filter(|(name, _)| is_seen(name));
                let items = items.map(|(name, item)| (name.clone(), item.clone()));
                return Ok(items.collect());
            }
            InstanceDef::Imported { exports, .. } => {
                let names = exports.keys().filter(|name| is_seen(name));
                names.cloned().collect()
            }
        };
        let items = names.into_iter().map(|name| {
            let item = BundleItem {
                def: self.export(id, &name)?,
                implements: None,
                external_id: None,
            };
            Ok((name, item))
        });
        items.collect()
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
