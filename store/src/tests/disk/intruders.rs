//! Other processes that open a store whose locks somebody removed or replaced while a writer has it open, and what else
//! can happen to its names: nothing that was acknowledged is lost, and every intruder is refused.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

use super::*;
use crate::{Repair, fsck_with, restore};

const STORE: &str = "RADULA_TEST_INTRUDERS_STORE";

/// The process that writes; each object is acknowledged by a line.
struct Writer {
    child: Child,
    lines: BufReader<ChildStdout>,
    input: ChildStdin,
    acknowledged: usize,
}

impl Writer {
    fn start(store: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "tests::disk::intruders::the_writer",
                "--include-ignored",
            ])
            .args(["--nocapture", "--quiet"])
            .env(STORE, store)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap());
        let input = child.stdin.take().unwrap();
        let mut writer = Writer {
            child,
            lines,
            input,
            acknowledged: 0,
        };
        writer.hear();
        writer
    }

    /// Waits until it has acknowledged something more.
    fn hear(&mut self) {
        let before = self.acknowledged;
        while self.acknowledged == before {
            let mut line = String::new();
            assert!(
                self.lines.read_line(&mut line).unwrap() > 0,
                "the writer ended early"
            );
            self.acknowledged += usize::from(line.trim_end().ends_with("acknowledged"));
        }
    }

    fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Ends it well, and returns how many objects it has acknowledged.
    fn end(mut self) -> usize {
        self.hear();
        self.input.write_all(b"stop\n").unwrap();
        let mut line = String::new();
        while self.lines.read_line(&mut line).unwrap() > 0 {
            self.acknowledged += usize::from(line.trim_end().ends_with("acknowledged"));
            line.clear();
        }
        assert!(self.child.wait().unwrap().success());
        self.acknowledged
    }
}

fn payload(number: usize) -> Bytes {
    Bytes::from(format!("{number} ").repeat(20_000))
}

#[test]
#[ignore = "the other process of the tests below"]
fn the_writer() {
    let Some(path) = std::env::var_os(STORE) else {
        return;
    };
    let store = open(Path::new(&path)).unwrap();
    let (sender, stop) = std::sync::mpsc::channel();
    thread::spawn(move || sender.send(std::io::stdin().lines().next()));
    for number in 0.. {
        try_change(&store, &id(&number.to_string()), Durability::Sync, |t| {
            t.write_full(payload(number))
        })
        .unwrap();
        println!("\n{number} acknowledged");
        if stop.try_recv().is_ok() {
            return;
        }
    }
}

/// Somebody else opens the store in one of the ways there are.
fn intrude(path: &Path, way: usize) -> OpenStoreError {
    match way % 4 {
        0 => open(path).map(drop).unwrap_err(),
        1 => fsck_with(path, Repair::Nothing, &mut |_| {}).unwrap_err(),
        2 => fsck_with(path, Repair::MoveAside, &mut |_| {}).unwrap_err(),
        _ => {
            let mut archive = Vec::new();
            let empty = crate::memory();
            crate::backup(&*empty.freeze().unwrap(), &mut archive).unwrap();
            match restore(path, &DiskOptions::default(), &mut &archive[..]).unwrap_err() {
                crate::RestoreError::Open(error) => error,
                error => panic!("{error}"),
            }
        }
    }
}

fn everything_is_there(path: &Path, acknowledged: usize) {
    let store = open(path).unwrap();
    for number in 0..acknowledged {
        let found = content(&store, &id(&number.to_string()));
        let found = found.unwrap_or_else(|| panic!("object {number} of {acknowledged} is gone"));
        assert_eq!(found.data, payload(number));
    }
    assert_eq!(crate::disk::fsck::check(&store).problems, []);
}

/// Does `harm` to the directory again and again while a writer works, also while it is stopped, and intrudes.
fn survives(harm: impl Fn(&Path)) {
    for stopped in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("s");
        let mut writer = Writer::start(&path);
        for way in 0..8 {
            writer.hear();
            if stopped {
                writer.signal(Signal::STOP);
            }
            harm(&path);
            let error = intrude(&path, way);
            let refused = matches!(
                error,
                OpenStoreError::InUse { .. } | OpenStoreError::Stray { .. }
            );
            // A restore looks for a store before it looks at anything else.
            let is_there = way % 4 == 3 && matches!(error, OpenStoreError::Exists { .. });
            assert!(refused || is_there, "way {way}: {error}");
            if stopped {
                writer.signal(Signal::CONT);
            }
        }
        let acknowledged = writer.end();
        for name in ["lock", "engine/lock"] {
            gone(&path.join(name));
        }
        everything_is_there(&path, acknowledged);
    }
}

