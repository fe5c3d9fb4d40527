//! From the source of a group to one in which it is known what every name means.

use cranelift_codegen::entity::PrimaryMap as SpaceMap;
use cranelift_entity::{EntityRef, PrimaryMap};
use cranelift_wasm::FuncIndex;
use indexmap::IndexSet;

use crate::runtime::codegen::error::{CodegenError, ImportError, ImportProblem};
use crate::runtime::codegen::group::{GroupSource, ImportSource, InstanceSource, Tables};
use crate::runtime::codegen::link::compat::{self, Size};
use crate::runtime::codegen::link::def::{Callee, Constant, Global, Group, Linked, Symbol};
use crate::runtime::codegen::link::shim::see_through;
use crate::runtime::codegen::module::{Expr, Import, Item, ItemType, Op};
use crate::runtime::image::{
    ConstOp, ContextShape, Externals, GlobalSite, InstanceShape, MemorySite, Minimum, TableSite,
};
use crate::runtime::index::{
    FuncRefId, InstanceId, OwnGlobalId, OwnMemoryId, OwnTableId, SignatureSlot,
};
use crate::runtime::types::FuncType;
use crate::runtime::vm::layout::ContextLayout;

/// Finds out what every name in a group means.
///
/// # Errors
///
/// Fails if an import is not given what it demands, or if there is too much of something.
pub(in crate::runtime::codegen) fn link<'a>(
    source: &GroupSource<'a>,
) -> Result<Group<'a>, CodegenError> {
    let mut linker = Linker::default();
    for instance in &source.instances {
        let linked = linker.instance(instance)?;
        linker.instances.push(linked);
    }
    if source.tables == Tables::Private && linker.externals.tables.is_empty() {
        see_through(&mut linker.instances);
    }
    linker.finish()
}

#[derive(Default)]
struct Linker<'a> {
    instances: PrimaryMap<InstanceId, Linked<'a>>,
    externals: Externals,
    signatures: IndexSet<FuncType>,
    symbols: PrimaryMap<Symbol, (InstanceId, FuncIndex)>,
}

impl<'a> Linker<'a> {
    fn instance(&mut self, source: &InstanceSource<'a>) -> Result<Linked<'a>, CodegenError> {
        let module = source.module;
        if module.imports.len() != source.imports.len() {
            return Err(CodegenError::ImportCount {
                instance: source.name.clone(),
                expected: module.imports.len(),
                found: source.imports.len(),
            });
        }
        let mut linked = Linked {
            name: source.name.clone(),
            module,
            funcs: SpaceMap::with_capacity(module.funcs.len()),
            memories: SpaceMap::new(),
            tables: SpaceMap::new(),
            globals: SpaceMap::with_capacity(module.globals.len()),
            types: module.types.values().map(|ty| self.intern(ty)).collect(),
            func_refs: module
                .referenced
                .iter()
                .enumerate()
                .map(|(id, func)| (*func, FuncRefId::new(id)))
                .collect(),
            minimums: Vec::new(),
        };
        for (import, given) in module.imports.iter().zip(&source.imports) {
            self.import(&mut linked, import.item, given)
                .map_err(|problem| at_import(&source.name, import, problem))?;
        }
        self.define(&mut linked);
        Ok(linked)
    }

    fn intern(&mut self, ty: &FuncType) -> SignatureSlot {
        let slot = match self.signatures.get_index_of(ty) {
            Some(slot) => slot,
            None => self.signatures.insert_full(ty.clone()).0,
        };
        SignatureSlot::new(slot)
    }

    fn import(
        &mut self,
        linked: &mut Linked<'a>,
        item: Item,
        given: &ImportSource,
    ) -> Result<(), ImportProblem> {
        match given {
            ImportSource::External(number) => self.import_external(linked, item, *number),
            ImportSource::Export(instance, name) => {
                let exporter = self
                    .instances
                    .get(*instance)
                    .ok_or(ImportProblem::Order(instance.index()))?;
                import_export(linked, item, exporter, name)
            }
        }
    }

    fn import_external(
        &mut self,
        linked: &mut Linked<'a>,
        item: Item,
        number: u32,
    ) -> Result<(), ImportProblem> {
        let number = usize::try_from(number).expect("a usize has 32 bits or more");
        let module = linked.module;
        match item {
            Item::Func(index) => {
                let slot = linked.types[module.funcs[index]];
                let signatures = &self.signatures;
                let ty = |slot: SignatureSlot| ItemType::Func(signatures[slot.index()].clone());
                let id = declare(&mut self.externals.funcs, number, slot, ty)?;
                linked.funcs.push(Callee::External(id));
            }
            Item::Memory(index) => {
                let ty = module.memories[index];
                let id = declare(&mut self.externals.memories, number, ty, ItemType::Memory)?;
                linked.memories.push((MemorySite::External(id), ty));
            }
            Item::Table(index) => {
                let ty = module.tables[index];
                let id = declare(&mut self.externals.tables, number, ty, ItemType::Table)?;
                linked.tables.push((TableSite::External(id), ty));
            }
            Item::Global(index) => {
                let ty = module.globals[index];
                let id = declare(&mut self.externals.globals, number, ty, ItemType::Global)?;
                linked.globals.push(Global {
                    site: GlobalSite::External(id),
                    ty,
                    constant: None,
                });
            }
        }
        Ok(())
    }

    /// Adds what the module itself defines.
    fn define(&mut self, linked: &mut Linked<'a>) {
        let id = self.instances.next_key();
        let module = linked.module;
        for func in module.funcs.keys().skip(linked.funcs.len()) {
            let symbol = self.symbols.push((id, func));
            linked.funcs.push(Callee::Own(symbol));
        }
        for (own, ty) in module.own_memories().enumerate() {
            let site = MemorySite::Own(id, OwnMemoryId::new(own));
            linked.memories.push((site, ty));
        }
        for (own, (ty, _)) in module.own_tables().enumerate() {
            let site = TableSite::Own(id, OwnTableId::new(own));
            linked.tables.push((site, ty));
        }
        for (own, (ty, value)) in module.own_globals().enumerate() {
            linked.globals.push(Global {
                site: GlobalSite::Own(id, OwnGlobalId::new(own)),
                ty,
                constant: constant(value).filter(|_| !ty.mutable),
            });
        }
    }

    fn finish(self) -> Result<Group<'a>, CodegenError> {
        let shape = ContextShape {
            signatures: count(self.signatures.len())?,
            external_funcs: count(self.externals.funcs.len())?,
            external_memories: count(self.externals.memories.len())?,
            external_tables: count(self.externals.tables.len())?,
            external_globals: count(self.externals.globals.len())?,
            instances: self
                .instances
                .values()
                .map(instance_shape)
                .collect::<Result<_, _>>()?,
        };
        let layout = ContextLayout::new(&shape);
        // Code names what is in a context by offsets of 31 bits.
        limit(
            "size of the context in bytes",
            layout.size_bytes(),
            i32::MAX,
        )?;
        Ok(Group {
            instances: self.instances,
            shape,
            layout,
            externals: self.externals,
            signatures: self.signatures.into_iter().collect(),
            symbols: self.symbols,
        })
    }
}

