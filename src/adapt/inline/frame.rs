//! A component instance while it is being inlined: its index spaces so far.

use std::rc::Rc;

use cranelift_entity::EntityRef;
use indexmap::IndexMap;

use crate::adapt::adapter::{CanonOptions, CoreDef, CoreExport, CoreMemory};
use crate::adapt::index::{ComponentInstanceId, CoreFuncIndex, StaticComponentId};
use crate::adapt::inline::def::{
    BundleItem, CapturedDef, ClosureDefId, CoreInstanceDef, Def, FuncDef, InstanceDefId,
};
use crate::adapt::plan::CoreModule;
use crate::adapt::translate::translation::{CoreItemIndex, Options, OuterItem, ResourcePath};
use crate::adapt::types::Label;

/// A component instance that is being inlined.
pub(in crate::adapt::inline) struct Frame<'a> {
    pub component: StaticComponentId,
    pub instance: ComponentInstanceId,
    /// Position of the next initializer.
    pub next: usize,
    /// What it was given for its imports.
    pub args: IndexMap<Label, Def>,
    pub captures: Rc<[CapturedDef]>,
    pub core_funcs: Vec<CoreDef>,
    pub core_memories: Vec<CoreExport>,
    pub core_tables: Vec<CoreExport>,
    pub core_globals: Vec<CoreExport>,
    pub core_tags: Vec<CoreExport>,
    pub core_instances: Vec<CoreInstanceDef>,
    pub modules: Vec<CoreModule>,
    pub funcs: Vec<FuncDef>,
    pub instances: Vec<InstanceDefId>,
    pub components: Vec<ClosureDefId>,
    pub exports: IndexMap<Label, BundleItem>,
    /// Formal resources that get their meaning when the instance that is being made returns.
    pub awaited: &'a [ResourcePath],
}

impl<'a> Frame<'a> {
    /// Begins an instance.
    pub(in crate::adapt::inline) fn new(
        component: StaticComponentId,
        instance: ComponentInstanceId,
        args: IndexMap<Label, Def>,
        captures: Rc<[CapturedDef]>,
    ) -> Frame<'a> {
        Frame {
            component,
            instance,
            next: 0,
            args,
            captures,
            core_funcs: Vec::new(),
            core_memories: Vec::new(),
            core_tables: Vec::new(),
            core_globals: Vec::new(),
            core_tags: Vec::new(),
            core_instances: Vec::new(),
            modules: Vec::new(),
            funcs: Vec::new(),
            instances: Vec::new(),
            components: Vec::new(),
            exports: IndexMap::new(),
            awaited: &[],
        }
    }

    /// Adds an item to the index space of its kind; types have none.
    pub(in crate::adapt::inline) fn push(&mut self, def: Def) {
        match def {
            Def::Func(func) => self.funcs.push(func),
            Def::Instance(instance) => self.instances.push(instance),
            Def::Module(module) => self.modules.push(module),
            Def::Component(component) => self.components.push(component),
            Def::Type(_) => {}
        }
    }

    /// Returns a module or component that is at hand or was captured.
    pub(in crate::adapt::inline) fn outer(&self, item: OuterItem) -> CapturedDef {
        match item {
            OuterItem::Module(index) => CapturedDef::Module(self.modules[index.index()]),
            OuterItem::Component(index) => CapturedDef::Component(self.components[index.index()]),
            OuterItem::CapturedModule(id) | OuterItem::CapturedComponent(id) => {
                self.captures[id.index()]
            }
        }
    }

    /// Returns an item of core WebAssembly.
    pub(in crate::adapt::inline) fn core_item(&self, item: CoreItemIndex) -> CoreDef {
        match item {
            CoreItemIndex::Func(index) => self.core_funcs[index.index()].clone(),
            CoreItemIndex::Table(index) => CoreDef::Export(self.core_tables[index.index()].clone()),
            CoreItemIndex::Memory(index) => {
                CoreDef::Export(self.core_memories[index.index()].clone())
            }
            CoreItemIndex::Global(index) => {
                CoreDef::Export(self.core_globals[index.index()].clone())
            }
            CoreItemIndex::Tag(index) => CoreDef::Export(self.core_tags[index.index()].clone()),
        }
    }

    /// Returns canonical options with what their indices stand for.
    pub(in crate::adapt::inline) fn options(&self, options: &Options) -> CanonOptions {
        let func = |index: CoreFuncIndex| self.core_funcs[index.index()].clone();
        CanonOptions {
            encoding: options.encoding,
            memory: options.memory.map(|(index, ty)| CoreMemory {
                export: self.core_memories[index.index()].clone(),
                ty,
            }),
            realloc: options.realloc.map(func),
            post_return: options.post_return.map(func),
        }
    }
}
