//! A disk that fails: every single write, sync, read and change of names of a run fails once, each in a run of its own.
//!
//! Nothing that was asked for after a failure was noted may be acknowledged, and what was acknowledged is there once the
//! store is opened on a sound disk: on the files as they are, and on what a power cut after the failure leaves of them.

use std::sync::Mutex;

use faults::{Call, Cut, Disk, Event, Failure, How};

use super::{
    account::Account,
    cuts::{examine, number},
    run::{Place, Session},
    workload::*,
    *,
};

/// What a call fails with, in turn: `EIO`, `ENOSPC`, `EDQUOT`; and `EINTR`, after which it is made again, unless it fails for good.
const ERRNOS: [i32; 4] = [5, 28, 122, 4];

/// Steps of the first session, `FAILURE_STEPS` for more.
const STEPS_BEFORE: usize = 6;

/// A run that makes a store, fills it and puts it into tables once.
fn first() -> Session {
    Session {
        first: 1,
        last: number("FAILURE_STEPS", STEPS_BEFORE),
        aborts: true,
    }
}

/// One that recovers it, goes on and closes it.
fn second() -> Session {
    let last = first().last;
    Session {
        first: last + 1,
        last: last + 3,
        aborts: false,
    }
}

/// A series of failures: that of the first call of a class, of the second, and so on to the last.
#[derive(Clone, Copy, Debug)]
struct Series {
    call: Call,
    /// Every so many calls.
    step: u64,
    how: Option<How>,
    times: u64,
}

/// Every call of every class fails once; some writes are short, and some failures stay.
const SERIES: [Series; 9] = {
    const fn once(call: Call) -> Series {
        Series {
            call,
            step: 1,
            how: None,
            times: 1,
        }
    }
    const fn lasting(call: Call) -> Series {
        Series {
            step: 16,
            times: u64::MAX / 4,
            ..once(call)
        }
    }
    [
        once(Call::Write),
        once(Call::Sync),
        once(Call::Read),
        once(Call::Meta),
        Series {
            step: 4,
            how: Some(How::Short),
            ..once(Call::Write)
        },
        lasting(Call::Write),
        lasting(Call::Sync),
        lasting(Call::Read),
        lasting(Call::Meta),
    ]
};

impl Series {
    /// The failure of the `index`th run, from 0.
    fn failure(&self, index: u64) -> Failure {
        let number = 1 + index * self.step;
        let kinds = if self.times > 1 { 3 } else { 4 };
        // After a round they are one place on, so that calls of a pattern meet them all.
        let kind = usize::try_from((index + index / kinds) % kinds).unwrap_or(0);
        let errno = ERRNOS[kind];
        Failure {
            call: self.call,
            number,
            how: self.how.unwrap_or(How::Errno(errno)),
            times: self.times,
        }
    }
}

/// The threads of a run take turns as they like, and it does not make the same number of calls each time: a series is
/// over when so many runs one after the other ended before the call that was to fail.
const OVER: usize = 6;

/// What is to be run, and how the runs ended.
#[derive(Debug, Default)]
struct Progress {
    series: usize,
    index: u64,
    /// Runs at the end of the series so far that did not meet their failure.
    missed: usize,
    tally: Tally,
    wrong: Vec<String>,
}

/// How runs ended.
#[derive(Clone, Debug, Default)]
struct Tally {
    runs: usize,
    /// The failures that were met, of each class: a call that failed once counts.
    met: [usize; SERIES.len()],
    /// A commit was refused because of it.
    refused: usize,
    /// The store did not open with it.
    unopened: usize,
}

impl Progress {
    fn next(&mut self, all: &[Series]) -> Option<(usize, Failure)> {
        if self.missed >= OVER {
            (self.series, self.index, self.missed) = (self.series + 1, 0, 0);
        }
        let series = all.get(self.series)?;
        let failure = series.failure(self.index);
        self.index += 1;
        Some((self.series, failure))
    }

    fn note(&mut self, series: usize, failure: Failure, run: Result<Run, String>) {
        self.tally.runs += 1;
        let run = match run {
            Ok(run) => run,
            Err(what) => {
                self.wrong.push(format!("{failure:?}: {what}"));
                return;
            }
        };
        self.tally.met[series] += usize::from(run.met);
        self.tally.refused += usize::from(run.refused);
        self.tally.unopened += usize::from(run.unopened);
        if series == self.series {
            self.missed = if run.met { 0 } else { self.missed + 1 };
        }
    }
}

