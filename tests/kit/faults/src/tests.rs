//! A child process that writes, and what is made of it.

use std::{
    fs::{self, File, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::Path,
    process::Command,
};

use crate::*;

const DIRECTORY: &str = "FAULTS_TEST_DIRECTORY";
const MARKS: &str = "FAULTS_TEST_MARKS";

/// Runs [`child`] with `failure`; its output and the record.
fn run(directory: &Path, failure: Option<Failure>) -> (String, Vec<Event>) {
    let below = directory.join("below");
    fs::create_dir(&below).unwrap();
    let preload = Preload {
        directory: below.clone(),
        record: Some(directory.join("record")),
        marks: Some(directory.join("marks")),
        failure,
        room: 1000,
    };
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "tests::child", "--nocapture"])
        .env(DIRECTORY, &below)
        .env(MARKS, directory.join("marks"));
    let output = preload.put_under(&mut command).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("1 passed"), "{said}");
    (said, read(&directory.join("record")).unwrap())
}

#[test]
#[ignore = "runs in a process of its own"]
fn child() {
    let directory = std::env::var_os(DIRECTORY).expect("started by a test");
    let below = |name: &str| Path::new(&directory).join(name);
    let mut marks = File::create(std::env::var_os(MARKS).unwrap()).unwrap();
    let mut say = |what: &str, outcome: std::io::Result<()>| {
        let number = outcome
            .err()
            .map_or(0, |error| error.raw_os_error().unwrap());
        println!("{what} {number}");
        write!(marks, "{what}").unwrap();
    };
    fs::create_dir(below("sub")).unwrap();
    let mut file = File::create(below("sub/a.jnl")).unwrap();
    say("first", file.write_all(&[1; 10_000]));
    say("sync", file.sync_data());
    println!("position {}", file.stream_position().unwrap());
    say("second", file.write_all(&[2; 10_000]));
    file.seek(SeekFrom::Start(0)).unwrap();
    say("third", file.write_all(&[3; 5000]));
    say("grow", file.set_len(50_000));
    let mut log = OpenOptions::new()
        .append(true)
        .open(below("sub/a.jnl"))
        .unwrap();
    say("append", log.write_all(b"end"));
    File::create(below("new")).unwrap();
    say("rename", fs::rename(below("new"), below("newer")));
    // Without libc.
    File::create(below("raw")).unwrap();
    let renamed = rustix::fs::rename(below("raw"), below("old"));
    say("raw", renamed.map_err(std::io::Error::from));
    say("directory", File::open(&directory).unwrap().sync_all());
    File::create(below("gone")).unwrap();
    fs::remove_file(below("gone")).unwrap();
    fs::create_dir_all(below("tree/branch")).unwrap();
    File::create(below("tree/branch/leaf")).unwrap();
    fs::remove_dir_all(below("tree")).unwrap();
    fs::create_dir(below("bare")).unwrap();
    fs::remove_dir(below("bare")).unwrap();
    say("read", fs::read(below("sub/a.jnl")).map(drop));
}

fn replay(directory: &Path, events: &[Event]) -> Disk {
    let mut disk = Disk::new(&directory.join("below"));
    events.iter().for_each(|event| disk.apply(event));
    disk
}

