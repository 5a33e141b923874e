//! A repair mends what intact rows determine, keeps the rest where it can be found, and touches nothing sound.

use super::{
    fsck::{damages, used},
    *,
};
use crate::{
    LOST_AND_FOUND, Outcome, Repair,
    disk::{
        fsck::{check, mend},
        key,
        value::seal,
    },
};

const NAMES: [&str; 4] = ["large", "small", "sparse", "bare"];

/// Objects of `store`, as far as they can be read.
fn contents(store: &DiskStore) -> Vec<Option<Content>> {
    let read = |name: &&str| content(store, &id(name));
    NAMES.iter().map(read).collect()
}

fn lost(store: &DiskStore) -> Vec<ObjectId> {
    store
        .list(LOST_AND_FOUND, None, None, "", 100)
        .unwrap()
        .entries
}

#[test]
fn after_a_repair_only_what_was_moved_aside_is_damaged() {
    for (damaged, damage) in damages() {
        let directory = tempfile::tempdir().unwrap();
        let store = used(directory.path());
        let before = contents(&store);
        damage(&store);
        drop(store);

        let store = open(directory.path()).unwrap();
        let mended = mend(&store, Repair::MoveAside);
        let line = mended
            .problems
            .iter()
            .find(|problem| problem.to_string().contains(damaged));
        let outcome = &line
            .unwrap_or_else(|| panic!("{damaged}: {mended:?}"))
            .outcome;
        match outcome {
            Outcome::Found => panic!("{damaged}: nothing was done"),
            Outcome::Removed => panic!("{damaged}: nothing may be removed"),
            Outcome::Moved(to) => assert!(lost(&store).contains(to), "{damaged}"),
            Outcome::Left(why) => assert!(why.contains("whose the rows are"), "{damaged}: {why}"),
            Outcome::Repaired => {}
        }
        // What it says of itself is so, now and after a restart.
        drop(store);
        let store = open(directory.path()).unwrap();
        for problem in check(&store).problems {
            let aside = problem.object.as_ref().map(|id| id.pool.as_str());
            let is_shared = problem.what.contains("same number");
            assert!(
                aside == Some(LOST_AND_FOUND) || is_shared,
                "{damaged}: {problem}"
            );
        }
        // Every object is as it was, or is not there.
        for (name, before) in NAMES.iter().zip(&before) {
            let moved = lost(&store).iter().any(|id| id.oid.ends_with(name));
            let touched = damaged.contains(&format!("pool/{name}"));
            let now = store.snapshot(&id(name)).unwrap().head().unwrap();
            assert_eq!(now.is_none(), moved, "{damaged}: {name}");
            if !touched {
                assert_eq!(&content(&store, &id(name)), before, "{damaged}: {name}");
            }
        }
        // A second repair finds nothing more to do.
        let again = mend(&store, Repair::MoveAside);
        let idle = |problem: &crate::Problem| matches!(problem.outcome, Outcome::Left(_));
        assert!(again.problems.iter().all(idle), "{damaged}: {again:?}");
    }
}

#[test]
fn what_is_sound_of_a_damaged_object_can_still_be_read() {
    let directory = tempfile::tempdir().unwrap();
    let store = used(directory.path());
    // The first extent of the large object.
    let (_, damage) = damages().swap_remove(0);
    damage(&store);
    mend(&store, Repair::MoveAside);
    let aside = lost(&store).remove(0);
    assert_eq!(aside.namespace, "pool");
    assert!(aside.oid.ends_with("/large"), "{aside}");
    let snapshot = store.snapshot(&aside).unwrap();
    assert!(
        snapshot.read(0, 10, &mut Work::unlimited()).is_err(),
        "damage is never hidden"
    );
    assert_eq!(
        snapshot
            .read(20_000, 40_000, &mut Work::unlimited())
            .unwrap(),
        vec![7; 40_000]
    );
    assert_eq!(
        snapshot
            .xattr(b"x", &mut Work::unlimited())
            .unwrap()
            .unwrap(),
        "value"
    );
    assert_eq!(store.usage(LOST_AND_FOUND).unwrap().objects, 1);
    assert_eq!(store.usage("pool").unwrap().objects, 3);
}

#[test]
fn rows_of_a_lost_head_are_gathered_under_a_new_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = used(directory.path());
    let large = content(&store, &id("large")).unwrap();
    let heads = store.tables().keyspace(Table::Heads);
    heads.remove(key::head(&id("large"))).unwrap();
    heads.insert(key::head(&id("small")), "x").unwrap();
    mend(&store, Repair::MoveAside);
    let found = lost(&store);
    let whole = |id: &&ObjectId| content(&store, id).is_some_and(|found| found == large);
    assert_eq!(found.iter().filter(whole).count(), 1, "{found:?}");
    let raw = found.iter().find(|id| id.oid.ends_with("/small")).unwrap();
    assert_eq!(content(&store, raw).unwrap().data, "x");
    assert_eq!(check(&store).problems, []);
}

#[test]
fn damage_is_removed_only_when_that_is_asked_for() {
    for (damaged, damage) in damages() {
        let directory = tempfile::tempdir().unwrap();
        let store = used(directory.path());
        damage(&store);
        mend(&store, Repair::Nothing);
        let found = check(&store);
        assert!(
            found.problem_count > 0,
            "{damaged}: a check repairs nothing"
        );
        mend(&store, Repair::RemoveDamaged);
        let left = check(&store).problems;
        let is_shared = |problem: &crate::Problem| problem.what.contains("same number");
        assert!(left.iter().all(is_shared), "{damaged}: {left:?}");
        assert!(lost(&store).is_empty(), "{damaged}");
    }
    // Also what an earlier repair moved aside.
    let directory = tempfile::tempdir().unwrap();
    let store = used(directory.path());
    let (_, damage) = damages().swap_remove(0);
    damage(&store);
    mend(&store, Repair::MoveAside);
    assert_eq!(lost(&store).len(), 1);
    mend(&store, Repair::RemoveDamaged);
    assert_eq!((lost(&store), check(&store).problems), (vec![], vec![]));
}

#[test]
fn versions_go_on_behind_the_newest_object_after_a_repair() {
    let directory = tempfile::tempdir().unwrap();
    let store = used(directory.path());
    let heads = store.tables().keyspace(Table::Heads);
    let row = heads.get(key::head(&id("bare"))).unwrap().unwrap();
    let mut payload = row[..row.len() - 4].to_vec();
    payload[8..16].copy_from_slice(&1_000_000_u64.to_le_bytes());
    let ahead = seal(&key::head(&id("bare")), payload);
    heads.insert(key::head(&id("bare")), ahead).unwrap();
    assert_eq!(mend(&store, Repair::MoveAside).repaired, 1);
    drop(store);
    let store = open(directory.path()).unwrap();
    assert_eq!(check(&store).problems, []);
    assert!(change(&store, &id("bare"), |t| t.append(bytes("x"))) > 1_000_000);
}
