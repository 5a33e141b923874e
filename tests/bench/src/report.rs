//! What a run came to: kept as JSON, shown as a table, a page, and the documentation's tables.

mod format;
mod html;
mod markdown;
mod plot;
mod table;

use serde::{Deserialize, Serialize};

pub use html::{page, plain_page};
pub use markdown::{replace_tables, tables};
pub use plot::{Curve, curves_over_time};
pub use table::table;

use crate::{
    histogram::Percentiles,
    machine::Machine,
    model::{Role, Series, Unit},
    stats::Summary,
};

/// One run of the benchmark.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Version of this structure.
    pub format: u32,
    /// Where and of what.
    pub machine: Machine,
    /// Whether it was a quick run, whose figures mean nothing.
    pub quick: bool,
    /// What was asked for, when not everything was.
    pub only: Option<String>,
    /// Seconds it took.
    pub took_seconds: f64,
    /// The rows, in order.
    pub rows: Vec<RowReport>,
}

/// One row of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RowReport {
    /// See [`Row`](crate::model::Row).
    pub id: String,
    /// See [`Row`](crate::model::Row).
    pub title: String,
    /// See [`Row`](crate::model::Row).
    pub what: String,
    /// See [`Row`](crate::model::Row).
    pub fair: String,
    /// See [`Row`](crate::model::Row).
    pub unit: Unit,
    /// See [`Row`](crate::model::Row).
    pub series: Option<Series>,
    /// Rounds that were counted.
    pub rounds: usize,
    /// Seconds a subject had in each.
    pub round_seconds: f64,
    /// Seconds the row took in all.
    pub took_seconds: f64,
    /// Its subjects.
    pub subjects: Vec<SubjectReport>,
}

/// One subject of a row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SubjectReport {
    /// Name.
    pub name: String,
    /// What it is in the row.
    pub role: Role,
    /// What it came to.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// A figure, or why there is none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "outcome")]
pub enum Outcome {
    /// It was measured.
    Measured(Box<Figure>),
    /// It cannot be had here.
    Missing {
        /// Why.
        reason: String,
    },
    /// It should have worked and did not.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Figure {
    /// Over the rounds, in the row's unit.
    pub summary: Summary,
    /// How many times dearer than the floor of the same round; above 1 is worse, whatever the unit.
    pub cost: Option<Summary>,
    /// Of all operations of all rounds.
    pub latency: Option<Percentiles>,
    /// Each round, in the row's unit.
    pub rounds: Vec<f64>,
}

impl Report {
    /// Version of the structure written today.
    pub const FORMAT: u32 = 1;

    /// What keeps this run from being a pass: a subject that failed, a row without any figure or explicit absence.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.rows.is_empty() {
            faults.push("no row was run".to_owned());
        }
        for row in &self.rows {
            if row.subjects.is_empty() {
                faults.push(format!("{}: has no subject", row.id));
            }
            for subject in &row.subjects {
                if let Outcome::Failed { reason } = &subject.outcome {
                    faults.push(format!("{}: {}: {reason}", row.id, subject.name));
                }
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests;
