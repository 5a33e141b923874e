//! The verdict rule.
//!
//! A case passes only if all of this holds:
//!
//! 1. the process lived and ended by itself;
//! 2. neither output nor log, error text, standard output nor standard error holds `BREACH`, and nothing `LEAK`s;
//! 3. every call ended in one of the ways the case accepts;
//! 4. every call ended by its deadline and [`GRACE_MS`];
//! 5. the process grew by no more than the memory limit, the host bytes the calls used, and [`SLACK`];
//! 6. the engine closed within the grace;
//! 7. the canaries answered rightly on the same and on another object;
//! 8. the object is unchanged unless the call returned success;
//! 9. a client of another object, at work beside the calls, waits no more than twice as long as before them (99 of 100
//!    calls), or [`NEIGHBOUR_MS`].

use serde::{Deserialize, Serialize};

use crate::{
    Outcome,
    child_process::{Ended, Exit},
    event::Event,
    evidence::{Evidence, Findings},
};

/// How long after its deadline a call may end, and how long the engine may take to close, in milliseconds.
pub const GRACE_MS: f64 = 250.0;

/// Latency of a neighbour that is no matter of the hostile calls, in milliseconds: a machine that does other things too.
pub const NEIGHBOUR_MS: f64 = 50.0;

/// How much the process may grow beyond the limits of the call, in bytes.
pub const SLACK: u64 = 8 << 20;

/// What the harness makes of a case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether every rule holds.
    pub pass: bool,
    /// How the case ended: the first call that ended in a way that is not accepted, else the first call.
    pub outcome: Outcome,
    /// Which rules are broken, each with what was seen. Empty when it passed.
    pub reasons: Vec<String>,
    /// Whether time is all that is wrong, and the processor was elsewhere: worth another try.
    #[serde(skip)]
    pub starved: bool,
}

/// Applies the rule to what came out of the child.
pub(crate) fn judge(ended: &Ended) -> (Verdict, Evidence) {
    let mut reasons = Vec::new();
    let empty = Evidence::default();
    let evidence = match &ended.last {
        Some(Event::Evidence(evidence)) => &**evidence,
        Some(Event::Unable(why)) => {
            reasons.push(format!("the harness could not run the case: {why}"));
            &empty
        }
        _ => &empty,
    };
    let mut outcome = process_outcome(ended, &mut reasons);
    if outcome.is_none() && evidence.calls.is_empty() && reasons.is_empty() {
        reasons.push(String::from("the child gave no evidence"));
        outcome = Some(Outcome::Crash);
    }
    stream_marks(ended, &mut reasons);
    found(&evidence.findings, &mut reasons);
    // How many of the reasons would not be there on a machine that had time for this process.
    let mut excused = 0;
    for call in &evidence.calls {
        let late = call.elapsed_ms - call.deadline_ms;
        if late > GRACE_MS {
            reasons.push(format!(
                "{}: ended {late:.0} ms after its deadline",
                call.what
            ));
            excused += usize::from(call.cpu_ms <= call.deadline_ms + GRACE_MS / 2.0);
        }
        if !call.accepted.contains(call.outcome) {
            let (what, found, wanted) = (&call.what, call.outcome, &call.accepted);
            reasons.push(format!("{what}: ended in {found}, accepted is {wanted}"));
            outcome = outcome.or(Some(call.outcome));
            let robbed = call.outcome == Outcome::LimitCpu && call.cpu_ms < call.deadline_ms / 2.0;
            excused += usize::from(robbed && call.elapsed_ms >= call.deadline_ms);
        }
        if !call.object_unchanged && !call.succeeded {
            reasons.push(format!("{}: failed, and the object changed", call.what));
        }
        let wrong = call.wrong.iter();
        reasons.extend(wrong.map(|wrong| format!("{}: {wrong}", call.what)));
    }
    memory(evidence, &mut reasons);
    let neighbour = &evidence.neighbour;
    if neighbour.beside_ms > NEIGHBOUR_MS.max(2.0 * neighbour.before_ms) {
        let (beside, before) = (neighbour.beside_ms, neighbour.before_ms);
        reasons.push(format!(
            "a neighbour on another object waited {beside:.0} ms (99 of 100 calls) beside it, {before:.1} before"
        ));
        excused += 1;
    }
    if evidence.close_ms > GRACE_MS {
        reasons.push(format!(
            "the engine took {:.0} ms to close",
            evidence.close_ms
        ));
    }
    for canary in evidence.canaries.iter().filter(|canary| !canary.right) {
        reasons.push(format!("canary {}: {}", canary.what, canary.text));
    }
    let verdict = Verdict {
        pass: reasons.is_empty(),
        outcome: outcome
            .or_else(|| evidence.calls.first().map(|call| call.outcome))
            .unwrap_or(Outcome::Crash),
        starved: excused > 0 && excused == reasons.len(),
        reasons,
    };
    (verdict, evidence.clone())
}

pub(crate) fn process_outcome(ended: &Ended, reasons: &mut Vec<String>) -> Option<Outcome> {
    let at = match &ended.last {
        Some(Event::Stage(stage)) => stage.as_str(),
        Some(_) => "after the evidence",
        None => "before it said anything",
    };
    match ended.exit {
        Exit::Killed => {
            reasons.push(format!("the guard had to end the process, at: {at}"));
            Some(Outcome::Hang)
        }
        Exit::Signal(signal) => {
            reasons.push(format!("the process died of signal {signal}, at: {at}"));
            Some(Outcome::Crash)
        }
        Exit::Code(0) => None,
        Exit::Code(code) => {
            reasons.push(format!("the process ended with status {code}, at: {at}"));
            Some(Outcome::Crash)
        }
    }
}

/// What the process wrote where nobody should.
pub(crate) fn stream_marks(ended: &Ended, reasons: &mut Vec<String>) {
    let mut streams = Findings::default();
    streams.search("standard error", &ended.stderr);
    streams.search("standard output", &ended.stray);
    found(&streams, reasons);
    if !ended.stray.is_empty() {
        let text = objclass::escaped(&ended.stray, 200);
        reasons.push(format!("something wrote to standard output: {text}"));
    }
}

fn found(findings: &Findings, reasons: &mut Vec<String>) {
    for (mark, list) in [("BREACH", &findings.breaches), ("LEAK", &findings.leaks)] {
        reasons.extend(list.iter().map(|finding| format!("{mark} in {finding}")));
    }
}

fn memory(evidence: &Evidence, reasons: &mut Vec<String>) {
    let memory = &evidence.memory;
    let allowed = memory
        .limit
        .saturating_add(memory.host_bytes)
        .saturating_add(SLACK);
    if memory.growth() > allowed {
        let (growth, allowed) = (memory.growth() >> 10, allowed >> 10);
        reasons.push(format!(
            "the process grew by {growth} KiB, allowed is {allowed} KiB"
        ));
    }
}

#[cfg(test)]
mod tests;
