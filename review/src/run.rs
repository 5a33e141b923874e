//! Runs cases in children, some at a time, and puts the report together.

use std::{
    collections::VecDeque,
    io,
    path::PathBuf,
    sync::{Mutex, PoisonError, RwLock, mpsc},
    thread,
    time::Instant,
};

use crate::{
    Case, ChildCommand, Corpus, CorpusError, Family, StoreKind, child_process,
    evidence::{Request, Task},
    guards::Guard,
    limits, rates,
    report::{CaseReport, Conditions, Engine, Machine, Report, Totals},
    search,
    soak::{self, SoakReport},
    verdict::{self, GRACE_MS, SLACK},
};

/// How often a case is run while a busy machine explains all that is wrong with it. Only the first time beside others.
const ATTEMPTS: u32 = 4;

/// What to review, and how.
#[derive(Clone, Debug)]
pub struct Options {
    /// Directories with cases of the reviewer's own.
    pub directories: Vec<PathBuf>,
    /// Families to run; all when empty.
    pub families: Vec<Family>,
    /// Ids to run; all when empty.
    pub only: Vec<String>,
    /// Guards to switch off, to see whether the harness notices.
    pub unhardened: Vec<Guard>,
    /// Let the children also limit their own address space and processor time.
    pub rlimits: bool,
    /// Cases (or, in a soak, calls) at a time.
    pub jobs: usize,
    /// Decides every order that is random.
    pub seed: u64,
    /// Instead of case by case: this many calls of random scripts in one engine.
    pub soak: Option<u64>,
    /// Instead of case by case: this many programs composed at random, on a store on disk.
    pub search: Option<u64>,
    /// Instead of case by case: this many random shapes of each function, for what a unit of fuel costs.
    pub rates: Option<u32>,
    /// Where the objects of cases are, one after the other.
    pub stores: Vec<StoreKind>,
    /// How to start a child.
    pub child: ChildCommand,
}

/// What a run tells while it works.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A case has ended.
    Case(&'a CaseReport),
    /// So many programs of a search have run.
    Searched(u64),
}

