//! What the host gives: imports and resource types.

use std::collections::HashSet;
use std::sync::Arc;

use crate::adapt::module::ModuleType;
use crate::adapt::plan::{ImportType, ResourceOrigin, TypeExport};
use crate::adapt::print::escape;
use crate::adapt::print::table::{Table, nested};
use crate::adapt::print::text::context::{Context, count, marks};
use crate::adapt::print::used::InstanceType;
use crate::adapt::types::ValType;

/// Returns the imports of the root component.
pub(crate) fn imports(cx: &Context<'_>) -> Table {
    let mut table = Table::default();
    let mut seen: HashSet<*const InstanceType> = HashSet::new();
    for import in cx.plan.imports.values() {
        let marks = marks(import.implements.as_deref(), import.external_id.as_deref());
        let name = escape::name(&import.name);
        // Instances that are being listed, outermost first.
        let mut open = Vec::new();
        let mut next = Some((name, marks, &import.ty));
        while let Some((name, marks, ty)) = next {
            let name = nested(open.len(), &name);
            match ty {
                ImportType::Instance(ty) if !seen.insert(Arc::as_ptr(ty)) => {
                    table.row([name, marks, "instance, its exports: see above".into()]);
                }
                ImportType::Instance(ty) => {
                    table.row([name, marks, "instance".into()]);
                    open.push(ty.iter());
                }
                ty => table.row([name, marks, describe(cx, ty)]),
            }
            next = loop {
                let Some(exports) = open.last_mut() else {
                    break None;
                };
                match exports.next() {
                    Some((name, ty)) => break Some((escape::name(name), String::new(), ty)),
                    None => drop(open.pop()),
                }
            };
        }
    }
    table
}

/// Returns the resource types.
pub(crate) fn resources(cx: &Context<'_>) -> Table {
    let mut table = Table::default();
    for (id, resource) in &cx.plan.resources {
        let (origin, dtor) = match &resource.origin {
            ResourceOrigin::Host(path) => (format!("host: {}", cx.names.import_path(path)), None),
            ResourceOrigin::Guest { owner, dtor } => (
                format!("defined by {}", cx.names.component_instance(*owner)),
                dtor.as_ref(),
            ),
        };
        let dtor = dtor.map(|dtor| format!("destructor {}", cx.names.core_def(dtor)));
        table.row([cx.names.resource(id), origin, dtor.unwrap_or_default()]);
    }
    table
}

/// Returns a type that is exported or imported.
pub(crate) fn describe_type(cx: &Context<'_>, ty: TypeExport) -> String {
    let types = &cx.plan.types;
    match ty {
        TypeExport::Resource(id) => format!("resource {}", cx.names.resource(id)),
        TypeExport::Value(ValType::Defined(id)) => escape::wit(types.display_definition(id)),
        TypeExport::Value(ty) => escape::wit(types.display(ty)),
        TypeExport::Func(id) => cx.func_type(id),
        TypeExport::Instance => "instance".into(),
        TypeExport::Component => "component".into(),
    }
}

fn describe(cx: &Context<'_>, ty: &ImportType) -> String {
    match ty {
        ImportType::Func(id) => cx.func_type(*id),
        ImportType::Module(ty) => describe_module(ty),
        ImportType::Instance(_) => "instance".into(),
        ImportType::Component => "component, supplied".into(),
        ImportType::Resource(id) => format!("resource {}", cx.names.resource(*id)),
        ImportType::Type(ty) => format!("type = {}", describe_type(cx, *ty)),
    }
}

fn describe_module(ty: &ModuleType) -> String {
    let imports = count(ty.imports.len(), "import");
    let exports = count(ty.exports.len(), "export");
    format!("core module of {imports} and {exports}")
}
