//! The run: sessions in child processes, their files watched from below, their acknowledgements noted outside.

use std::{
    io::Write as _,
    process::{Command, Output},
    sync::Mutex,
    time::{Duration, Instant},
};

use faults::{Event, Failure, Preload};

use super::{workload::*, *};
use crate::{CommitError, CommitTerms};

const STORE: &str = "RADULA_TEST_POWER_STORE";
const MARKS: &str = "RADULA_TEST_POWER_MARKS";
const SESSION: &str = "RADULA_TEST_POWER_SESSION";

/// Makes the engine begin its next journal after about 30 KB instead of 64 MB.
const ROOM: u64 = 63_970_000;

/// What one process does.
#[derive(Clone, Copy, Debug)]
pub(super) struct Session {
    /// The first step of each object.
    pub(super) first: usize,
    /// The last.
    pub(super) last: usize,
    /// Whether it ends as if killed, without a close.
    pub(super) aborts: bool,
}

impl Session {
    /// One of those of the whole run.
    pub(super) fn of(number: usize) -> Session {
        Session {
            first: number * STEPS + 1,
            last: (number + 1) * STEPS,
            aborts: number == 1,
        }
    }

    fn text(&self) -> String {
        format!("{} {} {}", self.first, self.last, self.aborts)
    }

    fn from_text(text: &str) -> Session {
        let words: Vec<&str> = text.split(' ').collect();
        Session {
            first: words[0].parse().unwrap(),
            last: words[1].parse().unwrap(),
            aborts: words[2].parse().unwrap(),
        }
    }
}

/// A store and the notes about it, in a directory of their own.
pub(super) struct Place {
    directory: TempDir,
}

impl Place {
    pub(super) fn new() -> Self {
        // In memory where there is such a place: only what is recorded counts, not how long a sync takes.
        let shared = Path::new("/dev/shm");
        let directory = match shared.is_dir() {
            true => tempfile::tempdir_in(shared).unwrap(),
            false => tempfile::tempdir().unwrap(),
        };
        fs::create_dir(directory.path().join("store")).unwrap();
        Self { directory }
    }

    pub(super) fn store(&self) -> PathBuf {
        self.directory.path().join("store")
    }

    pub(super) fn marks(&self) -> PathBuf {
        self.directory.path().join("marks")
    }

    pub(super) fn record(&self) -> Vec<Event> {
        faults::read(&self.directory.path().join("record")).unwrap()
    }

    /// Runs one session in a process of its own, with what fails in it.
    pub(super) fn session(&self, session: &Session, failure: Option<Failure>) -> Output {
        let preload = Preload {
            directory: self.store(),
            record: Some(self.directory.path().join("record")),
            marks: Some(self.marks()),
            failure,
            room: ROOM,
        };
        // Whatever fails, it ends.
        let mut command = Command::new("timeout");
        command
            .arg("30")
            .arg(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("tests::disk::power::run::one_session")
            .env(STORE, self.store())
            .env(MARKS, self.marks())
            .env(SESSION, session.text());
        preload.put_under(&mut command).output().unwrap()
    }
}

/// The notes of a run, each one write and so whole or not there.
struct Marks(Mutex<fs::File>);

impl Marks {
    fn note(&self, text: &str) {
        let mut file = self.0.lock().unwrap();
        file.write_all(format!("{text}\n").as_bytes()).unwrap();
    }
}

#[test]
#[ignore = "runs in a process of its own, started by other tests"]
fn one_session() {
    let variable = |name| std::env::var_os(name).expect("started by its parent");
    let directory = PathBuf::from(variable(STORE));
    let session = Session::from_text(variable(SESSION).to_str().unwrap());
    let marks = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(variable(MARKS));
    let marks = Marks(Mutex::new(marks.unwrap()));
    let options = DiskOptions {
        reserve: 0,
        // The first leaves nothing to replay, which is itself a point to cut the power at.
        replay: match session.first {
            1 => 0,
            _ => DiskOptions::default().replay,
        },
        ..DiskOptions::default()
    };
    let store = match DiskStore::open(&directory, &options) {
        Ok(store) => store,
        Err(error) => return marks.note(&format!("refused {error}")),
    };
    marks.note("opened");
    let steps = session.first..=session.last;
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (store, marks, steps) = (&store, &marks, steps.clone());
            scope.spawn(move || {
                let mut mine: Vec<_> = (0..OBJECTS).filter(|n| n % THREADS == thread).collect();
                for step in steps {
                    mine.retain(|number| commit(store, marks, *number, step));
                    if thread == 0 && step.is_multiple_of(5) {
                        rotate(store, step);
                    }
                    if thread == 1 && step.is_multiple_of(4) {
                        marks.note("ask sync 0");
                        match store.sync() {
                            Ok(()) => marks.note("ack sync 0"),
                            Err(error) => marks.note(&format!("failed sync 0 {error}")),
                        }
                    }
                }
            });
        }
    });
    marks.note("done");
    if session.aborts {
        // As if killed: no close.
        std::process::abort();
    }
    drop(store);
}

/// Takes one step. `false` when it was not possible to say what the object is: then its later steps would be others.
fn commit(store: &DiskStore, marks: &Marks, number: usize, step: usize) -> bool {
    let durability = durability(number, step);
    let kind = match durability {
        Durability::Sync => "durable",
        Durability::Buffered => "buffered",
    };
    let id = object(number);
    let prepared = store.snapshot(&id).map_err(|fault| fault.to_string());
    let prepared = prepared.and_then(|snapshot| {
        let info = objclass::CallInfo {
            object: id.clone(),
            version: 0,
            subop: 0,
            origin: "test".into(),
        };
        let mut transaction = Transaction::new(snapshot, info, transaction::Quotas::default());
        match write(&mut transaction, number, step) {
            Ok(()) => Ok(transaction.into_changes().unwrap()),
            Err(error) => Err(error.to_string()),
        }
    });
    let changes = match prepared {
        Ok(changes) => changes,
        Err(why) => {
            marks.note(&format!("skipped {kind} {number} {step} {why}"));
            return false;
        }
    };
    marks.note(&format!("ask {kind} {number} {step}"));
    let terms = CommitTerms {
        receipt: Some(receipt(number, step)),
        ..durability.into()
    };
    let refused = match store.commit(&id, changes, terms) {
        Ok(_) => {
            marks.note(&format!("ack {kind} {number} {step}"));
            return true;
        }
        Err(error) => error,
    };
    let word = match refused {
        CommitError::Failed { .. } | CommitError::Poisoned { .. } => "failed",
        _ => "skipped",
    };
    marks.note(&format!("{word} {kind} {number} {step} {refused}"));
    false
}

/// Puts what is in memory into tables, as the engine does when its buffers are full; now and then it has enough of them
/// to merge. Gives up when that fails: what counts then is that nothing is acknowledged that is not there.
fn rotate(store: &DiskStore, step: usize) {
    for table in Table::ALL {
        let keyspace = store.tables().keyspace(table);
        if keyspace.rotate_memtable().is_err() {
            return;
        }
        let deadline = Instant::now() + Duration::from_millis(300);
        while keyspace.sealed_memtable_count() > 0 {
            if Instant::now() > deadline {
                return;
            }
            thread::sleep(Duration::from_millis(1));
        }
        if step.is_multiple_of(10) && keyspace.major_compact().is_err() {
            return;
        }
    }
}
