//! What every section of the text is written with.

use crate::adapt::index::FuncTypeId;
use crate::adapt::partition::Partition;
use crate::adapt::plan::Plan;
use crate::adapt::print::escape;
use crate::adapt::print::name::Names;

/// How much of a plan is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Everything but what fills pages: the arguments of core instances are counted by where they come from.
    #[default]
    Summary,
    /// Everything.
    Full,
}

/// A plan, its partition, and how to print them.
pub(crate) struct Context<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) partition: &'a Partition,
    pub(crate) names: Names<'a>,
    pub(crate) detail: Detail,
}

impl Context<'_> {
    /// Returns a function type in WIT.
    pub(crate) fn func_type(&self, id: FuncTypeId) -> String {
        escape::wit(self.plan.types.display_func(id))
    }
}

/// Returns a number with what it counts, in the plural where English wants it: `2 imports`.
pub(crate) fn count(number: usize, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// Returns the marks of an import or export that its name does not carry.
pub(crate) fn marks(implements: Option<&str>, external_id: Option<&str>) -> String {
    let mut marks = Vec::new();
    if let Some(interface) = implements {
        marks.push(format!("implements {}", escape::name(interface)));
    }
    if let Some(id) = external_id {
        marks.push(format!("external id {}", escape::name(id)));
    }
    marks.join(", ")
}
