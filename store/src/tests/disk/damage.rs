//! Damage: every guard is shown to see what it guards against, and to be the one that sees it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use objclass::ObjectRead;

use super::*;
use crate::disk::{key, value::seal};

/// An object with rows in every table.
fn filled(path: &Path) -> DiskStore {
    let store = open_with_journals(path);
    change(&store, &id("o"), |t| {
        t.write_full(Bytes::from(vec![7; 100_000]))?;
        t.set_xattr(b"x", bytes("value"))?;
        t.omap_set(&[(b"k", bytes("value"))])?;
        t.omap_set_header(bytes("header"))
    });
    store
}

/// Reads everything an object has.
fn read(store: &DiskStore) -> Result<(), ObjectError> {
    let snapshot = store.snapshot(&id("o"))?;
    snapshot.read(0, 100_000, &mut Work::unlimited())?;
    snapshot.read(5, 10, &mut Work::unlimited())?;
    snapshot.xattrs(&mut Work::unlimited())?;
    snapshot.omap_header(&mut Work::unlimited())?;
    snapshot.omap_range(Span::ALL, ALL, &mut Work::unlimited())?;
    Ok(())
}

#[test]
fn a_flipped_bit_in_any_row_of_an_object_is_found_by_its_checksum() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(directory.path());
    for table in [Table::Heads, Table::Data, Table::Xattrs, Table::Omap] {
        let rows: Vec<_> = store
            .tables()
            .keyspace(table)
            .iter()
            .map(|row| row.into_inner().unwrap())
            .collect();
        assert!(!rows.is_empty());
        for (key, value) in rows {
            for at in [0, value.len() / 2, value.len() - 1] {
                let mut flipped = value.to_vec();
                flipped[at] ^= 4;
                store
                    .tables()
                    .keyspace(table)
                    .insert(key.clone(), flipped)
                    .unwrap();
                let error = read(&store).unwrap_err();
                let expected = format!("table {} is damaged", table.name());
                assert!(error.to_string().contains(&expected), "{error}");
            }
            // The same damage under a checksum of its own passes: it is the checksum that saw it.
            if table != Table::Heads {
                let mut payload = value[..value.len() - 4].to_vec();
                payload[0] ^= 4;
                let sealed = seal(&key, payload);
                store
                    .tables()
                    .keyspace(table)
                    .insert(key.clone(), sealed)
                    .unwrap();
                read(&store).unwrap();
            }
            store.tables().keyspace(table).insert(key, value).unwrap();
        }
    }
    read(&store).unwrap();
}

#[test]
fn an_extent_in_the_place_of_another_is_found() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(directory.path());
    let data = store.tables().keyspace(Table::Data);
    let rows: Vec<_> = data.iter().map(|row| row.into_inner().unwrap()).collect();
    assert_eq!(
        rows[0].1[..100],
        rows[1].1[..100],
        "the payloads are the same"
    );
    data.insert(rows[0].0.clone(), rows[1].1.clone()).unwrap();
    assert!(read(&store).is_err());
}

#[test]
fn an_extent_that_vanished_is_missed_and_not_taken_for_zero_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(directory.path());
    change(&store, &id("zero"), |t| {
        t.create(true)?;
        t.truncate(100_000)
    });
    for name in ["o", "zero"] {
        let snapshot = store.snapshot(&id(name)).unwrap();
        let size = snapshot.head().unwrap().unwrap().size;
        let data = store.tables().keyspace(Table::Data);
        let rows: Vec<_> = data.iter().map(|row| row.into_inner().unwrap()).collect();
        let number = u64::from_le_bytes(
            store
                .tables()
                .keyspace(Table::Heads)
                .get(key::head(&id(name)))
                .unwrap()
                .unwrap()[..8]
                .try_into()
                .unwrap(),
        );
        let mine = rows
            .iter()
            .filter(|(row, _)| row.starts_with(&number.to_be_bytes()));
        for (index, (key, value)) in (0_u64..).zip(mine) {
            data.remove(key.clone()).unwrap();
            let snapshot = store.snapshot(&id(name)).unwrap();
            let from = index * 16_384;
            for (offset, length) in [(0, size), (from, 1), (from.saturating_sub(1), 2)] {
                let error = snapshot
                    .read(offset, length, &mut Work::unlimited())
                    .unwrap_err();
                let expected = format!("extent {index} of the object's data is missing");
                assert!(error.to_string().contains(&expected), "{error}");
            }
            // A partial overwrite would hide the loss.
            let overwrite = try_change(&store, &id(name), Durability::Buffered, |t| {
                t.write(from + 1, bytes("x"))
            });
            assert!(overwrite.is_err());
            data.insert(key.clone(), value.clone()).unwrap();
        }
        assert!(snapshot.read(0, size, &mut Work::unlimited()).is_ok());
    }
}

