//! Receipts: in the commit they are about, bounded for each pool, there after a crash, gone with the pool.

use super::*;
use crate::{
    CommitTerms, Receipt, Repair,
    disk::{
        fsck::{check, mend},
        key,
    },
};

fn of_pool(pool: &str) -> ObjectId {
    ObjectId {
        pool: pool.into(),
        ..id("o")
    }
}

fn receipt(number: u32) -> Receipt {
    Receipt::new(number.to_string(), format!("answer {number}")).unwrap()
}

/// Writes an object and leaves a receipt; returns the version of the commit.
fn commit(store: &DiskStore, pool: &str, number: u32) -> u64 {
    let id = of_pool(pool);
    let mut transaction = begin(store, &id);
    transaction
        .write_full(bytes(&format!("content {number}")))
        .unwrap();
    let terms = CommitTerms {
        receipt: Some(receipt(number)),
        ..Durability::Buffered.into()
    };
    let changes = transaction.into_changes().unwrap();
    store.commit(&id, changes, terms).unwrap()
}

fn kept(store: &DiskStore, pool: &str) -> Vec<(u64, Receipt)> {
    store.receipts(pool).unwrap()
}

#[test]
fn a_receipt_is_there_when_its_commit_is_after_a_crash() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let first = commit(&store, "p", 1);
    // A pool whose name another one begins with is another pool.
    let other = commit(&store, "p\0", 1);
    store.leave_receipt("p", receipt(2)).unwrap();
    let image = crash_image(directory.path());
    let crashed = open(image.path()).unwrap();
    for store in [&store, &crashed] {
        let found = kept(store, "p");
        assert_eq!(found[0], (first, receipt(1)));
        assert_eq!(found[1].1, receipt(2));
        assert!(found[1].0 > other, "a version of its own");
        assert_eq!(kept(store, "p\0"), [(other, receipt(1))]);
        assert_eq!(kept(store, "q"), []);
    }
    // What comes next takes the next place and not that of another.
    let third = commit(&crashed, "p", 3);
    assert_eq!(kept(&crashed, "p").last(), Some(&(third, receipt(3))));
    assert_eq!(kept(&crashed, "p").len(), 3);
}

#[test]
fn the_oldest_leave_when_there_are_too_many() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    let rest = 5;
    for number in 0..Receipt::KEPT + rest {
        store.leave_receipt("p", receipt(number)).unwrap();
    }
    let found = kept(&store, "p");
    assert_eq!(found.len(), Receipt::KEPT as usize);
    assert_eq!(found[0].1, receipt(rest));
    drop(store);
    // The ring goes on where it was.
    let store = open(directory.path()).unwrap();
    store.leave_receipt("p", receipt(7_777_777)).unwrap();
    let found = kept(&store, "p");
    assert_eq!(found.len(), Receipt::KEPT as usize);
    assert_eq!(found[0].1, receipt(rest + 1));
    assert_eq!(found.last().unwrap().1, receipt(7_777_777));
}

#[test]
fn a_pool_that_is_gone_leaves_none() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    commit(&store, "p", 1);
    commit(&store, "q", 2);
    store.forget_receipts("p").unwrap();
    drop(store);
    let store = open(directory.path()).unwrap();
    assert_eq!(kept(&store, "p"), []);
    assert_eq!(kept(&store, "q").len(), 1);
    commit(&store, "p", 3);
    assert_eq!(kept(&store, "p").len(), 1);
}

#[test]
fn a_damaged_receipt_is_found_and_taken_out() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    commit(&store, "p", 1);
    commit(&store, "p", 2);
    assert!(check(&store).is_sound());
    let meta = store.tables().keyspace(Table::Meta);
    meta.insert(key::receipt("p", 0), "no checksum").unwrap();
    assert!(store.receipts("p").is_err(), "it is not read as another");
    assert_eq!(check(&store).problem_count, 1);
    let report = mend(&store, Repair::MoveAside);
    assert_eq!(report.problem_count, 1);
    assert!(check(&store).is_sound());
    assert_eq!(kept(&store, "p").len(), 1);
}

#[test]
fn commits_at_once_leave_receipts_in_the_order_of_their_versions() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    thread::scope(|scope| {
        for writer in 0..4 {
            let store = &store;
            scope.spawn(move || {
                for number in 0..400 {
                    store
                        .leave_receipt("p", receipt(writer * 1000 + number))
                        .unwrap();
                }
            });
        }
    });
    let meta = store.tables().keyspace(Table::Meta);
    let version_at = |slot| {
        let row = meta.get(key::receipt("p", slot)).unwrap().unwrap();
        u64::from_le_bytes(*row.first_chunk().unwrap())
    };
    let versions: Vec<u64> = (0..1600).map(version_at).collect();
    assert!(
        versions.is_sorted(),
        "what comes next would overwrite a new one"
    );
}
