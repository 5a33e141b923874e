use std::collections::BTreeMap;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;

const SIZE: u32 = 8;

type Rows = BTreeMap<u32, Vec<u8>>;

fn content(rows: &Rows, size: usize) -> Vec<u8> {
    let mut data = vec![0; size];
    for (index, row) in rows {
        let start = (*index * SIZE) as usize;
        data[start..start + row.len()].copy_from_slice(row);
    }
    data
}

/// Applies `written`, to a complete object when `complete` is set, and returns the extents that were read.
fn apply(rows: &mut Rows, old: usize, written: &Written, complete: bool) -> Vec<u32> {
    let before = rows.clone();
    let mut loads = Vec::new();
    let extents = Extents {
        size: SIZE,
        old: old as u64,
        complete,
        load: |index| {
            loads.push(index);
            let row = before.get(&index).cloned();
            assert!(row.is_some() || !complete, "extent {index} is not there");
            Ok(row.unwrap_or_default())
        },
    };
    for change in extents.plan(written).unwrap() {
        match change {
            ExtentChange::Set(index, data) => {
                assert!(complete || !data.is_empty());
                assert!(data.len() <= SIZE as usize);
                rows.insert(index, data);
            }
            ExtentChange::Remove(index) => {
                rows.remove(&index);
            }
        }
    }
    loads
}

/// A change in terms of whole contents: cut to `kept`, grow to `size`, patch.
#[derive(Clone, Debug)]
struct Change {
    kept: usize,
    size: usize,
    segments: Vec<(usize, usize, Option<u8>)>,
}

fn change() -> impl Strategy<Value = Change> {
    let segments = proptest::collection::vec((0..40_usize, 1..20_usize, any::<Option<u8>>()), 0..3);
    (0..50_usize, 0..50_usize, segments).prop_map(|(kept, size, segments)| Change {
        kept,
        size,
        segments,
    })
}

proptest! {
    #[test]
    fn rows_always_hold_the_content_and_nothing_behind_it(
        changes in proptest::collection::vec(change(), 1..6),
        complete in any::<bool>(),
    ) {
        let (mut rows, mut data) = (Rows::new(), Vec::new());
        for change in changes {
            let old = data.len();
            let kept = change.kept.min(old).min(change.size);
            data.truncate(kept);
            data.resize(change.size, 0);
            let mut written = Written { kept: kept as u64, size: change.size as u64, ..Written::default() };
            let mut free = 0;
            for (gap, length, byte) in change.segments {
                let start = (free + gap % 12).min(change.size);
                let end = (start + length).min(change.size);
                if start == end {
                    continue;
                }
                free = end;
                data[start..end].fill(byte.unwrap_or(0));
                let segment = match byte {
                    Some(byte) => Segment::Bytes(Bytes::from(vec![byte; end - start])),
                    None => Segment::Zero((end - start) as u64),
                };
                written.segments.push((start as u64, segment));
            }
            apply(&mut rows, old, &written, complete);
            if complete {
                let all = 0..u32::try_from(data.len().div_ceil(SIZE as usize)).unwrap();
                prop_assert_eq!(rows.keys().copied().collect::<Vec<_>>(), all.collect::<Vec<_>>());
            }
            prop_assert_eq!(content(&rows, data.len()), data.clone());
        }
    }
}

#[test]
fn a_small_overwrite_touches_one_extent_and_a_whole_one_is_not_read() {
    let mut rows: Rows = (0..4).map(|index| (index, vec![1; 8])).collect();
    let written = |offset: u64, length: usize| Written {
        kept: 32,
        size: 32,
        segments: vec![(offset, Segment::Bytes(Bytes::from(vec![2; length])))],
        ..Written::default()
    };
    assert_eq!(apply(&mut rows, 32, &written(10, 2), true), [1]);
    assert_eq!(rows[&1], [1, 1, 2, 2, 1, 1, 1, 1]);
    assert!(apply(&mut rows, 32, &written(16, 8), true).is_empty());
    assert_eq!(rows[&2], [2; 8]);
}

#[test]
fn data_that_was_cut_off_does_not_come_back_when_the_object_grows() {
    let mut rows: Rows = (0..3).map(|index| (index, vec![1; 8])).collect();
    let to = |kept, size| Written {
        kept,
        size,
        ..Written::default()
    };
    apply(&mut rows, 24, &to(5, 5), false);
    assert_eq!(rows, Rows::from([(0, vec![1; 5])]));
    apply(&mut rows, 5, &to(5, 24), false);
    assert_eq!(content(&rows, 24)[5..], [0; 19]);
}
