//! What was measured of both engines.

use serde::Serialize;

use crate::sample::{median, ratio};

/// What was measured of both engines.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What they did.
    pub name: String,
    /// What both numbers count.
    pub unit: Unit,
    /// What the engine of the crate took.
    pub interfuse: f64,
    /// What Wasmtime took.
    pub wasmtime: f64,
    /// The first as a multiple of the second: the median over rounds, not that of the medians.
    pub ratio: f64,
    /// The largest ratio to be reached.
    pub most_ratio: Option<f64>,
    /// The largest number to be reached.
    pub most: Option<f64>,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Unit {
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanos,
    /// Microseconds.
    #[serde(rename = "µs")]
    Micros,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Millis,
    /// Millions of bytes.
    #[serde(rename = "MB")]
    Megabytes,
    /// A multiple of something else that the same engine took.
    #[serde(rename = "×")]
    Times,
}

impl Unit {
    /// Returns it for people.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Nanos => "ns",
            Unit::Micros => "µs",
            Unit::Millis => "ms",
            Unit::Megabytes => "MB",
            Unit::Times => "×",
        }
    }
}

impl Row {
    /// Makes a row without goals of nanoseconds, or multiples, in each round.
    ///
    /// # Panics
    ///
    /// Panics if there is no round.
    pub fn new(name: impl Into<String>, unit: Unit, ours: &[f64], theirs: &[f64]) -> Row {
        let scale = match unit {
            Unit::Nanos | Unit::Times | Unit::Megabytes => 1.0,
            Unit::Micros => 1e3,
            Unit::Millis => 1e6,
        };
        Row {
            name: name.into(),
            unit,
            interfuse: median(&mut ours.to_vec()) / scale,
            wasmtime: median(&mut theirs.to_vec()) / scale,
            ratio: ratio(ours, theirs),
            most_ratio: None,
            most: None,
        }
    }

    /// Sets the largest number to be reached.
    pub fn at_most(self, most: f64) -> Row {
        let most = Some(most);
        Row { most, ..self }
    }

    /// Sets the largest ratio to be reached.
    pub fn at_most_times(self, most: f64) -> Row {
        let most_ratio = Some(most);
        Row { most_ratio, ..self }
    }

    /// Returns whether the goals are met, if there are any.
    pub fn is_met(&self) -> Option<bool> {
        let ratio = self.most_ratio.map(|most| self.ratio <= most);
        let number = self.most.map(|most| self.interfuse <= most);
        match (ratio, number) {
            (Some(a), Some(b)) => Some(a && b),
            (a, b) => a.or(b),
        }
    }

    /// Returns the goals for people.
    pub fn goal(&self) -> Option<String> {
        let number = self
            .most
            .map(|most| format!("≤ {most} {}", self.unit.name()));
        let ratio = self.most_ratio.map(|most| format!("≤ {most:.1}× Wasmtime"));
        match (number, ratio) {
            (Some(a), Some(b)) => Some(format!("{a}, {b}")),
            (a, b) => a.or(b),
        }
    }
}
