//! What was measured of both engines, and what is to be reached.

use serde::Serialize;

use crate::runtime::row::Unit;

/// What was measured of both engines.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What they did.
    pub name: String,
    /// What the numbers count.
    pub unit: Unit,
    /// What the engine of the crate took.
    pub interfuse: f64,
    /// What Wasmtime took, as it comes.
    pub wasmtime: f64,
    /// What Wasmtime took with inlining and without support for concurrency, if that was measured.
    pub tuned: Option<f64>,
    /// What the least takes that has to be done, on the engine that is faster at it.
    pub limit: Option<f64>,
    /// The number of bytes that are sent.
    pub bytes: Option<f64>,
    /// What is to be reached.
    pub goal: Option<Goal>,
}

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Goal {
    /// At most so much.
    Most(f64),
    /// At most so many times the limit.
    TimesLimit(f64),
    /// At most so many times what Wasmtime took.
    TimesWasmtime(f64),
    /// At least so many bytes per nanosecond, of the source.
    GigabytesPerSecond(f64),
}

impl Row {
    /// Returns whether the goal is met, if there is one that can be checked.
    pub fn is_met(&self) -> Option<bool> {
        match self.goal? {
            Goal::Most(most) => Some(self.interfuse <= most),
            Goal::TimesLimit(most) => Some(self.interfuse <= most * self.limit?),
            Goal::TimesWasmtime(most) => Some(self.interfuse <= most * self.wasmtime),
            Goal::GigabytesPerSecond(least) => Some(self.bytes? >= least * self.interfuse),
        }
    }

    /// Returns what is to be reached, for people.
    pub fn goal(&self) -> Option<String> {
        let unit = self.unit.name();
        Some(match self.goal? {
            Goal::Most(most) => format!("≤ {most} {unit}"),
            Goal::TimesLimit(most) => format!("≤ {most:.2}× limit"),
            Goal::TimesWasmtime(most) => format!("≤ {most:.1}× Wasmtime"),
            Goal::GigabytesPerSecond(least) => format!("≥ {least} GB/s"),
        })
    }

    /// Returns the heading of a table of such rows.
    pub fn heading() -> String {
        format!(
            "{:<42} {:>11} {:>11} {:>11} {:>11}    {:>7} {:>7}  goal",
            "components", "interfuse", "wasmtime", "tuned", "limit", "GB/s", "ratio"
        )
    }

    /// Returns the line of a table, without the goal.
    pub fn line(&self) -> String {
        let number = |number: Option<f64>| number.map_or(String::new(), |it| format!("{it:.2}"));
        format!(
            "{:<42} {:>11.2} {:>11.2} {:>11} {:>11} {:<2} {:>7} {:>7.3}",
            self.name,
            self.interfuse,
            self.wasmtime,
            number(self.tuned),
            number(self.limit),
            self.unit.name(),
            number(self.bytes.map(|bytes| bytes / self.interfuse)),
            self.interfuse / self.wasmtime,
        )
    }
}
