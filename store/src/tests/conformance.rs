//! What every store must do. Each test runs once for each store.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use objclass::{Errno, ObjectId, ObjectRead, ObjectWrite};

use super::*;
use crate::{CommitTerms, PoolUsage, Store, Wait};

/// A store and what keeps it alive.
struct Fixture {
    store: Store,
    #[cfg(feature = "disk")]
    _directory: Option<tempfile::TempDir>,
}

fn memory() -> Fixture {
    Fixture {
        store: crate::memory(),
        #[cfg(feature = "disk")]
        _directory: None,
    }
}

#[cfg(feature = "disk")]
fn disk() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    Fixture {
        store: crate::open_disk(directory.path(), crate::DiskOptions::default()).unwrap(),
        _directory: Some(directory),
    }
}

macro_rules! every_store {
    ($($(#[$doc:meta])* fn $name:ident($store:ident) $body:block)*) => {
        $(fn $name($store: Store) $body)*

        mod on_memory {
            $(#[test] fn $name() { let it = super::memory(); super::$name(it.store.clone()); })*
        }

        #[cfg(feature = "disk")]
        mod on_disk {
            $(#[test] fn $name() { let it = super::disk(); super::$name(it.store.clone()); })*
        }
    };
}

/// What all pools hold, object by object.
fn usage(store: &Store) -> PoolUsage {
    let frozen = store.freeze().unwrap();
    let mut usage = PoolUsage::default();
    for (_, object) in frozen.objects(None, 100).unwrap() {
        let head = object.head().unwrap().unwrap();
        usage.objects += 1;
        usage.bytes += head.size;
        usage.omap_bytes += head.omap.bytes;
    }
    usage
}

every_store! {
    fn a_pool_holds_what_its_objects_hold(store) {
        for step in 0..300_usize {
            // Each kind of change meets each object, in every order of two.
            let (id, kind) = (id(&format!("o{}", step % 5)), (step / 3 + step % 7) % 7);
            let done = try_change(&store, &id, Durability::Buffered, |t| match kind {
                0 if t.exists()? => t.remove(),
                1 => t.write_full(bytes(&"x".repeat(step * 100))),
                2 if t.exists()? => t.truncate(step as u64 * 50),
                3 => t.omap_set(&[(format!("k{}", step % 9).as_bytes(), bytes("value"))]),
                4 if t.exists()? => t.omap_clear(),
                5 => {
                    t.write_full(bytes("old"))?;
                    t.remove()?;
                    t.append(bytes("new"))
                }
                _ => t.append(bytes("more")),
            });
            done.unwrap();
            assert_eq!(store.usage(&id.pool).unwrap(), usage(&store), "step {step}");
        }
    }

    fn a_pool_takes_no_more_objects_than_it_may_have(store) {
        let create = |oid: &str, max| {
            let id = id(oid);
            let writing = store.begin(&id, Wait::FOREVER).unwrap();
            let mut transaction = begin(&store, &id);
            transaction.write_full(bytes(oid)).unwrap();
            let terms = CommitTerms { pool_objects: Some(max), ..Durability::Buffered.into() };
            writing.commit(transaction.into_changes().unwrap(), terms)
        };
        assert_eq!(store.objects("pool").unwrap(), 0);
        let none = create("a", 0).unwrap_err();
        assert_eq!(none.errno(), Errno::EDQUOT, "{none}");
        assert!(store.pools().unwrap().is_empty());
        create("a", 2).unwrap();
        create("b", 2).unwrap();
        let full = create("c", 2).unwrap_err();
        assert!(full.to_string().contains("pool pool has 2 objects"), "{full}");
        assert_eq!(store.objects("pool").unwrap(), 2);
        // What is there may be changed, and a lower ceiling takes nothing away.
        create("a", 1).unwrap();
        change(&store, &id("a"), |t| t.remove());
        create("c", 2).unwrap();
        assert_eq!(store.objects("pool").unwrap(), 2);
    }

    fn many_that_come_at_once_do_not_pass_the_ceiling(store) {
        let created = std::sync::atomic::AtomicU64::new(0);
        thread::scope(|scope| {
            for thread in 0..8 {
                let (store, created) = (&store, &created);
                scope.spawn(move || for n in 0..10 {
                    let id = id(&format!("{thread} {n}"));
                    let writing = store.begin(&id, Wait::FOREVER).unwrap();
                    let mut transaction = begin(store, &id);
                    transaction.create(true).unwrap();
                    let terms = CommitTerms { pool_objects: Some(33), ..Durability::Buffered.into() };
                    if writing.commit(transaction.into_changes().unwrap(), terms).is_ok() {
                        created.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(created.into_inner(), 33);
        assert_eq!(store.objects("pool").unwrap(), 33);
        assert_eq!(store.list("pool", None, None, "", 100).unwrap().entries.len(), 33);
    }

    fn a_full_queue_turns_writers_away(store) {
        let held = store.begin(&id("o"), Wait::FOREVER).unwrap();
        let soon = Instant::now() + Duration::from_millis(5);
        let full = store.begin(&id("o"), Wait::until(soon).unless_waiting(0)).unwrap_err();
        assert_eq!((full, full.errno()), (crate::Busy::ObjectQueue { waiting: 0 }, Errno::EBUSY));
        let late = store.begin(&id("o"), Wait::until(soon).unless_waiting(1)).unwrap_err();
        assert_eq!(late, crate::Busy::ObjectDeadline);
        drop(held);
        drop(store.begin(&id("o"), Wait::until(soon).unless_waiting(0)).unwrap());
    }

    fn what_is_committed_is_read_back(store) {
        let (store, id) = (&store, id("o"));
        let version = change(store, &id, |t| {
            t.write(3, bytes("data"))?;
            t.set_xattr(b"name", bytes("value"))?;
            t.set_xattr(b"empty", bytes(""))?;
            t.omap_set(&[(b"k1", bytes("v1")), (b"k2", bytes(""))])?;
            t.omap_set_header(bytes("header"))
        });
        let snapshot = store.snapshot(&id).unwrap();
        let head = snapshot.head().unwrap().unwrap();
        assert_eq!((head.version, head.size), (version, 7));
        assert!(head.mtime.seconds() > 1_700_000_000);
        let read = content(store, &id).unwrap();
        assert_eq!(read.data, &b"\0\0\0data"[..]);
        assert_eq!(read.xattrs, [(bytes("empty"), bytes("")), (bytes("name"), bytes("value"))]);
        assert_eq!(read.omap, [(bytes("k1"), bytes("v1")), (bytes("k2"), bytes(""))]);
        assert_eq!(read.header, "header");
        assert!(content(store, &super::id("other")).is_none());
    }

    fn an_empty_header_and_an_emptied_object_read_as_such(store) {
        let (store, id) = (&store, id("o"));
        change(store, &id, |t| t.omap_set_header(bytes("header")));
        change(store, &id, |t| t.omap_set_header(bytes("")));
        assert_eq!(content(store, &id).unwrap().header, "");
        change(store, &id, |t| {
            t.omap_set(&[(b"k", bytes("v"))])?;
            t.omap_set_header(bytes("header"))
        });
        change(store, &id, |t| {
            t.omap_clear()?;
            t.omap_set(&[(b"k", bytes("new"))])
        });
        let read = content(store, &id).unwrap();
        assert_eq!(read.header, "");
        assert_eq!(read.omap, [(bytes("k"), bytes("new"))]);
    }

    fn a_removed_object_leaves_nothing_for_its_successor(store) {
        let (store, id) = (&store, id("o"));
        let fill = |t: &mut Transaction| {
            t.write(100_000, bytes("data"))?;
            t.set_xattr(b"name", bytes("value"))?;
            t.omap_set(&[(b"key", bytes("value"))])?;
            t.omap_set_header(bytes("header"))
        };
        let first = change(store, &id, fill);
        let removed = change(store, &id, |t| t.remove());
        assert!(content(store, &id).is_none());
        let second = change(store, &id, |t| t.create(true));
        assert!(first < removed && removed < second, "versions never come back");
        let empty = Content { data: bytes(""), xattrs: vec![], omap: vec![], header: bytes("") };
        assert_eq!(content(store, &id), Some(empty));
        change(store, &id, fill);
        change(store, &id, |t| {
            t.remove()?;
            t.write(5, bytes("x"))
        });
        let read = content(store, &id).unwrap();
        assert_eq!(read.data, &b"\0\0\0\0\0x"[..]);
        assert!(read.xattrs.is_empty() && read.omap.is_empty() && read.header.is_empty());
    }

    fn data_that_was_cut_off_does_not_come_back(store) {
        let (store, id) = (&store, id("o"));
        change(store, &id, |t| t.write(0, Bytes::from(vec![7; 100_000])));
        change(store, &id, |t| t.truncate(50_001));
        change(store, &id, |t| t.truncate(100_000));
        let data = content(store, &id).unwrap().data;
        assert!(data[..50_001].iter().all(|byte| *byte == 7));
        assert!(data[50_001..].iter().all(|byte| *byte == 0));
        change(store, &id, |t| t.zero(10, 70_000));
        let data = content(store, &id).unwrap().data;
        assert!(data[..10].iter().all(|byte| *byte == 7) && data[10..].iter().all(|byte| *byte == 0));
    }

    fn a_snapshot_does_not_move(store) {
        let (store, id) = (&store, id("o"));
        let before = store.snapshot(&id).unwrap();
        change(store, &id, |t| {
            t.write(0, Bytes::from(vec![1; 40_000]))?;
            t.set_xattr(b"x", bytes("1"))?;
            t.omap_set(&[(b"k", bytes("1"))])
        });
        let first = store.snapshot(&id).unwrap();
        change(store, &id, |t| {
            t.write(0, Bytes::from(vec![2; 40_000]))?;
            t.set_xattr(b"x", bytes("2"))?;
            t.omap_set(&[(b"k", bytes("2")), (b"l", bytes("2"))])?;
            t.omap_set_header(bytes("2"))
        });
        change(store, &id, |t| t.remove());
        assert!(before.head().unwrap().is_none());
        assert_eq!(first.head().unwrap().unwrap().size, 40_000);
        assert_eq!(first.read(0, 40_000, &mut Work::unlimited()).unwrap(), vec![1; 40_000]);
        assert_eq!(first.xattr(b"x", &mut Work::unlimited()).unwrap().unwrap(), "1");
        let page = first.omap_range(Span::ALL, ALL, &mut Work::unlimited()).unwrap();
        assert_eq!(page.entries, [(bytes("k"), bytes("1"))]);
        assert_eq!(first.omap_header(&mut Work::unlimited()).unwrap(), "");
    }

    fn a_reader_does_not_wait_for_the_writer_of_its_object(store) {
        let id = id("o");
        change(&store, &id, |t| t.write_full(bytes("old")));
        let _held = store.begin(&id, Wait::FOREVER).unwrap();
        let (sender, answer) = mpsc::channel();
        let (reader, of) = (store.clone(), id.clone());
        thread::spawn(move || sender.send(content(&reader, &of).unwrap().data).unwrap());
        assert_eq!(answer.recv_timeout(Duration::from_secs(10)).unwrap(), "old");
    }

    fn a_lock_excludes_only_its_object_and_can_be_given_up(store) {
        let held = store.begin(&id("a"), Wait::FOREVER).unwrap();
        assert_eq!(held.object(), &id("a"));
        let soon = Instant::now() + Duration::from_millis(10);
        assert!(store.begin(&id("a"), Wait::until(soon)).is_err());
        assert!(store.begin(&id("b"), Wait::until(soon)).is_ok());
        drop(held);
        assert!(store.begin(&id("a"), Wait::until(soon)).is_ok());
    }

    fn increments_by_many_threads_are_all_kept(store) {
        const THREADS: u64 = 8;
        const EACH: u64 = 25;
        let durability = |n| if n % 2 == 0 { Durability::Sync } else { Durability::Buffered };
        thread::scope(|scope| {
            for thread in 0..THREADS {
                let store = &store;
                scope.spawn(move || {
                    for n in 0..EACH {
                        let (shared, own) = (id("shared"), id(&format!("own {thread}")));
                        for id in [&shared, &own] {
                            try_change(store, id, durability(n), |t| {
                                let old = t.omap_val(b"n").ok().map_or(0, |value| {
                                    str::from_utf8(&value).unwrap().parse::<u64>().unwrap()
                                });
                                t.omap_set(&[(b"n", bytes(&(old + 1).to_string()))])?;
                                t.append(bytes("x"))
                            }).unwrap();
                        }
                    }
                });
            }
        });
        let count = |oid: &str| {
            let read = content(&store, &id(oid)).unwrap();
            assert_eq!(read.omap[0].1, read.data.len().to_string().as_bytes());
            read.data.len() as u64
        };
        assert_eq!(count("shared"), THREADS * EACH);
        for thread in 0..THREADS {
            assert_eq!(count(&format!("own {thread}")), EACH);
        }
    }

    fn listings_page_by_namespace_and_prefix(store) {
        let store = &store;
        let names = [
            ("a", "", "x1"), ("a", "", "x2"), ("a", "", "y"), ("a", "n", "x3"), ("a", "n", "z"),
            ("a", "n\0", "x4"), ("a", "n\0m", "x5"), ("a\0", "", "x6"), ("ab", "", "x7"), ("b", "", "x\0"),
            ("b", "", "x\u{10ffff}"),
        ];
        let object = |(pool, namespace, oid): (&str, &str, &str)| ObjectId {
            pool: pool.into(), namespace: namespace.into(), oid: oid.into(),
        };
        for name in names.into_iter().rev() {
            change(store, &object(name), |t| t.create(true));
        }
        assert_eq!(store.pools().unwrap(), ["a", "a\0", "ab", "b"]);
        let expected = |pool: &str, namespace: Option<&str>, prefix: &str| {
            let matches = |name: &&(&str, &str, &str)| {
                name.0 == pool && namespace.is_none_or(|n| n == name.1) && name.2.starts_with(prefix)
            };
            names.iter().filter(matches).map(|name| object(*name)).collect::<Vec<_>>()
        };
        for pool in ["a", "a\0", "ab", "b", "c", ""] {
            for namespace in [None, Some(""), Some("n"), Some("n\0"), Some("o")] {
                for prefix in ["", "x", "x3", "y", "zz", "\u{10ffff}"] {
                    for max in [1, 2, 100] {
                        let mut found: Vec<ObjectId> = Vec::new();
                        loop {
                            let page = store.list(pool, namespace, found.last(), prefix, max).unwrap();
                            assert!(page.entries.len() <= max);
                            found.extend(page.entries);
                            if !page.more {
                                break;
                            }
                        }
                        assert_eq!(found, expected(pool, namespace, prefix), "{pool:?} {namespace:?} {prefix:?}");
                    }
                }
            }
        }
        let none = store.list("a", None, None, "", 0).unwrap();
        assert!(none.entries.is_empty() && none.more);
        // A cursor from elsewhere starts at, or is behind, everything.
        let (before, behind) = (object(("A", "", "z")), object(("z", "", "a")));
        assert_eq!(store.list("a", None, Some(&before), "", 9).unwrap().entries.len(), 7);
        assert_eq!(store.list("a", None, Some(&behind), "", 9).unwrap().entries.len(), 0);
        change(store, &object(names[0]), |t| t.remove());
        assert_eq!(store.list("a", None, None, "", 9).unwrap().entries.len(), 6);
    }

    fn ids_no_object_can_have_are_refused(store) {
        let store = &store;
        let name = |pool: &str, namespace: &str, oid: &str| ObjectId {
            pool: pool.into(), namespace: namespace.into(), oid: oid.into(),
        };
        let cases = [
            (name("", "", "o"), Errno::EINVAL),
            (name("p", "", ""), Errno::EINVAL),
            (name(&"p".repeat(256), "", "o"), Errno::ENAMETOOLONG),
            (name("p", &"n".repeat(257), "o"), Errno::ENAMETOOLONG),
            (name("p", "", &"o".repeat(2049)), Errno::ENAMETOOLONG),
            (name("p", "", &"o".repeat(100_000)), Errno::ENAMETOOLONG),
        ];
        for (id, errno) in cases {
            assert!(store.snapshot(&id).unwrap().head().unwrap().is_none());
            let error = try_change(store, &id, Durability::Sync, |t| t.create(true)).unwrap_err();
            assert_eq!(error.errno(), errno, "{error}");
        }
        let longest = name(&"\0".repeat(255), &"\0".repeat(256), &"\0".repeat(2048));
        change(store, &longest, |t| t.create(true));
        assert_eq!(store.list(&longest.pool, None, None, "", 9).unwrap().entries, [longest]);
    }

    fn keys_ends_of_ranges_and_prefixes_of_any_length_are_answered(store) {
        let id = id("o");
        change(&store, &id, |t| t.omap_set(&[(b"a", bytes("1")), (b"l", bytes("2"))]));
        let before = store.snapshot(&id).unwrap().head().unwrap();
        let long = vec![b'k'; 70_000];
        let snapshot = store.snapshot(&id).unwrap();
        assert_eq!(snapshot.omap_val(&long, &mut Work::unlimited()).unwrap(), None);
        assert_eq!(snapshot.xattr(&long, &mut Work::unlimited()).unwrap(), None);
        let page = |from, prefix: &[u8]| {
            let span = Span { from, end: None, prefix };
            let page = snapshot.omap_range(span, ALL, &mut Work::unlimited()).unwrap();
            page.entries.into_iter().map(|(key, _)| key).collect::<Vec<_>>()
        };
        use std::ops::Bound::{Excluded, Included, Unbounded};
        assert_eq!(page(Included(&long), b""), [bytes("l")]);
        assert_eq!(page(Excluded(&long), b""), [bytes("l")]);
        assert!(page(Unbounded, &long).is_empty());
        // As a transaction would that let such an end of a range through.
        let written = transaction::Written {
            before,
            omap_removed: vec![(bytes("a"), long.clone().into())],
            omap_tally: transaction::Tally { entries: 1, bytes: 2 },
            ..Default::default()
        };
        let writing = store.begin(&id, Wait::FOREVER).unwrap();
        writing.commit(transaction::Changes::Written(Box::new(written)), Durability::Sync).unwrap();
        let left = content(&store, &id).unwrap();
        assert_eq!(left.omap, [(bytes("l"), bytes("2"))]);
        let after = ObjectId { oid: "z".repeat(70_000), ..id.clone() };
        assert!(store.list("pool", None, Some(&after), "", 9).unwrap().entries.is_empty());
        let after = ObjectId { oid: "a".repeat(70_000), ..id.clone() };
        assert_eq!(store.list("pool", None, Some(&after), "", 9).unwrap().entries, std::slice::from_ref(&id));
        assert_eq!(store.freeze().unwrap().objects(Some(&after), 9).unwrap().len(), 1);
    }

    fn keys_of_any_bytes_and_the_longest_are_kept_apart(store) {
        let (store, id) = (&store, id("o"));
        let long = vec![0xff; 4096];
        let mut keys: Vec<&[u8]> = vec![b"\0", b"\0\0", b"\xff", b"\xff\xff", b"/../", b"a", b"a\0", &long];
        change(store, &id, |t| {
            for key in &keys {
                t.omap_set(&[(*key, Bytes::copy_from_slice(key))])?;
            }
            t.set_xattr(b"\0\xff", bytes("x"))
        });
        keys.sort_unstable();
        let read = content(store, &id).unwrap();
        assert_eq!(read.omap.iter().map(|(key, _)| &key[..]).collect::<Vec<_>>(), keys);
        assert!(read.omap.iter().all(|(key, value)| key == value));
        assert_eq!(read.xattrs, [(Bytes::from_static(b"\0\xff"), bytes("x"))]);
    }

    fn a_large_object_is_read_and_changed_in_the_middle(store) {
        let (store, id) = (&store, id("o"));
        let mut data: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[n as usize % 3]).collect();
        change(store, &id, |t| t.write_full(Bytes::from(data.clone())));
        data[1_000_001..1_004_097].fill(9);
        change(store, &id, |t| t.write(1_000_001, Bytes::from(vec![9; 4096])));
        let snapshot = store.snapshot(&id).unwrap();
        assert_eq!(snapshot.read(0, 3_000_000, &mut Work::unlimited()).unwrap(), data);
        for (offset, length) in [(0_u32, 1_u32), (16_383, 2), (16_384, 16_384), (999_999, 70_000), (2_999_999, 1)] {
            let expected = &data[offset as usize..][..length as usize];
            assert_eq!(snapshot.read(offset.into(), length.into(), &mut Work::unlimited()).unwrap(), expected);
        }
    }
}
