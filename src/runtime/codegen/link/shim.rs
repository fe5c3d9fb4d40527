//! Seeing through shims.
//!
//! Where two instances need each other, toolchains make a *shim* first: a module of functions that do nothing but call an
//! element of a table with what they are given. What they stand for is put into the table later, by the element segments of
//! a *fix-up* module. What is provably the same as such a function takes its place here, so that calls are direct ones.
//!
//! It is the same if the element is written once, by an active segment, before any guest runs that could see the table
//! without it, and if nothing else writes to the table.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use cranelift_entity::PrimaryMap;
use cranelift_wasm::{FuncIndex, TableIndex, TypeIndex};
use wasmparser_217::{BinaryReaderError, FunctionBody, Operator};

use crate::runtime::codegen::link::def::{Callee, Constant, Linked, Symbol};
use crate::runtime::codegen::module::{Elements, ElementsItems, ElementsMode, Expr, Module, Op};
use crate::runtime::image::{ConstOp, TableSite};
use crate::runtime::index::InstanceId;

/// Instances, by their numbers.
type Instances<'a> = PrimaryMap<InstanceId, Linked<'a>>;

/// What segments put into a table: instances and their functions, by the positions of elements.
type Slots = BTreeMap<u64, (InstanceId, FuncIndex)>;

/// A function that only calls an element of a table with its parameters.
#[derive(Clone, Copy)]
struct Shim {
    func: FuncIndex,
    ty: TypeIndex,
    table: TableIndex,
    element: u32,
}

/// Lets everything that refers to a shim refer to what the shim stands for. The host never writes to tables of the group,
/// and the group has none from outside.
pub(super) fn see_through(instances: &mut Instances<'_>) {
    let imported: HashSet<TableSite> = instances.iter().flat_map(imported_tables).collect();
    let mut found = BTreeMap::new();
    for (id, linked) in &*instances {
        let own = linked
            .tables
            .iter()
            .filter(|(_, (site, _))| is_own(id, *site));
        let shared: BTreeSet<TableIndex> = own
            .filter(|(_, (site, _))| imported.contains(site))
            .map(|(table, _)| table)
            .collect();
        let mut tables: BTreeMap<TableIndex, Option<Slots>> = BTreeMap::new();
        for shim in shims(linked, &shared) {
            let find = || slots(instances, linked.tables[shim.table].0);
            let slots = tables.entry(shim.table).or_insert_with(find);
            let target = slots.as_ref().and_then(|it| it.get(&shim.element.into()));
            let target = target.and_then(|target| callee(instances, id, shim, *target));
            if let (Callee::Own(symbol), Some(target)) = (linked.funcs[shim.func], target) {
                found.insert(symbol, target);
            }
        }
    }
    let ends = ends(&found);
    for linked in instances.values_mut() {
        for callee in linked.funcs.values_mut() {
            if let Callee::Own(symbol) = callee
                && let Some(Some(end)) = ends.get(symbol)
            {
                *callee = *end;
            }
        }
    }
}

/// Returns what functions stand for in the end that stand for others; none for those that stand for each other.
fn ends(found: &BTreeMap<Symbol, Callee>) -> BTreeMap<Symbol, Option<Callee>> {
    let mut ends = BTreeMap::new();
    for symbol in found.keys() {
        let mut path = Vec::new();
        let mut next = *symbol;
        let end = loop {
            if let Some(end) = ends.get(&next) {
                break *end;
            }
            // Whoever comes back to it while it is on the path finds no end.
            ends.insert(next, None);
            path.push(next);
            match found[&next] {
                Callee::Own(symbol) if found.contains_key(&symbol) => next = symbol,
                end => break Some(end),
            }
        };
        ends.extend(path.into_iter().map(|symbol| (symbol, end)));
    }
    ends
}

/// Returns the tables of an instance that other instances of the group define.
fn imported_tables<'i>(
    (id, linked): (InstanceId, &'i Linked<'_>),
) -> impl Iterator<Item = TableSite> + 'i {
    let sites = linked.tables.values().map(|(site, _)| *site);
    sites.filter(move |site| !is_own(id, *site))
}

fn is_own(id: InstanceId, table: TableSite) -> bool {
    matches!(table, TableSite::Own(owner, _) if owner == id)
}

/// Returns the shims of an instance that call elements of some of its tables.
fn shims(linked: &Linked<'_>, tables: &BTreeSet<TableIndex>) -> Vec<Shim> {
    if tables.is_empty() {
        return Vec::new();
    }
    let module = linked.module;
    let imported = module.funcs.len() - module.bodies.len();
    let own = module.funcs.keys().skip(imported);
    let shims = own.filter_map(|func| read_shim(module, func).ok().flatten());
    shims.filter(|shim| tables.contains(&shim.table)).collect()
}

