//! Concurrent histories with kills: eight clients of one process work on a few objects through Lua methods, the process
//! is killed and another goes on, and what every client saw must have been possible.
#![expect(clippy::disallowed_methods, reason = "sets up the files of the test")]

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    thread,
    time::Duration,
};

use objclass::Errno;
use radula::{Durability, IoCtx, Radula};
use rustix::time::{ClockId, clock_gettime};
use store::{Store, StoreEngine};
use testkit::{
    corpus::bundled_lua_classes,
    engine::{hermetic_config, set},
    fixture::Scratch,
    linear::{Model, Span, check},
    racy::{Race, RacyStore},
};

const CLIENTS: u64 = 8;
const OBJECTS: u64 = 6;

/// Calls whose answers are checked, `LINEAR_CALLS` for more.
const CALLS: usize = 100_000;
/// Kills meanwhile.
const KILLS: usize = 25;

const PLACE: &str = "LINEAR_TEST_PLACE";
const ROUND: &str = "LINEAR_TEST_ROUND";

/// Nanoseconds of the clock that all processes share.
fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
}

/// The class `counter`.
#[derive(Debug)]
struct Counter;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Add(i64),
    Get,
    Reset(i64),
}

/// What a call says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Number(i64),
    Nothing,
    /// There is no object to read.
    Missing,
}

impl Model for Counter {
    /// The number, once there is one.
    type State = Option<i64>;
    type Call = Call;
    type Answer = Answer;

    fn start() -> Option<i64> {
        None
    }

    fn call(state: &Option<i64>, call: &Call) -> (Option<i64>, Answer) {
        match call {
            Call::Add(step) => {
                let sum = state.unwrap_or(0) + step;
                (Some(sum), Answer::Number(sum))
            }
            Call::Get => (*state, state.map_or(Answer::Missing, Answer::Number)),
            Call::Reset(number) => (Some(*number), Answer::Nothing),
        }
    }
}

impl Answer {
    fn from_text(text: &str) -> Answer {
        match text {
            "-" => Answer::Nothing,
            "missing" => Answer::Missing,
            number => Answer::Number(number.parse().expect("a number")),
        }
    }
}

impl Call {
    /// The `number`th call of a client.
    fn of(client: u64, number: u64) -> Call {
        // No two clients add or set the same numbers, so that a mix-up shows.
        let own = (number * CLIENTS + client).cast_signed();
        match (number + client) % 20 {
            0 => Call::Reset(1_000_000 * own),
            1..=6 => Call::Get,
            _ => Call::Add(1 + own % 1000),
        }
    }

    fn text(self) -> String {
        match self {
            Call::Add(step) => format!("add {step}"),
            Call::Get => "get 0".to_owned(),
            Call::Reset(number) => format!("reset {number}"),
        }
    }

    fn from_text(method: &str, number: &str) -> Call {
        let number = number.parse().expect("a number");
        match method {
            "add" => Call::Add(number),
            "get" => Call::Get,
            "reset" => Call::Reset(number),
            other => panic!("no call {other}"),
        }
    }
}

/// A store, the classes, and what the clients noted, in a scratch of the test.
struct Place(Scratch);

impl Place {
    fn new() -> Self {
        let scratch = Scratch::new();
        let _classes = scratch.copy_of("classes", &bundled_lua_classes());
        let _notes = scratch.dir("notes");
        Self(scratch)
    }

    fn store(&self) -> PathBuf {
        self.0.path().join("store")
    }
}

/// What one client does until its process is killed, each call noted before and after by one write to a file of its own.
fn work(objects: &IoCtx, notes: &Path, round: u64, client: u64, calls: u64) {
    let file = notes.join(format!("{round}-{client}"));
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .expect("notes");
    for number in round * 1_000_000..round * 1_000_000 + calls {
        let call = Call::of(client, number);
        let object = (number * 7 + client * 3) % OBJECTS;
        let text = call.text();
        let (method, input) = text.split_once(' ').expect("two words");
        let durable = (number + client).is_multiple_of(16);
        let objects = objects.clone().with_durability(match durable {
            true => Durability::Sync,
            false => Durability::Buffered,
        });
        let begin = format!("{} {object} {text}", now());
        file.write_all(begin.as_bytes()).expect("noted");
        let reply = objects.exec(
            &format!("counter-{object}"),
            "counter",
            method,
            input.as_bytes(),
        );
        let answer = match reply {
            Ok(reply) if reply.output.is_empty() => "-".to_owned(),
            Ok(reply) => String::from_utf8_lossy(&reply.output).into_owned(),
            Err(error) if error.errno() == Errno::ENOENT => "missing".to_owned(),
            Err(error) => panic!("the counter answers: {error}"),
        };
        file.write_all(format!(" {answer} {}\n", now()).as_bytes())
            .expect("noted");
    }
}

fn together(radula: &Radula, notes: &Path, round: u64, calls: u64) {
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let objects = radula.ioctx("test");
            scope.spawn(move || work(&objects, notes, round, client, calls));
        }
    });
}

#[test]
#[ignore = "runs in a process of its own, which is killed"]
fn clients() {
    let place = PathBuf::from(std::env::var_os(PLACE).expect("started by its parent"));
    let round = std::env::var(ROUND).expect("started by its parent");
    let scratch = Scratch::new();
    let config = set(
        hermetic_config(&scratch),
        "lua_class_dir",
        place.join("classes"),
    );
    let config = set(config, "store", place.join("store"));
    let radula = Radula::open(config).expect("the store opens");
    together(
        &radula,
        &place.join("notes"),
        round.parse().expect("a number"),
        u64::MAX >> 24,
    );
}

