//! Omaps that lose most of their rows: they get a new number, and what is left behind goes in the background.

use std::time::{Duration, Instant};

use objclass::ObjectError;
use proptest::prelude::*;

use super::*;
use crate::{
    disk::{fsck::check, key},
    open_disk,
};

fn name(n: u32) -> String {
    format!("{n:08}")
}

fn set(t: &mut Transaction, keys: impl Iterator<Item = u32>) -> Result<(), ObjectError> {
    let names: Vec<_> = keys.map(name).collect();
    let entries: Vec<_> = names
        .iter()
        .map(|n| (n.as_bytes(), bytes("value")))
        .collect();
    t.omap_set(&entries)
}

/// Rows of a table, whoever they belong to.
fn rows(store: &DiskStore, table: Table) -> usize {
    store.tables().keyspace(table).len().unwrap()
}

fn wait_until(done: impl Fn() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(60), "never swept");
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn what_a_large_removal_leaves_behind_is_counted_survives_a_crash_and_goes() {
    let directory = tempfile::tempdir().unwrap();
    let store = open_with_journals(directory.path());
    store.keep_garbage();
    for object in ["cleared", "removed", "ranged"] {
        change(&store, &id(object), |t| {
            t.write_full(Bytes::from(vec![7; 2_000_000]))?;
            t.omap_set_header(bytes("header"))?;
            set(t, 0..3000)
        });
    }
    change(&store, &id("cleared"), |t| {
        t.omap_clear()?;
        set(t, 5..7)
    });
    change(&store, &id("removed"), |t| t.remove());
    change(&store, &id("ranged"), |t| {
        t.omap_remove_range(b"00000003", b"00002998")
    });
    let left = [Some(2), None, Some(5)];
    let is_right = |store: &DiskStore| {
        for (object, left) in ["cleared", "removed", "ranged"].into_iter().zip(left) {
            let content = content(store, &id(object));
            assert_eq!(
                content.as_ref().map(|content| content.omap.len()),
                left,
                "{object}"
            );
            let header = content.as_ref().map(|content| content.header.clone());
            assert_eq!(
                header.unwrap_or_default(),
                if object == "ranged" { "header" } else { "" }
            );
        }
    };
    is_right(&store);
    let report = check(&store);
    assert_eq!(report.problems, vec![]);
    assert_eq!(report.garbage_rows, 3 * 3001 + 123);
    assert!(rows(&store, Table::Omap) > 9000);
    drop(store);

    // Killed at some piece or other, again and again: the note stays until the last of its rows is gone. Journals stay too,
    // so that no tables come and go while an image is copied.
    let mut image = crash_image(directory.path());
    for _ in 0..4 {
        let opened = open_with_journals(image.path());
        opened.sweep();
        thread::sleep(Duration::from_millis(3));
        opened.keep_garbage();
        let next = crash_image(image.path());
        drop(opened);
        image = next;
        let found = open_with_journals(image.path());
        is_right(&found);
        assert_eq!(check(&found).problems, vec![]);
    }

    wait_until(|| {
        let store = open_disk(directory.path(), DiskOptions::default()).unwrap();
        thread::sleep(Duration::from_millis(100));
        drop(store);
        crate::fsck(directory.path()).unwrap().garbage_rows == 0
    });
    let store = open(directory.path()).unwrap();
    is_right(&store);
    assert_eq!(check(&store).problems, vec![]);
    assert_eq!(rows(&store, Table::Omap), 2 + 5 + 1);
}

#[test]
fn a_note_of_rows_that_are_an_objects_is_found_and_taken_away() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store.keep_garbage();
    change(&store, &id("o"), |t| set(t, 0..3));
    let number = 1;
    let key = key::garbage(Table::Omap, number).unwrap();
    let sealed = crate::disk::value::seal(&key, vec![0; 16]);
    store
        .tables()
        .keyspace(Table::Meta)
        .insert(&key[..], sealed)
        .unwrap();
    let problems = check(&store).problems;
    assert_eq!(problems.len(), 1, "{problems:?}");
    let mended = crate::disk::fsck::mend(&store, crate::Repair::MoveAside);
    assert_eq!((mended.problem_count, mended.repaired), (1, 1));
    assert_eq!(check(&store).problems, vec![]);
    assert_eq!(content(&store, &id("o")).unwrap().omap.len(), 3);
}

#[test]
fn a_queue_leaves_no_more_dead_rows_behind_than_a_few_for_each_that_lives() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    change(&store, &id("queue"), |t| set(t, 0..10));
    for first in 0..1500 {
        let live = first + 10;
        let done = try_change(&store, &id("queue"), Durability::Buffered, |t| {
            t.omap_remove(&[name(first).as_bytes()])?;
            set(t, live..=live)
        });
        done.unwrap();
    }
    wait_until(|| check(&store).garbage_rows == 0);
    assert_eq!(content(&store, &id("queue")).unwrap().omap.len(), 10);
    let head = store.tables().keyspace(Table::Heads).iter().next().unwrap();
    let (_, head) = head.into_inner().unwrap();
    let word = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
    let (number, omap, dead) = (word(0), word(64), word(72));
    assert!(
        omap > number && dead <= 256 + 2 * 10,
        "{number} {omap} {dead}"
    );
}

