//! What the component gives: exports at any depth.

use cranelift_entity::EntitySet;

use crate::adapt::index::{BundleId, ClosureId};
use crate::adapt::plan::{Bundle, Captured, Export, ExportItem};
use crate::adapt::print::escape;
use crate::adapt::print::name::lift_name;
use crate::adapt::print::table::{Table, nested};
use crate::adapt::print::text::context::{Context, count, marks};
use crate::adapt::print::text::func::lift;
use crate::adapt::print::text::import::describe_type;

/// Returns the exports of the root component. An instance that is exported several times is listed once.
pub(crate) fn exports(cx: &Context<'_>) -> Table {
    let mut table = Table::default();
    let mut seen: EntitySet<BundleId> = EntitySet::new();
    // Bundles that are being listed, outermost first: instances may nest as deep as the component likes.
    let mut open = vec![items(&cx.plan.exports)];
    while let Some(exports) = open.last_mut() {
        let Some((name, export)) = exports.next() else {
            open.pop();
            continue;
        };
        let name = nested(open.len() - 1, &escape::name(name));
        match export.item {
            ExportItem::Instance(id) if seen.insert(id) => {
                row(&mut table, name, export, "instance".into(), String::new());
                open.push(items(&cx.plan.bundles[id]));
            }
            ExportItem::Instance(_) => {
                let text = "instance, its exports: see above";
                row(&mut table, name, export, text.into(), String::new());
            }
            _ => item(cx, &mut table, name, export),
        }
    }
    table
}

/// Returns the exported components with what they capture.
pub(crate) fn closures(cx: &Context<'_>) -> Table {
    let mut table = Table::default();
    for (id, closure) in &cx.plan.closures {
        let definition = &cx.plan.components[closure.component];
        let name = definition.name.as_deref().map(escape::name);
        table.row([
            id.to_string(),
            closure.component.to_string(),
            name.unwrap_or_default(),
            format!("captures {}", count(closure.captures.len(), "definition")),
        ]);
        for captured in &closure.captures {
            table.note(match captured {
                Captured::Module(module) => cx.names.module(*module),
                Captured::Component(id) => component(cx, *id),
            });
        }
    }
    table
}

fn items(bundle: &Bundle) -> impl Iterator<Item = (&str, &Export)> {
    bundle
        .exports
        .iter()
        .map(|(name, export)| (&**name, export))
}

fn row(table: &mut Table, name: String, export: &Export, what: String, ty: String) {
    let marks = marks(export.implements.as_deref(), export.external_id.as_deref());
    table.row([name, marks, what, ty]);
}

/// Adds the lines of an export that is not an instance.
fn item(cx: &Context<'_>, table: &mut Table, name: String, export: &Export) {
    let (what, ty) = match &export.item {
        ExportItem::Lifted(lift) => (lift_name(cx.plan, lift), cx.func_type(lift.ty)),
        ExportItem::Imported(id) => (
            format!("host {}", cx.names.imported_func(*id)),
            cx.func_type(cx.plan.imported_funcs[*id].ty),
        ),
        ExportItem::Instance(id) => (id.to_string(), String::new()),
        ExportItem::Module(module) => (cx.names.module(*module), String::new()),
        ExportItem::Component(id) => (component(cx, *id), String::new()),
        ExportItem::Type(ty) => ("type".into(), describe_type(cx, *ty)),
    };
    row(table, name, export, what, ty);
    if let ExportItem::Lifted(it) = &export.item {
        table.note(format!("{}, {}", lift(cx, it), it.options.encoding));
    }
}

fn component(cx: &Context<'_>, id: ClosureId) -> String {
    format!("{} as {id}", cx.plan.closures[id].component)
}
