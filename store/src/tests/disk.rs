//! What only a store on disk can do, or fail to do.
#![expect(
    clippy::disallowed_methods,
    reason = "tests make, copy and damage their own temporary directories"
)]

mod backup;
mod census;
mod crash;
mod damage;
mod failing;
mod fixture;
mod fsck;
mod garbage;
mod intruders;
mod metered;
mod mounts;
mod opening;
mod power;
mod receipts;
mod repair;
mod strays;
mod waiting;

use std::{fs, path::Path, thread};

use objclass::ObjectWrite;
use tempfile::TempDir;

use super::*;
use crate::{
    DiskOptions, OpenStoreError,
    disk::{DiskStore, key::Table, settle},
    open_disk,
};

/// Rows in each table, in the order of `Table::ALL`.
pub(super) fn row_counts(store: &DiskStore) -> [usize; Table::ALL.len()] {
    Table::ALL.map(|table| store.tables().keyspace(table).len().unwrap())
}

fn open(path: &Path) -> Result<DiskStore, OpenStoreError> {
    DiskStore::open(path, &DiskOptions::default())
}

/// A store whose close leaves the journals as they are.
fn open_with_journals(path: &Path) -> DiskStore {
    let options = DiskOptions {
        replay: u64::MAX,
        ..DiskOptions::default()
    };
    DiskStore::open(path, &options).unwrap()
}

/// Copies a directory and all that is below it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// What a killed process would leave: the files as they are, with no clean close.
pub(super) fn crash_image(of: &Path) -> TempDir {
    let image = tempfile::tempdir().unwrap();
    copy(of, image.path());
    image
}

#[test]
fn acknowledged_commits_survive_a_crash_and_a_clean_close() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let (kept, gone) = (id("kept"), id("gone"));
    for (id, durability) in [(&kept, Durability::Sync), (&gone, Durability::Buffered)] {
        try_change(&store, id, durability, |t| {
            t.write(20_000, bytes("data"))?;
            t.set_xattr(b"x", bytes("v"))?;
            t.omap_set(&[(b"k", bytes("v"))])
        })
        .unwrap();
    }
    let last = try_change(&store, &gone, Durability::Sync, |t| t.remove()).unwrap();
    let expected = content(&store, &kept);

    let image = crash_image(directory.path());
    let crashed = open(image.path()).unwrap();
    assert_eq!(content(&crashed, &kept), expected);
    assert_eq!(content(&crashed, &gone), None);
    let next = change(&crashed, &gone, |t| t.create(true));
    assert!(Some(next) > last, "versions go on behind the last one");

    drop(store);
    assert!(directory.path().join("closed").exists());
    let closed = open(directory.path()).unwrap();
    assert_eq!(content(&closed, &kept), expected);
    assert!(
        !directory.path().join("closed").exists(),
        "the mark is gone before the first commit"
    );
}

#[test]
fn many_writers_to_many_objects_lose_nothing_in_a_crash() {
    const THREADS: usize = 8;
    const EACH: usize = 40;
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let store = &store;
            scope.spawn(move || {
                for n in 0..EACH {
                    let id = id(&format!("{thread} {}", n % 7));
                    let text = format!("{thread} {n} ").repeat(n * 40);
                    try_change(store, &id, Durability::Sync, |t| {
                        t.write_full(bytes(&text))?;
                        t.set_xattr(b"length", bytes(&text.len().to_string()))?;
                        t.omap_set(&[(b"n", bytes(&n.to_string()))])
                    })
                    .unwrap();
                }
            });
        }
    });
    let image = crash_image(directory.path());
    let crashed = open(image.path()).unwrap();
    for thread in 0..THREADS {
        for object in 0..7 {
            let n = (0..EACH).rev().find(|n| n % 7 == object).unwrap();
            let id = id(&format!("{thread} {object}"));
            let read = content(&crashed, &id).unwrap();
            assert_eq!(read.data, format!("{thread} {n} ").repeat(n * 40));
            assert_eq!(read.xattrs[0].1, read.data.len().to_string());
            assert_eq!(read.omap[0].1, n.to_string());
        }
    }
}

#[test]
fn a_small_overwrite_of_a_large_object_writes_little() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let id = id("large");
    let size = 16 << 20;
    change(&store, &id, |t| t.write_full(Bytes::from(vec![1; size])));
    let engine = &store.tables().database;
    let before = engine.write_buffer_size();
    change(&store, &id, |t| {
        t.write(5_000_000, Bytes::from(vec![2; 4096]))
    });
    let written = engine.write_buffer_size() - before;
    assert!((4096..40_000).contains(&written), "{written} bytes");
}

#[test]
fn a_snapshot_outlives_its_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    change(&store, &id("o"), |t| t.write_full(bytes("data")));
    let snapshot = store.snapshot(&id("o")).unwrap();
    drop(store);
    assert_eq!(
        snapshot
            .read(0, 4, &mut objclass::Work::unlimited())
            .unwrap(),
        "data"
    );
    let busy = open(directory.path()).unwrap_err();
    assert!(matches!(busy, OpenStoreError::InUse { .. }), "{busy}");
    drop(snapshot);
    let store = open_disk(directory.path(), DiskOptions::default()).unwrap();
    assert_eq!(content(&store, &id("o")).unwrap().data, "data");
}

#[test]
fn a_nearly_full_disk_refuses_commits_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()).unwrap());
    let id = id("o");
    let starved = DiskOptions {
        // More than any disk has.
        reserve: u64::MAX / 4,
        ..DiskOptions::default()
    };
    let store = DiskStore::open(directory.path(), &starved).unwrap();
    let full = try_change(&store, &id, Durability::Sync, |t| t.create(true)).unwrap_err();
    assert_eq!(full.errno(), objclass::Errno::ENOSPC, "{full}");
    assert!(content(&store, &id).is_none());
    drop(store);
    let store = open(directory.path()).unwrap();
    change(&store, &id, |t| t.create(true));
}
