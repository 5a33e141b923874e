//! Stores written by earlier releases, one for each format, which this release must read.

use std::path::PathBuf;

use super::*;
use crate::fsck;

/// The newest format there is a fixture of.
const NEWEST: u32 = 3;

/// The store of one format, as committed to the repository.
fn pinned(format: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("fixtures/format-{format}"))
}

/// The format the header of a store says.
fn format(path: &Path) -> u32 {
    let header = fs::read(path.join("radula-store")).unwrap();
    u32::from_le_bytes(header[16..20].try_into().unwrap())
}

/// What the fixture holds: rows of every kind, some in the engine's journal and some in its tables.
fn fill(store: &dyn Subject, format: u32, between: impl FnOnce()) {
    if format >= 3 {
        let names: Vec<_> = (0..100).map(|n| format!("key-{n:03}")).collect();
        let entries: Vec<_> = names.iter().map(|n| (n.as_bytes(), bytes("old"))).collect();
        change(store, &id("cleared"), |t| t.omap_set(&entries));
        change(store, &id("cleared"), |t| {
            t.omap_clear()?;
            t.omap_set(&[(b"key-007", bytes("new")), (b"key-008", bytes("new"))])
        });
        change(store, &id("cleared"), |t| t.omap_remove(&[b"key-008"]));
    }
    change(store, &id("large"), |t| {
        t.write(0, Bytes::from(vec![7; 40_000]))
    });
    change(store, &id("small"), |t| {
        t.write(2, bytes("data"))?;
        t.set_xattr(b"name", bytes("value"))?;
        t.omap_set(&[(b"key", bytes("value")), (b"other", bytes(""))])?;
        t.omap_set_header(bytes("header"))
    });
    change(store, &id("gone"), |t| t.create(true));
    between();
    change(store, &id("gone"), |t| t.remove());
    change(store, &id("large"), |t| {
        t.write(16_000, bytes("over two extents".repeat(60).as_str()))
    });
    change(store, &id("small"), |t| t.omap_remove(&[b"other"]));
}

#[test]
fn a_store_of_every_format_is_read_and_becomes_one_of_the_newest() {
    for number in 1..=NEWEST {
        let copy = crash_image(&pinned(number));
        assert_eq!(format(copy.path()), number);
        is_read(copy.path(), number);
        assert_eq!(format(copy.path()), NEWEST);
    }
}

fn is_read(copy: &Path, number: u32) {
    // The repository keeps no empty directories, and the engine expects its own.
    for keyspace in fs::read_dir(copy.join("engine/keyspaces")).unwrap() {
        fs::create_dir_all(keyspace.unwrap().path().join("tables")).unwrap();
    }
    let oracle = crate::memory();
    fill(&oracle, number, || {});
    let store = open(copy).unwrap();
    for name in ["large", "small", "gone", "cleared"] {
        assert_eq!(content(&store, &id(name)), content(&oracle, &id(name)));
    }
    drop(store);
    let report = fsck(copy).unwrap();
    let (objects, garbage) = if number >= 3 { (3, 101) } else { (2, 0) };
    assert_eq!((report.objects, report.problems), (objects, vec![]));
    assert_eq!(report.garbage_rows, garbage, "format {number}");
    // What is written to it now goes by its old objects' rules and by the new ones'.
    let store = open(copy).unwrap();
    for store in [&store as &dyn Subject, &oracle] {
        for name in ["large", "small", "new"] {
            change(store, &id(name), |t| t.write(100_000, bytes("far")));
            change(store, &id(name), |t| t.zero(99_990, 12));
        }
    }
    for name in ["large", "small", "new"] {
        assert_eq!(content(&store, &id(name)), content(&oracle, &id(name)));
    }
    assert_eq!(crate::disk::fsck::check(&store).problems, vec![]);
}

#[test]
#[ignore = "writes the fixture anew; only for a new format, and then into a new directory"]
fn write_the_fixture() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    store.keep_garbage();
    fill(&store, NEWEST, || {
        for table in Table::ALL {
            let keyspace = store.tables().keyspace(table);
            keyspace.rotate_memtable_and_wait().unwrap();
        }
    });
    drop(store);
    // A second opening cuts the journal to its used length.
    drop(open(directory.path()).unwrap());
    assert_eq!(format(directory.path()), NEWEST);
    let pinned = pinned(NEWEST);
    assert!(!pinned.exists(), "{pinned:?} is pinned");
    fs::rename(crash_image(directory.path()).keep(), pinned).unwrap();
}
