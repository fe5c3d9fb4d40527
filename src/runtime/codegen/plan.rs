//! How an instance is initialised, once it is known where its code is.

use cranelift_wasm::FuncIndex;

use crate::runtime::bulk::table::TableBuilder;
use crate::runtime::codegen::link::{Callee, Constant, Group, Linked, Symbol};
use crate::runtime::codegen::module::{Elements, ElementsItems, ElementsMode, Expr, Item, Op};
use crate::runtime::data::{DataPool, Source};
use crate::runtime::image::{
    ConstExpr, ConstOp, ElementItems, ElementMode, ElementSegment, ExportSite, FuncSite,
    InstancePlan,
};
use crate::runtime::index::{FuncRefId, InstanceId};

/// What the plans of a group refer to.
#[derive(Default)]
pub(super) struct Pool {
    /// What references point to.
    pub(super) func_sites: TableBuilder<FuncSite>,
    /// What element segments consist of.
    pub(super) elements: TableBuilder<FuncRefId>,
    /// Data segments.
    pub(super) data: DataPool,
}

/// Returns how an instance is initialised. `offset` returns where the code of a function is.
pub(super) fn plan(
    group: &Group<'_>,
    id: InstanceId,
    offset: &dyn Fn(Symbol) -> u32,
    pool: &mut Pool,
) -> InstancePlan {
    let linked = &group.instances[id];
    let module = linked.module;
    let site = |func: FuncIndex| match linked.funcs[func] {
        Callee::External(external) => FuncSite::External(external),
        Callee::Own(symbol) => FuncSite::Code(offset(symbol), group.signature(id, func)),
    };
    let expr = |value: &Expr| resolve(linked, value);
    let func_refs = linked.func_refs.keys().map(|func| site(*func));
    let segments = module.data.iter().map(|segment| {
        let active = segment.active.as_ref();
        let active = active.map(|(memory, value)| (linked.memories[*memory].0, expr(value)));
        (active, segment.bytes)
    });
    let segments: Vec<Source<'_>> = segments.collect();
    let mut plan = InstancePlan {
        name: linked.name.clone(),
        minimums: linked.minimums.clone(),
        func_refs: pool.func_sites.extend(func_refs),
        memories: module.own_memories().collect(),
        globals: module
            .own_globals()
            .map(|(ty, value)| (ty, expr(value)))
            .collect(),
        tables: module
            .own_tables()
            .map(|(ty, value)| (ty, value.map(expr)))
            .collect(),
        elements: module
            .elements
            .iter()
            .map(|segment| elements(linked, segment, &mut pool.elements))
            .collect(),
        start: module.start.map(site),
        exports: module
            .exports
            .iter()
            .map(|(name, item)| ((*name).to_owned(), export(linked, *item)))
            .collect(),
        ..InstancePlan::default()
    };
    pool.data.add(id, &mut plan, segments);
    plan
}

fn elements(
    linked: &Linked<'_>,
    segment: &Elements,
    pool: &mut TableBuilder<FuncRefId>,
) -> ElementSegment {
    ElementSegment {
        mode: match &segment.mode {
            ElementsMode::Active(table, at) => {
                ElementMode::Active(linked.tables[*table].0, resolve(linked, at))
            }
            ElementsMode::Passive => ElementMode::Passive,
            ElementsMode::Declared => ElementMode::Declared,
        },
        ty: segment.ty,
        items: match &segment.items {
            ElementsItems::Funcs(funcs) => {
                ElementItems::Funcs(pool.extend(funcs.iter().map(|func| linked.func_refs[func])))
            }
            ElementsItems::Exprs(exprs) => {
                ElementItems::Exprs(exprs.iter().map(|expr| resolve(linked, expr)).collect())
            }
        },
    }
}

fn export(linked: &Linked<'_>, item: Item) -> ExportSite {
    match item {
        Item::Func(func) => ExportSite::Func(linked.func_refs[&func]),
        Item::Memory(memory) => ExportSite::Memory(linked.memories[memory].0),
        Item::Table(table) => ExportSite::Table(linked.tables[table].0),
        Item::Global(global) => ExportSite::Global(linked.globals[global].site),
    }
}

fn resolve(linked: &Linked<'_>, expr: &Expr) -> ConstExpr {
    let op = |op: &Op| match *op {
        Op::Plain(op) => op,
        Op::GlobalGet(global) => {
            let global = &linked.globals[global];
            let constant = global.constant.map(plain);
            constant.unwrap_or(ConstOp::GlobalGet(global.site))
        }
        Op::RefFunc(func) => ConstOp::RefFunc(linked.func_refs[&func]),
    };
    ConstExpr {
        ops: expr.ops.iter().map(op).collect(),
    }
}

fn plain(constant: Constant) -> ConstOp {
    match constant {
        Constant::I32(value) => ConstOp::I32(value),
        Constant::I64(value) => ConstOp::I64(value),
        Constant::F32(bits) => ConstOp::F32(bits),
        Constant::F64(bits) => ConstOp::F64(bits),
    }
}
