//! The soak: random scripts in one engine, one after another or several at a time, canaries between them.

use crate::{
    Case, case::Body, child_process::Ended, event::Event, evidence::SoakReport, task::Soak, verdict,
};

/// The scripts of the corpus, to be picked from. The other families need a process of their own.
pub(crate) fn task(cases: &[Case], calls: u64, jobs: usize, seed: u64) -> Soak {
    let scripts = cases
        .iter()
        .filter(|case| matches!(case.body, Body::Script(_)));
    Soak {
        cases: scripts.cloned().collect(),
        calls,
        jobs: u32::try_from(jobs).unwrap_or(u32::MAX).max(1),
        seed,
    }
}

/// What came out of the child, and whether it came out as it should.
pub(crate) fn judge(ended: &Ended) -> SoakReport {
    let mut report = match &ended.last {
        Some(Event::Soak(report)) => (**report).clone(),
        _ => SoakReport::default(),
    };
    if let Some(Event::Unable(why)) = &ended.last {
        report
            .reasons
            .push(format!("the harness could not run the soak: {why}"));
    }
    verdict::process_outcome(ended, &mut report.reasons);
    verdict::stream_marks(ended, &mut report.reasons);
    if report.calls == 0 && report.reasons.is_empty() {
        report
            .reasons
            .push(String::from("the child gave no evidence"));
    }
    report.pass = report.reasons.is_empty();
    report
}
