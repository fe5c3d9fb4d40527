//! Tables for people, and lines of JSON for machines.

use crate::copy::{self, Goal};
use crate::{component, generate, handle, runtime};

/// What was measured.
#[derive(Clone, Debug, serde::Serialize)]
#[serde(tag = "group", rename_all = "lowercase")]
pub enum Row {
    /// Generation.
    Generate(generate::Row),
    /// Moving of data.
    Copy(copy::Row),
    /// Handles.
    Handles(handle::Row),
    /// The engine of the crate.
    Runtime(runtime::Row),
    /// The engine of the crate, on components.
    Components(component::Row),
    /// Programs with WASI.
    Wasi(runtime::Row),
}

impl Row {
    /// Returns the heading of a table of such rows.
    pub fn heading(&self) -> String {
        match self {
            Row::Generate(_) => format!(
                "{:<40} {:>8} {:>12} {:>10}  goal",
                "fact/generate", "adapters", "µs", "bytes"
            ),
            Row::Copy(_) => format!(
                "{:<34} {:>8} {:>11} {:>11} {:>11} {:>7} {:>7} {:>8}  goal",
                "fact/copy",
                "bytes",
                "copy ns",
                "call ns",
                "no SIMD ns",
                "× copy",
                "× copy",
                "GB/s"
            ),
            Row::Handles(_) => format!("{:<34} {:>8} {:>8}  goal", "fact/handles", "core ns", "ns"),
            Row::Runtime(_) => format!(
                "{:<38} {:>10} {:>10}     {:>6}  goal",
                "runtime", "interfuse", "wasmtime", "ratio"
            ),
            Row::Components(_) => component::Row::heading(),
            Row::Wasi(_) => format!(
                "{:<48} {:>10} {:>10}     {:>6}  goal",
                "wasi", "interfuse", "wasmtime", "ratio"
            ),
        }
    }

    /// Returns whether the goal is met, if there is one.
    pub fn is_met(&self) -> Option<bool> {
        match self {
            Row::Generate(row) => {
                let time = row.goal_micros.map(|goal| row.micros <= goal);
                let size = row.goal_bytes.map(|goal| row.bytes <= goal);
                time.or(size)
            }
            Row::Copy(row) => row.is_met(),
            Row::Handles(row) => row.goal_ns.map(|goal| row.call_ns <= goal),
            Row::Runtime(row) | Row::Wasi(row) => row.is_met(),
            Row::Components(row) => row.is_met(),
        }
    }

    fn goal(&self) -> String {
        let goal = match self {
            Row::Generate(row) => {
                let time = row.goal_micros.map(|goal| format!("≤ {goal} µs"));
                time.or(row.goal_bytes.map(|goal| format!("≤ {goal} B")))
            }
            Row::Copy(row) => row.goal.map(|goal| match goal {
                Goal::Ratio(most) => format!("≤ {most:.2}×"),
                Goal::GigabytesPerSecond(least) => format!("≥ {least} GB/s"),
            }),
            Row::Handles(row) => row.goal_ns.map(|goal| format!("≤ {goal} ns")),
            Row::Runtime(row) | Row::Wasi(row) => row.goal(),
            Row::Components(row) => row.goal(),
        };
        let mark = match self.is_met() {
            Some(false) => " MISSED",
            Some(true) => " met",
            None => "",
        };
        goal.unwrap_or_default() + mark
    }

    /// Returns the line of a table.
    pub fn line(&self) -> String {
        let goal = self.goal();
        let line = match self {
            Row::Generate(row) => format!(
                "{:<40} {:>8} {:>12.1} {:>10}  {goal}",
                row.name, row.adapters, row.micros, row.bytes
            ),
            Row::Copy(row) => format!(
                "{:<34} {:>8} {:>11.1} {:>11.1} {:>11.1} {:>7.2} {:>7.2} {:>8.2}  {goal}",
                row.name,
                row.bytes,
                row.copy_ns,
                row.simd_ns,
                row.scalar_ns,
                row.ratio(),
                row.scalar_ns / row.copy_ns,
                row.gigabytes_per_second(),
            ),
            Row::Handles(row) => {
                format!(
                    "{:<34} {:>8.2} {:>8.2}  {goal}",
                    row.name, row.core_ns, row.call_ns
                )
            }
            Row::Runtime(row) => format!(
                "{:<38} {:>10.2} {:>10.2} {:<2} {:>6.2}  {goal}",
                row.name,
                row.interfuse,
                row.wasmtime,
                row.unit.name(),
                row.ratio
            ),
            Row::Wasi(row) => format!(
                "{:<48} {:>10.2} {:>10.2} {:<2} {:>6.2}  {goal}",
                row.name,
                row.interfuse,
                row.wasmtime,
                row.unit.name(),
                row.ratio
            ),
            Row::Components(row) => format!("{}  {goal}", row.line()),
        };
        line.trim_end().into()
    }
}
