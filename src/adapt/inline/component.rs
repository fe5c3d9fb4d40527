//! Imports, exports and instances of components.

use std::sync::Arc;

use cranelift_entity::EntityRef;
use indexmap::IndexMap;

use crate::adapt::index::{ComponentIndex, ComponentInstanceIndex, StaticComponentId};
use crate::adapt::inline::def::{BundleItem, CapturedDef, ClosureDef, Def, InstanceDef};
use crate::adapt::inline::frame::Frame;
use crate::adapt::inline::inliner::{Inliner, Result};
use crate::adapt::plan::{Import, ImportPath, ImportType, ResourceOrigin};
use crate::adapt::translate::translation::{
    ExternName, FormalType, FormalTypeDef, ItemIndex, ItemKind, OuterItem, ResourcePath,
};
use crate::adapt::types::Label;
use crate::adapt::types::name::cut;

impl<'a> Inliner<'a> {
    /// Takes an argument for an import.
    pub(in crate::adapt::inline) fn import(
        &mut self,
        frame: &mut Frame<'_>,
        name: &ExternName,
        kind: ItemKind,
        resources: &[ResourcePath],
    ) -> Result<()> {
        let def = if self.envs.len() == 1 {
            self.root_import(name, resources)?
        } else {
            let def = frame.args[&name.name];
            self.bind(resources, def)?;
            def
        };
        match (kind, def) {
            (ItemKind::Func, Def::Func(_))
            | (ItemKind::Instance, Def::Instance(_))
            | (ItemKind::Module, Def::Module(_))
            | (ItemKind::Component, Def::Component(_))
            | (ItemKind::Type, Def::Type(_)) => frame.push(def),
            (kind, def) => unreachable!("validation lets {def:?} be given for a {kind:?}"),
        }
        Ok(())
    }

    /// Makes an import of the whole plan.
    fn root_import(&mut self, name: &ExternName, resources: &[ResourcePath]) -> Result<Def> {
        let import = self.plan.imports.next_key();
        self.budget.steps(resources.len())?;
        for ResourcePath { resource, path } in resources {
            let path = ImportPath {
                import,
                path: path.clone(),
            };
            let actual = self.resource(*resource, ResourceOrigin::Host(path));
            self.env().bind(*resource, actual);
        }
        let formal = &self.translation.imports[&name.name];
        let ty = self.import_type(formal)?;
        self.plan.imports.push(Import {
            name: name.name.clone(),
            implements: name.implements.clone(),
            external_id: name.external_id.clone(),
            ty,
        });
        let path = Vec::new();
        let def = self.imported(ImportPath { import, path }, formal)?;
        if let Def::Type(ty) = def {
            self.name_type(ty, &name.name);
        }
        Ok(def)
    }

    /// Resolves the type of an import of the root.
    fn import_type(&mut self, ty: &FormalType) -> Result<ImportType> {
        self.budget.steps(1)?;
        Ok(match ty {
            FormalType::Func(ty) => ImportType::Func(self.resolver.func(
                &mut self.envs[0],
                &mut self.budget,
                *ty,
            )?),
            FormalType::Instance(exports) => {
                // Equal types share their exports: without the map they would unfold.
                if let Some(known) = self.import_types.get(&Arc::as_ptr(exports)) {
                    return Ok(ImportType::Instance(Arc::clone(known)));
                }
                let mut resolved = IndexMap::with_capacity(exports.len());
                for (name, ty) in exports.iter() {
                    resolved.insert(name.clone(), self.import_type(ty)?);
                }
                let resolved = Arc::new(resolved);
                self.import_types
                    .insert(Arc::as_ptr(exports), Arc::clone(&resolved));
                ImportType::Instance(resolved)
            }
            FormalType::Module(ty) => ImportType::Module(Arc::clone(ty)),
            FormalType::Component => ImportType::Component,
            FormalType::Type(FormalTypeDef::Resource(formal)) => {
                ImportType::Resource(self.envs[0].resource(*formal))
            }
            FormalType::Type(ty) => ImportType::Type(self.root_type(*ty)?),
        })
    }

