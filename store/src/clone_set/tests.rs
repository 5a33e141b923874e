//! The clone set against a model that keeps the whole object for every snapshot.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};

use super::*;

#[derive(Clone, Debug)]
enum Op {
    Snap,
    /// Removes one of the snapshots that exist.
    Forget(usize),
    /// Writes bytes at an offset, with the newest context or with one a few snapshots old.
    Write(u64, u8, usize),
    Truncate(usize),
    Remove,
    Rollback(usize),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        3 => Just(Op::Snap),
        2 => any::<usize>().prop_map(Op::Forget),
        5 => (0..24_u64, any::<u8>(), 1..9_usize).prop_map(|(at, byte, n)| Op::Write(at, byte, n)),
        1 => (0..24_usize).prop_map(Op::Truncate),
        1 => Just(Op::Remove),
        1 => any::<usize>().prop_map(Op::Rollback),
    ]
}

type State = Option<Vec<u8>>;

/// An offset in an object of this model, all of which are small.
fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap()
}

/// An object, and beside it what each snapshot must show.
#[derive(Debug, Default)]
struct Model {
    sequence: u64,
    head: State,
    expected: BTreeMap<u64, State>,
    set: CloneSet,
    kept: BTreeMap<u64, Vec<u8>>,
}

impl Model {
    fn context(&self) -> SnapshotContext {
        let snapshots = self.expected.keys().rev().copied().collect();
        SnapshotContext::new(self.sequence, snapshots).unwrap()
    }

    fn any_snapshot(&self, index: usize) -> Option<u64> {
        let count = self.expected.len();
        let at = index.checked_rem(count)?;
        self.expected.keys().nth(at).copied()
    }

    fn shown(&self, snapshot: u64) -> State {
        match self.set.at(snapshot) {
            Shown::Head => self.head.clone(),
            Shown::Clone(id) => Some(self.kept[&id].clone()),
            Shown::Nothing => None,
        }
    }

    fn change(&mut self, new: State, changed: Range<u64>) {
        let context = self.context();
        let size = self.head.as_ref().map(|data| data.len() as u64);
        if let Some(id) = self.set.begin_write(&context, size) {
            let before = self.head.clone().unwrap();
            assert!(self.kept.insert(id, before).is_none(), "{id} was kept");
        }
        self.set.change(&changed);
        self.head = new;
    }

    fn run(&mut self, op: Op) {
        let old = self.head.clone().unwrap_or_default();
        match op {
            Op::Snap => {
                self.sequence += 1;
                self.expected.insert(self.sequence, self.head.clone());
            }
            Op::Forget(index) => {
                let Some(snapshot) = self.any_snapshot(index) else {
                    return;
                };
                self.expected.remove(&snapshot);
                if let Some(id) = self.set.forget(snapshot) {
                    assert!(self.kept.remove(&id).is_some());
                }
            }
            Op::Write(at, byte, length) => {
                let end = at + length as u64;
                let mut new = old;
                new.resize(new.len().max(index(end)), 0);
                new[index(at)..index(end)].fill(byte);
                self.change(Some(new), at..end);
            }
            Op::Truncate(size) => {
                let mut new = old;
                new.resize(size, 0);
                self.change(Some(new), size as u64..u64::MAX);
            }
            Op::Remove => self.change(None, 0..u64::MAX),
            Op::Rollback(index) => {
                let Some(snapshot) = self.any_snapshot(index) else {
                    return;
                };
                self.change(self.shown(snapshot), 0..u64::MAX);
            }
        }
    }

