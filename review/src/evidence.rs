//! What was seen of a case. The child measures, the parent judges.

use serde::{Deserialize, Serialize};

use crate::{
    Accepted, Case, Outcome, StoreKind, guards::Guard, rates::Rate, search::Program,
    soak::SoakReport,
};

/// What a child process is asked to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// Begins every line of the answer. A script that reaches standard output cannot know it.
    pub(crate) nonce: String,
    /// The task.
    pub(crate) task: Task,
    /// Where the objects are.
    pub(crate) store: StoreKind,
    /// The guards the engine runs without.
    pub(crate) off: Vec<Guard>,
    /// Whether the child limits its own address space and processor time.
    pub(crate) rlimits: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Task {
    /// One case.
    Case(Box<Case>),
    /// Many calls in one engine.
    Soak(Soak),
    /// Composed programs, one after another.
    Search(Search),
    /// Statements that call one function each.
    Rates(Rates),
}

/// Statements that call one function each.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Rates {
    /// How many of each function.
    pub(crate) shapes: u32,
    /// Decides which.
    pub(crate) seed: u64,
}

/// What came of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct RatesSeen {
    /// The worst of each function.
    pub(crate) functions: Vec<Rate>,
    /// How many statements ran.
    pub(crate) statements: u64,
}

/// Composed programs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Search {
    /// The programs, in order.
    pub(crate) programs: Vec<Program>,
}

/// What came of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct SearchSeen {
    /// How many ran.
    pub(crate) ran: u64,
    /// Statements of those that call the host.
    pub(crate) host_calls: u64,
    /// Milliseconds the latest ended after its deadline.
    pub(crate) worst_late_ms: f64,
    /// Bytes the process grew most beyond memory limit and host bytes.
    pub(crate) worst_growth: u64,
    /// Milliseconds of the neighbour's slowest call.
    pub(crate) worst_neighbour_ms: f64,
    /// The program that overran, and how. It was the last that ran.
    pub(crate) finding: Option<(u64, Vec<String>)>,
}

/// Many calls of many cases in one engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Soak {
    /// The cases to pick from; scripts only.
    pub(crate) cases: Vec<Case>,
    /// How many calls in all.
    pub(crate) calls: u64,
    /// How many at a time.
    pub(crate) jobs: u32,
    /// Decides the order.
    pub(crate) seed: u64,
}

/// One line of a child's answer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Event {
    /// What begins now. The outer guard's clock starts anew.
    Stage(String),
    /// The case is over; nothing follows.
    Evidence(Box<Evidence>),
    /// The soak is over; nothing follows.
    Soak(Box<SoakReport>),
    /// The programs are over; nothing follows.
    Search(Box<SearchSeen>),
    /// The statements are over; nothing follows.
    Rates(Box<RatesSeen>),
    /// The case could not be run, which is nobody's success.
    Unable(String),
}

/// What was seen of one case.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The hostile calls, in order.
    pub calls: Vec<CallSeen>,
    /// The calls of well behaved classes around them.
    pub canaries: Vec<CanarySeen>,
    /// Digest of the whole object (data, xattrs, omap, header) before the first call.
    pub object_before: String,
    /// And after the last.
    pub object_after: String,
    /// Memory of the process.
    pub memory: MemorySeen,
    /// A well behaved client of another object, before the hostile calls and beside them.
    pub neighbour: NeighbourSeen,
    /// Milliseconds the engine took to close, script states included.
    pub close_ms: f64,
    /// Findings in output, log and error text.
    pub findings: Findings,
}

