//! Explanations as text: a block for each adapter, with a line for each value and each type in it.

use std::collections::HashSet;
use std::fmt;

use crate::adapt::print::escape;
use crate::adapt::print::table::{Table, nested};
use crate::fact::explain::import::ImportExplanation;
use crate::fact::explain::value::{MoveExplanation, ValuesExplanation};
use crate::fact::explain::view::{
    AdapterExplanation, Explanation, FunctionExplanation, ModuleExplanation,
};

/// Largest number of lines about the values of one direction (ours: a type may have 10,000 parts, a screen has 50 lines).
const VALUE_LINES_MAX: usize = 60;

/// Longest line of a list, in characters (ours: what most terminals show).
const LINE_CHARS_MAX: usize = 110;

/// Widest type in a line (ours: what happens to it should stand on the same screen).
const TYPE_CHARS_MAX: usize = 50;

/// Largest number of helpers that are named (ours: the rest is counted).
const HELPERS_MAX: usize = 10;

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.modules.is_empty() {
            return writeln!(f, "no adapters");
        }
        for (position, module) in self.modules.iter().enumerate() {
            if position > 0 {
                writeln!(f)?;
            }
            write!(f, "{module}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ModuleExplanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let functions = count(self.functions.len(), "function");
        let bytes = count(self.code_bytes, "byte");
        let name = escape::visible(&self.name);
        writeln!(f, "{name}: {bytes} of code in {functions}")?;
        for adapter in &self.adapters {
            write!(f, "\n{}", AdapterText(self, adapter))?;
        }
        Ok(())
    }
}

/// An adapter and its module.
struct AdapterText<'a>(&'a ModuleExplanation, &'a AdapterExplanation);

impl fmt::Display for AdapterText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AdapterText(module, adapter) = self;
        let (export, name) = (
            escape::visible(&adapter.export),
            escape::visible(&adapter.name),
        );
        writeln!(f, "{export}  {name}")?;
        writeln!(f, "  {}", adapter.ty)?;
        writeln!(f, "  {}", sides(adapter))?;
        if adapter.refused {
            writeln!(f, "  refused: every call traps before any value moves")?;
        }
        let params = &adapter.params;
        if !params.values.is_empty() {
            let passing = match params.flat_count {
                Some(flat) => count(flat, "core value"),
                None => format!(
                    "spilled, because they are more than 16 core values: {} behind a pointer → {} that the callee allocates",
                    count(params.src_bytes as usize, "byte"),
                    count(params.dst_bytes as usize, "byte"),
                ),
            };
            writeln!(f, "  parameters: {passing}{}", order(params))?;
            write!(f, "{}", values(module, params))?;
        }
        if let Some(result) = &adapter.result {
            let passing = match result.flat_count {
                Some(flat) => count(flat, "core value"),
                None => format!(
                    "in memory, because it is more than 1 core value: {} behind the callee's pointer → {} where the caller wants them",
                    count(result.src_bytes as usize, "byte"),
                    count(result.dst_bytes as usize, "byte"),
                ),
            };
            writeln!(f, "  result: {passing}{}", order(result))?;
            write!(f, "{}", values(module, result))?;
        }
        write!(f, "{}", code(module, adapter))?;
        if let Some(callee) = &adapter.calls {
            writeln!(f, "  calls {} directly", escape::visible(callee))?;
        }
        if adapter.imports.is_empty() {
            writeln!(f, "  imports nothing")?;
        } else {
            write!(f, "  imports\n{}", imports(&adapter.imports))?;
        }
        let traps = adapter.traps.iter().map(|trap| trap.text.clone());
        let traps: Vec<String> = traps.collect();
        if traps.is_empty() {
            return writeln!(f, "  never traps by itself");
        }
        write!(f, "{}", wrapped("  traps: ", &traps, "; "))
    }
}

/// Returns in words what is said of the order in which values move.
fn order(values: &ValuesExplanation) -> &'static str {
    match values.kept {
        Some("memory") => {
            ", all lifted into a memory of the module first, then lowered from there; checks and copies are made in both steps"
        }
        Some(_) => ", all lifted first, then lowered",
        None => "",
    }
}

fn sides(adapter: &AdapterExplanation) -> String {
    let (from, to) = (&adapter.from, &adapter.to);
    let mut text = format!("strings {} → {}", from.encoding, to.encoding);
    if [from, to].iter().any(|side| side.pointer_bits == Some(64)) {
        let bits = |bits: Option<u32>| bits.map_or("none".into(), |bits| format!("{bits} bits"));
        let (from, to) = (bits(from.pointer_bits), bits(to.pointer_bits));
        text += &format!(", pointers {from} → {to}");
    }
    if from.instance == to.instance {
        text += ", within one instance";
    }
    text
}

