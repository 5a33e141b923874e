//! What was seen of a case. The child measures, the parent judges.

use serde::{Deserialize, Serialize};

use crate::{Accepted, Outcome};

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

/// What came of a soak.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SoakReport {
    /// Calls made.
    pub calls: u64,
    /// Different cases among them.
    pub cases: usize,
    /// Calls at a time.
    pub jobs: u32,
    /// Canary calls between them.
    pub canaries: u64,
    /// Milliseconds of the slowest canary.
    pub slowest_canary_ms: f64,
    /// Bytes the process grew between the end of the first tenth of the calls and the end.
    pub growth: u64,
    /// Whether every rule holds.
    pub pass: bool,
    /// Which do not.
    pub reasons: Vec<String>,
}

/// A function, and the worst that was found of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// Its name.
    pub function: String,
    /// Nanoseconds of processor time a unit of fuel cost at most; `None` when every shape was over too soon to tell.
    pub ns_per_unit: Option<f64>,
    /// The statement that cost so much, and the object it ran on.
    pub dearest: String,
    /// The longest time between two looks at the clock, in milliseconds of the processor's.
    pub gap_ms: f64,
    /// The statement it was seen at, and the object.
    pub longest: String,
    /// What is wrong with it.
    pub reasons: Vec<String>,
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
