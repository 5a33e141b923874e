//! The disk store against the memory store: the same operations, the same answers, also after opening again.

use objclass::{ObjectContext, ObjectError, ObjectRead, ObjectWrite};
use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{DiskOptions, memory, open_disk};

#[derive(Clone, Debug)]
pub(super) enum Op {
    Create(bool),
    Remove,
    Write(u64, usize, u8),
    WriteFull(usize, u8),
    Append(usize, u8),
    Truncate(u64),
    Zero(u64, u64),
    SetXattr(u8, usize),
    RemoveXattr(u8),
    OmapSet(Vec<(u8, usize)>),
    OmapRemove(u8),
    OmapRemoveRange(u8, u8),
    OmapClear,
    OmapHeader(usize),
    Nested(Vec<Op>, bool),
}

/// Offsets and lengths around the borders of pages and extents.
fn position() -> impl Strategy<Value = u64> {
    // 512 is where small data moves into the head row.
    let border = prop_oneof![Just(0), Just(512), (1..7_u64).prop_map(|n| n * 8192)];
    (border, 0..4_u64).prop_map(|(border, off)| (border + off).saturating_sub(2))
}

fn length() -> impl Strategy<Value = usize> {
    prop_oneof![
        0..4_usize,
        500..520_usize,
        Just(4096),
        Just(16_384),
        16_000..50_000_usize
    ]
}

pub(super) fn op() -> impl Strategy<Value = Op> {
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Op::Create),
        1 => Just(Op::Remove),
        4 => (position(), length(), any::<u8>()).prop_map(|(at, n, byte)| Op::Write(at, n, byte)),
        1 => (length(), any::<u8>()).prop_map(|(n, byte)| Op::WriteFull(n, byte)),
        1 => (length(), any::<u8>()).prop_map(|(n, byte)| Op::Append(n, byte)),
        2 => position().prop_map(Op::Truncate),
        2 => (position(), position()).prop_map(|(at, n)| Op::Zero(at, n)),
        1 => (0..4_u8, 0..9_usize).prop_map(|(name, n)| Op::SetXattr(name, n)),
        1 => (0..4_u8).prop_map(Op::RemoveXattr),
        2 => vec((0..16_u8, 0..9_usize), 0..4).prop_map(Op::OmapSet),
        1 => (0..16_u8).prop_map(Op::OmapRemove),
        1 => (0..16_u8, 0..16_u8).prop_map(|(begin, end)| Op::OmapRemoveRange(begin, end)),
        1 => Just(Op::OmapClear),
        1 => (0..5_usize).prop_map(Op::OmapHeader),
    ];
    leaf.prop_recursive(2, 12, 4, |inner| {
        (vec(inner, 0..4), any::<bool>()).prop_map(|(ops, keep)| Op::Nested(ops, keep))
    })
}

#[derive(Clone, Debug)]
enum Step {
    /// Operations on one object, committed or dropped.
    Transaction(u8, Vec<Op>, bool),
    /// Close the disk store and open it again.
    Reopen,
    /// Go on with what a kill would leave of it.
    Crash,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0..3_u8, vec(op(), 1..6), prop::bool::weighted(0.9))
            .prop_map(|(object, ops, commit)| Step::Transaction(object, ops, commit)),
        1 => Just(Step::Reopen),
        1 => Just(Step::Crash),
    ]
}

fn run(t: &mut Transaction, op: &Op) -> Result<(), ObjectError> {
    let fill = |length: usize, byte: u8| Bytes::from(vec![byte; length]);
    match op {
        Op::Create(exclusive) => t.create(*exclusive),
        Op::Remove => t.remove(),
        Op::Write(at, length, byte) => t.write(*at, fill(*length, *byte)),
        Op::WriteFull(length, byte) => t.write_full(fill(*length, *byte)),
        Op::Append(length, byte) => t.append(fill(*length, *byte)),
        Op::Truncate(size) => t.truncate(*size),
        Op::Zero(at, length) => t.zero(*at, *length),
        Op::SetXattr(name, length) => t.set_xattr(&[*name], fill(*length, *name)),
        Op::RemoveXattr(name) => t.remove_xattr(&[*name]),
        Op::OmapSet(entries) => {
            let keys: Vec<[u8; 1]> = entries.iter().map(|(key, _)| [*key]).collect();
            let values = entries.iter().map(|(key, length)| fill(*length, *key));
            let entries: Vec<(&[u8], Bytes)> =
                keys.iter().map(|key| &key[..]).zip(values).collect();
            t.omap_set(&entries)
        }
        Op::OmapRemove(key) => t.omap_remove(&[&[*key]]),
        Op::OmapRemoveRange(begin, end) => t.omap_remove_range(&[*begin], &[*end]),
        Op::OmapClear => t.omap_clear(),
        Op::OmapHeader(length) => t.omap_set_header(fill(*length, 1)),
        Op::Nested(ops, keep) => {
            t.begin_nested()?;
            for op in ops {
                let _refused = run(t, op);
            }
            t.end_nested(*keep)?;
            Ok(())
        }
    }
}

/// What one store answered: each operation's outcome, what the transaction saw at its end.
pub(super) fn transact(store: &dyn Subject, object: u8, ops: &[Op], commit: bool) -> Vec<String> {
    let id = id(&object.to_string());
    let writing = store.writing(&id);
    let mut t = begin(store, &id);
    let mut answers: Vec<String> = ops
        .iter()
        .map(|op| format!("{:?}", run(&mut t, op)))
        .collect();
    answers.push(format!("{:?}", t.read(0, 0)));
    answers.push(format!("{:?}", t.omap_vals(b"", b"", ALL)));
    if commit && let Some(changes) = t.into_changes() {
        match writing {
            Some(writing) => writing.commit(changes, Durability::Buffered),
            None => store
                .engine()
                .commit(&id, changes, Durability::Buffered.into()),
        }
        .unwrap();
    }
    answers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn disk_and_memory_give_the_same_answers(steps in vec(step(), 1..25)) {
        let mut directory = tempfile::tempdir().unwrap();
        let open = |directory: &tempfile::TempDir| open_disk(directory.path(), DiskOptions::default()).unwrap();
        let (oracle, mut disk) = (memory(), open(&directory));
        for step in &steps {
            match step {
                Step::Transaction(object, ops, commit) => {
                    let expected = transact(&oracle, *object, ops, *commit);
                    prop_assert_eq!(transact(&disk, *object, ops, *commit), expected);
                }
                Step::Reopen => {
                    drop(disk);
                    disk = open(&directory);
                }
                Step::Crash => {
                    let image = super::disk::crash_image(directory.path());
                    disk = open(&image);
                    directory = image;
                }
            }
            for object in 0..3_u8 {
                let id = id(&object.to_string());
                prop_assert_eq!(content(&disk, &id), content(&oracle, &id));
            }
        }
        prop_assert_eq!(disk.list("pool", None, None, "", 9).unwrap(), oracle.list("pool", None, None, "", 9).unwrap());
        drop(disk);
        prop_assert_eq!(crate::fsck(directory.path()).unwrap().problems, vec![]);
        let disk = open(&directory);
        // Nothing is left behind: removing all objects empties every table.
        for object in 0..3_u8 {
            let _missing = try_change(&disk, &id(&object.to_string()), Durability::Sync, |t| {
                if t.exists()? { t.remove() } else { Ok(()) }
            });
        }
        drop(disk);
        let disk = crate::disk::DiskStore::open(directory.path(), &DiskOptions::default()).unwrap();
        prop_assert_eq!(&super::disk::row_counts(&disk)[..4], [0; 4]);
    }
}
