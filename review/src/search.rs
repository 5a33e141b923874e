//! The search: programs composed at random from host calls, library functions, nested calls and object shapes, run on
//! a disk store under an outside clock and a memory meter. What overruns is cut down to the statements it takes.
//!
//! A list of attacks has the blind spots of its author; a search shares none of them. The same seed composes the same
//! programs on every machine.

mod shrink;

use serde::{Deserialize, Serialize};

use crate::{
    StoreKind,
    child_process::ask,
    error::ReviewError,
    event::{Event, SearchSeen},
    options::Options,
    program::Program,
    task::{Search, Task},
    verdict,
};

/// Programs a child runs before the next one starts: a leak of one batch is not another's.
const BATCH: u64 = 500;

/// Findings after which the search ends: the rest would be more of the same.
const MAX_FINDINGS: usize = 10;

/// What a search came to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SearchReport {
    /// Programs run.
    pub programs: u64,
    /// Statements among them that call the host.
    pub host_calls: u64,
    /// Milliseconds the latest program ended after its deadline.
    pub worst_late_ms: f64,
    /// Bytes the process grew most during one program, beyond what its limits allow it.
    pub worst_growth: u64,
    /// Milliseconds of the slowest call of the neighbour that works beside the programs.
    pub worst_neighbour_ms: f64,
    /// What overran, each cut down.
    pub findings: Vec<Finding>,
    /// Whether there is none.
    pub pass: bool,
}

/// A program that overran.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Finding {
    /// Its number under the seed of the search.
    pub number: u64,
    /// The object it ran on.
    pub shape: String,
    /// What was wrong.
    pub reasons: Vec<String>,
    /// The script, with the statements that it takes: a case for the corpus.
    pub script: String,
}

/// Composes and runs `programs` programs; `progress` is told how many have run.
///
/// # Errors
/// A child cannot be started.
pub(crate) fn run(
    options: &Options,
    programs: u64,
    progress: &mut dyn FnMut(u64),
) -> Result<SearchReport, ReviewError> {
    let mut report = SearchReport::default();
    let mut next = 0;
    while next < programs && report.findings.len() < MAX_FINDINGS {
        let batch: Vec<Program> = (next..programs.min(next + BATCH))
            .map(|number| Program::composed(options.seed, number))
            .collect();
        let seen = batch_seen(options, &batch)?;
        next += seen.ran.max(1);
        report.programs += seen.ran;
        report.host_calls += seen.host_calls;
        report.worst_late_ms = report.worst_late_ms.max(seen.worst_late_ms);
        report.worst_growth = report.worst_growth.max(seen.worst_growth);
        report.worst_neighbour_ms = report.worst_neighbour_ms.max(seen.worst_neighbour_ms);
        if let Some((number, reasons)) = seen.finding {
            let found = batch.iter().find(|program| program.number == number);
            let program = found.unwrap_or(&batch[0]);
            let cut = shrink::shrink(program, |candidate| {
                let seen = batch_seen(options, std::slice::from_ref(candidate))?;
                Ok::<_, ReviewError>(seen.finding.is_some())
            })?;
            report.findings.push(Finding {
                number,
                shape: format!("{:?}", program.shape).to_lowercase(),
                reasons,
                script: cut.source(),
            });
        }
        progress(next);
    }
    report.pass = report.findings.is_empty();
    Ok(report)
}

/// Runs programs in a child. A child that dies or hangs is a finding of the program it was at.
fn batch_seen(options: &Options, programs: &[Program]) -> Result<SearchSeen, ReviewError> {
    let task = Task::Search(Search {
        programs: programs.to_vec(),
    });
    let ended = ask(options, StoreKind::Disk, task)?;
    let mut reasons = Vec::new();
    let mut seen = match &ended.last {
        Some(Event::Search(seen)) => (**seen).clone(),
        Some(Event::Unable(why)) => return Err(ReviewError::Search(why.clone())),
        _ => SearchSeen::default(),
    };
    verdict::process_outcome(&ended, &mut reasons);
    verdict::stream_marks(&ended, &mut reasons);
    if !reasons.is_empty() && seen.finding.is_none() {
        // The last stage names the program; what came before it ended well.
        let at = match &ended.last {
            Some(Event::Stage(stage)) => stage
                .strip_prefix("program ")
                .and_then(|number| number.parse::<u64>().ok()),
            _ => None,
        };
        let number = at.or(programs.first().map(|program| program.number));
        let number = number.unwrap_or_default();
        let before = programs
            .iter()
            .take_while(|program| program.number != number);
        seen.ran = before.count() as u64 + 1;
        seen.finding = Some((number, reasons));
    }
    Ok(seen)
}