#[test]
fn a_record_replays_to_what_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let (said, events) = run(directory.path(), None);
    assert!(said.contains("position 11000"), "{said}");
    let disk = replay(directory.path(), &events);
    assert_eq!(disk.differs().unwrap(), None);
    let marks: String = events
        .iter()
        .filter_map(|event| match event {
            Event::Mark { text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(
        marks,
        fs::read_to_string(directory.path().join("marks")).unwrap()
    );

    // What is not in the record is seen to be missing.
    for kind in ["Rename", "Unlink", "Write"] {
        let mut unseen = events.clone();
        let position = unseen
            .iter()
            .rposition(|event| format!("{event:?}").starts_with(kind));
        unseen.remove(position.unwrap());
        let blind = std::panic::catch_unwind(|| {
            let blind = replay(directory.path(), &unseen);
            blind.differs().unwrap()
        });
        assert!(!matches!(blind, Ok(None)), "{kind}");
    }
}

/// A process that ends while its threads are at work: what took effect is in the record.
#[test]
fn a_process_that_ends_at_any_moment_leaves_a_whole_record() {
    for round in 0..40 {
        let directory = tempfile::tempdir().unwrap();
        let below = directory.path().join("below");
        fs::create_dir(&below).unwrap();
        let preload = Preload {
            directory: below.clone(),
            record: Some(directory.path().join("record")),
            ..Preload::default()
        };
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--ignored", "--exact", "tests::busy_child"])
            .env(DIRECTORY, &below)
            .env(MARKS, if round % 2 == 0 { "abort" } else { "exit" });
        let output = preload.put_under(&mut command).output().unwrap();
        assert_eq!(output.status.success(), round % 2 == 1, "{output:?}");
        let events = read(&directory.path().join("record")).unwrap();
        let names = events
            .iter()
            .filter(|event| matches!(event, Event::Rename { .. }));
        assert!(names.count() > 10);
        let differs = replay(directory.path(), &events).differs().unwrap();
        assert_eq!(differs, None, "round {round}");
    }
}

#[test]
#[ignore = "runs in a process of its own"]
fn busy_child() {
    let directory = std::env::var_os(DIRECTORY).expect("started by a test");
    for thread in 0..4 {
        let directory = directory.clone();
        std::thread::spawn(move || {
            for number in 0_u64.. {
                let path = Path::new(&directory).join(format!("{thread}-{number}"));
                let mut file = File::create(&path).unwrap();
                file.write_all(&[1; 100]).unwrap();
                rustix::fs::rename(&path, path.with_extension("done")).unwrap();
            }
        });
    }
    std::thread::sleep(std::time::Duration::from_millis(30));
    if std::env::var_os(MARKS).unwrap() == "abort" {
        std::process::abort();
    }
}

#[test]
fn a_power_cut_keeps_what_was_synced_and_any_part_of_what_was_not() {
    let directory = tempfile::tempdir().unwrap();
    let (_, events) = run(directory.path(), None);
    let disk = replay(directory.path(), &events);
    assert!(!disk.is_settled());
    let file = "sub/a.jnl";

    let killed = disk.cut(Cut::KeepsAll);
    let all = killed.file(file).unwrap();
    assert_eq!(
        all,
        fs::read(directory.path().join("below").join(file)).unwrap()
    );
    // The directory it is in was synced into the root, its own name in that was not.
    let nothing = disk.cut(Cut::KeepsNothing);
    assert_eq!(nothing.file(file), None);
    assert_eq!(nothing.file("old"), Some(Vec::new()));
    assert_eq!(nothing.file("gone"), None);

    let (mut missing, mut lengths, mut torn) = (0, std::collections::BTreeSet::new(), 0);
    for seed in 0..500 {
        let image = disk.cut(Cut::Random(seed));
        assert_eq!(image.file("old"), Some(Vec::new()), "it was synced");
        let Some(bytes) = image.file(file) else {
            missing += 1;
            continue;
        };
        lengths.insert(bytes.len());
        assert!(bytes.len() >= 10_000, "synced bytes are gone");
        assert!(bytes[..10_000].iter().all(|byte| [1, 3].contains(byte)));
        assert!(bytes[5000..10_000].iter().all(|byte| *byte == 1));
        torn += usize::from(bytes[..5000].contains(&1) && bytes[..5000].contains(&3));
        let saved = tempfile::tempdir().unwrap();
        image.save(saved.path()).unwrap();
        assert_eq!(fs::read(saved.path().join(file)).unwrap(), bytes);
    }
    assert!(
        missing > 50 && torn > 50 && lengths.len() > 10,
        "{missing} {torn} {lengths:?}"
    );
}

#[test]
fn the_chosen_call_fails_and_no_other() {
    let cases = [
        (Call::Write, 2, "second 28", How::Errno(28)),
        (Call::Write, 4, "append 5", How::Errno(5)),
        (Call::Sync, 1, "sync 5", How::Errno(5)),
        (Call::Sync, 2, "directory 5", How::Errno(5)),
        (Call::Read, 1, "read 5", How::Errno(5)),
        // Behind the directory, its file, the growth and the new file.
        (Call::Meta, 5, "rename 5", How::Errno(5)),
        (Call::Meta, 7, "raw 28", How::Errno(28)),
        (Call::Write, 1, "first 0", How::Short),
    ];
    for (call, number, expected, how) in cases {
        let directory = tempfile::tempdir().unwrap();
        let failure = Failure {
            call,
            number,
            how,
            times: 1,
        };
        let (said, events) = run(directory.path(), Some(failure));
        assert!(said.contains(expected), "{expected:?} in {said}");
        let failed = said.lines().filter(|line| {
            let number = line.rsplit(' ').next();
            line.split(' ').count() == 2 && !line.starts_with("position") && number != Some("0")
        });
        let expected = usize::from(how != How::Short);
        assert_eq!(failed.count(), expected, "{said}");
        assert!(events.contains(&Event::Failed { number }));
        assert_eq!(replay(directory.path(), &events).differs().unwrap(), None);
    }
}