#[test]
fn dead_rows_leave_when_tables_are_merged() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    change(&store, &id("o"), |t| {
        set(t, 0..5000)?;
        t.set_xattr(b"name", bytes("value"))
    });
    let merge = || {
        let keyspace = store.tables().keyspace(Table::Omap);
        keyspace.rotate_memtable_and_wait().unwrap();
        keyspace.major_compact().unwrap();
    };
    let before = store.snapshot(&id("o")).unwrap();
    change(&store, &id("o"), |t| {
        t.omap_remove_range(name(10).as_bytes(), name(60).as_bytes())
    });
    assert_eq!(rows(&store, Table::Omap), 5000, "dead rows are rows");
    merge();
    let mut work = objclass::Work::unlimited();
    let value = before.omap_val(name(10).as_bytes(), &mut work).unwrap();
    assert_eq!(value, Some(bytes("value")), "a snapshot keeps what it saw");
    drop(before);
    // The engine learns that the snapshot is gone from a later one.
    change(&store, &id("other"), |t| set(t, 0..1));
    merge();
    assert_eq!(rows(&store, Table::Omap), 4951);
    let omap = content(&store, &id("o")).unwrap().omap;
    assert_eq!(omap.len(), 4950);
    assert_eq!(check(&store).problems, vec![]);
}

#[test]
fn a_first_key_that_is_too_high_is_found_and_forgotten() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    change(&store, &id("o"), |t| set(t, 0..3));
    let heads = store.tables().keyspace(Table::Heads);
    let (key, value) = heads.iter().next().unwrap().into_inner().unwrap();
    let payload = Bytes::from(value[..value.len() - 4].to_vec());
    let mut row = crate::disk::value::HeadRow::decode(&payload).unwrap();
    row.omap_first = Bytes::from(name(2));
    let sealed = crate::disk::value::seal(&key, row.encode());
    heads.insert(&key[..], sealed).unwrap();
    let problems = check(&store).problems;
    assert!(
        problems.len() == 1 && problems[0].what.contains("before its first"),
        "{problems:?}"
    );
    let mended = crate::disk::fsck::mend(&store, crate::Repair::MoveAside);
    assert_eq!((mended.problem_count, mended.repaired), (1, 1));
    assert_eq!(content(&store, &id("o")).unwrap().omap.len(), 3);
}

#[derive(Clone, Debug)]
enum Step {
    Set(u32, u32),
    Remove(u32, u32),
    Range(u32, u32),
    Clear,
    Header(bool),
    Remake,
}

fn step() -> impl Strategy<Value = Step> {
    let span = || (0_u32..400, 1_u32..200);
    prop_oneof![
        4 => span().prop_map(|(at, n)| Step::Set(at, n)),
        3 => span().prop_map(|(at, n)| Step::Remove(at, n)),
        3 => span().prop_map(|(at, n)| Step::Range(at, n)),
        1 => Just(Step::Clear),
        1 => any::<bool>().prop_map(Step::Header),
        1 => Just(Step::Remake),
    ]
}

fn apply(t: &mut Transaction, step: &Step) -> Result<(), ObjectError> {
    match *step {
        Step::Set(at, n) => set(t, at..at + n),
        Step::Remove(at, n) => {
            let names: Vec<_> = (at..at + n).map(name).collect();
            let keys: Vec<_> = names.iter().map(String::as_bytes).collect();
            t.omap_remove(&keys)
        }
        Step::Range(0, n) => t.omap_remove_range(b"", name(n).as_bytes()),
        Step::Range(at, n) => t.omap_remove_range(name(at).as_bytes(), name(at + n).as_bytes()),
        Step::Clear => t.omap_clear(),
        Step::Header(is_set) => t.omap_set_header(bytes(if is_set { "header" } else { "" })),
        Step::Remake => {
            t.remove()?;
            t.create(true)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn omaps_that_move_answer_as_those_in_memory(
        commits in proptest::collection::vec(proptest::collection::vec(step(), 1..4), 1..25)
    ) {
        let directory = tempfile::tempdir().unwrap();
        let store = open(directory.path()).unwrap();
        let oracle = crate::memory();
        for store in [&store as &dyn Subject, &oracle] {
            change(store, &id("o"), |t| t.create(true));
        }
        for steps in &commits {
            for store in [&store as &dyn Subject, &oracle] {
                let all = |t: &mut Transaction| steps.iter().try_for_each(|step| apply(t, step));
                try_change(store, &id("o"), Durability::Buffered, all).unwrap();
            }
            prop_assert_eq!(content(&store, &id("o")), content(&oracle, &id("o")));
        }
        prop_assert_eq!(check(&store).problems, vec![]);
        drop(store);
        let store = open(directory.path()).unwrap();
        prop_assert_eq!(content(&store, &id("o")), content(&oracle, &id("o")));
    }
}
