//! The child process: one case, seen from inside.

mod bench;
mod eval;
mod hostile_component;
mod log;
mod neighbour;
mod operations;
mod prices;
mod programs;
mod random_scripts;
mod script;
mod seen;
mod shapes;
mod tampered;

use std::{
    io::{self, Read, Write},
    process::ExitCode,
    sync::Mutex,
    thread,
};

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::{
    Case, Evidence,
    case::{Body, Script},
    child_process::LAYING_OUT,
    event::Event,
    proc,
    task::{Request, Task},
};

use bench::{Bench, Unable};
use log::Log;
use neighbour::Neighbour;

/// Address space of a child, in bytes: room for an engine and its threads, none for a runaway allocation.
const ADDRESS_SPACE: u64 = 8 << 30;

/// Processor seconds of a child that runs one case.
const PROCESSOR_SECONDS: u64 = 60;

/// The hidden command: reads a request on standard input, answers on standard output.
///
/// The status is 0 when evidence was given, whatever it shows.
#[must_use]
pub fn child_main() -> ExitCode {
    let mut question = Vec::new();
    let request: Request = match io::stdin()
        .read_to_end(&mut question)
        .and_then(|_| Ok(serde_json::from_slice(&question)?))
    {
        Ok(request) => request,
        Err(error) => {
            eprintln!(
                "radula review: no request on standard input: {error}; run `radula review` instead"
            );
            return ExitCode::from(2);
        }
    };
    let speaker = Speaker::new(&request.nonce);
    // The engine has to hold on a thread as other programs make it.
    let answered = thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK);
        let answered = thread.spawn_scoped(scope, || answer(&request, &speaker));
        match answered.map(thread::ScopedJoinHandle::join) {
            Ok(Ok(answered)) => answered,
            Ok(Err(_)) => Ok(Event::Unable("the thread of the case panicked".into())),
            Err(error) => Ok(Event::Unable(format!("no thread for the case: {error}"))),
        }
    });
    let last = answered.unwrap_or_else(|unable| Event::Unable(unable.to_string()));
    speaker.say(&last);
    ExitCode::SUCCESS
}

/// Stack of the thread that makes the calls: what Rust gives a thread.
const STACK: usize = 2 << 20;

fn answer(request: &Request, speaker: &Speaker) -> Result<Event, Unable> {
    if request.rlimits {
        limit_process(&request.task)?;
    }
    let log = Log::install()?;
    match &request.task {
        Task::Case(case) => {
            let evidence = run_case(case, request, &log, speaker)?;
            Ok(Event::Evidence(Box::new(evidence)))
        }
        Task::Soak(task) => {
            let report = random_scripts::run(task, request, &log, speaker)?;
            Ok(Event::Soak(Box::new(report)))
        }
        Task::Search(task) => {
            let seen = programs::run(task, request, &log, speaker)?;
            Ok(Event::Search(Box::new(seen)))
        }
        Task::Rates(task) => {
            let seen = prices::run(task, request, &log, speaker)?;
            Ok(Event::Rates(Box::new(seen)))
        }
    }
}