    fn check(&self) -> Result<(), TestCaseError> {
        for (snapshot, state) in &self.expected {
            prop_assert_eq!(&self.shown(*snapshot), state, "snapshot {}", snapshot);
        }
        let clones = self.set.clones();
        prop_assert_eq!(clones.len(), self.kept.len());
        prop_assert!(clones.iter().map(|clone| clone.id).is_sorted());
        let newer = clones
            .iter()
            .skip(1)
            .map(|clone| Some(&self.kept[&clone.id]));
        let newer = newer.chain([self.head.as_ref()]);
        for (clone, newer) in clones.iter().zip(newer) {
            let data = &self.kept[&clone.id];
            prop_assert_eq!(clone.size, data.len() as u64);
            let mut before = None;
            for range in clone.overlap.as_slice() {
                prop_assert!(!range.is_empty() && before < Some(range.start));
                before = Some(range.end);
                let within = index(range.start)..index(range.end);
                let newer = newer.and_then(|newer| newer.get(within.clone()));
                prop_assert_eq!(data.get(within), newer);
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn every_snapshot_shows_the_object_as_it_was(ops in vec(op(), 0..60)) {
        let mut model = Model::default();
        for op in ops {
            model.run(op);
            model.check()?;
        }
    }
}

fn context(sequence: u64, snapshots: &[u64]) -> Option<SnapshotContext> {
    SnapshotContext::new(sequence, snapshots.to_vec())
}

#[test]
fn a_context_is_newest_first_and_below_its_sequence() {
    assert!(context(0, &[]).is_some());
    assert!(context(5, &[5, 3, 1]).is_some());
    for snapshots in [&[1, 3][..], &[3, 3], &[6], &[2, 0]] {
        assert_eq!(context(5, snapshots), None, "{snapshots:?}");
    }
    let many = |count: u64| context(count, &(1..=count).rev().collect::<Vec<_>>());
    assert!(many(SnapshotContext::MOST as u64).is_some());
    assert_eq!(many(SnapshotContext::MOST as u64 + 1), None);
}

#[test]
fn an_object_made_after_a_snapshot_is_not_in_it() {
    let mut set = CloneSet::default();
    assert_eq!(set.begin_write(&context(3, &[3]).unwrap(), None), None);
    assert_eq!((set.at(3), set.at(4)), (Shown::Nothing, Shown::Head));
}

#[test]
fn an_older_context_keeps_nothing_and_lowers_nothing() {
    let mut set = CloneSet::default();
    assert_eq!(
        set.begin_write(&context(3, &[3, 2]).unwrap(), Some(9)),
        Some(3)
    );
    assert_eq!(set.begin_write(&context(2, &[2]).unwrap(), Some(9)), None);
    assert_eq!(set.sequence(), 3);
    assert_eq!(set.clones()[0].snapshots, [3, 2]);
    assert_eq!((set.at(2), set.at(1)), (Shown::Clone(3), Shown::Nothing));
}

#[test]
fn a_clone_keeps_its_id_when_its_newest_snapshot_goes() {
    let mut set = CloneSet::default();
    set.begin_write(&context(3, &[3, 2]).unwrap(), Some(9));
    assert_eq!(set.forget(3), None);
    assert_eq!((set.at(3), set.at(2)), (Shown::Nothing, Shown::Clone(3)));
    assert_eq!(set.forget(2), Some(3));
    assert_eq!((set.at(2), set.clones().len()), (Shown::Nothing, 0));
}

#[test]
fn the_overlap_is_what_no_later_write_changed() {
    let mut set = CloneSet::default();
    set.begin_write(&context(1, &[1]).unwrap(), Some(100));
    set.change(&(10..20));
    set.begin_write(&context(2, &[2, 1]).unwrap(), Some(100));
    set.change(&(90..u64::MAX));
    let overlap = |set: &CloneSet, at: usize| set.clones()[at].overlap.as_slice().to_vec();
    assert_eq!(overlap(&set, 0), [0..10, 20..100]);
    assert_eq!(overlap(&set, 1), Ranges::whole(90).as_slice());
    // Without the one between, what both steps left alone.
    assert_eq!(set.forget(2), Some(2));
    assert_eq!(overlap(&set, 0), [0..10, 20..90]);
}

#[test]
fn overlaps_are_bounded_and_lose_the_smallest() {
    let most = Ranges::MOST as u64;
    let mut ranges = Ranges::whole(20 * most);
    for index in 0..most - 1 {
        ranges.remove(&(index * 10 + 9..index * 10 + 10));
    }
    assert_eq!(ranges.as_slice().len(), Ranges::MOST);
    ranges.remove(&(1..2));
    assert_eq!(ranges.as_slice().len(), Ranges::MOST);
    assert_eq!(ranges.as_slice()[0], 2..9);
}