/// How one run ended.
struct Run {
    met: bool,
    refused: bool,
    unopened: bool,
}

/// One run with a failure in its last session; what was wrong.
fn run(failure: Failure, sessions: &[Session]) -> Result<Run, String> {
    let place = Place::new();
    let mut said = String::new();
    for (number, session) in sessions.iter().enumerate() {
        let last = number + 1 == sessions.len();
        let output = place.session(session, last.then_some(failure));
        said = String::from_utf8_lossy(&output.stdout).into_owned();
        said.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    let notes = fs::read_to_string(place.marks()).map_err(|error| format!("{error} {said}"))?;
    let last = notes.lines().last().unwrap_or_default();
    if last != "done" && !last.starts_with("refused") {
        return Err(format!("the run did not end: {said}"));
    }
    let account = Account::of(&notes);
    if account.late > 0 {
        return Err(format!("acknowledged after a failure: {notes}"));
    }
    let events = place.record();
    let expected = expected(sessions.last().map_or(0, |session| session.last));
    let mut disk = Disk::new(&place.store());
    events.iter().for_each(|event| disk.apply(event));
    if let Some(differs) = disk.differs().unwrap() {
        return Err(format!("not everything was recorded: {differs:?}"));
    }
    let all = account.clone().with_all_stable();
    for (cut, account) in [(Cut::KeepsAll, &all), (Cut::KeepsNothing, &account)] {
        examine(&disk.cut(cut), account, &expected, true)
            .map_err(|what| format!("{cut:?}: {what}\n{notes}\n{said}"))?;
    }
    let failed = |event: &Event| matches!(event, Event::Failed { .. });
    Ok(Run {
        met: events.iter().any(failed),
        refused: notes.contains("failed"),
        unopened: last.starts_with("refused"),
    })
}

fn every_failure_of(sessions: &[Session], series: &[Series]) -> Progress {
    let progress = Mutex::new(Progress::default());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let next = progress.lock().unwrap().next(series);
                    let Some((number, failure)) = next else {
                        return;
                    };
                    let run = run(failure, sessions);
                    let mut progress = progress.lock().unwrap();
                    progress.note(number, failure, run);
                    if progress.wrong.len() > 10 {
                        return;
                    }
                }
            });
        }
    });
    let progress = progress.into_inner().unwrap();
    println!("{:?}", progress.tally);
    progress
}

/// Every failure of these sessions, none of which may do harm; at least so many writes, syncs, reads and changes of
/// names were failed.
fn survive_every_failure_of(sessions: &[Session], least: [usize; 4]) -> Tally {
    let Progress { tally, wrong, .. } = every_failure_of(sessions, &SERIES);
    assert!(
        wrong.is_empty(),
        "{} wrong: {}",
        wrong.len(),
        wrong.join("\n\n")
    );
    let enough = tally
        .met
        .iter()
        .zip(least)
        .all(|(met, least)| *met >= least);
    assert!(enough, "{tally:?}, and not {least:?}");
    tally
}

#[test]
fn whatever_call_fails_once_nothing_acknowledged_is_lost() {
    let tally = survive_every_failure_of(&[first()], [200, 100, 150, 80]);
    assert!(tally.refused > 50 && tally.unopened > 50, "{tally:?}");
}

#[test]
fn whatever_call_fails_in_a_recovery_nothing_acknowledged_is_lost() {
    let tally = survive_every_failure_of(&[first(), second()], [20, 30, 100, 15]);
    assert!(tally.refused > 20 && tally.unopened > 20, "{tally:?}");
}

/// A store that takes failed syncs for good: the same run on a disk that says of syncs that they were done, and does
/// nothing.
#[test]
fn a_failed_sync_that_is_taken_for_good_is_caught() {
    let ignored = Series {
        call: Call::Sync,
        step: 5,
        how: Some(How::Ignored),
        times: u64::MAX / 4,
    };
    let Progress { wrong, .. } = every_failure_of(&[first()], &[ignored]);
    let lost = |what: &String| what.contains("lost acknowledged steps");
    assert!(wrong.iter().any(lost), "{wrong:#?}");
}