impl Options {
    /// The built-in corpus, one case at a time, everything on.
    #[must_use]
    pub fn new(child: ChildCommand) -> Self {
        Self {
            directories: Vec::new(),
            families: Vec::new(),
            only: Vec::new(),
            unhardened: Vec::new(),
            rlimits: true,
            jobs: 1,
            seed: 0,
            soak: None,
            search: None,
            rates: None,
            stores: StoreKind::built(),
            child,
        }
    }
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The corpus cannot be used.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A child cannot be started.
    #[error("cannot start the child process {program}")]
    Child {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Every case needs a class in Lua, if only as its canary.
    #[error(
        "this build cannot run Lua classes, which every case needs: build with cargo feature \"lua\""
    )]
    NoLua,
    /// The path of the running program, which children are started from, is not known.
    #[error("the path of this program is not known")]
    Program(#[source] io::Error),
    /// A search that cannot be made.
    #[error("the programs of the search cannot be run: {0}")]
    Search(String),
    /// No working directory for a case.
    #[error("cannot make a temporary directory for a case")]
    Directory(#[source] io::Error),
}

/// Runs what `options` ask for; `each` sees every case as it ends, and how far a search is.
///
/// # Errors
/// [`ReviewError`] when the harness itself cannot work. What a case does is never an error but a verdict.
pub fn run(options: &Options, each: &mut dyn FnMut(Progress<'_>)) -> Result<Report, ReviewError> {
    if !cfg!(feature = "lua") {
        return Err(ReviewError::NoLua);
    }
    let began = Instant::now();
    let machine = Machine::this();
    let mut corpus = Corpus::read(&options.directories)?;
    corpus.select(&options.families, &options.only)?;
    let mut cases = Vec::new();
    let (mut soak, mut search, mut prices) = (None, None, None);
    if let Some(calls) = options.soak {
        soak = Some(run_soak(options, &corpus, calls)?);
    } else if let Some(programs) = options.search {
        let ran = &mut |programs| each(Progress::Searched(programs));
        search = Some(search::run(options, programs, ran)?);
    } else if let Some(shapes) = options.rates {
        prices = Some(rates::run(options, shapes)?);
    } else {
        cases = run_cases(options, &corpus.cases, each)?;
    }
    let seconds = began.elapsed().as_secs_f64();
    Ok(Report {
        format: 1,
        engine: Engine::this(digest_of_program(options)),
        machine,
        conditions: Conditions {
            corpus: corpus.digest,
            known_files: corpus.known,
            unhardened: options.unhardened.clone(),
            rlimits: options.rlimits,
            jobs: options.jobs,
            stores: options.stores.clone(),
            seed: options.seed,
            installed_limits: limits::in_words(&objclass::Limits::INSTALLED),
            eval_limits: limits::in_words(&objclass::Limits::EVAL),
            grace_ms: GRACE_MS,
            slack: SLACK,
        },
        totals: Totals::of(
            &cases,
            soak.as_ref(),
            search.as_ref(),
            prices.as_ref(),
            seconds,
        ),
        cases,
        soak,
        search,
        rates: prices,
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the report names the program by its digest"
)]
fn digest_of_program(options: &Options) -> Option<String> {
    let bytes = std::fs::read(&options.child.program).ok()?;
    Some(blake3::hash(&bytes).to_hex().to_string())
}

fn run_cases(
    options: &Options,
    cases: &[Case],
    each: &mut dyn FnMut(Progress<'_>),
) -> Result<Vec<CaseReport>, ReviewError> {
    let on_each = cases
        .iter()
        .flat_map(|case| options.stores.iter().map(move |&store| (case, store)));
    let queue: Mutex<VecDeque<(usize, (&Case, StoreKind))>> =
        Mutex::new(on_each.enumerate().collect());
    let next = || {
        queue
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front()
    };
    let turn = RwLock::new(());
    let (sender, results) = mpsc::channel();
    let mut reports: Vec<(usize, CaseReport)> = Vec::with_capacity(cases.len());
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            let (sender, next, turn) = (sender.clone(), &next, &turn);
            scope.spawn(move || {
                while let Some((index, (case, store))) = next() {
                    let report = run_case(options, case, store, turn);
                    if sender.send((index, report)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        for (index, report) in results {
            let report = report?;
            each(Progress::Case(&report));
            reports.push((index, report));
        }
        Ok::<(), ReviewError>(())
    })?;
    reports.sort_by_key(|(index, _)| *index);
    Ok(reports.into_iter().map(|(_, report)| report).collect())
}

fn run_case(
    options: &Options,
    case: &Case,
    store: StoreKind,
    turn: &RwLock<()>,
) -> Result<CaseReport, ReviewError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let task = Task::Case(Box::new(case.clone()));
        let ended = if attempts == 1 {
            let _beside_others = turn.read().unwrap_or_else(PoisonError::into_inner);
            ask(options, store, task)?
        } else {
            let _alone = turn.write().unwrap_or_else(PoisonError::into_inner);
            ask(options, store, task)?
        };
        let (verdict, evidence) = verdict::judge(&ended);
        if verdict.starved && attempts < ATTEMPTS {
            continue;
        }
        return Ok(CaseReport {
            id: case.id.clone(),
            family: case.family,
            store,
            kind: case.kind.clone(),
            title: case.title.clone(),
            why: case.why.clone(),
            file: case.file.clone(),
            expect: case.expect.clone(),
            verdict,
            evidence,
            attempts,
        });
    }
}

fn run_soak(options: &Options, corpus: &Corpus, calls: u64) -> Result<SoakReport, ReviewError> {
    let task = soak::task(&corpus.cases, calls, options.jobs, options.seed);
    let ended = ask(options, StoreKind::Memory, Task::Soak(task))?;
    Ok(soak::judge(&ended))
}

/// Runs one task in a child, in a directory of its own.
///
/// # Errors
/// The child cannot be started.
pub(crate) fn ask(
    options: &Options,
    store: StoreKind,
    task: Task,
) -> Result<child_process::Ended, ReviewError> {
    let directory = tempfile::tempdir().map_err(ReviewError::Directory)?;
    let request = Request {
        nonce: child_process::nonce(),
        task,
        store,
        off: options.unhardened.clone(),
        rlimits: options.rlimits,
    };
    child_process::run(&options.child, directory.path(), &request).map_err(|source| {
        ReviewError::Child {
            program: options.child.program.clone(),
            source,
        }
    })
}