/// Gives an import what another instance exports.
fn import_export(
    linked: &mut Linked<'_>,
    item: Item,
    exporter: &Linked<'_>,
    name: &str,
) -> Result<(), ImportProblem> {
    let export = *exporter
        .module
        .exports
        .get(name)
        .ok_or_else(|| ImportProblem::Missing {
            instance: exporter.name.clone(),
            export: name.to_owned(),
        })?;
    let expected = linked.module.item_type(item);
    let size = compat::check(&expected, &exporter.module.item_type(export))?;
    match export {
        Item::Func(func) => {
            linked.funcs.push(exporter.funcs[func]);
        }
        Item::Memory(memory) => {
            let (site, ty) = exporter.memories[memory];
            linked.memories.push((site, ty));
            if let Size::AtLeast(pages) = size {
                linked.minimums.push(Minimum::Memory(site, pages));
            }
        }
        Item::Table(table) => {
            let (site, ty) = exporter.tables[table];
            linked.tables.push((site, ty));
            if let Size::AtLeast(elements) = size {
                linked.minimums.push(Minimum::Table(site, elements));
            }
        }
        Item::Global(global) => {
            linked.globals.push(exporter.globals[global]);
        }
    }
    Ok(())
}

/// Notes the type of something from outside, or compares it with the one that was noted before.
fn declare<K: EntityRef, T: Copy + PartialEq>(
    space: &mut PrimaryMap<K, T>,
    number: usize,
    value: T,
    ty: impl Fn(T) -> ItemType,
) -> Result<K, ImportProblem> {
    let key = K::new(number);
    match space.get(key) {
        Some(before) if *before == value => Ok(key),
        Some(before) => Err(compat::mismatch(&ty(value), &ty(*before))),
        None if number == space.len() => Ok(space.push(value)),
        None => Err(ImportProblem::Gap(number)),
    }
}

/// Returns the value of an expression that is a single number.
fn constant(value: &Expr) -> Option<Constant> {
    match value.ops[..] {
        [Op::Plain(ConstOp::I32(value))] => Some(Constant::I32(value)),
        [Op::Plain(ConstOp::I64(value))] => Some(Constant::I64(value)),
        [Op::Plain(ConstOp::F32(value))] => Some(Constant::F32(value)),
        [Op::Plain(ConstOp::F64(value))] => Some(Constant::F64(value)),
        _ => None,
    }
}

fn instance_shape(linked: &Linked<'_>) -> Result<InstanceShape, CodegenError> {
    let module = linked.module;
    Ok(InstanceShape {
        memories: count(module.own_memories().count())?,
        tables: count(module.table_values.len())?,
        globals: count(module.global_values.len())?,
        func_refs: count(linked.func_refs.len())?,
    })
}

fn count(found: usize) -> Result<u32, CodegenError> {
    limit("number of things in the context", found, i32::MAX)?;
    Ok(u32::try_from(found).expect("it was compared with less"))
}

fn limit(what: &'static str, found: usize, limit: i32) -> Result<(), CodegenError> {
    let limit = u64::try_from(limit).expect("limits are positive");
    let found = u64::try_from(found).expect("a usize has 64 bits or less");
    if found <= limit {
        return Ok(());
    }
    Err(CodegenError::Limit { what, found, limit })
}

fn at_import(instance: &str, import: &Import<'_>, problem: ImportProblem) -> CodegenError {
    CodegenError::Import(Box::new(ImportError {
        instance: instance.to_owned(),
        module: import.module.to_owned(),
        name: import.name.to_owned(),
        problem,
    }))
}