#[test]
fn commits_that_vanish_after_a_clean_close_are_missed() {
    // With a snapshot held over the close the mark has no files, only the version.
    let cases = [
        (false, "is not what it was when the store was closed"),
        (true, "it was closed at version 2 and now ends at 1"),
    ];
    for (held, message) in cases {
        let directory = tempfile::tempdir().unwrap();
        drop(filled(directory.path()));
        let earlier = crash_image(directory.path());
        let store = open(directory.path()).unwrap();
        change(&store, &id("o"), |t| t.write(0, bytes("acknowledged")));
        let snapshot = held.then(|| store.snapshot(&id("o")).unwrap());
        drop(store);
        drop(snapshot);
        let engine = directory.path().join("engine");
        fs::remove_dir_all(&engine).unwrap();
        fs::rename(earlier.path().join("engine"), &engine).unwrap();
        let error = open(directory.path()).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        // It stays so at the next opening. Without the mark nobody would know.
        let error = open(directory.path()).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
        for mark in ["closed", "opening"] {
            let _other = fs::remove_file(directory.path().join(mark));
        }
        open(directory.path()).unwrap();
    }
}

/// Bits flipped of a closed store, `FLIPS` for more.
const FLIPS: usize = 1000;

#[test]
fn no_flipped_bit_of_a_closed_store_goes_unseen() {
    let directory = tempfile::tempdir().unwrap();
    let names = ["o", "p"];
    let contents = |store: &DiskStore| names.map(|name| content(store, &id(name)));
    let expected = {
        let store = filled(directory.path());
        // Some rows in tables, some in the journal, which recovery cuts to its used length; and a journal too large to be
        // compared byte for byte, with its last version in a table already.
        for table in [Table::Data, Table::Omap] {
            let keyspace = store.tables().keyspace(table);
            keyspace.rotate_memtable_and_wait().unwrap();
        }
        change(&store, &id("p"), |t| {
            t.write_full(Bytes::from(vec![9; 300_000]))
        });
        let keyspace = store.tables().keyspace(Table::Meta);
        keyspace.rotate_memtable_and_wait().unwrap();
        contents(&store)
    };
    drop(open_with_journals(directory.path()));
    let mut files = Vec::new();
    collect(directory.path(), &mut files);
    let files: Vec<_> = files
        .into_iter()
        .map(|file| {
            let bytes = fs::read(&file).unwrap();
            (file, bytes)
        })
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect();
    assert!(
        files
            .iter()
            .any(|(file, bytes)| file.ends_with("0.jnl") && bytes.len() > 256 << 10)
    );
    let flips = std::env::var("FLIPS")
        .ok()
        .and_then(|flips| flips.parse().ok())
        .unwrap_or(FLIPS);
    let total: usize = files.iter().map(|(_, bytes)| bytes.len()).sum();
    let image = crash_image(directory.path());
    let (mut seen, mut harmless) = (0, 0);
    for flip in 0..flips {
        let dice = |salt: u64| {
            let key = [flip as u64, salt].map(u64::to_le_bytes).concat();
            usize::try_from(xxhash_rust::xxh3::xxh3_64(&key) >> 1).unwrap()
        };
        // Every other one in any file, the small ones too; the rest anywhere in all bytes.
        let (file, bytes) = match flip % 2 {
            0 => &files[dice(1) % files.len()],
            _ => {
                let mut at = dice(1) % total;
                let found = files.iter().find(|(_, bytes)| {
                    let here = at < bytes.len();
                    at = at.saturating_sub(bytes.len());
                    here
                });
                found.unwrap()
            }
        };
        let bit = dice(2) % (bytes.len() * 8);
        // As it was, but for one bit: opening changes files.
        fs::remove_dir_all(image.path()).unwrap();
        copy(directory.path(), image.path());
        let damaged = image
            .path()
            .join(file.strip_prefix(directory.path()).unwrap());
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(&damaged, flipped).unwrap();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let store = open(image.path()).ok()?;
            read(&store).ok()?;
            store
                .snapshot(&id("p"))
                .ok()?
                .read(0, 300_000, &mut Work::unlimited())
                .ok()?;
            let read = contents(&store);
            crate::disk::fsck::check(&store)
                .problems
                .is_empty()
                .then_some(read)
        }));
        match outcome {
            Ok(Some(read)) => {
                assert_eq!(read, expected, "bit {bit} of {damaged:?} changed an answer");
                harmless += 1;
            }
            Ok(None) => seen += 1,
            Err(_) => panic!("bit {bit} of {damaged:?} made the store panic"),
        }
    }
    println!("{flips} flips: {seen} seen, {harmless} harmless");
    assert!(seen > flips / 2, "only {seen} seen, {harmless} harmless");
}

