use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    thread,
};

use super::*;

/// An engine the test drives: each commit waits for a verdict.
struct Scripted {
    batches: Mutex<Vec<(Vec<u32>, bool)>>,
    started: Mutex<mpsc::Sender<()>>,
    verdicts: Mutex<mpsc::Receiver<Verdict>>,
}

#[derive(Clone, Copy)]
enum Verdict {
    Ok,
    Fail,
    Panic,
}

impl AppliesBatch for Scripted {
    type Rows = u32;

    fn commit(&self, batch: Vec<u32>, sync: bool) -> Result<(), Failure> {
        unpoisoned(self.batches.lock()).push((batch, sync));
        unpoisoned(self.started.lock()).send(()).unwrap();
        match unpoisoned(self.verdicts.lock()).recv().unwrap() {
            Verdict::Ok => Ok(()),
            Verdict::Fail => Err(Failure {
                reason: "no space left".to_owned(),
                source: Some(Box::new(std::io::Error::from(
                    std::io::ErrorKind::StorageFull,
                ))),
            }),
            Verdict::Panic => panic!("the engine panicked"),
        }
    }
}

struct Stage {
    group: Arc<Group<Scripted>>,
    started: mpsc::Receiver<()>,
    verdict: mpsc::Sender<Verdict>,
}

impl Stage {
    fn new() -> Self {
        let (start, started) = mpsc::channel();
        let (verdict, verdicts) = mpsc::channel();
        let engine = Scripted {
            batches: Mutex::default(),
            started: Mutex::new(start),
            verdicts: Mutex::new(verdicts),
        };
        let group = Arc::new(Group::new(engine, 1 << 30));
        Self {
            group,
            started,
            verdict,
        }
    }

    fn writer(
        &self,
        rows: u32,
        bytes: usize,
        sync: bool,
    ) -> thread::JoinHandle<Result<(), CommitError>> {
        let before = self.group.queue().waiting.len();
        let leads = !self.group.queue().led;
        let group = Arc::clone(&self.group);
        let writer = thread::spawn(move || group.commit(rows, bytes, sync));
        if leads {
            self.started.recv().unwrap();
        } else {
            while self.group.queue().waiting.len() == before {
                thread::yield_now();
            }
        }
        writer
    }

    fn batches(&self) -> Vec<(Vec<u32>, bool)> {
        unpoisoned(self.group.engine.batches.lock()).clone()
    }
}

#[test]
fn writers_that_wait_share_one_batch_and_its_strongest_durability() {
    let stage = Stage::new();
    let first = stage.writer(1, 1, false);
    let rest = [
        stage.writer(2, 1, false),
        stage.writer(3, 1, true),
        stage.writer(4, 1, false),
    ];
    stage.verdict.send(Verdict::Ok).unwrap();
    stage.verdict.send(Verdict::Ok).unwrap();
    first.join().unwrap().unwrap();
    for writer in rest {
        writer.join().unwrap().unwrap();
    }
    assert_eq!(stage.batches(), [(vec![1], false), (vec![2, 3, 4], true)]);
    assert!(!stage.group.queue().led);
}

#[test]
fn a_large_commit_ends_its_batch() {
    let stage = Stage::new();
    let mut writers = vec![stage.writer(1, 1, true)];
    writers.push(stage.writer(2, BATCH_BYTES, true));
    writers.push(stage.writer(3, 1, true));
    for _ in 0..3 {
        stage.verdict.send(Verdict::Ok).unwrap();
    }
    for writer in writers {
        writer.join().unwrap().unwrap();
    }
    let rows: Vec<_> = stage.batches().into_iter().map(|(rows, _)| rows).collect();
    assert_eq!(rows, [vec![1], vec![2], vec![3]]);
}

#[test]
fn after_a_failure_nothing_is_acknowledged_any_more() {
    let stage = Stage::new();
    let first = stage.writer(1, 1, true);
    let waiting = stage.writer(2, 1, true);
    stage.verdict.send(Verdict::Fail).unwrap();
    let failed = first.join().unwrap().unwrap_err();
    assert_eq!(failed.errno(), objclass::Errno::ENOSPC);
    assert!(matches!(
        waiting.join().unwrap(),
        Err(CommitError::Poisoned { .. })
    ));
    let later = stage.group.commit(3, 1, false).unwrap_err();
    assert!(later.to_string().contains("no space left"), "{later}");
    assert_eq!(stage.batches().len(), 1, "the engine is not asked again");
}

#[test]
fn a_panic_in_the_engine_leaves_nobody_waiting() {
    let stage = Stage::new();
    let group = Arc::clone(&stage.group);
    let first =
        thread::spawn(move || catch_unwind(AssertUnwindSafe(|| group.commit(1, 1, true))).is_err());
    stage.started.recv().unwrap();
    let waiting = stage.writer(2, 1, true);
    stage.verdict.send(Verdict::Panic).unwrap();
    assert!(first.join().unwrap());
    assert!(matches!(
        waiting.join().unwrap(),
        Err(CommitError::Poisoned { .. })
    ));
}

#[test]
fn a_leader_waits_for_writers_it_has_seen_and_a_single_one_for_nobody() {
    let sync = Duration::from_micros(400);
    assert_eq!(patience(1, 1, sync), None);
    assert_eq!(patience(3, 2, sync), None);
    assert_eq!(patience(1, 2, sync), Some(sync / 4));
    assert_eq!(patience(1, 2, Duration::from_micros(40)), None);
    assert_eq!(
        patience(1, 2, Duration::from_secs(1)),
        Some(LONGEST_PATIENCE)
    );

    let stage = Stage::new();
    stage.verdict.send(Verdict::Ok).unwrap();
    stage.writer(1, 1, true).join().unwrap().unwrap();
    assert_eq!(stage.group.queue().expected, 1);
    let first = stage.writer(2, 1, true);
    let second = stage.writer(3, 1, true);
    stage.verdict.send(Verdict::Ok).unwrap();
    first.join().unwrap().unwrap();
    assert_eq!(stage.group.queue().expected, 2);
    stage.verdict.send(Verdict::Ok).unwrap();
    second.join().unwrap().unwrap();
}

#[test]
fn buffered_commits_are_made_stable_when_they_reach_the_measure() {
    let stage = Stage::new();
    let half = 600 << 20;
    for (rows, bytes) in [(1, half), (2, half), (3, half), (4, 1)] {
        stage.verdict.send(Verdict::Ok).unwrap();
        stage.writer(rows, bytes, false).join().unwrap().unwrap();
    }
    let syncs: Vec<_> = stage.batches().into_iter().map(|(_, sync)| sync).collect();
    assert_eq!(syncs, [false, true, false, false]);
}
