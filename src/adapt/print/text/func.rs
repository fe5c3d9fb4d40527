//! Fused adapters, and functions of the host as instances lower them.
//!
//! Names and types of functions are long, so they come last on their line and stand on a line of their own.

use crate::adapt::adapter::{CanonOptions, CoreMemory, Lift, Lower};
use crate::adapt::print::escape;
use crate::adapt::print::table::Table;
use crate::adapt::print::text::context::Context;
use crate::adapt::types::IndexType;

/// Returns the fused adapters.
pub(crate) fn adapters(cx: &Context<'_>) -> Table {
    let mut table = Table::default();
    for (id, adapter) in &cx.plan.adapters {
        let module = match cx.partition.module_of[id] {
            Some(module) => module.to_string(),
            None => "not used".into(),
        };
        let encodings = [&adapter.lower.options, &adapter.lift.options]
            .map(|options| options.encoding.to_string());
        table.row([
            id.to_string(),
            module,
            encodings.join(" → "),
            cx.names.adapter(id),
        ]);
        table.note(cx.func_type(adapter.lower.ty));
        table.note(lower(cx, &adapter.lower));
        table.note(lift(cx, &adapter.lift));
    }
    table
}

/// Returns the functions of the host as instances lower them.
pub(crate) fn host_lowerings(cx: &Context<'_>) -> Table {
    let mut table = Table::default();
    for (id, lowering) in &cx.plan.host_lowerings {
        table.row([
            id.to_string(),
            lowering.lower.options.encoding.to_string(),
            cx.names.host_lowering(id),
        ]);
        table.note(cx.func_type(lowering.lower.ty));
        table.note(lower(cx, &lowering.lower));
    }
    table
}

/// Returns the side of the callee in one line.
pub(crate) fn lift(cx: &Context<'_>, lift: &Lift) -> String {
    let signature = escape::wit(cx.plan.types.signature(lift.signature));
    let callee = cx.names.core_def(&lift.callee);
    let options = options(cx, &lift.options);
    format!("callee: {callee} {signature}{options}")
}

fn lower(cx: &Context<'_>, lower: &Lower) -> String {
    let signature = escape::wit(cx.plan.types.signature(lower.signature));
    let options = options(cx, &lower.options);
    format!("caller: {signature}{options}")
}

/// Returns the options that are present, each after a comma.
fn options(cx: &Context<'_>, options: &CanonOptions) -> String {
    let mut text = String::new();
    if let Some(memory) = &options.memory {
        text.push_str(", memory ");
        text.push_str(&cx.names.core_export(&memory.export));
        text.push_str(memory_marks(memory));
    }
    if let Some(realloc) = &options.realloc {
        text.push_str(", realloc ");
        text.push_str(&cx.names.core_def(realloc));
    }
    if let Some(post_return) = &options.post_return {
        text.push_str(", post-return ");
        text.push_str(&cx.names.core_def(post_return));
    }
    text
}

/// Returns what is unusual about a memory.
fn memory_marks(memory: &CoreMemory) -> &'static str {
    match (memory.ty.index_type, memory.ty.shared) {
        (IndexType::I32, false) => "",
        (IndexType::I32, true) => " (shared)",
        (IndexType::I64, false) => " (64-bit)",
        (IndexType::I64, true) => " (64-bit, shared)",
    }
}
