//! Rows and subjects: what the table of [`rows`](crate::rows) is made of.

use std::{error::Error, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{histogram::Histogram, world::World};

/// Anything that goes wrong while a subject is prepared or measured.
pub type Failure = Box<dyn Error + Send + Sync>;

/// Why a subject has no figure.
#[derive(Debug)]
pub enum Absent {
    /// It cannot be had on this machine or in this build: printed with the reason, and not our fault.
    Missing(String),
    /// It should have worked.
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Absent {
    fn from(error: E) -> Self {
        Absent::Failed(error.into())
    }
}

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Seconds for one call or one run. Less is better.
    Seconds,
    /// Operations in a second, of all clients together. More is better.
    PerSecond,
    /// Bytes. Less is better.
    Bytes,
    /// Seconds of processor time for one operation. Less is better.
    ProcessorSeconds,
}

impl Unit {
    /// How many times dearer `value` is than `floor`: above 1 is worse, in every unit.
    #[must_use]
    pub fn cost(self, value: f64, floor: f64) -> f64 {
        match self {
            Unit::PerSecond => floor / value,
            Unit::Seconds | Unit::Bytes | Unit::ProcessorSeconds => value / floor,
        }
    }
}

/// What a subject is in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The least anything could cost: what ratios are against.
    Floor,
    /// Ours.
    Ours,
    /// What others offer for the same job.
    Peer,
}

/// What one round of one subject came to.
#[derive(Debug)]
pub struct Sample {
    /// In the row's unit.
    pub value: f64,
    /// Of each operation, where a row looks at them.
    pub latencies: Option<Histogram>,
}

impl From<f64> for Sample {
    fn from(value: f64) -> Self {
        Self {
            value,
            latencies: None,
        }
    }
}

/// A subject that is ready to be measured.
pub trait Runner {
    /// Works for about `time` and says what it came to. What cannot be cut short (one run of a script) takes what it
    /// takes.
    ///
    /// # Errors
    /// The subject failed; its row shows that in the place of a figure.
    fn round(&mut self, time: Duration) -> Result<Sample, Failure>;
}

/// Makes a subject ready; what it leaves in the world goes when the runner is dropped.
pub type Prepare = Box<dyn Fn(&World) -> Result<Box<dyn Runner>, Absent>>;

/// One of the things a row compares.
pub struct Subject {
    /// Name in tables and plots.
    pub name: String,
    /// What it is in the row.
    pub role: Role,
    /// Makes it ready.
    pub prepare: Prepare,
}

impl std::fmt::Debug for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({:?})", self.name, self.role)
    }
}

impl Subject {
    /// A subject that `prepare` makes ready.
    pub fn new<R: Runner + 'static>(
        role: Role,
        name: impl Into<String>,
        prepare: impl Fn(&World) -> Result<R, Absent> + 'static,
    ) -> Self {
        Self {
            name: name.into(),
            role,
            prepare: Box::new(move |world| Ok(Box::new(prepare(world)?))),
        }
    }

    /// A subject that cannot be had in this build, and why.
    pub fn missing(role: Role, name: impl Into<String>, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self {
            name: name.into(),
            role,
            prepare: Box::new(move |_| Err(Absent::Missing(reason.clone()))),
        }
    }
}

/// Rows that differ in one number, such as that of clients, and are plotted together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// What the rows have in common.
    pub name: String,
    /// What the number counts.
    pub axis: String,
    /// The number of this row.
    pub x: u64,
}

/// How long a row is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// Rounds in a full run.
    pub rounds: usize,
    /// Time of one round of one subject in a full run.
    pub time: Duration,
    /// Rounds in a quick run.
    pub quick_rounds: usize,
    /// Time of one round of one subject in a quick run.
    pub quick_time: Duration,
}

/// One comparison.
#[derive(Debug)]
pub struct Row {
    /// Name, such as `call/lua/say_hello`: stable, `--only` selects by it.
    pub id: String,
    /// Heading for people.
    pub title: String,
    /// What is compared.
    pub what: &'static str,
    /// Why that is fair, and where it is not.
    pub fair: &'static str,
    /// What the figures count.
    pub unit: Unit,
    /// The series it belongs to.
    pub series: Option<Series>,
    /// How long it is looked at.
    pub effort: Effort,
    /// What is compared, in the order of their turns.
    pub subjects: Vec<Subject>,
}
