//! What an adapter asks of its surroundings, and for what.

use std::fmt;

use serde::Serialize;

use crate::fact::explain::written::{Reach, Written};
use crate::fact::module::trap_import;
use crate::fact::need::Needs;
use crate::fact::spec::{AdapterSpec, Callee, Guard, ImportName, ReallocSpec, SideSpec};
use crate::fact::table::StateExport;

/// Something that an adapter imports.
#[derive(Clone, Debug, Serialize)]
pub struct ImportExplanation {
    /// The first half of the name under which it is imported.
    pub module: String,
    /// The second half.
    pub name: String,
    /// `memory`, `global` or `func`.
    pub kind: &'static str,
    /// What the adapter does with it.
    pub uses: Vec<Use>,
}

/// What an adapter does with something that it imports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Use {
    /// What it is to the adapter.
    pub role: Role,
    /// The side that it belongs to; none for what belongs to neither.
    pub side: Option<SideName>,
    /// Whether the flag `may_leave` of that side is cleared while a function runs.
    pub guarded: bool,
}

/// What something imported is to an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// `memory`: values are read or written there.
    Memory,
    /// `realloc`: allocates in the memory.
    Realloc,
    /// `callee`: the function that is called.
    Callee,
    /// `post-return`: is called with the results after they were read.
    PostReturn,
    /// `may-leave`: the flag that is tested before the call.
    MayLeave,
    /// `guard`: the flag that is cleared around functions that must not leave.
    Guard,
    /// `handles`: an operation of the handle table.
    Handles,
    /// `trap`: ends the call with a code.
    Trap,
}

/// A side of an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SideName {
    /// `caller`
    Caller,
    /// `callee`
    Callee,
}

impl fmt::Display for SideName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SideName::Caller => "caller",
            SideName::Callee => "callee",
        })
    }
}

impl ImportExplanation {
    /// Returns in words what the adapter does with it.
    pub(in crate::fact::explain) fn words(&self) -> String {
        let words: Vec<_> = self.uses.iter().map(|it| self.use_words(*it)).collect();
        words.join("; ")
    }

    fn use_words(&self, use_: Use) -> String {
        let side = use_.side.map_or(String::new(), |side| side.to_string());
        let mut words = match use_.role {
            Role::Memory => format!("the {side}'s memory"),
            Role::Realloc => format!("allocates in the {side}'s memory"),
            Role::Callee => "is called".into(),
            Role::PostReturn => "is called after the results were read".into(),
            Role::MayLeave => format!("tested: may the {side} leave?"),
            Role::Guard => format!("cleared while functions of the {side} run that must not leave"),
            Role::Handles => table_words(&self.name, &side),
            Role::Trap => "ends the call with a trap code".into(),
        };
        if use_.guarded {
            words += &format!("; the {side} must not leave meanwhile");
        }
        words
    }
}

/// Returns in words what an operation of a side's handle table does.
fn table_words(name: &str, side: &str) -> String {
    let operation = StateExport::ALL.iter().find(|it| it.name() == name);
    match operation {
        Some(StateExport::TakeOwn) => format!("takes handles out of the {side}'s table"),
        Some(StateExport::PutOwn) => format!("puts handles into the {side}'s table"),
        Some(StateExport::ResourceRep) => format!("looks up what handles of the {side} stand for"),
        Some(StateExport::Lend) => format!("lends handles of the {side}"),
        Some(StateExport::Lent) => format!("which handle the {side} lent last"),
        Some(StateExport::Release) => format!("ends what the {side} lent"),
        Some(StateExport::PutBorrow) => format!("puts borrowed handles into the {side}'s table"),
        Some(StateExport::EnterScope) => format!("begins to count what the {side} borrows"),
        Some(StateExport::ExitScope) => {
            format!("tests that the {side} dropped what it borrowed")
        }
        _ => format!("the {side}'s handle table"),
    }
}