fn collect(directory: &Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
    files.sort();
}

#[test]
fn a_damaged_object_does_not_hide_its_neighbours() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(directory.path());
    change(&store, &id("p"), |t| t.write_full(bytes("fine")));
    let data = store.tables().keyspace(Table::Data);
    let (key, value) = data.first_key_value().unwrap().into_inner().unwrap();
    let mut flipped = value.to_vec();
    flipped[0] ^= 1;
    data.insert(key, flipped).unwrap();
    assert!(begin(&store, &id("o")).read(0, 1).is_err());
    assert_eq!(content(&store, &id("p")).unwrap().data, "fine");
    let page = store.list("pool", None, None, "", 9).unwrap();
    assert_eq!(page.entries, [id("o"), id("p")]);
}

/// A store that crashed after its last commit wrote `new` over `old`; and its journal, cut to its used length.
fn crashed() -> (TempDir, Vec<u8>, usize) {
    let directory = tempfile::tempdir().unwrap();
    let fill = |byte| move |t: &mut Transaction| t.write_full(Bytes::from(vec![byte; 5000]));
    let store = open(directory.path()).unwrap();
    change(&store, &id("o"), fill(1));
    change(&store, &id("p"), fill(1));
    drop(store);
    let store = open(directory.path()).unwrap();
    let before = fs::metadata(directory.path().join("engine/0.jnl"))
        .unwrap()
        .len();
    change(&store, &id("o"), fill(2));
    let image = crash_image(directory.path());
    let journal = fs::read(image.path().join("engine/0.jnl")).unwrap();
    (image, journal, usize::try_from(before).unwrap())
}

#[test]
fn a_torn_last_batch_is_dropped_and_the_store_opens() {
    let (image, journal, last) = crashed();
    let data = |journal: &[u8]| {
        fs::write(image.path().join("engine/0.jnl"), journal).unwrap();
        let _unmarked = fs::remove_file(image.path().join("closed"));
        let store = open(image.path()).unwrap();
        assert_eq!(content(&store, &id("p")).unwrap().data, vec![1; 5000]);
        content(&store, &id("o")).unwrap().data[..5000].to_vec()
    };
    assert_eq!(data(&journal), vec![2; 5000], "the whole batch is there");
    for n in 0..24 {
        let cut = last + 1 + (journal.len() - last - 2) * n / 23;
        assert_eq!(data(&journal[..cut]), vec![1; 5000], "cut at {cut}");
        // Pages reach the disk in any order: a hole, with what follows in place.
        let mut holed = journal.clone();
        holed[cut..(cut + 100).min(journal.len())].fill(0);
        assert_eq!(data(&holed), vec![1; 5000], "hole at {cut}");
    }
}

#[test]
fn a_damaged_batch_before_the_last_is_not_taken_for_the_end() {
    let (image, journal, last) = crashed();
    let path = image.path().join("engine/0.jnl");
    for n in 0..24 {
        let at = (last - 1) * n / 24;
        let mut flipped = journal.clone();
        flipped[at] ^= 0x40;
        fs::write(&path, &flipped).unwrap();
        match open(image.path()) {
            Ok(_) => panic!("byte {at} was not missed"),
            Err(error) => assert!(
                error
                    .to_string()
                    .contains("0.jnl has an invalid batch that no crash explains"),
                "{error}"
            ),
        }
    }
    // The engine by itself takes a broken tag for the end and drops what was acknowledged.
    let mut flipped = journal.clone();
    flipped[0] ^= 0x40;
    fs::write(&path, &flipped).unwrap();
    let engine = fjall::Database::builder(image.path().join("engine"))
        .open()
        .unwrap();
    let heads = engine
        .keyspace("heads", fjall::KeyspaceCreateOptions::default)
        .unwrap();
    assert!(heads.is_empty().unwrap());
}
