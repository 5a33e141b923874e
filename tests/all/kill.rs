//! `kill -9` on the real command: what was acknowledged is there, what failed left nothing, nothing is half there.
#![expect(
    clippy::disallowed_methods,
    reason = "how much is tested is a matter of the environment"
)]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Duration,
};

use testkit::{
    binary::{Victim, finish, radula_command},
    corpus::{bundled_lua_classes, corpus_classes},
    fixture::Scratch,
};

/// A store on disk and the classes to use it with.
struct Place {
    scratch: Scratch,
    classes: [PathBuf; 2],
}

impl Place {
    fn new() -> Self {
        let scratch = Scratch::new();
        let classes = [
            scratch.copy_of("actor", &corpus_classes("lua")),
            scratch.copy_of("bundled", &bundled_lua_classes()),
        ];
        Self { scratch, classes }
    }

    fn command(&self) -> Command {
        let mut command = radula_command(&self.scratch.path().join("store"));
        for directory in &self.classes {
            command.arg("--lua-class-dir").arg(directory);
        }
        command
    }

    /// Runs a command to the end and returns its output.
    fn ask(&self, arguments: &[&str]) -> String {
        let output = finish(self.command().args(arguments));
        assert!(
            output.status.success(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn shell(&self) -> Victim {
        Victim::start(self.command().args(["shell", "--keep-going"]))
    }

    /// A shell line that lets the actor do `actions`. They have line breaks, a shell line has none: hence the file.
    fn act(&self, oid: &str, name: &str, actions: &str) -> String {
        let file = self.scratch.file(&format!("actions/{name}"), actions);
        format!("exec {oid} actor rw --input-file {}", file.display())
    }

    /// The whole object, as the actor reads it.
    fn object(&self, oid: &str) -> String {
        self.ask(&[
            "exec",
            oid,
            "actor",
            "r",
            "read 0 0\ngetxattrs\nmap_get_vals - - 1000\nmap_read_header",
        ])
    }
}

const EVERYTHING: &str = "write_full data*30000\nsetxattr name value\nmap_set_vals a=1 b=2\nmap_write_header head\nout done";

#[test]
fn an_acknowledged_method_survives_the_kill() {
    let place = Place::new();
    let mut victim = place.shell();
    victim.say(&place.act("o", "everything", EVERYTHING));
    assert_eq!(victim.hear().as_deref(), Some("out done"));
    victim.kill();
    let expected = format!(
        "read {}\nxattrs name=value\nvals a=1 b=2\nheader head\n",
        "data".repeat(30000)
    );
    assert!(
        place.object("o") == expected,
        "the object is not what was acknowledged"
    );
}

#[test]
fn a_method_that_wrote_and_failed_leaves_the_object_as_it_was() {
    let place = Place::new();
    place.ask(&["exec", "o", "actor", "rw", EVERYTHING]);
    let before = place.object("o");
    let stat = place.ask(&["stat", "o", "--json"]);

    let mut victim = place.shell();
    victim.say(&place.act(
        "o",
        "change",
        "write 5 CHANGED\nsetxattr name changed\nmap_clear\nmap_set_val c 3\nfail EBUSY",
    ));
    victim.say("exec o actor r 'out ready'");
    assert_eq!(victim.hear().as_deref(), Some("out ready"));
    victim.kill();

    assert!(
        place.object("o") == before,
        "the failed method changed the object"
    );
    assert_eq!(place.ask(&["stat", "o", "--json"]), stat, "size and mtime");
}

/// Rounds of each of the two kill loops; `KILL_ROUNDS=10000` for a night.
fn rounds() -> u64 {
    std::env::var("KILL_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(100)
}

/// Runs the rounds of a kill loop on stores of their own side by side: a command that starts or waits for the disk leaves
/// the processor to another. Each worker gets its number and how many rounds are its, and returns how many of its kills
/// left calls unanswered; most have to, or they came too late to show anything.
fn side_by_side(work: impl Fn(u64, u64) -> u64 + Sync) {
    const WORKERS: u64 = 4;
    let rounds = rounds();
    let cut = AtomicU64::new(0);
    thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (work, cut) = (&work, &cut);
            let mine = rounds / WORKERS + u64::from(worker < rounds % WORKERS);
            scope.spawn(move || cut.fetch_add(work(worker, mine), Ordering::Relaxed));
        }
    });
    let cut = cut.into_inner();
    println!("{cut} of {rounds} kills left calls unanswered");
    assert!(cut * 2 > rounds, "{cut} of {rounds}");
}

/// A client adds to a counter until it is killed in the middle; afterwards the counter holds at least what was
/// acknowledged and at most what was asked for.
#[test]
fn no_acknowledged_add_is_lost_when_the_command_is_killed_at_any_moment() {
    const ADDS: u64 = 60;
    side_by_side(|worker, rounds| {
        let place = Place::new();
        place.ask(&["exec", "c", "counter", "reset"]);
        // The first answer of the next round is the counter after the kill.
        let (mut least, mut most, mut cut) = (0, 0, 0);
        for round in 0..rounds {
            let mut victim = place.shell();
            victim.say("exec c counter get");
            let found = victim.hear().expect("the counter answers");
            within(&found, least, most).unwrap_or_else(|loss| panic!("round {round}: {loss}"));
            for _ in 0..ADDS {
                victim.say("exec c counter add");
            }
            let before: u64 = found.parse().expect("a number");
            let mut acknowledged = before;
            for _ in 0..1 + (round * 7 + worker * 3) % 20 {
                acknowledged = answered(victim.hear(), acknowledged);
            }
            // Somewhere within an add, another place in each round.
            thread::sleep(Duration::from_micros((round * 137 + worker * 211) % 1000));
            victim.kill();
            while let Some(line) = victim.hear() {
                acknowledged = answered(Some(line), acknowledged);
            }
            (least, most) = (acknowledged, before + ADDS);
            cut += u64::from(least < most);
        }
        counted(&place, least, most).unwrap_or_else(|loss| panic!("at the end: {loss}"));
        cut
    });
}

/// The number in an answer; a last line that was cut by the kill acknowledges nothing.
fn answered(line: Option<String>, so_far: u64) -> u64 {
    line.and_then(|line| line.parse().ok())
        .map_or(so_far, |number: u64| number.max(so_far))
}

/// The counter, unless it is less than was acknowledged or more than was asked for.
fn counted(place: &Place, acknowledged: u64, asked: u64) -> Result<u64, String> {
    within(
        place.ask(&["exec", "c", "counter", "get"]).trim(),
        acknowledged,
        asked,
    )
}

fn within(answer: &str, acknowledged: u64, asked: u64) -> Result<u64, String> {
    let number: u64 = answer.parse().expect("a number");
    if (acknowledged..=asked).contains(&number) {
        Ok(number)
    } else {
        Err(format!(
            "{acknowledged} acknowledged, {asked} asked for, {number} there"
        ))
    }
}

#[test]
fn a_lost_add_would_be_noticed() {
    let place = Place::new();
    place.ask(&["exec", "c", "counter", "add", "5"]);
    let store = place.scratch.path().join("store");
    let older = place.scratch.path().join("older");
    copy(&store, &older);
    place.ask(&["exec", "c", "counter", "add", "3"]);
    assert_eq!(counted(&place, 8, 8), Ok(8));
    copy(&older, &store);
    assert!(
        counted(&place, 8, 8).is_err(),
        "a store that went back in time passes"
    );
    assert!(
        counted(&place, 1, 4).is_err(),
        "more than was asked for passes"
    );
}

/// Makes `to` a copy of the directory `from`.
#[expect(clippy::disallowed_methods, reason = "moves a test's own store about")]
pub(crate) fn copy(from: &Path, to: &Path) {
    let status = Command::new("rm")
        .arg("-rf")
        .arg(to)
        .status()
        .expect("rm runs");
    assert!(status.success());
    let status = Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status()
        .expect("cp runs");
    assert!(status.success());
}

/// Every call rewrites data, xattr, omap and header with one number. Whenever the command is killed, the four agree.
#[test]
fn a_killed_command_leaves_no_half_of_a_call() {
    const MARKS: u64 = 30;
    side_by_side(|worker, rounds| {
        let place = Place::new();
        place.ask(&["exec", "o", "actor", "rw", &mark(0)]);
        let look = place.act(
            "o",
            "look",
            "read 149996 7\ngetxattr mark\nmap_get_val mark\nmap_read_header",
        );
        let (mut acknowledged, mut cut) = ("m000000".to_owned(), 0);
        for round in 0..=rounds {
            let mut victim = place.shell();
            victim.say(&look);
            let seen: Vec<_> = (0..4).filter_map(|_| victim.hear()).collect();
            whole(&seen.join("\n"), &acknowledged)
                .unwrap_or_else(|half| panic!("round {round}: {half}"));
            if round == rounds {
                break;
            }
            // Numbers only grow, so that one of an earlier round would be seen.
            for number in 1 + MARKS * round..=MARKS * (round + 1) {
                victim.say(&place.act("o", &format!("mark-{number}"), &mark(number)));
            }
            for _ in 0..1 + (round * 5 + worker * 3) % 20 {
                if let Some(line) = victim.hear() {
                    acknowledged = line.replace("out ", "");
                }
            }
            thread::sleep(Duration::from_micros((round * 211 + worker * 137) % 1500));
            victim.kill();
            while let Some(line) = victim.hear() {
                // A last line that was cut by the kill acknowledges nothing.
                let heard = line.strip_prefix("out ");
                if let Some(heard) = heard.filter(|heard| heard.len() == acknowledged.len()) {
                    acknowledged = heard.to_owned();
                }
            }
            cut += u64::from(acknowledged < mark(MARKS * (round + 1)));
        }
        cut
    });
}

/// Whether the four parts in `seen` come from one call, and from none before the acknowledged one.
fn whole(seen: &str, acknowledged: &str) -> Result<(), String> {
    let marks: Vec<&str> = seen
        .lines()
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    let [data, xattr, value, header] = marks[..] else {
        return Err(format!("not four parts: {seen}"));
    };
    if [xattr, value, header] != [data; 3] {
        return Err(format!("half of a call: {seen}"));
    }
    if data < acknowledged {
        return Err(format!("{acknowledged} acknowledged, {data} there"));
    }
    Ok(())
}

#[test]
fn half_of_a_call_would_be_noticed() {
    assert_eq!(
        whole("read m2\nxattr m2\nval m2\nheader m2\n", "m1"),
        Ok(())
    );
    assert!(whole("read m2\nxattr m2\nval m1\nheader m2\n", "m1").is_err());
    assert!(whole("read m1\nxattr m1\nval m1\nheader m1\n", "m2").is_err());
    assert!(whole("read m1\nxattr m1\n", "m1").is_err());
}

fn mark(number: u64) -> String {
    let mark = format!("m{number:06}");
    format!(
        "write_full {mark}*30000\nsetxattr mark {mark}\nmap_set_val mark {mark}\nmap_write_header {mark}\nout {mark}"
    )
}
