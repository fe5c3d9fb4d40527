//! Named types, and the steps of instantiation.

use crate::adapt::partition::Step;
use crate::adapt::print::escape;
use crate::adapt::print::table::Table;
use crate::adapt::print::text::context::{Context, count};
use crate::adapt::print::used::{self, ImportTypes};

/// Returns the named types that functions of the plan mention, directly or inside of others.
pub(crate) fn types(cx: &Context<'_>) -> Table {
    let types = &cx.plan.types;
    let mut table = Table::default();
    let funcs = used::func_types(cx.plan, &ImportTypes::new(cx.plan));
    for id in used::val_types(types, funcs) {
        // Types print as the first of their names; the others are shown here only.
        let Some((name, others)) = types.names(id).split_first() else {
            continue;
        };
        let definition = escape::wit(types.display_definition(id));
        table.row([escape::name(name), format!("= {definition}")]);
        if !others.is_empty() {
            let others: Vec<_> = others.iter().map(|name| escape::name(name)).collect();
            table.note(format!("also {}", escape::wit(others.join(", "))));
        }
    }
    table
}

/// Returns the steps of instantiation in order, with the adapters of each adapter module.
pub(crate) fn stages(cx: &Context<'_>) -> Table {
    let mut table = Table::default();
    for (number, step) in cx.partition.steps.iter().enumerate() {
        let number = (number + 1).to_string();
        match step {
            Step::Instance(id) => table.row([
                number,
                cx.names.core_instance(*id),
                cx.names.module(cx.plan.core_instances[*id].module),
            ]),
            Step::Adapters(id) => {
                let module = &cx.partition.modules[*id];
                let adapters = count(module.adapters.len(), "adapter");
                let place = format!("{adapters}, level {}", module.level);
                table.row([number, id.to_string(), place]);
                for adapter in &module.adapters {
                    let name = cx.names.adapter(*adapter);
                    table.note(format!("{adapter} {name}"));
                }
            }
        }
    }
    table
}
