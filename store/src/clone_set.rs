//! Which states of an object are kept for its snapshots, and which of them a reader at a snapshot is shown.

mod ranges;
#[cfg(test)]
mod tests;

use std::ops::Range;

pub use self::ranges::Ranges;

/// What a write says of the snapshots taken so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SnapshotContext {
    sequence: u64,
    snapshots: Vec<u64>,
}

impl SnapshotContext {
    /// Most snapshots of one context: a client sends its context with every write.
    pub const MOST: usize = 1 << 12;

    /// A context of the snapshots that exist, newest first, none above `sequence`, the highest id ever given. `None` when
    /// they are not so, or too many.
    #[must_use]
    pub fn new(sequence: u64, snapshots: Vec<u64>) -> Option<Self> {
        let is_sorted = snapshots.is_sorted_by(|newer, older| newer > older);
        let is_below = snapshots.first().is_none_or(|newest| *newest <= sequence);
        let is_above_none = snapshots.last().is_none_or(|oldest| *oldest > 0);
        let fits = is_sorted && is_below && is_above_none && snapshots.len() <= Self::MOST;
        fits.then_some(Self {
            sequence,
            snapshots,
        })
    }
}

/// An earlier state of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloneInfo {
    /// The newest snapshot it was kept for. It stays when that snapshot is removed and older ones are not.
    pub id: u64,
    /// The snapshots that show it, newest first.
    pub snapshots: Vec<u64>,
    /// Bytes of its data.
    pub size: u64,
    /// Where its data is known to be that of the next newer state.
    pub overlap: Ranges,
}

/// What a snapshot shows of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The object as it is now, if it exists.
    Head,
    /// The clone with this id.
    Clone(u64),
    /// Nothing: the object did not exist, or the snapshot does not any more.
    Nothing,
}

/// The clones of one object, whether or not it exists now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CloneSet {
    /// The highest sequence the object was written with.
    sequence: u64,
    /// Oldest first.
    clones: Vec<CloneInfo>,
}

impl CloneSet {
    /// The highest sequence the object was written with.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The clones, oldest first.
    #[must_use]
    pub fn clones(&self) -> &[CloneInfo] {
        &self.clones
    }

    /// What snapshot `snapshot` shows. Of a snapshot that was removed, and never forgotten here, it may still show something.
    #[must_use]
    pub fn at(&self, snapshot: u64) -> Shown {
        match self.clones.iter().find(|clone| clone.id >= snapshot) {
            Some(clone) if clone.snapshots.contains(&snapshot) => Shown::Clone(clone.id),
            Some(_) => Shown::Nothing,
            None if snapshot > self.sequence => Shown::Head,
            None => Shown::Nothing,
        }
    }

    /// Takes note of a write with `context`, before it changes an object of `size` bytes, or makes one (`None`). Returns the id
    /// under which the state before it must be kept, if a snapshot shows it.
    pub fn begin_write(&mut self, context: &SnapshotContext, size: Option<u64>) -> Option<u64> {
        let newer = |snapshot: &&u64| **snapshot > self.sequence;
        let snapshots: Vec<u64> = context
            .snapshots
            .iter()
            .take_while(newer)
            .copied()
            .collect();
        self.sequence = self.sequence.max(context.sequence);
        let (id, size) = (*snapshots.first()?, size?);
        self.clones.push(CloneInfo {
            id,
            snapshots,
            size,
            overlap: Ranges::whole(size),
        });
        Some(id)
    }

    /// Takes note of bytes of the object that changed, or are gone.
    pub fn change(&mut self, bytes: &Range<u64>) {
        if let Some(newest) = self.clones.last_mut() {
            newest.overlap.remove(bytes);
        }
    }

    /// Removes a snapshot. Returns the id of the clone that no snapshot shows any more, which is then none of the clones.
    pub fn forget(&mut self, snapshot: u64) -> Option<u64> {
        let shows = |clone: &CloneInfo| clone.snapshots.contains(&snapshot);
        let index = self.clones.iter().position(shows)?;
        let clone = &mut self.clones[index];
        clone.snapshots.retain(|shown| *shown != snapshot);
        if !clone.snapshots.is_empty() {
            return None;
        }
        let gone = self.clones.remove(index);
        // The older one is now beside the state behind the one that is gone: equal where both steps were.
        if let Some(older) = index.checked_sub(1).and_then(|at| self.clones.get_mut(at)) {
            older.overlap.keep(&gone.overlap);
        }
        Some(gone.id)
    }
}