/// Calls noted in a directory so far.
#[expect(
    clippy::disallowed_methods,
    reason = "the record is outside of the store"
)]
fn noted(notes: &Path) -> usize {
    let files = fs::read_dir(notes).expect("notes");
    files
        .map(|file| {
            let text = fs::read_to_string(file.expect("a file").path()).expect("notes");
            text.matches('\n').count()
        })
        .sum()
}

/// Lets clients work in a process of their own until `calls` were answered in all, and kills it. Returns when it was gone.
#[expect(
    clippy::disallowed_methods,
    reason = "starts and kills the process under test"
)]
fn round(place: &Place, number: usize, calls: usize) -> u64 {
    let mut child = Command::new(std::env::current_exe().expect("a path"))
        .args(["--ignored", "--exact", "linear::clients"])
        .env(PLACE, place.0.path())
        .env(ROUND, number.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("it starts");
    while noted(&place.0.path().join("notes")) < calls {
        assert!(
            child.try_wait().expect("it is ours").is_none(),
            "the clients ended by themselves"
        );
        thread::sleep(Duration::from_millis(5));
    }
    // Anywhere within a call.
    thread::sleep(Duration::from_micros(number as u64 * 137 % 2000));
    child.kill().expect("it can be killed");
    child.wait().expect("it is gone");
    now()
}

type History = BTreeMap<u64, Vec<Span<Call, Answer>>>;

/// The histories of all objects; `gone` says when the process of each round was.
#[expect(
    clippy::disallowed_methods,
    reason = "the record is outside of the store"
)]
fn history(notes: &Path, gone: &[u64]) -> History {
    let mut history = History::new();
    for file in fs::read_dir(notes).expect("notes") {
        let path = file.expect("a file").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let round: usize = name
            .split('-')
            .next()
            .and_then(|round| round.parse().ok())
            .expect("a round");
        for line in fs::read_to_string(&path).expect("notes").lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [began, object, method, number, ref answered @ ..] = words[..] else {
                panic!("a note is one write: {line:?}");
            };
            let (ended, answer) = match *answered {
                [answer, ended] => (
                    ended.parse().expect("a time"),
                    Some(Answer::from_text(answer)),
                ),
                _ => (gone[round], None),
            };
            let spans = history
                .entry(object.parse().expect("an object"))
                .or_default();
            spans.push(Span {
                began: began.parse().expect("a time"),
                ended,
                call: Call::from_text(method, number),
                answer,
            });
        }
    }
    history
}

fn linearizable(history: &History) -> Result<(), String> {
    for (object, spans) in history {
        check::<Counter>(spans).map_err(|why| format!("object {object}: {why}"))?;
    }
    Ok(())
}

#[test]
fn what_concurrent_clients_saw_was_possible_with_the_process_killed_again_and_again() {
    let calls = std::env::var("LINEAR_CALLS")
        .ok()
        .and_then(|calls| calls.parse().ok())
        .unwrap_or(CALLS);
    let place = Place::new();
    let gone: Vec<u64> = (0..KILLS)
        .map(|number| round(&place, number, calls * (number + 1) / KILLS))
        .collect();
    let history = history(&place.0.path().join("notes"), &gone);
    let spans = || history.values().flatten();
    let answered = spans().filter(|span| span.answer.is_some()).count();
    let killed = spans().count() - answered;
    println!("{answered} calls, {killed} killed");
    assert!(
        answered >= calls && killed >= KILLS,
        "{answered} answered, {killed} killed"
    );
    linearizable(&history).unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn an_acknowledged_call_that_a_kill_took_away_is_noticed() {
    let place = Place::new();
    let (store, older) = (place.store(), place.0.path().join("older"));
    let mut gone = vec![round(&place, 0, 400)];
    crate::kill::copy(&store, &older);
    gone.push(round(&place, 1, 800));
    // As a store would be that forgot what it acknowledged since.
    crate::kill::copy(&older, &store);
    gone.push(round(&place, 2, 1200));
    let history = history(&place.0.path().join("notes"), &gone);
    let why = linearizable(&history).expect_err("a store that went back in time passes");
    assert!(why.contains("no order explains"), "{why}");
}

/// The same work on a store in memory, without kills.
fn in_memory(wrap: impl FnOnce(Arc<dyn StoreEngine>) -> Arc<dyn StoreEngine>) -> History {
    let place = Place::new();
    let config = set(
        hermetic_config(&place.0),
        "lua_class_dir",
        place.0.path().join("classes"),
    );
    let engine = wrap(Arc::clone(store::memory().engine()));
    let radula = Radula::builder()
        .config(config)
        .store(Store::new(engine))
        .open()
        .expect("the store is open");
    let notes = place.0.path().join("notes");
    together(&radula, &notes, 0, 400);
    history(&notes, &[now()])
}

#[test]
fn a_lost_update_and_a_stale_read_are_noticed() {
    assert_eq!(linearizable(&in_memory(|store| store)), Ok(()));
    for race in [Race::LateForOthers, Race::StaleSnapshots] {
        let racy = in_memory(|store| Arc::new(RacyStore::new(store, race)) as Arc<dyn StoreEngine>);
        assert!(
            linearizable(&racy).is_err(),
            "a store with a race ({race:?}) passes"
        );
    }
}
