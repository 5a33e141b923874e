//! The report: what ran where, and what came of it.

mod html;
mod machine;
mod text;

use serde::{Deserialize, Serialize};

use crate::{
    Accepted, Evidence, Family, Guard, StoreKind, Verdict, evidence::SoakReport,
    rates::RatesReport, search::SearchReport,
};

pub use machine::Machine;
pub use text::{summary, table_head, table_row};

/// Everything a reviewer files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Version of this report's form; grows when a field changes its meaning.
    pub format: u32,
    /// What was reviewed.
    pub engine: Engine,
    /// Where it ran.
    pub machine: Machine,
    /// What it was run with.
    pub conditions: Conditions,
    /// The cases, in the order of the corpus.
    pub cases: Vec<CaseReport>,
    /// The soak, when one was asked for.
    pub soak: Option<SoakReport>,
    /// The search, when one was asked for.
    pub search: Option<SearchReport>,
    /// What a unit of fuel costs, when that was asked for.
    #[serde(default)]
    pub rates: Option<RatesReport>,
    /// The conclusion.
    pub totals: Totals,
}

/// What was reviewed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Engine {
    /// Version of the engine.
    pub version: String,
    /// Commit it was built from, when known.
    pub commit: Option<String>,
    /// Cargo's profile: `debug` or `release`.
    pub profile: String,
    /// BLAKE3 of the program file that ran the cases.
    pub program: Option<String>,
}

impl Engine {
    /// This build, run by the program at `program`.
    #[must_use]
    pub fn this(program: Option<String>) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: option_env!("RADULA_COMMIT").map(str::to_owned),
            profile: env!("RADULA_PROFILE").to_owned(),
            program,
        }
    }
}

/// What the cases were run with.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Conditions {
    /// BLAKE3 of the corpus.
    pub corpus: String,
    /// Guards that were off, to see whether the harness notices.
    pub unhardened: Vec<Guard>,
    /// Files of the reviewer's directories that the built-in corpus holds already.
    pub known_files: usize,
    /// Whether the children limited their own address space and processor time as well.
    pub rlimits: bool,
    /// Cases at a time.
    pub jobs: usize,
    /// Where the objects of cases were.
    pub stores: Vec<StoreKind>,
    /// Decides every order that is random.
    pub seed: u64,
    /// Limits of an installed class, in words.
    pub installed_limits: String,
    /// Limits of a script that comes with a request, in words.
    pub eval_limits: String,
    /// Milliseconds a call may end after its deadline.
    pub grace_ms: f64,
    /// Bytes the process may grow beyond the limits.
    pub slack: u64,
}

/// One case.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CaseReport {
    /// Its id.
    pub id: String,
    /// Its family.
    pub family: Family,
    /// What it is after.
    pub kind: String,
    /// What it tries.
    pub title: String,
    /// What must be observed, and where the idea comes from.
    pub why: String,
    /// Where its objects were.
    pub store: StoreKind,
    /// The file it was read from.
    pub file: String,
    /// The ends it may come to.
    pub expect: Accepted,
    /// What the harness makes of it.
    pub verdict: Verdict,
    /// What was seen.
    pub evidence: Evidence,
    /// How often it was run: more than once when the machine was too busy to tell.
    pub attempts: u32,
}

impl CaseReport {
    /// Milliseconds the latest call ended after its deadline; 0 when none was late.
    #[must_use]
    pub fn late_ms(&self) -> f64 {
        let late = self
            .evidence
            .calls
            .iter()
            .map(|call| call.elapsed_ms - call.deadline_ms);
        late.fold(0.0, f64::max)
    }

    /// Milliseconds of the longest call.
    #[must_use]
    pub fn elapsed_ms(&self) -> f64 {
        self.evidence
            .calls
            .iter()
            .map(|call| call.elapsed_ms)
            .fold(0.0, f64::max)
    }

    /// Longest time between two looks at the clock, when it was measured.
    #[must_use]
    pub fn gap_ms(&self) -> Option<f64> {
        let gaps = self.evidence.calls.iter().filter_map(|call| call.gap_ms);
        gaps.reduce(f64::max)
    }

    /// `same` or `changed`: the object, before and after.
    #[must_use]
    pub fn object(&self) -> &'static str {
        if self.evidence.object_before == self.evidence.object_after {
            "same"
        } else {
            "changed"
        }
    }

    /// How many of the canaries answered rightly, and how many there were.
    #[must_use]
    pub fn canaries(&self) -> (usize, usize) {
        let right = self
            .evidence
            .canaries
            .iter()
            .filter(|canary| canary.right)
            .count();
        (right, self.evidence.canaries.len())
    }
}

/// The conclusion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Whether everything passed.
    pub pass: bool,
    /// Cases that passed.
    pub passed: usize,
    /// Ids of those that did not.
    pub failed: Vec<String>,
    /// Seconds the whole run took.
    pub seconds: f64,
    /// Worst lateness over all cases, in milliseconds.
    pub worst_late_ms: f64,
    /// Longest call over all cases, in milliseconds.
    pub worst_elapsed_ms: f64,
    /// Longest time between two looks at the clock, in milliseconds.
    pub worst_gap_ms: f64,
    /// Largest growth of the process beyond the host bytes the calls used, in bytes.
    pub worst_growth: u64,
}

impl Totals {
    /// The conclusion from the parts.
    #[must_use]
    pub fn of(
        cases: &[CaseReport],
        soak: Option<&SoakReport>,
        search: Option<&SearchReport>,
        rates: Option<&RatesReport>,
        seconds: f64,
    ) -> Self {
        let failing = cases.iter().filter(|case| !case.verdict.pass);
        let mut failed: Vec<String> = failing.clone().map(|case| case.id.clone()).collect();
        // A case that fails on both stores is named once.
        failed.dedup();
        let growth = |case: &CaseReport| {
            case.evidence
                .memory
                .growth()
                .saturating_sub(case.evidence.memory.host_bytes)
        };
        Self {
            pass: failed.is_empty()
                && soak.is_none_or(|soak| soak.pass)
                && search.is_none_or(|search| search.pass)
                && rates.is_none_or(|rates| rates.pass),
            passed: cases.len() - failing.count(),
            failed,
            seconds,
            worst_late_ms: cases.iter().map(CaseReport::late_ms).fold(0.0, f64::max),
            worst_elapsed_ms: cases.iter().map(CaseReport::elapsed_ms).fold(0.0, f64::max),
            worst_gap_ms: cases
                .iter()
                .filter_map(CaseReport::gap_ms)
                .fold(0.0, f64::max),
            worst_growth: cases.iter().map(growth).max().unwrap_or(0),
        }
    }
}

impl Report {
    /// The cases of this run that are known to succeed without the guards that were off.
    pub fn known_breaches(&self) -> impl Iterator<Item = &CaseReport> {
        let off = &self.conditions.unhardened;
        self.cases.iter().filter(move |case| {
            off.iter()
                .any(|guard| guard.known_breaches().contains(&case.id.as_str()))
        })
    }

    /// The report as JSON, with the names of the fields.
    ///
    /// # Errors
    /// Never in practice: every field has a JSON form.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

#[cfg(test)]
mod tests;
