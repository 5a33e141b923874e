//! Runs cases in children, some at a time, and puts the report together.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError, RwLock, mpsc},
    thread,
    time::Instant,
};

use crate::{
    Case, Corpus, StoreKind,
    child_process::ask,
    error::ReviewError,
    evidence::SoakReport,
    limits,
    options::Options,
    rates,
    report::{CaseReport, Conditions, Engine, Machine, Report, Totals},
    search, soak,
    task::Task,
    verdict::{self, GRACE_MS, SLACK},
};

/// How often a case is run while a busy machine explains all that is wrong with it. Only the first time beside others.
const ATTEMPTS: u32 = 4;

/// What a run tells while it works.
#[derive(Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// A case has ended.
    Case(&'a CaseReport),
    /// So many programs of a search have run.
    Searched(u64),
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
