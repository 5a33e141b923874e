//! Random scripts in one engine, several at a time, canaries between them.

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

use objclass::Limits;

use super::{
    Speaker,
    bench::{self, Bench, OTHER, Unable},
    log::Log,
    script,
    seen::seen,
};
use crate::{
    Case, Outcome,
    case::{Body, Script},
    evidence::{Findings, MemorySeen, SoakReport},
    proc,
    task::{Request, Soak},
    verdict::{GRACE_MS, SLACK},
};

/// Reasons kept; a broken engine would give thousands.
const MAX_REASONS: usize = 50;

/// Bytes an open class may keep warm between calls.
const KEPT_BY_A_CLASS: u64 = 1 << 20;

/// What the threads gather.
#[derive(Default)]
struct Tally {
    canaries: u64,
    slowest_canary_ms: f64,
    after_warm_up: u64,
    findings: Findings,
    memory: MemorySeen,
    reasons: Vec<String>,
}

struct Stage<'a> {
    task: &'a Soak,
    bench: &'a Bench,
    log: &'a Log,
    speaker: &'a Speaker,
    next: AtomicU64,
    tally: Mutex<Tally>,
}

pub(super) fn run(
    task: &Soak,
    request: &Request,
    log: &Log,
    speaker: &Speaker,
) -> Result<SoakReport, Unable> {
    speaker.stage("installing the scripts");
    let directory = bench::class_dir()?;
    for (number, case) in task.cases.iter().enumerate() {
        script::write_attack(&directory, &class_name(number), script_of(case)?)?;
    }
    let bench = Bench::open(&directory, request)?;
    bench.seed(OTHER)?;
    for job in 0..task.jobs {
        bench.seed(&object_of(job))?;
    }
    let stage = Stage {
        task,
        bench: &bench,
        log,
        speaker,
        next: AtomicU64::new(0),
        tally: Mutex::default(),
    };
    proc::reset_peak().map_err(Unable::Memory)?;
    thread::scope(|scope| {
        let stage = &stage;
        let threads: Vec<_> = (0..task.jobs)
            .map(|job| scope.spawn(move || stage.calls(job)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .unwrap_or(Err(Unable::Case("a thread of the harness panicked")))
        })
    })?;
    let tally = stage
        .tally
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let growth = proc::resident()
        .unwrap_or(u64::MAX)
        .saturating_sub(tally.after_warm_up);
    speaker.stage("closing the engine");
    let close_ms = bench.close();
    Ok(conclude(task, tally, growth, close_ms))
}

fn conclude(task: &Soak, mut tally: Tally, growth: u64, close_ms: f64) -> SoakReport {
    let findings = &tally.findings;
    for (mark, list) in [("BREACH", &findings.breaches), ("LEAK", &findings.leaks)] {
        tally
            .reasons
            .extend(list.iter().map(|finding| format!("{mark} in {finding}")));
    }
    let open = task.calls.min(task.cases.len() as u64);
    let allowed = u64::from(task.jobs) * (tally.memory.limit + SLACK) + open * KEPT_BY_A_CLASS;
    if growth > allowed {
        tally.reasons.push(format!(
            "the process grew by {} KiB after the first tenth",
            growth >> 10
        ));
    }
    if close_ms > GRACE_MS {
        tally
            .reasons
            .push(format!("the engine took {close_ms:.0} ms to close"));
    }
    SoakReport {
        calls: task.calls,
        cases: task.cases.len(),
        jobs: task.jobs,
        canaries: tally.canaries,
        slowest_canary_ms: tally.slowest_canary_ms,
        growth,
        pass: tally.reasons.is_empty(),
        reasons: tally.reasons,
    }
}

fn class_name(number: usize) -> String {
    format!("soak{number}")
}

fn object_of(job: u32) -> String {
    format!("soak{job}")
}

fn script_of(case: &Case) -> Result<&Script, Unable> {
    match &case.body {
        Body::Script(script) => Ok(script),
        _ => Err(Unable::Case("only scripts take part in a soak")),
    }
}

impl Stage<'_> {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One thread's share: the next call, then canaries, until there are no more.
    fn calls(&self, job: u32) -> Result<(), Unable> {
        let object = object_of(job);
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= self.task.calls {
                return Ok(());
            }
            let pick = usize::try_from(mixed(self.task.seed ^ number)).unwrap_or(0)
                % self.task.cases.len();
            let case = &self.task.cases[pick];
            self.speaker
                .stage(&format!("call {number}, case {}", case.id));
            self.call(case, &class_name(pick), &object)?;
            for oid in [object.as_str(), OTHER] {
                let what = format!("after {} on {oid}", case.id);
                let canary = self.bench.canary(what, oid, true);
                let mut tally = self.tally();
                tally.canaries += 1;
                tally.slowest_canary_ms = tally.slowest_canary_ms.max(canary.elapsed_ms);
                if !canary.right {
                    tally.wrong(format!("canary {}: {}", canary.what, canary.text));
                }
            }
            if number == self.task.calls / 10 {
                self.tally().after_warm_up = proc::resident().unwrap_or(0);
            }
        }
    }

    fn call(&self, case: &Case, class: &str, object: &str) -> Result<(), Unable> {
        let before = self.bench.digest_of(object)?;
        let answer = self.bench.exec(object, class, "attack", b"hello");
        let unchanged = self.bench.digest_of(object)? == before;
        // With more calls than processors the deadline may come before the end the case accepts.
        let accepted = if self.task.jobs > 1 {
            case.expect.clone().or(Outcome::LimitCpu)
        } else {
            case.expect.clone()
        };
        let mut tally = self.tally();
        let Tally {
            findings, memory, ..
        } = &mut *tally;
        let call = seen(
            &case.id,
            &accepted,
            &answer,
            &Limits::INSTALLED,
            unchanged,
            findings,
            memory,
        );
        for line in self.log.take() {
            findings.search("log", line.as_bytes());
        }
        if !accepted.contains(call.outcome) {
            tally.wrong(format!(
                "{}: ended in {}, accepted is {accepted}: {}",
                case.id, call.outcome, call.text
            ));
        }
        if !call.object_unchanged && !call.succeeded {
            tally.wrong(format!("{}: failed, and the object changed", case.id));
        }
        // The chunk may use up one deadline while it loads, and the method another.
        let time = if self.task.jobs > 1 {
            call.cpu_ms
        } else {
            call.elapsed_ms
        };
        if time > 2.0 * call.deadline_ms + GRACE_MS {
            tally.wrong(format!("{}: took {time:.0} ms", case.id));
        }
        call.wrong
            .into_iter()
            .for_each(|wrong| tally.wrong(format!("{}: {wrong}", case.id)));
        Ok(())
    }
}

impl Tally {
    fn wrong(&mut self, reason: String) {
        if self.reasons.len() < MAX_REASONS {
            self.reasons.push(reason);
        }
    }
}

/// A number that looks random and is the same everywhere (the finaliser of SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut z = number
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
