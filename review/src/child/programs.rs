//! Programs of the search, one after another on a disk store, with a neighbour at work on another object.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use objclass::Limits;

use super::{
    Speaker,
    bench::{self, Bench, OTHER, Unable},
    log::Log,
    seen::seen,
};
use crate::{
    Accepted,
    child_process::LAYING_OUT,
    event::SearchSeen,
    evidence::{Findings, MemorySeen},
    proc,
    program::{CLASSES, Program},
    shape::Shape,
    task::{Request, Search},
    verdict::SLACK,
};

/// How long after its deadline a program may end. The processor may have been elsewhere; then it runs again.
const GRACE_MS: f64 = if cfg!(debug_assertions) { 250.0 } else { 25.0 };

/// How often a program that was late or large runs before it counts: the machine has other work, and the store flushes
/// and merges in the background.
const ATTEMPTS: usize = 3;

/// Pause of the neighbour between two calls.
const PAUSE: Duration = Duration::from_millis(2);

pub(super) fn run(
    task: &Search,
    request: &Request,
    log: &Log,
    speaker: &Speaker,
) -> Result<SearchSeen, Unable> {
    speaker.stage(LAYING_OUT);
    let directory = bench::class_dir()?;
    for (name, source) in CLASSES {
        bench::write_class(&directory, name, source.as_bytes())?;
    }
    let bench = Bench::open(&directory, request)?;
    bench.seed(OTHER)?;
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let neighbour = scope.spawn(|| neighbour(&bench, &stop));
        let mut seen = programs(task, &bench, log, speaker);
        stop.store(true, Ordering::Relaxed);
        let beside = neighbour.join();
        if let Ok(seen) = &mut seen {
            match beside {
                Ok(Ok(worst)) => seen.worst_neighbour_ms = worst,
                Ok(Err(why)) => seen.blame(task, vec![format!("a neighbour: {why}")]),
                Err(_) => seen.blame(task, vec!["a neighbour's thread panicked".into()]),
            }
        }
        seen
    })
}

/// A well behaved client of another object; the slowest of its calls in milliseconds.
fn neighbour(bench: &Bench, stop: &AtomicBool) -> Result<f64, String> {
    let mut worst = 0.0_f64;
    while !stop.load(Ordering::Relaxed) {
        let canary = bench.canary("beside the programs".into(), OTHER, true);
        if !canary.right {
            return Err(canary.text);
        }
        worst = worst.max(canary.elapsed_ms);
        thread::sleep(PAUSE);
    }
    Ok(worst)
}

fn programs(
    task: &Search,
    bench: &Bench,
    log: &Log,
    speaker: &Speaker,
) -> Result<SearchSeen, Unable> {
    let mut all = SearchSeen::default();
    let mut versions: HashMap<Shape, Option<String>> = HashMap::new();
    for program in &task.programs {
        let oid = program.shape.word();
        speaker.stage(LAYING_OUT);
        if versions.get(&program.shape) != Some(&bench.version_of(oid)?) {
            bench.shape(oid, program.shape)?;
            versions.insert(program.shape, bench.version_of(oid)?);
        }
        speaker.stage(&format!("program {}", program.number));
        let reasons = attempts(program, bench, log, oid, &mut all)?;
        all.ran += 1;
        all.host_calls += program.host_calls();
        if !reasons.is_empty() {
            all.finding = Some((program.number, reasons));
            return Ok(all);
        }
    }
    Ok(all)
}

/// Runs a program until nothing is wrong, at most [`ATTEMPTS`] times: what is the program's doing is there each time.
fn attempts(
    program: &Program,
    bench: &Bench,
    log: &Log,
    oid: &str,
    all: &mut SearchSeen,
) -> Result<Vec<String>, Unable> {
    let source = program.source();
    let request = serde_json::json!({ "script": source, "handler": "attack", "input": "hello" });
    let input = request.to_string();
    let mut reasons = Vec::new();
    for _ in 0..ATTEMPTS {
        proc::reset_peak().map_err(Unable::Memory)?;
        let mut memory = MemorySeen {
            before: proc::resident().unwrap_or(0),
            ..MemorySeen::default()
        };
        let mut findings = Findings::default();
        let waited = proc::waited_ms();
        let answer = bench.exec(oid, runtime::EVAL_CLASS, "eval_json", input.as_bytes());
        let waited = proc::waited_ms() - waited;
        let call = seen(
            "program",
            &Accepted::any_controlled_end(),
            &answer,
            &Limits::EVAL,
            true,
            &mut findings,
            &mut memory,
        );
        memory.peak = proc::peak().unwrap_or(u64::MAX);
        for line in log.take() {
            findings.search("log", line.as_bytes());
        }
        // That others had the processor is no doing of the program's; that it waited for the disk or for a lock may be.
        let late = call.elapsed_ms - call.deadline_ms - waited;
        let allowed = memory.limit + memory.host_bytes + SLACK + engine_rows(program.shape);
        reasons = call.wrong;
        if !call.accepted.contains(call.outcome) {
            reasons.push(format!("ended in {}: {}", call.outcome, call.text));
        }
        if late > GRACE_MS {
            reasons.push(format!(
                "ended {late:.0} ms after its deadline, with {:.0} ms of processor time",
                call.cpu_ms
            ));
        }
        if memory.growth() > allowed {
            let (growth, allowed) = (memory.growth() >> 10, allowed >> 10);
            reasons.push(format!(
                "the process grew by {growth} KiB, allowed is {allowed} KiB"
            ));
        }
        if reasons.is_empty() {
            all.worst_late_ms = all.worst_late_ms.max(late);
            let beyond = memory
                .growth()
                .saturating_sub(memory.limit + memory.host_bytes);
            all.worst_growth = all.worst_growth.max(beyond);
            break;
        }
        // How a program ends is no matter of what the machine does meanwhile.
        if !call.accepted.contains(call.outcome) {
            break;
        }
    }
    Ok(reasons)
}

/// What the storage engine holds of rows it walks over: it reads a row whole, value included, and has up to five of them
/// at hand while it merges. A known gap: a listing of keys between large values costs that, whatever its limits.
const fn engine_rows(shape: Shape) -> u64 {
    match shape {
        Shape::Values => 5 * super::shapes::VALUE as u64,
        _ => 0,
    }
}

impl SearchSeen {
    /// Something was wrong that no single program can be blamed for: the last one stands for it.
    fn blame(&mut self, task: &Search, reasons: Vec<String>) {
        let last = self.ran.saturating_sub(1);
        let at = usize::try_from(last).unwrap_or(0);
        if let (None, Some(program)) = (&self.finding, task.programs.get(at)) {
            self.finding = Some((program.number, reasons));
        }
    }
}

/// Time a shape takes to prepare is not a program's.
impl Bench {
    fn shape(&self, oid: &str, shape: Shape) -> Result<(), Unable> {
        let began = Instant::now();
        super::shapes::prepare(self.io(), oid, shape)?;
        tracing::debug!(?shape, took = ?began.elapsed(), "prepared");
        Ok(())
    }

    /// What changes when the object does; none when there is no object.
    fn version_of(&self, oid: &str) -> Result<Option<String>, Unable> {
        match self.io().stat(oid) {
            Ok(stat) => Ok(Some(format!("{stat:?}"))),
            Err(error) if error.errno() == radula::Errno::ENOENT => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