/// Reads a body that may be that of a shim.
fn read_shim(module: &Module<'_>, func: FuncIndex) -> Result<Option<Shim>, BinaryReaderError> {
    let body = module.body(func);
    if body.get_locals_reader()?.get_count() != 0 {
        return Ok(None);
    }
    let mut operators = body.get_operators_reader()?;
    for param in 0..module.types[module.funcs[func]].params.len() {
        match operators.read()? {
            Operator::LocalGet { local_index } if usize::try_from(local_index) == Ok(param) => {}
            _ => return Ok(None),
        }
    }
    let Operator::I32Const { value } = operators.read()? else {
        return Ok(None);
    };
    let Operator::CallIndirect {
        type_index,
        table_index,
    } = operators.read()?
    else {
        return Ok(None);
    };
    let Operator::End = operators.read()? else {
        return Ok(None);
    };
    let (ty, table) = (
        TypeIndex::from_u32(type_index),
        TableIndex::from_u32(table_index),
    );
    // Bodies are not validated yet.
    let is_known = module.types.is_valid(ty) && module.tables.is_valid(table);
    Ok(is_known.then_some(Shim {
        func,
        ty,
        table,
        element: value.cast_unsigned(),
    }))
}

/// Returns what is in a table once all segments are written; none if that is not known, or changes.
fn slots(instances: &Instances<'_>, table: TableSite) -> Option<Slots> {
    let mut slots = Slots::new();
    for (id, linked) in instances {
        let tables = linked.tables.iter();
        let known = tables.filter(|(_, (site, _))| *site == table);
        let known: Vec<TableIndex> = known.map(|(index, _)| index).collect();
        if known.is_empty() {
            continue;
        }
        let module = linked.module;
        let writes = |body: &FunctionBody<'_>| writes(body, &known).unwrap_or(true);
        if module.bodies.iter().any(writes) || has_values(linked, table) {
            return None;
        }
        for segment in &module.elements {
            match &segment.mode {
                ElementsMode::Active(index, at) if known.contains(index) => {
                    let (_, ty) = linked.tables[*index];
                    let start = position(linked, at)?;
                    add_segment(&mut slots, id, (segment, start), ty.limits.min)?;
                }
                _ => {}
            }
        }
    }
    Some(slots)
}

/// Returns whether an instance defines a table and gives its elements values.
fn has_values(linked: &Linked<'_>, table: TableSite) -> bool {
    let module = linked.module;
    let own = linked
        .tables
        .iter()
        .skip(module.tables.len() - module.table_values.len());
    let mut own = own.zip(&module.table_values);
    own.any(|((_, (site, _)), value)| *site == table && value.is_some())
}

/// Returns where a segment begins, if that is known.
fn position(linked: &Linked<'_>, at: &Expr) -> Option<u64> {
    let narrow = |start: i32| u64::from(start.cast_unsigned());
    match at.ops[..] {
        [Op::Plain(ConstOp::I32(start))] => Some(narrow(start)),
        [Op::Plain(ConstOp::I64(start))] => Some(start.cast_unsigned()),
        // Modules that are linked when they are instantiated begin where they are told.
        [Op::GlobalGet(global)] => match linked.globals[global].constant? {
            Constant::I32(start) => Some(narrow(start)),
            Constant::I64(start) => Some(start.cast_unsigned()),
            Constant::F32(_) | Constant::F64(_) => None,
        },
        _ => None,
    }
}

/// Adds what a segment puts into a table, from a position on, that has at least `len` elements; none if that is not known,
/// or is put where something is already.
fn add_segment(
    slots: &mut Slots,
    instance: InstanceId,
    (segment, start): (&Elements, u64),
    len: u64,
) -> Option<()> {
    let funcs: Vec<FuncIndex> = match &segment.items {
        ElementsItems::Funcs(funcs) => funcs.clone(),
        ElementsItems::Exprs(exprs) => {
            let funcs = exprs.iter().map(|expr| match expr.ops[..] {
                [Op::RefFunc(func)] => Some(func),
                _ => None,
            });
            funcs.collect::<Option<_>>()?
        }
    };
    // Beyond the end the segment traps, unless the table has grown.
    let end = start.checked_add(u64::try_from(funcs.len()).ok()?)?;
    if end > len {
        return None;
    }
    for (slot, func) in (start..end).zip(funcs) {
        if slots.insert(slot, (instance, func)).is_some() {
            return None;
        }
    }
    Some(())
}

/// Returns whether code writes to a table of those with these indices.
fn writes(body: &FunctionBody<'_>, tables: &[TableIndex]) -> Result<bool, BinaryReaderError> {
    for operator in body.get_operators_reader()? {
        let table = match operator? {
            Operator::TableSet { table }
            | Operator::TableGrow { table }
            | Operator::TableFill { table }
            | Operator::TableInit { table, .. }
            | Operator::TableCopy {
                dst_table: table, ..
            } => table,
            _ => continue,
        };
        if tables.contains(&TableIndex::from_u32(table)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns what a shim of an instance calls if that is in its table, unless it would trap or a guest may run before it is
/// there.
fn callee(
    instances: &Instances<'_>,
    id: InstanceId,
    shim: Shim,
    (filler, func): (InstanceId, FuncIndex),
) -> Option<Callee> {
    let mut between = instances.iter().filter(|(it, _)| (id..filler).contains(it));
    if between.any(|(_, linked)| linked.module.start.is_some()) {
        return None;
    }
    let (caller, filler) = (&instances[id], &instances[filler]);
    let own = caller.types[caller.module.funcs[shim.func]];
    let expected = caller.types[shim.ty];
    let found = filler.types[filler.module.funcs[func]];
    (own == expected && expected == found).then(|| filler.funcs[func])
}
