//! The check of a whole store finds what was planted, and nothing in a store that was only used.

use super::*;
use crate::{
    disk::{fsck::check, key, value::seal},
    fsck,
};

pub(super) fn used(path: &Path) -> DiskStore {
    let store = open(path).unwrap();
    for name in ["large", "small", "sparse", "bare"] {
        change(&store, &id(name), |t| match name {
            "large" => t.write_full(Bytes::from(vec![7; 100_000])),
            "small" => t.write_full(Bytes::from(vec![7; 100])),
            "sparse" => {
                t.create(true)?;
                t.truncate(1 << 20)
            }
            _ => t.create(true),
        });
        change(&store, &id(name), |t| {
            t.set_xattr(b"x", bytes("value"))?;
            t.omap_set(&[(b"k", bytes("value")), (b"l", bytes(""))])?;
            t.omap_set_header(bytes("header"))
        });
    }
    change(&store, &id("gone"), |t| t.write(50_000, bytes("data")));
    change(&store, &id("gone"), |t| t.remove());
    change(&store, &id("large"), |t| t.truncate(70_000));
    store
}

#[test]
fn a_store_that_was_only_used_has_no_problems() {
    let directory = tempfile::tempdir().unwrap();
    drop(used(directory.path()));
    let report = fsck(directory.path()).unwrap();
    assert_eq!(report.problems, []);
    assert_eq!(report.problem_count, 0);
    assert_eq!(report.objects, 4);
    assert_eq!(report.bytes, 70_000 + 100 + (1 << 20));
    let missing = fsck(&directory.path().join("nothing"));
    assert!(matches!(missing, Err(OpenStoreError::Missing { .. })));
}

pub(super) type Plant = fn(&DiskStore);

/// The row of a pool with so many empty objects.
fn usage_of(objects: u64) -> [u8; 24] {
    let mut row = [0; 24];
    row[..8].copy_from_slice(&objects.to_le_bytes());
    row
}

/// Kinds of damage, each with what is said of it.
pub(super) fn damages() -> Vec<(&'static str, Plant)> {
    fn number(store: &DiskStore, name: &str) -> u64 {
        let head = store.tables().keyspace(Table::Heads);
        let row = head.get(key::head(&id(name))).unwrap().unwrap();
        u64::from_le_bytes(row[..8].try_into().unwrap())
    }
    fn plant(store: &DiskStore, table: Table, key: &[u8], payload: &[u8]) {
        let value = seal(key, payload.to_vec());
        store.tables().keyspace(table).insert(key, value).unwrap();
    }
    vec![
        ("pool/large: a row of table data is damaged", |store| {
            let data = store.tables().keyspace(Table::Data);
            let (key, value) = data.first_key_value().unwrap().into_inner().unwrap();
            let mut flipped = value.to_vec();
            flipped[9] ^= 1;
            data.insert(key, flipped).unwrap();
        }),
        ("pool/small: a row of table heads is damaged", |store| {
            let key = key::head(&id("small"));
            store
                .tables()
                .keyspace(Table::Heads)
                .insert(key, "x")
                .unwrap();
        }),
        ("pool/large: extent 9 reaches behind its end", |store| {
            plant(
                store,
                Table::Data,
                &key::extent(number(store, "large"), 9),
                b"ghost",
            );
        }),
        ("pool/large: extent 5 reaches behind its end", |store| {
            plant(
                store,
                Table::Data,
                &key::extent(number(store, "large"), 5),
                b"",
            );
        }),
        ("pool/large: extent 2 is missing", |store| {
            let key = key::extent(number(store, "large"), 2);
            store.tables().keyspace(Table::Data).remove(key).unwrap();
        }),
        ("pool/sparse: extent 63 is missing", |store| {
            let key = key::extent(number(store, "sparse"), 63);
            store.tables().keyspace(Table::Data).remove(key).unwrap();
        }),
        ("pool/small: extent 0 is there twice", |store| {
            plant(
                store,
                Table::Data,
                &key::extent(number(store, "small"), 0),
                b"twin",
            );
        }),
        (
            "pool/bare: it should have 2 omap entries of 7 bytes and has 3 of 8",
            |store| {
                plant(
                    store,
                    Table::Omap,
                    &key::entry(number(store, "bare"), b"m"),
                    b"",
                );
            },
        ),
        (
            "pool/bare: it should have 1 xattrs of 6 bytes and has 0 of 0",
            |store| {
                let key = key::entry(number(store, "bare"), b"x");
                store.tables().keyspace(Table::Xattrs).remove(key).unwrap();
            },
        ),
        (
            "table omap has rows of object number 99999, which is no object",
            |store| {
                plant(store, Table::Omap, &key::entry(99_999, b"k"), b"v");
            },
        ),
        ("another object has the same number", |store| {
            let heads = store.tables().keyspace(Table::Heads);
            let row = heads.get(key::head(&id("bare"))).unwrap().unwrap();
            plant(
                store,
                Table::Heads,
                &key::head(&id("copy")),
                &row[..row.len() - 4],
            );
        }),
        ("pool/bare: its version is out of order", |store| {
            let heads = store.tables().keyspace(Table::Heads);
            let row = heads.get(key::head(&id("bare"))).unwrap().unwrap();
            let mut payload = row[..row.len() - 4].to_vec();
            payload[15] = 1;
            plant(store, Table::Heads, &key::head(&id("bare")), &payload);
        }),
        (
            "pool pool should have 9 objects of 0 bytes and 0 in omaps and has 4 objects",
            |store| {
                plant(store, Table::Meta, &key::count("pool"), &usage_of(9));
            },
        ),
        (
            "pool ghost should have 1 objects of 0 bytes and 0 in omaps and has 0 objects",
            |store| {
                plant(store, Table::Meta, &key::count("ghost"), &usage_of(1));
            },
        ),
        ("table xattrs has a row with a malformed key", |store| {
            plant(store, Table::Xattrs, b"short", b"value");
        }),
    ]
}

#[test]
fn each_kind_of_damage_is_reported_with_its_object() {
    for (expected, damage) in damages() {
        let directory = tempfile::tempdir().unwrap();
        let store = used(directory.path());
        damage(&store);
        let report = check(&store);
        let problems: Vec<_> = report.problems.iter().map(ToString::to_string).collect();
        assert!(
            problems.iter().any(|problem| problem.contains(expected)),
            "expected {expected:?} in {problems:?}"
        );
    }
}
