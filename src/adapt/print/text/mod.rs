//! A plan and its partition as text, for people.

pub(crate) mod context;

pub(crate) mod import;

pub(crate) mod instance;

pub(crate) mod func;

pub(crate) mod export;

pub(crate) mod stage;

use std::fmt::{self, Write};

use crate::adapt::partition::Partition;
use crate::adapt::plan::Plan;
use crate::adapt::print::name::Names;
use crate::adapt::print::table::Table;

use context::{Context, count};

pub use context::Detail;

/// Returns a plan and its partition as text for people: a line that sums it up, then a section for each kind of
/// thing that there is.
///
/// The form of the text may change with every version; programs read [`json`](crate::adapt::json).
pub fn plan_text(plan: &Plan, partition: &Partition, detail: Detail) -> String {
    let cx = Context {
        plan,
        partition,
        names: Names::new(plan),
        detail,
    };
    let sections = [
        ("imports", import::imports(&cx)),
        ("component instances", instance::component_instances(&cx)),
        ("resources", import::resources(&cx)),
        ("core instances", instance::core_instances(&cx)),
        ("adapters", func::adapters(&cx)),
        ("host lowerings", func::host_lowerings(&cx)),
        ("exports", export::exports(&cx)),
        ("exported components", export::closures(&cx)),
        ("types", stage::types(&cx)),
        ("stages", stage::stages(&cx)),
    ];
    let mut text = String::new();
    write(&mut text, &cx, &sections).expect("a string takes all that is written to it");
    text
}

fn write(out: &mut String, cx: &Context<'_>, sections: &[(&str, Table)]) -> fmt::Result {
    writeln!(
        out,
        "component of {}, {} and {} in {}",
        count(cx.plan.component_instances.len(), "instance"),
        count(cx.plan.core_instances.len(), "core instance"),
        count(cx.plan.adapters.len(), "adapter"),
        count(cx.partition.modules.len(), "adapter module"),
    )?;
    for (title, table) in sections {
        if !table.is_empty() {
            write!(out, "\n{title}\n{table}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Detail, plan_text};
    use crate::adapt::partition::Partition;
    use crate::adapt::plan::Plan;
    use crate::adapt::print::example::{partition, plan};
    use crate::adapt::print::golden::check_golden;

    #[test]
    fn example() {
        let (plan, partition) = (plan(), partition());
        check_golden(
            "example.txt",
            &plan_text(&plan, &partition, Detail::Summary),
        );
        check_golden(
            "example.full.txt",
            &plan_text(&plan, &partition, Detail::Full),
        );
    }

    #[test]
    fn empty_plan_is_one_line() {
        assert_eq!(
            plan_text(&Plan::default(), &Partition::default(), Detail::Full),
            "component of 0 instances, 0 core instances and 0 adapters in 0 adapter modules\n"
        );
    }
}
