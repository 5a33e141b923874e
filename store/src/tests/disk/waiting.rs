//! Who waits for whom: fairness between objects, and how long a buffered commit stays unstable.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::*;

#[test]
fn a_hot_object_does_not_starve_writers_of_others() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::new(Arc::new(open(directory.path()).unwrap()));
    let stop = AtomicBool::new(false);
    let hot = AtomicU64::new(0);
    let cold: [AtomicU64; 4] = Default::default();
    let run = |id: ObjectId, count: &AtomicU64| {
        while !stop.load(Ordering::Relaxed) {
            try_change(&store, &id, Durability::Sync, |t| t.write_full(bytes("x"))).unwrap();
            count.fetch_add(1, Ordering::Relaxed);
        }
    };
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| run(id("hot"), &hot));
        }
        for (number, count) in cold.iter().enumerate() {
            let run = &run;
            scope.spawn(move || run(id(&format!("cold {number}")), count));
        }
        thread::sleep(Duration::from_millis(700));
        stop.store(true, Ordering::Relaxed);
    });
    let hot = hot.into_inner();
    let cold = cold.map(AtomicU64::into_inner);
    assert!(hot >= 8, "{hot}");
    // Sixteen writers of one object are one writer to the others: a share each, whatever the crowd.
    assert!(
        cold.iter().all(|cold| *cold * 4 >= hot),
        "{hot} commits of the hot object, {cold:?} of the others"
    );
}

#[test]
fn a_buffered_commit_is_made_stable_in_the_background() {
    let directory = tempfile::tempdir().unwrap();
    let options = DiskOptions {
        buffered_time: Duration::from_millis(10),
        ..DiskOptions::default()
    };
    let store = DiskStore::open(directory.path(), &options).unwrap();
    for _ in 0..2 {
        change(&store, &id("o"), |t| t.write_full(bytes("data")));
        let started = Instant::now();
        while store.unstable() > 0 {
            assert!(started.elapsed() < Duration::from_secs(10), "never synced");
            thread::sleep(Duration::from_millis(1));
        }
    }
}

#[test]
fn commits_that_find_no_room_wait_and_those_that_find_no_place_to_wait_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let options = DiskOptions {
        commit_room: 1,
        commit_queue: 0,
        ..DiskOptions::default()
    };
    let store = DiskStore::open(directory.path(), &options).unwrap();
    let refused = AtomicU64::new(0);
    thread::scope(|scope| {
        for thread in 0..8 {
            let (store, refused) = (&store, &refused);
            scope.spawn(move || {
                let id = id(&thread.to_string());
                for n in 0..50 {
                    let text = n.to_string();
                    let done =
                        try_change(store, &id, Durability::Sync, |t| t.write_full(bytes(&text)));
                    match done {
                        Ok(_) => assert_eq!(content(store, &id).unwrap().data, text),
                        Err(error) => {
                            assert_eq!(error.errno(), objclass::Errno::EBUSY, "{error}");
                            refused.fetch_add(1, Ordering::Relaxed);
                            // Nothing of it was applied.
                            let data = content(store, &id).map(|content| content.data);
                            assert_ne!(data.as_deref(), Some(text.as_bytes()));
                        }
                    }
                }
            });
        }
    });
    assert!(refused.into_inner() > 0, "eight never met");
}

#[test]
fn a_removal_takes_room_for_the_rows_it_removes_itself_and_for_no_others() {
    let directory = tempfile::tempdir().unwrap();
    let options = DiskOptions {
        commit_room: 100_000,
        commit_queue: 0,
        ..DiskOptions::default()
    };
    let store = DiskStore::open(directory.path(), &options).unwrap();
    let names: Vec<_> = (0..1000).map(|n| format!("key-{n:04}")).collect();
    let entries: Vec<_> = names
        .iter()
        .map(|n| (n.as_bytes(), bytes("value")))
        .collect();
    for name in ["large", "ranged", "cleared", "written anew"] {
        change(&store, &id(name), |t| t.omap_set(&entries));
    }
    let other = store.occupy(40_000);
    let write = |name: &str, write: fn(&mut Transaction) -> Result<(), objclass::ObjectError>| {
        try_change(&store, &id(name), Durability::Buffered, write)
    };
    let refused = write("ranged", |t| t.omap_remove_range(b"key-0", b"key-9")).unwrap_err();
    assert_eq!(refused.errno(), objclass::Errno::EBUSY);
    // Their rows are garbage from here on, and removed in pieces.
    write("large", |t| t.remove()).unwrap();
    write("cleared", |t| t.omap_clear()).unwrap();
    write("written anew", |t| {
        t.remove()?;
        t.write_full(bytes("new"))
    })
    .unwrap();
    drop(other);
    write("ranged", |t| t.omap_remove_range(b"key-0", b"key-9")).unwrap();
    assert_eq!(content(&store, &id("large")), None);
}