fn gone(path: &Path) {
    fs::remove_file(path)
        .or_else(|_| fs::remove_dir(path))
        .or_else(|error| match path.exists() {
            true => Err(error),
            false => Ok(()),
        })
        .unwrap();
}

#[test]
fn a_lock_that_is_removed_keeps_others_out_all_the_same() {
    survives(|path| gone(&path.join("lock")));
}

#[test]
fn both_locks_that_are_removed_keep_others_out_all_the_same() {
    survives(|path| {
        gone(&path.join("lock"));
        gone(&path.join("engine/lock"));
    });
}

#[test]
fn a_lock_that_is_replaced_by_anything_keeps_others_out_all_the_same() {
    use std::cell::Cell;
    let turn = Cell::new(0);
    survives(|path| {
        for name in ["lock", "engine/lock"] {
            let lock = path.join(name);
            gone(&lock);
            turn.set(turn.get() + 1);
            match turn.get() % 5 {
                0 => fs::write(&lock, "").unwrap(),
                1 => fs::create_dir(&lock).unwrap(),
                2 => std::os::unix::fs::symlink("elsewhere", &lock).unwrap(),
                3 => fs::hard_link(path.join("radula-store"), &lock).unwrap(),
                _ => mkfifo(&lock),
            }
        }
    });
}

#[test]
fn a_directory_that_is_moved_away_goes_on_and_the_one_in_its_place_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let (path, moved) = (directory.path().join("s"), directory.path().join("moved"));
    let mut writer = Writer::start(&path);
    writer.hear();
    fs::rename(&path, &moved).unwrap();
    let other = open(&path).unwrap();
    change(&other, &id("other"), |t| t.create(true));
    let before = writer.acknowledged;
    while writer.acknowledged < before + 20 {
        writer.hear();
    }
    let refused = open(&moved).unwrap_err();
    assert!(matches!(refused, OpenStoreError::InUse { .. }), "{refused}");
    let acknowledged = writer.end();
    assert!(moved.join("closed").exists() && !path.join("closed").exists());
    drop(other);
    let other = open(&path).unwrap();
    assert_eq!(
        other.list("pool", None, None, "", 9).unwrap().entries,
        [id("other")]
    );
    everything_is_there(&moved, acknowledged);
}

#[test]
fn nothing_is_written_through_a_lock_that_is_a_link() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    drop(open(&path).unwrap());
    let victim = directory.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    for name in ["lock", "engine/lock"] {
        let lock = path.join(name);
        for link in [std::os::unix::fs::symlink::<&Path, &Path>, fs::hard_link] {
            gone(&lock);
            link(&victim, &lock).unwrap();
            let error = open(&path).unwrap_err();
            assert!(matches!(error, OpenStoreError::Stray { .. }), "{error}");
            let expected = path.join(name).display().to_string();
            assert!(error.to_string().contains(&expected), "{error}");
            assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
        }
        gone(&path.join(name));
        drop(open(&path).unwrap());
    }
}

pub(super) fn mkfifo(path: &Path) {
    let made = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[test]
fn no_name_of_the_store_under_which_there_is_a_pipe_blocks_opening() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("s");
    drop(open(&path).unwrap());
    let mut names = vec!["radula-store".to_owned(), "lock".into(), "closed".into()];
    names.push("engine/lock".into());
    let engine = crate::disk::inventory::files(&path.join("engine")).unwrap();
    names.extend(engine.iter().map(|file| format!("engine/{}", file.path)));
    for name in names {
        for kind in ["pipe", "link", "directory"] {
            let image = crash_image(&path);
            let name = image.path().join(&name);
            let target = image.path().join("was");
            fs::rename(&name, &target).unwrap();
            match kind {
                "pipe" => mkfifo(&name),
                "link" => std::os::unix::fs::symlink(&target, &name).unwrap(),
                _ => fs::create_dir(&name).unwrap(),
            }
            let started = Instant::now();
            let error = open(image.path()).unwrap_err();
            assert!(started.elapsed() < Duration::from_secs(20));
            assert!(
                error.to_string().contains(&name.display().to_string()),
                "{kind}: {error}"
            );
            gone(&name);
            fs::rename(&target, &name).unwrap();
            open(image.path()).unwrap();
        }
    }
}
