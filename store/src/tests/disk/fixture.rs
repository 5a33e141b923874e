//! Stores written by earlier releases, one for each format, which this release must read.

use std::path::PathBuf;

use super::*;
use crate::fsck;

/// The store of format 1, as committed to the repository.
fn pinned() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/format-1")
}

/// What the fixture holds: rows of every kind, some in the engine's journal and some in its tables.
fn fill(store: &dyn ObjectStore, between: impl FnOnce()) {
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
fn a_store_of_format_1_is_read() {
    let copy = crash_image(&pinned());
    // The repository keeps no empty directories, and the engine expects its own.
    for keyspace in fs::read_dir(copy.path().join("engine/keyspaces")).unwrap() {
        fs::create_dir_all(keyspace.unwrap().path().join("tables")).unwrap();
    }
    let oracle = crate::memory();
    fill(&*oracle, || {});
    let store = open(copy.path()).unwrap();
    for name in ["large", "small", "gone"] {
        assert_eq!(content(&store, &id(name)), content(&*oracle, &id(name)));
    }
    drop(store);
    let report = fsck(copy.path()).unwrap();
    assert_eq!((report.objects, report.problems), (2, vec![]));
}

#[test]
#[ignore = "writes the fixture anew; only for a new format, and then into a new directory"]
fn write_the_fixture() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    fill(&store, || {
        for table in Table::ALL {
            let keyspace = store.tables().keyspace(table);
            keyspace.rotate_memtable_and_wait().unwrap();
        }
    });
    drop(store);
    // A second opening cuts the journal to its used length.
    drop(open(directory.path()).unwrap());
    assert!(!pinned().exists(), "remove {:?} first", pinned());
    fs::create_dir_all(pinned().parent().unwrap()).unwrap();
    fs::rename(crash_image(directory.path()).keep(), pinned()).unwrap();
}
