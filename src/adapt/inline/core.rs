//! Core instances: instantiation of modules, instances made of items, aliases of exports.

use std::rc::Rc;

use cranelift_entity::EntityRef;
use indexmap::IndexMap;

use crate::adapt::adapter::{CoreDef, CoreExport, CoreItem};
use crate::adapt::index::{CoreInstanceId, CoreInstanceIndex, CoreModuleIndex};
use crate::adapt::inline::def::CoreInstanceDef;
use crate::adapt::inline::frame::Frame;
use crate::adapt::inline::inliner::{Inliner, Result};
use crate::adapt::module::{EntityKind, ModuleImport};
use crate::adapt::plan::{CoreInstance, CoreModule, Plan};
use crate::adapt::translate::translation::CoreItemIndex;
use crate::adapt::types::Label;

impl Inliner<'_> {
    /// Instantiates a core module.
    pub(in crate::adapt::inline) fn instantiate_module(
        &mut self,
        frame: &mut Frame<'_>,
        module: CoreModuleIndex,
        args: &IndexMap<Label, CoreInstanceIndex>,
    ) -> Result<()> {
        self.budget.instance()?;
        let module = frame.modules[module.index()];
        let imports = module_imports(&self.plan, module);
        self.budget.steps(imports.len())?;
        let arg = |import: &ModuleImport| {
            let instance = &frame.core_instances[args[&import.module].index()];
            core_export(&self.plan, instance, &import.name)
        };
        let args = imports.iter().map(arg).collect();

        let index = CoreInstanceIndex::new(frame.core_instances.len());
        let names = &self.translation.components[frame.component].names;
        let own = || match module {
            CoreModule::Static(id) => self.plan.modules[id].name.as_deref(),
            CoreModule::Imported(_) => None,
        };
        let given = names.core_instances.get(&index).map(|name| &**name);
        let name = match given.or_else(own) {
            Some(name) => self.qualified(frame, name),
            None => self.qualified(frame, &format!("core{}", index.index())),
        };
        let name = self.core_instance_names.give(&name);
        let owner = frame.instance;
        let id = self.plan.core_instances.push(CoreInstance {
            owner,
            name,
            module,
            args,
        });
        frame.core_instances.push(CoreInstanceDef::Real(id));
        Ok(())
    }

    /// Makes a core instance of items.
    pub(in crate::adapt::inline) fn core_bundle(
        &mut self,
        frame: &mut Frame<'_>,
        items: &IndexMap<Label, CoreItemIndex>,
    ) -> Result<()> {
        self.budget.steps(items.len())?;
        let items = items
            .iter()
            .map(|(name, item)| (name.clone(), frame.core_item(*item)));
        let items = Rc::new(items.collect());
        frame.core_instances.push(CoreInstanceDef::Bundle(items));
        Ok(())
    }

    /// Adds an export of a core instance to the index space of its kind.
    pub(in crate::adapt::inline) fn alias_core_export(
        &mut self,
        frame: &mut Frame<'_>,
        instance: CoreInstanceIndex,
        kind: EntityKind,
        name: &Label,
    ) {
        let def = core_export(&self.plan, &frame.core_instances[instance.index()], name);
        let space = match kind {
            EntityKind::Func => return frame.core_funcs.push(def),
            EntityKind::Table => &mut frame.core_tables,
            EntityKind::Memory => &mut frame.core_memories,
            EntityKind::Global => &mut frame.core_globals,
            EntityKind::Tag => &mut frame.core_tags,
        };
        match def {
            CoreDef::Export(export) => space.push(export),
            other => unreachable!("validation lets {other:?} be a {kind}"),
        }
    }
}

/// Returns the imports of a core module.
fn module_imports(plan: &Plan, module: CoreModule) -> &[ModuleImport] {
    match module {
        CoreModule::Static(id) => &plan.modules[id].imports,
        CoreModule::Imported(id) => &plan.imported_modules[id].ty.imports,
    }
}

/// Returns an export of a core instance.
fn core_export(plan: &Plan, instance: &CoreInstanceDef, name: &Label) -> CoreDef {
    match instance {
        CoreInstanceDef::Bundle(items) => items[name].clone(),
        CoreInstanceDef::Real(id) => CoreDef::Export(CoreExport {
            instance: *id,
            item: core_item(plan, *id, name),
        }),
    }
}

fn core_item(plan: &Plan, instance: CoreInstanceId, name: &Label) -> CoreItem {
    match plan.core_instances[instance].module {
        CoreModule::Static(id) => CoreItem::Index(plan.modules[id].exports[name].index),
        CoreModule::Imported(_) => CoreItem::Name(name.clone()),
    }
}