/// Returns a line for each value, and for each part of it to which something happens.
fn values(module: &ModuleExplanation, values: &ValuesExplanation) -> Table {
    let mut lines = Lines {
        moves: &module.moves,
        table: Table::default(),
        left: VALUE_LINES_MAX,
        shown: HashSet::new(),
    };
    let mut omitted = 0;
    for value in &values.values {
        if lines.left == 0 {
            omitted += 1;
            continue;
        }
        let name = if value.name.is_empty() {
            "result"
        } else {
            &value.name
        };
        lines.part(1, name, value.how);
    }
    if omitted > 0 {
        let text = format!("… and {}", count(omitted, "more value"));
        lines
            .table
            .row([nested(1, &text), String::new(), String::new()]);
    }
    lines.table
}

/// The lines about some values while they are written.
struct Lines<'a> {
    moves: &'a [MoveExplanation],
    table: Table,
    left: usize,
    /// Moves whose parts were shown.
    shown: HashSet<usize>,
}

impl Lines<'_> {
    fn part(&mut self, level: usize, name: &str, how: usize) {
        let it = &self.moves[how];
        let is_new = it.parts.is_empty() || self.shown.insert(how);
        let words = if is_new {
            it.how.clone()
        } else {
            "as above".into()
        };
        let ty = escape::cut(&it.ty, TYPE_CHARS_MAX);
        let name = escape::name(name);
        self.table.row([nested(level, &name), ty, words]);
        self.left = self.left.saturating_sub(1);
        if !is_new {
            return;
        }
        let mut omitted = 0;
        for part in &it.parts {
            if self.left == 0 {
                omitted += 1;
            } else {
                self.part(level + 1, &part.name, part.how);
            }
        }
        if omitted > 0 {
            let text = format!("… and {}", count(omitted, "more part"));
            self.table
                .row([nested(level + 1, &text), String::new(), String::new()]);
        }
    }
}

fn imports(imports: &[ImportExplanation]) -> Table {
    let mut table = Table::default();
    for import in imports {
        let name = format!(
            "{}.{}",
            escape::name(&import.module),
            escape::name(&import.name)
        );
        table.row([nested(1, &name), import.words()]);
    }
    table
}

/// Returns what an adapter takes in the module.
fn code(module: &ModuleExplanation, adapter: &AdapterExplanation) -> String {
    let functions: Vec<&FunctionExplanation> = adapter
        .functions
        .iter()
        .map(|id| &module.functions[*id])
        .collect();
    let [own, helpers @ ..] = &functions[..] else {
        unreachable!("an adapter has a function");
    };
    let own = count(own.bytes, "byte");
    if helpers.is_empty() {
        return format!("  code: {own}\n");
    }
    let total: usize = helpers.iter().map(|it| it.bytes).sum();
    let total = format!(
        "  code: {own}, and {total} of {}:\n",
        count(helpers.len(), "helper")
    );
    let mut table = Table::default();
    for helper in helpers.iter().take(HELPERS_MAX) {
        let shared = match helper.adapters {
            1 => String::new(),
            adapters => format!("shared by {adapters} adapters"),
        };
        let bytes = format!("{:>5}", helper.bytes);
        table.row([format!("  {bytes}"), escape::visible(&helper.name), shared]);
    }
    if let Some(more) = helpers.len().checked_sub(HELPERS_MAX).filter(|it| *it > 0) {
        let bytes: usize = helpers[HELPERS_MAX..].iter().map(|it| it.bytes).sum();
        table.row([
            format!("  {bytes:>5}"),
            format!("in {more} more"),
            String::new(),
        ]);
    }
    format!("{total}{table}")
}

/// Returns items in lines that are not too long, the first with `head` before it.
fn wrapped(head: &str, items: &[String], separator: &str) -> String {
    let mut text = String::new();
    let mut line = head.to_owned();
    for (position, item) in items.iter().enumerate() {
        let is_first = position == 0;
        if !is_first {
            line += separator.trim_end();
            if line.chars().count() + item.chars().count() > LINE_CHARS_MAX {
                text += &line;
                text.push('\n');
                line = "    ".to_owned();
            } else {
                line.push(' ');
            }
        }
        line += item;
    }
    text + &line + "\n"
}

fn count(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
