//! Leaves out what nothing uses: adapters, host lowerings, functions and modules of the host.

use std::collections::HashMap;
use std::hash::Hash;

use cranelift_entity::{EntityRef, PrimaryMap};

use crate::adapt::adapter::{Adapter, CoreDef, HostLowering, Lift, Lower};
use crate::adapt::index::{AdapterId, HostLoweringId, ImportedFuncId, ImportedModuleId};
use crate::adapt::plan::{Bundle, Captured, CoreModule, ExportItem, Plan, ResourceOrigin};

/// Keeps of a plan what core instances, resources and exports use, and renumbers it; order stays.
pub(in crate::adapt::inline) fn retain_live(plan: &mut Plan) {
    let live = Live::of(plan);
    let kept = Kept {
        adapters: retain(&mut plan.adapters, |id| live.adapters[id.index()]),
        host_lowerings: retain(&mut plan.host_lowerings, |id| {
            live.host_lowerings[id.index()]
        }),
        imported_funcs: retain(&mut plan.imported_funcs, |id| {
            live.imported_funcs[id.index()]
        }),
        imported_modules: retain(&mut plan.imported_modules, |id| live.modules[id.index()]),
    };
    kept.renumber(plan);
}

/// What is used.
struct Live {
    adapters: Vec<bool>,
    host_lowerings: Vec<bool>,
    imported_funcs: Vec<bool>,
    modules: Vec<bool>,
    todo: Vec<CoreDef>,
}

impl Live {
    fn of(plan: &Plan) -> Live {
        let mut live = Live {
            adapters: vec![false; plan.adapters.len()],
            host_lowerings: vec![false; plan.host_lowerings.len()],
            imported_funcs: vec![false; plan.imported_funcs.len()],
            modules: vec![false; plan.imported_modules.len()],
            todo: Vec::new(),
        };
        for instance in plan.core_instances.values() {
            live.module(instance.module);
            live.todo.extend(instance.args.iter().cloned());
        }
        for resource in plan.resources.values() {
            if let ResourceOrigin::Guest {
                dtor: Some(dtor), ..
            } = &resource.origin
            {
                live.todo.push(dtor.clone());
            }
        }
        for closure in plan.closures.values() {
            for captured in &closure.captures {
                match captured {
                    Captured::Module(module) => live.module(*module),
                    Captured::Component(_) => {}
                }
            }
        }
        for bundle in plan.bundles.values().chain([&plan.exports]) {
            live.bundle(bundle);
        }
        live.drain(plan);
        live
    }

    fn bundle(&mut self, bundle: &Bundle) {
        for export in bundle.exports.values() {
            match &export.item {
                ExportItem::Lifted(lift) => {
                    self.todo.push(lift.callee.clone());
                    self.todo.extend(lift.options.funcs().cloned());
                }
                ExportItem::Imported(id) => self.imported_funcs[id.index()] = true,
                ExportItem::Module(module) => self.module(*module),
                ExportItem::Instance(_) | ExportItem::Component(_) | ExportItem::Type(_) => {}
            }
        }
    }

    fn module(&mut self, module: CoreModule) {
        if let CoreModule::Imported(id) = module {
            self.modules[id.index()] = true;
        }
    }

    fn drain(&mut self, plan: &Plan) {
        while let Some(def) = self.todo.pop() {
            match def {
                CoreDef::Adapter(id) => {
                    if !std::mem::replace(&mut self.adapters[id.index()], true) {
                        self.todo.extend(plan.adapters[id].uses());
                    }
                }
                CoreDef::HostLowering(id) => {
                    if !std::mem::replace(&mut self.host_lowerings[id.index()], true) {
                        let HostLowering { func, lower } = &plan.host_lowerings[id];
                        self.imported_funcs[func.index()] = true;
                        self.todo.extend(lower.options.funcs().cloned());
                    }
                }
                CoreDef::Export(_) | CoreDef::Resource(_) => {}
            }
        }
    }
}

/// Keeps the entries whose keys `keep` accepts; returns the new key of each.
fn retain<K, V>(map: &mut PrimaryMap<K, V>, keep: impl Fn(K) -> bool) -> HashMap<K, K>
where
    K: EntityRef + Hash,
{
    let mut new_keys = HashMap::new();
    let mut kept = PrimaryMap::new();
    for (key, value) in std::mem::take(map) {
        if keep(key) {
            new_keys.insert(key, kept.push(value));
        }
    }
    *map = kept;
    new_keys
}

/// The new ids of what was kept.
struct Kept {
    adapters: HashMap<AdapterId, AdapterId>,
    host_lowerings: HashMap<HostLoweringId, HostLoweringId>,
    imported_funcs: HashMap<ImportedFuncId, ImportedFuncId>,
    imported_modules: HashMap<ImportedModuleId, ImportedModuleId>,
}

impl Kept {
    fn renumber(&self, plan: &mut Plan) {
        for Adapter { lift, lower } in plan.adapters.values_mut() {
            self.lift(lift);
            self.lower(lower);
        }
        for HostLowering { func, lower } in plan.host_lowerings.values_mut() {
            *func = self.imported_funcs[func];
            self.lower(lower);
        }
        for instance in plan.core_instances.values_mut() {
            self.module(&mut instance.module);
            instance.args.iter_mut().for_each(|def| self.def(def));
        }
        for resource in plan.resources.values_mut() {
            if let ResourceOrigin::Guest {
                dtor: Some(dtor), ..
            } = &mut resource.origin
            {
                self.def(dtor);
            }
        }
        for closure in plan.closures.values_mut() {
            for captured in &mut closure.captures {
                match captured {
                    Captured::Module(module) => self.module(module),
                    Captured::Component(_) => {}
                }
            }
        }
        for bundle in plan.bundles.values_mut().chain([&mut plan.exports]) {
            for export in bundle.exports.values_mut() {
                match &mut export.item {
                    ExportItem::Lifted(lift) => self.lift(lift),
                    ExportItem::Imported(id) => *id = self.imported_funcs[id],
                    ExportItem::Module(module) => self.module(module),
                    ExportItem::Instance(_) | ExportItem::Component(_) | ExportItem::Type(_) => {}
                }
            }
        }
    }

    fn lift(&self, lift: &mut Lift) {
        self.def(&mut lift.callee);
        lift.options.funcs_mut().for_each(|def| self.def(def));
    }

    fn lower(&self, lower: &mut Lower) {
        lower.options.funcs_mut().for_each(|def| self.def(def));
    }

    fn def(&self, def: &mut CoreDef) {
        match def {
            CoreDef::Adapter(id) => *id = self.adapters[id],
            CoreDef::HostLowering(id) => *id = self.host_lowerings[id],
            CoreDef::Export(_) | CoreDef::Resource(_) => {}
        }
    }

    fn module(&self, module: &mut CoreModule) {
        if let CoreModule::Imported(id) = module {
            *id = self.imported_modules[id];
        }
    }
}