fn run_case(
    case: &Case,
    request: &Request,
    log: &Log,
    speaker: &Speaker,
) -> Result<Evidence, Unable> {
    speaker.stage(LAYING_OUT);
    let mut run = CaseRun {
        case,
        evidence: Evidence::default(),
        log,
        speaker,
    };
    let layout = match &case.body {
        Body::Script(script) => script::lay_out(script)?,
        Body::Files(files) => tampered::lay_out(files, speaker)?,
        Body::Eval(_) => bench::class_dir()?,
        Body::Operations(operations) => operations::lay_out(operations)?,
        Body::Component(component) => hostile_component::lay_out(component)?,
    };
    // Made before memory is looked at: a large request is the harness's, not the engine's.
    let input = match &case.body {
        Body::Eval(request) => request.input.bytes()?,
        _ => Vec::new(),
    };
    speaker.stage("opening the engine");
    let bench = Bench::open(&layout, request)?;
    bench.seed_objects()?;
    run.shape(&bench)?;
    // The first calls fill caches and start threads; what they cost is not the attack's.
    let control_must_answer = !matches!(&case.body, Body::Files(files) if files.directory_refused);
    run.canaries(&bench, "before", control_must_answer);
    let is_wasm = matches!(case.body, Body::Component(_));
    if is_wasm {
        hostile_component::between(&mut run, &bench, "before");
    }
    run.evidence.object_before = bench.digest()?;
    let neighbour = Neighbour::before(&bench);
    proc::reset_peak().map_err(Unable::Memory)?;
    run.evidence.memory.before = proc::resident().unwrap_or(0);

    let (attacked, seen) = neighbour.beside(&bench, || match &case.body {
        Body::Script(script) => script::attack(&mut run, &bench, script),
        Body::Files(files) => tampered::attack(&mut run, &bench, files),
        Body::Eval(request) => eval::attack(&mut run, &bench, request, &input),
        Body::Operations(operations) => operations::attack(&mut run, &bench, operations),
        Body::Component(_) => hostile_component::attack(&mut run, &bench),
    });
    attacked?;
    run.evidence.neighbour = seen;

    run.evidence.object_after = bench.digest()?;
    run.canaries(&bench, "after", control_must_answer);
    if is_wasm {
        hostile_component::between(&mut run, &bench, "after");
    }
    run.evidence.memory.peak = proc::peak().unwrap_or(u64::MAX);
    speaker.stage("closing the engine");
    run.evidence.close_ms = bench.close();
    for line in log.take() {
        run.evidence.findings.search("log", line.as_bytes());
    }
    Ok(run.evidence)
}

/// A case while it runs.
struct CaseRun<'a> {
    case: &'a Case,
    evidence: Evidence,
    log: &'a Log,
    speaker: &'a Speaker,
}

impl CaseRun<'_> {
    /// Makes the attacked object what the case asks for.
    fn shape(&self, bench: &Bench) -> Result<(), Unable> {
        match &self.case.body {
            Body::Script(Script {
                shape: Some(shape), ..
            }) => shapes::prepare(bench.io(), bench::ATTACKED, *shape),
            _ => Ok(()),
        }
    }

    fn canaries(&mut self, bench: &Bench, when: &str, must_answer: bool) {
        for (place, oid) in [
            ("same object", bench::ATTACKED),
            ("other object", bench::OTHER),
        ] {
            let what = format!("{when}, {place}");
            self.speaker.stage(&format!("canary {what}"));
            self.evidence
                .canaries
                .push(bench.canary(what, oid, must_answer));
        }
    }
}

/// Ends a process that outlives every other guard, and keeps a runaway from taking the machine along.
fn limit_process(task: &Task) -> Result<(), Unable> {
    let set = |resource, value| {
        let limit = Rlimit {
            current: Some(value),
            maximum: Some(value),
        };
        setrlimit(resource, limit).map_err(|errno| Unable::Limit(errno.into()))
    };
    set(Resource::As, ADDRESS_SPACE)?;
    set(Resource::Core, 0)?;
    match task {
        Task::Case(_) => set(Resource::Cpu, PROCESSOR_SECONDS),
        // These may take as long as their calls do.
        Task::Soak(_) | Task::Search(_) | Task::Rates(_) => Ok(()),
    }
}

/// Writes events where the parent expects them.
struct Speaker {
    nonce: String,
    lock: Mutex<()>,
}

impl Speaker {
    fn new(nonce: &str) -> Self {
        Self {
            nonce: nonce.to_owned(),
            lock: Mutex::new(()),
        }
    }

    fn stage(&self, stage: &str) {
        self.say(&Event::Stage(stage.to_owned()));
    }

    fn say(&self, event: &Event) {
        let _turn = self.lock.lock();
        let Ok(event) = serde_json::to_string(event) else {
            return;
        };
        // The line break in front: a script that reached standard output may have left its line open.
        let line = format!("\n{}{event}\n", self.nonce);
        let mut out = io::stdout();
        // A parent that is gone wants to know nothing.
        let _gone = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}
