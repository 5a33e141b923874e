//! The number of objects in each pool: right after a crash, right in a store that had no counts.

use super::*;
use crate::disk::{census::recount, key};

fn counts(store: &DiskStore) -> Vec<(String, u64)> {
    let view = store.tables().database.snapshot();
    let counts = recount(&view, store.tables()).unwrap();
    for (pool, count) in &counts {
        assert_eq!(store.objects(pool).unwrap(), *count, "{pool}");
    }
    counts.into_iter().collect()
}

fn of(pool: &str, oid: &str) -> ObjectId {
    ObjectId {
        pool: pool.into(),
        ..id(oid)
    }
}

#[test]
fn counts_are_right_after_a_crash_between_any_two_commits() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    for (step, (pool, oid)) in [("p", "a"), ("p", "b"), ("q", "a"), ("p", "a"), ("q", "a")]
        .into_iter()
        .enumerate()
    {
        change(&store, &of(pool, oid), |t| match t.exists()? {
            true => t.remove(),
            false => t.create(true),
        });
        let expected = counts(&store);
        let image = crash_image(directory.path());
        assert_eq!(
            counts(&open(image.path()).unwrap()),
            expected,
            "step {step}"
        );
    }
    assert_eq!(counts(&store), [("p".to_owned(), 1)]);
    drop(store);
    assert_eq!(
        counts(&open(directory.path()).unwrap()),
        [("p".to_owned(), 1)]
    );
}

#[test]
fn a_store_without_counts_is_counted_when_it_is_opened() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    for oid in ["a", "b", "c"] {
        change(&store, &of("p", oid), |t| t.create(true));
    }
    change(&store, &of("p\u{0}", "a"), |t| t.create(true));
    let meta = store.tables().keyspace(Table::Meta);
    meta.remove(key::COUNTED).unwrap();
    meta.remove(key::count("p")).unwrap();
    // Of a pool that no longer is: it must not survive the count.
    let stale = key::count("stale");
    let row = crate::disk::value::seal(&stale, 7_u64.to_le_bytes().to_vec());
    meta.insert(stale, row).unwrap();
    drop(store);
    let store = open(directory.path()).unwrap();
    assert_eq!(counts(&store).len(), 2);
    assert_eq!(store.objects("p").unwrap(), 3);
    assert_eq!(store.objects("stale").unwrap(), 0);
    drop(store);
    assert_eq!(counts(&open(directory.path()).unwrap()).len(), 2);
}

#[test]
fn a_failed_admission_leaves_the_count_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let options = DiskOptions {
        reserve: u64::MAX / 4,
        ..DiskOptions::default()
    };
    let store = DiskStore::open(directory.path(), &options).unwrap();
    let full = try_change(&store, &id("a"), Durability::Sync, |t| t.create(true));
    assert!(matches!(full, Err(CommitError::NoSpace { .. })));
    assert_eq!(store.objects("pool").unwrap(), 0);
}