/// One hostile call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallSeen {
    /// Which call, such as `installed method` or `pair L124, other object`.
    pub what: String,
    /// How often it was made; the slowest is shown.
    pub times: u32,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it answered with success, so that its writes stay. A script that says `REFUSED` may have.
    pub succeeded: bool,
    /// The ends it may come to.
    pub accepted: Accepted,
    /// Wall-clock milliseconds until the engine answered.
    pub elapsed_ms: f64,
    /// Processor milliseconds of the calling thread.
    pub cpu_ms: f64,
    /// Milliseconds within which it had to end, without the grace.
    pub deadline_ms: f64,
    /// Longest time between two looks at the clock, in milliseconds, when the backend measures it.
    pub gap_ms: Option<f64>,
    /// Fuel used.
    pub fuel: u64,
    /// The return value, or the error text; escaped and cut.
    pub text: String,
    /// The start of the output; escaped and cut.
    pub output: String,
    /// Whether the object is byte for byte what it was before the call.
    pub object_unchanged: bool,
    /// What else was wrong with it, as the child saw it.
    pub wrong: Vec<String>,
}

/// One call of a well behaved class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CanarySeen {
    /// When and on what, such as `after, other object`.
    pub what: String,
    /// Whether it answered as it must.
    pub right: bool,
    /// Milliseconds until it answered.
    pub elapsed_ms: f64,
    /// What it answered when it was wrong; escaped and cut.
    pub text: String,
}

/// What a client of another object saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NeighbourSeen {
    /// Its calls beside the hostile ones.
    pub calls: u64,
    /// Milliseconds that 99 of 100 of its calls did not exceed before the hostile calls began.
    pub before_ms: f64,
    /// The same beside them.
    pub beside_ms: f64,
}

/// Memory of the process around the calls, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MemorySeen {
    /// Resident before the first call.
    pub before: u64,
    /// Largest resident size until the last canary answered.
    pub peak: u64,
    /// The memory limit of a call.
    pub limit: u64,
    /// Host bytes the largest call was entitled to and used: input, output, log, object bytes.
    pub host_bytes: u64,
}

impl MemorySeen {
    /// How much the process grew.
    #[must_use]
    pub fn growth(&self) -> u64 {
        self.peak.saturating_sub(self.before)
    }
}

/// Marked text in output, log and errors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// Excerpts around `BREACH`: always a failure.
    pub breaches: Vec<String>,
    /// Excerpts around `LEAK`: something left that should not.
    pub leaks: Vec<String>,
    /// Excerpts around `NOTE`: for the reviewer to decide.
    pub notes: Vec<String>,
}

impl Findings {
    /// Looks through `text`, which came from `place`. What must not reach a standard stream may reach the log.
    pub(crate) fn search(&mut self, place: &str, text: &[u8]) {
        let logged = place == "log";
        for (word, list) in [
            (&b"BREACH"[..], &mut self.breaches),
            (b"LEAK", &mut self.leaks),
            (b"NOTE", &mut self.notes),
        ] {
            let marks =
                |window: &[u8]| window.starts_with(word) && !(logged && names_a_stream(window));
            let found = (0..text.len()).find(|at| marks(&text[*at..]));
            if let Some(at) = found
                && list.len() < 20
            {
                let from = at.saturating_sub(20);
                list.push(format!(
                    "{place}: {}",
                    objclass::escaped(&text[from..], 200)
                ));
            }
        }
    }
}

/// Marks that say where they must not be found: on a stream of the process, which the guard reads as well.
fn names_a_stream(text: &[u8]) -> bool {
    text.starts_with(b"BREACH-STDOUT") || text.starts_with(b"BREACH-STDERR")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breach_is_found_anywhere_and_made_printable() {
        let mut findings = Findings::default();
        findings.search("output", b"\x1b[31mxx\nBREACH \xff");
        findings.search("log", b"fine");
        assert_eq!(findings.breaches, [r"output: \u{1b}[31mxx\nBREACH \xff"]);
        assert!(findings.leaks.is_empty());
        findings.search("log", b"BREACH-STDOUT");
        assert_eq!(
            findings.breaches.len(),
            1,
            "a line printed to the log is where it belongs"
        );
        findings.search("log", b"BREACH-STDOUT then BREACH");
        findings.search("standard output", b"BREACH-STDOUT");
        assert_eq!(findings.breaches.len(), 3);
    }
}
