//! Component instances and core instances.

use cranelift_entity::{EntityRef, SecondaryMap};
use indexmap::IndexMap;

use crate::adapt::adapter::CoreDef;
use crate::adapt::index::{ComponentInstanceId, CoreInstanceId};
use crate::adapt::module::Span;
use crate::adapt::plan::{CoreInstance, CoreModule};
use crate::adapt::print::escape;
use crate::adapt::print::name::member;
use crate::adapt::print::table::{Table, nested};
use crate::adapt::print::text::context::{Context, Detail, count};
use crate::adapt::print::tree::{self, Visit};

/// Largest number of core instances that are named in the summary of another one's arguments (ours: the summary
/// fits on a line).
const SOURCES_MAX: usize = 4;

/// Returns the tree of component instances.
pub(crate) fn component_instances(cx: &Context<'_>) -> Table {
    let mut core_instances: SecondaryMap<ComponentInstanceId, usize> = SecondaryMap::new();
    for instance in cx.plan.core_instances.values() {
        core_instances[instance.owner] += 1;
    }
    let mut table = Table::default();
    let mut level = 0;
    for visit in tree::visits(cx.plan) {
        let id = match visit {
            Visit::Enter(id) => id,
            Visit::Leave(_) => {
                level -= 1;
                continue;
            }
        };
        let component = cx.plan.component_instances[id].component;
        let definition = &cx.plan.components[component];
        let name = definition.name.as_deref().map(escape::name);
        table.row([
            nested(level, &cx.names.component_instance(id)),
            component.to_string(),
            name.unwrap_or_default(),
            span(&definition.span),
            count(core_instances[id], "core instance"),
        ]);
        level += 1;
    }
    table
}

/// Returns the core instances in the order of instantiation, with what they are given.
pub(crate) fn core_instances(cx: &Context<'_>) -> Table {
    let mut table = Table::default();
    for (id, instance) in &cx.plan.core_instances {
        let mut module = cx.names.module(instance.module);
        let mut place = String::new();
        if let CoreModule::Static(id) = instance.module {
            place = span(&cx.plan.modules[id].span);
            if cx.plan.modules[id].has_start {
                module.push_str(" (has a start function)");
            }
        }
        table.row([
            cx.names.core_instance(id),
            format!("in {}", cx.names.component_instance(instance.owner)),
            module,
            place,
            summary(cx, instance),
        ]);
        if cx.detail == Detail::Full {
            args(cx, instance, &mut table);
        }
    }
    table
}

/// Returns where the arguments of a core instance come from: `3 imports: 1 from libc, 2 adapters`.
fn summary(cx: &Context<'_>, instance: &CoreInstance) -> String {
    let mut sources: IndexMap<CoreInstanceId, usize> = IndexMap::new();
    let [mut adapters, mut host, mut builtins] = [0; 3];
    for arg in &instance.args {
        match arg {
            CoreDef::Export(export) => *sources.entry(export.instance).or_default() += 1,
            CoreDef::Adapter(_) => adapters += 1,
            CoreDef::HostLowering(_) => host += 1,
            CoreDef::Resource(_) => builtins += 1,
        }
    }
    let mut parts = Vec::new();
    for (source, number) in sources.iter().take(SOURCES_MAX) {
        parts.push(format!("{number} from {}", cx.names.core_instance(*source)));
    }
    if let Some(others) = sources.len().checked_sub(SOURCES_MAX + 1) {
        let number: usize = sources.values().skip(SOURCES_MAX).sum();
        let instances = count(others + 1, "other core instance");
        parts.push(format!("{number} from {instances}"));
    }
    if adapters > 0 {
        parts.push(count(adapters, "adapter"));
    }
    if host > 0 {
        parts.push(format!("{host} from the host"));
    }
    if builtins > 0 {
        parts.push(count(builtins, "resource built-in"));
    }
    let imports = count(instance.args.len(), "import");
    match parts.is_empty() {
        true => imports,
        false => format!("{imports}: {}", parts.join(", ")),
    }
}

/// Adds a line for each argument of a core instance.
fn args(cx: &Context<'_>, instance: &CoreInstance, table: &mut Table) {
    let imports = match instance.module {
        CoreModule::Static(id) => &cx.plan.modules[id].imports,
        CoreModule::Imported(id) => &cx.plan.imported_modules[id].ty.imports,
    };
    for (import, arg) in imports.iter().zip(&instance.args) {
        let name = member(&import.module, &import.name);
        table.note(format!("{name} ← {}", cx.names.core_def(arg)));
    }
}

/// Returns a range of bytes of an input file; the file is named if it is not the first.
fn span(span: &Span) -> String {
    let bytes = format!("0x{:x}..0x{:x}", span.bytes.start, span.bytes.end);
    match span.file.index() {
        0 => bytes,
        _ => format!("{} {bytes}", span.file),
    }
}