    /// Exports an item, and adds it to its index space once more.
    pub(in crate::adapt::inline) fn add_export(
        &mut self,
        frame: &mut Frame<'_>,
        name: &ExternName,
        item: &ItemIndex,
        resources: &[ResourcePath],
    ) -> Result<()> {
        let item = self.bundle_item(frame, name, item)?;
        self.bind(resources, item.def)?;
        frame.push(item.def);
        frame.exports.insert(name.name.clone(), item);
        Ok(())
    }

    /// Makes an instance of items.
    pub(in crate::adapt::inline) fn bundle(
        &mut self,
        frame: &mut Frame<'_>,
        items: &[(ExternName, ItemIndex)],
    ) -> Result<()> {
        let mut bundle = IndexMap::with_capacity(items.len());
        for (name, item) in items {
            bundle.insert(name.name.clone(), self.bundle_item(frame, name, item)?);
        }
        frame
            .instances
            .push(self.defs.instances.push(InstanceDef::Bundle(bundle)));
        Ok(())
    }

    fn bundle_item(
        &mut self,
        frame: &Frame<'_>,
        name: &ExternName,
        item: &ItemIndex,
    ) -> Result<BundleItem> {
        let def = self.item(frame, item)?;
        if let Def::Type(ty) = def {
            self.name_type(ty, &name.name);
        }
        let (implements, external_id) = (name.implements.clone(), name.external_id.clone());
        Ok(BundleItem {
            def,
            implements,
            external_id,
        })
    }

    fn item(&mut self, frame: &Frame<'_>, item: &ItemIndex) -> Result<Def> {
        self.budget.steps(1)?;
        Ok(match *item {
            ItemIndex::Func(index) => Def::Func(frame.funcs[index.index()]),
            ItemIndex::Instance(index) => Def::Instance(frame.instances[index.index()]),
            ItemIndex::Module(index) => Def::Module(frame.modules[index.index()]),
            ItemIndex::Component(index) => Def::Component(frame.components[index.index()]),
            ItemIndex::Type(ty) => Def::Type(self.type_def(ty)?),
        })
    }

    /// Adds an export of an instance to the index space of its kind.
    pub(in crate::adapt::inline) fn alias_export(
        &mut self,
        frame: &mut Frame<'_>,
        instance: ComponentInstanceIndex,
        name: &Label,
    ) -> Result<()> {
        let def = self.export(frame.instances[instance.index()], name)?;
        frame.push(def);
        Ok(())
    }

    /// Adds a component that is written here, with what it captures.
    pub(in crate::adapt::inline) fn define_component(
        &mut self,
        frame: &mut Frame<'_>,
        component: StaticComponentId,
        captures: &[OuterItem],
    ) -> Result<()> {
        self.budget.steps(captures.len())?;
        let captures = captures.iter().map(|item| frame.outer(*item)).collect();
        frame.components.push(self.defs.closures.push(ClosureDef {
            component,
            captures,
        }));
        Ok(())
    }

    /// Adds a module or component once more, or one that was captured.
    pub(in crate::adapt::inline) fn alias_outer(frame: &mut Frame<'_>, item: OuterItem) {
        match frame.outer(item) {
            CapturedDef::Module(module) => frame.modules.push(module),
            CapturedDef::Component(component) => frame.components.push(component),
        }
    }

    /// Begins an instance of a component: returns its frame, which is to run before this one goes on.
    pub(in crate::adapt::inline) fn instantiate_component(
        &mut self,
        frame: &Frame<'_>,
        component: ComponentIndex,
        args: &IndexMap<Label, ItemIndex>,
    ) -> Result<Frame<'a>> {
        let ClosureDef {
            component,
            captures,
        } = self.defs.closures[frame.components[component.index()]].clone();
        let mut defs = IndexMap::with_capacity(args.len());
        for (name, item) in args {
            defs.insert(name.clone(), self.item(frame, item)?);
        }
        let index = ComponentInstanceIndex::new(frame.instances.len());
        let names = &self.translation.components[frame.component].names;
        let own = || self.translation.components[component].name_or_package();
        let wanted = match names.instances.get(&index).map(|name| &**name).or_else(own) {
            Some(name) => cut(name).to_owned(),
            None => format!("instance{}", index.index()),
        };
        let instance = self.component_instance(component, Some(frame.instance), &wanted)?;
        Ok(Frame::new(component, instance, defs, captures))
    }
}