/// Returns what an adapter imports: memories, globals, functions. Without needs, no value moves, and the callee is not
/// called.
pub(in crate::fact::explain) fn imports(
    module: &Written,
    reach: &Reach,
    spec: &AdapterSpec,
    needs: Option<&Needs>,
) -> Vec<ImportExplanation> {
    let uses = uses(spec, needs);
    let of = |import: &ImportName, kind: &'static str| ImportExplanation {
        module: import.module.clone(),
        name: import.name.clone(),
        kind,
        uses: uses
            .iter()
            .filter(|(name, _)| name == import)
            .map(|(_, use_)| *use_)
            .chain(common_uses(spec, import))
            .collect(),
    };
    let mut imports = Vec::new();
    for (side, needs_memory) in [
        (&spec.lower, needs.is_some_and(|it| it.lower_memory)),
        (&spec.lift, needs.is_some_and(|it| it.lift_memory)),
    ] {
        let memory = side.memory.as_ref().filter(|_| needs_memory);
        let memory = memory.map(|memory| of(&memory.import, "memory"));
        let is_new = |it: &ImportExplanation| {
            let known =
                |other: &ImportExplanation| (&other.module, &other.name) == (&it.module, &it.name);
            !imports.iter().any(known)
        };
        imports.extend(memory.filter(is_new));
    }
    // Variables of the module's own come after those that are imported.
    let globals = reach.globals.iter().map_while(|at| module.globals.get(*at));
    imports.extend(globals.map(|import| of(import, "global")));
    imports.extend(
        reach
            .imports
            .iter()
            .map(|at| of(&module.funcs[*at], "func")),
    );
    imports
}

/// Returns the uses of the operations of handle tables, whatever their names are, and of the function that traps.
fn common_uses(spec: &AdapterSpec, import: &ImportName) -> Vec<Use> {
    let mut uses = Vec::new();
    if *import == trap_import() {
        uses.push(Use {
            role: Role::Trap,
            side: None,
            guarded: false,
        });
    }
    let mut operations = StateExport::ALL.iter();
    let operation = operations.find(|it| **it != StateExport::MayLeave && it.name() == import.name);
    for (side, name) in [
        (&spec.lower, SideName::Caller),
        (&spec.lift, SideName::Callee),
    ] {
        let table = side.handles.as_ref();
        let is_asked = operation.is_some_and(|it| asks(*it, name));
        if is_asked && table.is_some_and(|it| it.module == import.module) {
            uses.push(Use {
                role: Role::Handles,
                side: Some(name),
                guarded: false,
            });
        }
    }
    uses
}

/// Returns whether an operation is asked of the table of a side.
fn asks(operation: StateExport, side: SideName) -> bool {
    match operation {
        StateExport::Lend | StateExport::Lent | StateExport::Release | StateExport::ResourceRep => {
            side == SideName::Caller
        }
        StateExport::PutBorrow | StateExport::EnterScope | StateExport::ExitScope => {
            side == SideName::Callee
        }
        StateExport::TakeOwn | StateExport::PutOwn => true,
        StateExport::MayLeave
        | StateExport::Fault
        | StateExport::ResourceNew
        | StateExport::ResourceDrop => false,
    }
}

/// Returns every use that an adapter may make of a name.
fn uses(spec: &AdapterSpec, needs: Option<&Needs>) -> Vec<(ImportName, Use)> {
    let mut uses = Vec::new();
    let use_ = |role, side, guarded| Use {
        role,
        side: Some(side),
        guarded,
    };
    if let Some(flag) = &spec.lower.may_leave {
        uses.push((flag.clone(), use_(Role::MayLeave, SideName::Caller, false)));
    }
    let Some(needs) = needs else { return uses };
    if let Callee::Import(callee) = &spec.callee {
        uses.push((callee.clone(), use_(Role::Callee, SideName::Callee, false)));
    }
    if let Some(post_return) = &spec.post_return {
        let guarded = is_guarded(post_return.guard, &spec.lift);
        let role = use_(Role::PostReturn, SideName::Callee, guarded);
        uses.push((post_return.func.clone(), role));
    }
    for (side, name, memory, realloc) in [
        (
            &spec.lower,
            SideName::Caller,
            needs.lower_memory,
            needs.lower_realloc,
        ),
        (
            &spec.lift,
            SideName::Callee,
            needs.lift_memory,
            needs.lift_realloc,
        ),
    ] {
        if let Some(memory) = side.memory.as_ref().filter(|_| memory) {
            uses.push((memory.import.clone(), use_(Role::Memory, name, false)));
        }
        let realloc = side.realloc.as_ref().filter(|_| realloc);
        let mut guards = false;
        if let Some(ReallocSpec { func, guard }) = realloc {
            let guarded = is_guarded(*guard, side);
            guards |= guarded;
            uses.push((func.clone(), use_(Role::Realloc, name, guarded)));
        }
        if let Some(it) = spec
            .post_return
            .as_ref()
            .filter(|_| name == SideName::Callee)
        {
            guards |= is_guarded(it.guard, side);
        }
        if let Some(flag) = side.may_leave.as_ref().filter(|_| guards) {
            uses.push((flag.clone(), use_(Role::Guard, name, false)));
        }
    }
    uses
}

fn is_guarded(guard: Guard, side: &SideSpec) -> bool {
    guard == Guard::Clear && side.may_leave.is_some()
}
