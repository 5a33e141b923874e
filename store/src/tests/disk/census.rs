//! The number of objects in each pool: right after a crash, right in a store that had no counts.

use super::*;
use crate::{
    PoolUsage,
    disk::{census::recount, key},
};

fn counts(store: &DiskStore) -> Vec<(String, u64)> {
    let view = store.tables().database.snapshot();
    let counts = recount(&view, store.tables()).unwrap();
    for (pool, count) in &counts {
        assert_eq!(store.usage(pool).unwrap(), *count, "{pool}");
    }
    let objects = |(pool, count): (String, PoolUsage)| (pool, count.objects);
    counts.into_iter().map(objects).collect()
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
    assert_eq!(store.usage("p").unwrap().objects, 3);
    assert_eq!(store.usage("stale").unwrap().objects, 0);
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
    assert_eq!(store.usage("pool").unwrap().objects, 0);
}

#[test]
fn bytes_are_those_of_the_objects_after_every_kind_of_change() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let large = || Bytes::from(vec![7; 100_000]);
    change(&store, &of("p", "a"), |t| t.write_full(large()));
    change(&store, &of("p", "b"), |t| {
        t.omap_set(&[(b"key", bytes("value")), (b"other", bytes("value"))])
    });
    let usage = |objects, bytes, omap_bytes| PoolUsage {
        objects,
        bytes,
        omap_bytes,
    };
    counts(&store);
    assert_eq!(store.usage("p").unwrap(), usage(2, 100_000, 18));
    change(&store, &of("p", "a"), |t| t.truncate(50_000));
    change(&store, &of("p", "b"), |t| t.omap_remove(&[b"key"]));
    change(&store, &of("p", "c"), |t| t.append(bytes("four")));
    assert_eq!(store.usage("p").unwrap(), usage(3, 50_004, 10));
    // Removed and made anew in one commit.
    change(&store, &of("p", "a"), |t| {
        t.remove()?;
        t.write_full(bytes("new"))
    });
    change(&store, &of("p", "b"), |t| t.omap_clear());
    assert_eq!(store.usage("p").unwrap(), usage(3, 7, 0));
    counts(&store);
    let image = crash_image(directory.path());
    assert_eq!(
        open(image.path()).unwrap().usage("p").unwrap(),
        usage(3, 7, 0)
    );
    for oid in ["a", "b", "c"] {
        change(&store, &of("p", oid), |t| t.remove());
    }
    assert_eq!(store.usage("p").unwrap(), PoolUsage::default());
    drop(store);
    assert_eq!(counts(&open(directory.path()).unwrap()), []);
}

#[test]
fn a_damaged_usage_is_counted_anew_and_closes_no_store() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    change(&store, &of("p", "a"), |t| t.append(bytes("four")));
    let meta = store.tables().keyspace(Table::Meta);
    meta.insert(key::count("p"), "no usage").unwrap();
    drop(store);
    let store = open(directory.path()).unwrap();
    assert_eq!(counts(&store), [("p".to_owned(), 1)]);
    assert_eq!(store.usage("p").unwrap().bytes, 4);
}
