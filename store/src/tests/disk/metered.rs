//! Calls whose work is in the host: they end at their deadline, whatever the object was made to look like.

use std::time::{Duration, Instant};

use objclass::{
    Budget, CallRefused, Context, Errno, LimitKind, Limits, MethodFlags, NoHost, ObjectError,
};

use super::*;

const LIMITS: Limits = Limits {
    deadline_ms: 150,
    ..Limits::UNLIMITED
};

/// How late a call may end. The rule says 25 ms on an idle machine; this has to hold on one that is not.
const LATE: Duration = Duration::from_millis(250);

fn name(n: u32) -> String {
    format!("{n:08}")
}

/// Sets keys in commits of a few thousand.
fn fill(store: &dyn Subject, keys: u32, value: &Bytes) {
    for from in (0..keys).step_by(4000) {
        let names: Vec<_> = (from..keys.min(from + 4000)).map(name).collect();
        let entries: Vec<_> = names
            .iter()
            .map(|n| (n.as_bytes(), value.clone()))
            .collect();
        change(store, &id("o"), |t| t.omap_set(&entries));
    }
}

/// Runs `step` in a call of its own until it is refused, and returns the limit that ended the call.
fn until_the_end(
    transaction: &mut Transaction,
    limits: Limits,
    mut step: impl FnMut(&mut Context<'_>) -> Result<(), CallRefused>,
) -> LimitKind {
    let mut budget = Budget::new(limits);
    let access = MethodFlags::RD | MethodFlags::WR;
    loop {
        let mut context = Context::new(transaction, &mut budget, &NoHost, "test", access);
        match step(&mut context) {
            // A runtime looks at the clock between host calls, and so does this.
            Ok(()) if budget.check_deadline() => {}
            Ok(()) | Err(CallRefused::Ended) => break,
            Err(CallRefused::Errno(errno)) => panic!("{errno}"),
        }
    }
    let late = Instant::now().saturating_duration_since(budget.deadline());
    assert!(late < LATE, "{late:?} late");
    budget.limit_hit().unwrap().kind
}

fn on_both(test: impl Fn(&dyn Subject)) {
    let directory = tempfile::tempdir().unwrap();
    test(&open(directory.path()).unwrap());
    test(&crate::memory());
}

#[test]
fn listings_over_removed_keys_walk_them_once_and_end_in_time() {
    on_both(|store| {
        fill(store, 2000, &Bytes::new());
        let mut t = begin(store, &id("o"));
        for n in 0..2000 {
            t.omap_remove(&[name(n).as_bytes()]).unwrap();
        }
        let long = Limits {
            deadline_ms: 1500,
            ..LIMITS
        };
        let mut listings = 0_u64;
        let limit = until_the_end(&mut t, long, |context| {
            listings += 1;
            context.read()?.omap_keys(b"", 1).map(drop)
        });
        assert_eq!(limit, LimitKind::Deadline);
        assert!(listings > 100, "{listings}: each walked them again");
    });
}

#[test]
fn rows_walked_in_vain_are_charged() {
    on_both(|store| {
        fill(store, 3000, &Bytes::new());
        let few = Limits {
            omap_keys: 1000,
            deadline_ms: 60_000,
            ..LIMITS
        };
        let mut t = begin(store, &id("o"));
        let limit = until_the_end(&mut t, few, |context| {
            context.write()?.omap_remove_range(b"", b"9")
        });
        assert_eq!(limit, LimitKind::OmapKeys, "what a range counts");
        let little = Limits {
            fuel: 3000 * 32,
            ..few
        };
        let more_keys = Limits {
            omap_keys: u64::MAX,
            ..little
        };
        let mut t = begin(store, &id("o"));
        let limit = until_the_end(&mut t, more_keys, |context| {
            context.write()?.omap_remove_range(b"", b"9")
        });
        assert_eq!(limit, LimitKind::Fuel);
    });
}

#[test]
fn keys_before_large_values_are_listed_without_them() {
    on_both(|store| {
        let value = Bytes::from(vec![7; 1 << 20]);
        let names: Vec<_> = (0..40).map(name).collect();
        for n in &names {
            change(store, &id("o"), |t| {
                t.omap_set(&[(n.as_bytes(), value.clone())])
            });
        }
        let mut t = begin(store, &id("o"));
        let page = t.omap_keys(b"", ALL).unwrap();
        assert_eq!(page.entries.len(), 40);
        until_the_end(&mut t, LIMITS, |context| {
            context.read()?.omap_keys(b"", 1000).map(drop)
        });
        // Nobody gathers more values than the call may read.
        let keys: Vec<_> = names.iter().map(String::as_bytes).collect();
        let limits = Limits {
            object_read: 3 << 20,
            deadline_ms: 60_000,
            ..LIMITS
        };
        let limit = until_the_end(&mut t, limits, |context| {
            context.read()?.omap_vals_by_keys(&keys).map(drop)
        });
        assert_eq!(limit, LimitKind::ObjectRead);
        // A range of nothing before a large value reads none.
        let nothing = until_the_end(&mut t, LIMITS, |context| {
            context.write()?.omap_remove_range(b"!", b"#")
        });
        assert_eq!(nothing, LimitKind::Deadline);
    });
}

#[test]
fn a_read_over_fragments_ends_in_time() {
    on_both(|store| {
        change(store, &id("o"), |t| {
            t.truncate(0).and_then(|()| t.create(false))
        });
        let mut t = begin(store, &id("o"));
        for n in 0..50_000 {
            t.write(n * 2, bytes("y")).unwrap();
        }
        let limit = until_the_end(&mut t, LIMITS, |context| {
            context.read()?.read(0, 100_000).map(drop)
        });
        assert_eq!(limit, LimitKind::Deadline);
    });
}

#[test]
fn a_byte_in_every_extent_costs_the_extents() {
    on_both(|store| {
        let mut t = begin(store, &id("o"));
        let limits = Limits {
            object_written: Limits::INSTALLED.object_written,
            deadline_ms: 60_000,
            ..LIMITS
        };
        let mut writes = 0;
        let limit = until_the_end(&mut t, limits, |context| {
            writes += 1;
            context.write()?.write(writes * 4096, bytes("y"))
        });
        assert_eq!(limit, LimitKind::ObjectWritten);
        assert!(writes * 4096 < 2 * limits.object_written, "{writes}");
    });
}

#[test]
fn keys_and_bounds_longer_than_any_key_are_absent() {
    on_both(|store| {
        change(store, &id("o"), |t| t.omap_set(&[(b"a", bytes("v"))]));
        let long = vec![b'k'; 70_000];
        change(store, &id("o"), |t| {
            assert!(matches!(
                t.omap_val(&long),
                Err(ObjectError::Errno(Errno::ENOENT))
            ));
            assert!(matches!(
                t.xattr(&long),
                Err(ObjectError::Errno(Errno::ENODATA))
            ));
            assert!(t.omap_vals_by_keys(&[&long, b"a"]).unwrap().len() == 1);
            assert!(t.omap_keys(&long, ALL).unwrap().entries.is_empty());
            assert!(t.omap_vals(b"", &long, ALL).unwrap().entries.is_empty());
            t.omap_remove(&[&long])?;
            t.omap_remove_range(b"b", &long)?;
            t.omap_remove_range(&long, b"z")
        });
        assert_eq!(content(store, &id("o")).unwrap().omap.len(), 1);
        change(store, &id("o"), |t| t.omap_remove_range(b"", &long));
        assert_eq!(content(store, &id("o")).unwrap().omap.len(), 0);
    });
}

/// What one listing of a key after `after` is charged in keys.
fn listed(store: &dyn Subject, after: &[u8]) -> u64 {
    let mut t = begin(store, &id("o"));
    let mut budget = Budget::new(Limits {
        deadline_ms: 60_000,
        ..Limits::UNLIMITED
    });
    let mut context = Context::new(&mut t, &mut budget, &NoHost, "test", MethodFlags::RD);
    let page = context.read().unwrap().omap_keys(after, 1).unwrap();
    assert_eq!(page.entries.len(), 1);
    budget.usage().omap_keys
}

#[test]
fn a_long_queue_costs_a_listing_what_it_shows_and_holes_are_charged() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    fill(&store, 16_000, &Bytes::new());
    // From the front, one by one and by a range; 8,000 stay.
    for from in (0..4000).step_by(50) {
        let names: Vec<_> = (from..from + 50).map(name).collect();
        let keys: Vec<_> = names.iter().map(String::as_bytes).collect();
        change(&store, &id("o"), |t| t.omap_remove(&keys));
    }
    change(&store, &id("o"), |t| {
        t.omap_remove_range(b"", name(8000).as_bytes())
    });
    assert!(listed(&store, b"") <= 5, "{}", listed(&store, b""));
    assert!(listed(&store, name(3000).as_bytes()) <= 5);
    // In the middle, where a walk has to come by.
    change(&store, &id("o"), |t| {
        t.omap_remove_range(name(9000).as_bytes(), name(10_000).as_bytes())
    });
    let hole = listed(&store, name(8999).as_bytes());
    assert!(hole > 1000 / 16, "{hole}");
    let limits = Limits {
        omap_keys: 50,
        ..LIMITS
    };
    let mut t = begin(&store, &id("o"));
    let limit = until_the_end(&mut t, limits, |context| {
        context
            .read()?
            .omap_keys(name(8999).as_bytes(), 1)
            .map(drop)
    });
    assert_eq!(limit, LimitKind::OmapKeys);
    // A set before the front is seen, and gone again it leaves the front where it can be found.
    change(&store, &id("o"), |t| t.omap_set(&[(b"0", bytes("x"))]));
    assert_eq!(
        begin(&store, &id("o")).omap_keys(b"", ALL).unwrap().entries[0],
        "0"
    );
    for _ in 0..200 {
        change(&store, &id("o"), |t| t.omap_remove(&[b"0"]));
        change(&store, &id("o"), |t| t.omap_set(&[(b"0", bytes("x"))]));
    }
    change(&store, &id("o"), |t| t.omap_remove(&[b"0"]));
    assert_eq!(content(&store, &id("o")).unwrap().omap.len(), 7000);
    assert_eq!(crate::disk::fsck::check(&store).problems, vec![]);
}
