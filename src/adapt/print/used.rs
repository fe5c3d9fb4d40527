//! What a plan uses of its arenas of types, each thing once however often it is shared.

use std::collections::BTreeSet;
use std::sync::Arc;

use cranelift_entity::SecondaryMap;
use indexmap::IndexMap;

use crate::adapt::index::{FuncTypeId, SignatureId, TypeId};
use crate::adapt::module::{EntityType, ModuleType};
use crate::adapt::plan::{Bundle, ExportItem, ImportType, Plan, TypeExport};
use crate::adapt::types::{Label, Types, ValType};

/// The exports of an imported instance.
pub(crate) type InstanceType = IndexMap<Label, ImportType>;

/// Types of the imported instances and modules of a plan.
#[derive(Default)]
pub(crate) struct ImportTypes<'a> {
    instances: IndexMap<*const InstanceType, &'a InstanceType>,
    modules: IndexMap<*const ModuleType, &'a ModuleType>,
}

impl<'a> ImportTypes<'a> {
    /// Returns the types of everything that the root component of a plan imports.
    pub(crate) fn new(plan: &'a Plan) -> Self {
        let mut types = ImportTypes::default();
        for import in plan.imports.values() {
            types.add(&import.ty);
        }
        for module in plan.imported_modules.values() {
            types.add_module(&module.ty);
        }
        // Instance types stand in the list before their contents were looked at.
        let mut next = 0;
        while let Some((_, instance)) = types.instances.get_index(next) {
            let instance: &'a InstanceType = instance;
            instance.values().for_each(|ty| types.add(ty));
            next += 1;
        }
        types
    }

    /// Returns the types of instances, those that contain others first.
    pub(crate) fn instances(&self) -> impl Iterator<Item = &'a InstanceType> + '_ {
        self.instances.values().copied()
    }

    /// Returns the types of modules.
    pub(crate) fn modules(&self) -> impl Iterator<Item = &'a ModuleType> + '_ {
        self.modules.values().copied()
    }

    /// Returns the position of the type of an instance among all.
    pub(crate) fn instance(&self, ty: &Arc<InstanceType>) -> usize {
        self.instances
            .get_index_of(&Arc::as_ptr(ty))
            .expect("every instance type of the plan was added")
    }

    /// Returns the position of the type of a module among all.
    pub(crate) fn module(&self, ty: &Arc<ModuleType>) -> usize {
        self.modules
            .get_index_of(&Arc::as_ptr(ty))
            .expect("every module type of the plan was added")
    }

    fn add(&mut self, ty: &'a ImportType) {
        match ty {
            ImportType::Instance(ty) => {
                self.instances.entry(Arc::as_ptr(ty)).or_insert(ty);
            }
            ImportType::Module(ty) => self.add_module(ty),
            ImportType::Func(_)
            | ImportType::Component
            | ImportType::Resource(_)
            | ImportType::Type(_) => {}
        }
    }

    fn add_module(&mut self, ty: &'a Arc<ModuleType>) {
        self.modules.entry(Arc::as_ptr(ty)).or_insert(ty);
    }
}

/// Returns the types of all functions of a plan, those that are only exported or imported as types included.
pub(crate) fn func_types(plan: &Plan, imports: &ImportTypes<'_>) -> BTreeSet<FuncTypeId> {
    let mut used = BTreeSet::new();
    let top = plan.imports.values().map(|import| &import.ty);
    let nested = imports.instances().flat_map(IndexMap::values);
    used.extend(top.chain(nested).filter_map(|ty| match ty {
        ImportType::Func(id) | ImportType::Type(TypeExport::Func(id)) => Some(*id),
        _ => None,
    }));
    used.extend(plan.imported_funcs.values().map(|func| func.ty));
    for adapter in plan.adapters.values() {
        used.extend([adapter.lift.ty, adapter.lower.ty]);
    }
    used.extend(plan.host_lowerings.values().map(|host| host.lower.ty));
    used.extend(export_items(plan).filter_map(|item| match item {
        ExportItem::Lifted(lift) => Some(lift.ty),
        ExportItem::Type(TypeExport::Func(id)) => Some(*id),
        _ => None,
    }));
    used
}

/// Returns the signatures of all core functions that a plan mentions.
pub(crate) fn signatures(plan: &Plan, imports: &ImportTypes<'_>) -> BTreeSet<SignatureId> {
    let mut used = BTreeSet::new();
    let mut add_entity = |ty: &EntityType| {
        if let EntityType::Func(id) | EntityType::Tag(id) = ty {
            used.insert(*id);
        }
    };
    for module in plan.modules.values() {
        module.imports.iter().for_each(|it| add_entity(&it.ty));
        module.exports.values().for_each(|it| add_entity(&it.ty));
    }
    for module in imports.modules() {
        module.imports.iter().for_each(|it| add_entity(&it.ty));
        module.exports.values().for_each(&mut add_entity);
    }
    for adapter in plan.adapters.values() {
        used.extend([adapter.lift.signature, adapter.lower.signature]);
    }
    used.extend(
        plan.host_lowerings
            .values()
            .map(|host| host.lower.signature),
    );
    used.extend(export_items(plan).filter_map(|item| match item {
        ExportItem::Lifted(lift) => Some(lift.signature),
        _ => None,
    }));
    used
}

/// Returns the compound types that some functions mention, directly or inside of others, parts before what is made
/// of them.
pub(crate) fn val_types(types: &Types, funcs: impl IntoIterator<Item = FuncTypeId>) -> Vec<TypeId> {
    let mut is_used: SecondaryMap<TypeId, bool> = SecondaryMap::new();
    let mark = |is_used: &mut SecondaryMap<TypeId, bool>, ty| {
        if let ValType::Defined(id) = ty {
            is_used[id] = true;
        }
    };
    for func in funcs {
        types
            .func(func)
            .val_types()
            .for_each(|ty| mark(&mut is_used, ty));
    }
    // Parts have smaller ids than what is made of them: one pass from above reaches all, without recursion.
    let all: Vec<_> = types.iter().collect();
    for (id, ty) in all.iter().rev() {
        if is_used[*id] {
            ty.for_each_part(|part| mark(&mut is_used, part));
        }
    }
    let ids = all.into_iter().map(|(id, _)| id);
    ids.filter(|id| is_used[*id]).collect()
}

/// Returns everything that is exported by the root or by an instance.
fn export_items(plan: &Plan) -> impl Iterator<Item = &ExportItem> {
    let bundles = plan.bundles.values().chain([&plan.exports]);
    bundles
        .flat_map(|bundle: &Bundle| bundle.exports.values())
        .map(|export| &export.item)
}
